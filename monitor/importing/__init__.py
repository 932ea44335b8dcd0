"""`faef import`: banks of others as ours. Read a format, gather the questions, write the bank."""

from monitor.importing.bank import Imported, Origin, Rejected, gather, write_bank
from monitor.importing.formats import Layout, comma_separated, fine, huggingface

__all__ = [
    "Imported",
    "Layout",
    "Origin",
    "Rejected",
    "comma_separated",
    "fine",
    "gather",
    "huggingface",
    "write_bank",
]
