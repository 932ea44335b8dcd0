"""The parts of `answers`: which option a reply declares, whether it refuses, what a judge's words say.

Begin with `choice_reader`. A reply is made plain (`choice_text`), becomes signs (`choice_signs`, by the
words of `choice_words.toml`) and is read as signs. All of it is in the fingerprint (`READERS`).
"""
