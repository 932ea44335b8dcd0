"""Whether a reply refuses to choose, in the languages of `choice_words.toml`. Pure.

Asked only of replies that declare no option. Ruling out one of them ("I would not choose A") is no
refusal; declining both, or to answer at all, is. Not here: which option is declared (`choice_reader`).
"""

import re

from monitor.reading.choice_rewriting import rewritten
from monitor.reading.choice_text import core
from monitor.reading.letters import signed

_REFUSAL = re.compile(
    r"[rYE]"  # I decline; sorry; as an AI; neither
    r"|[!~][^AB.?\n,!-]{0,4}[CDHNc](?![OT]{0,2}[AB](?![|&,e]))"  # I cannot choose; not: … choose A
    r"|[!~][^AB.?\n,-]{0,3}e"
    r"|[o-][^AB.?\n,]{0,3}[CDH](?![OT]{0,2}[AB])"  # it would be wrong to choose
    r"|[CDHNc][^AB.?\n,-]{0,4}[!~]"  # where the verb stands first
    r"|[!>][AB](?:[|&,e]*[!>|e])[AB]"  # not A and not B
)
_ASKS_BACK = re.compile(r"[^.\n]*\?")


def refuses(said: str) -> bool:
    """Whether a reply that declares no option declines to choose one."""
    signs = rewritten(signed(core(said)))
    return _REFUSAL.search(_ASKS_BACK.sub("", signs)) is not None
