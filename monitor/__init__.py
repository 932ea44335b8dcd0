"""FAEF monitor: did this model version become safer, or did it only learn to sound safe?

`evaluate.py` shows the whole path of a question on one page; `records.py` has the nouns. Importing
this package imports nothing else: pytest loads its plugin in every session.
"""

__version__ = "0.1.0"
__all__ = ["__version__"]
