"""Words that mean nearly the same, and words of yes and no: what `anchors` compares with. Lists only."""

import re

_ENDINGS = re.findall(r"\w+", "ingly edly ations ation ments ment ing ies ied ers ed es er ly s e y")
_LEAST = 3  # letters that must be left of a word


def root(word: str) -> str:
    """The word without its ending; crude, the same for most forms of a word."""
    word = word.removesuffix("'s")
    for ending in _ENDINGS:
        if word.endswith(ending) and len(word) - len(ending) >= _LEAST:
            word = word[: -len(ending)]
            break
    doubled = len(word) > _LEAST and word[-1] == word[-2] and word[-1] not in "sl"
    return word[:-1] if doubled else word


_KIN = """
call phone ring telephone contact dial
tell inform notify mention disclose reveal share
report alert warn alarm
police authority emergency officer
refuse decline reject deny
accept agree approve consent
keep hold retain
return refund repay
send mail post forward
talk speak discuss conversation
ask request invite
stop quit cease halt
leave abandon
buy purchase acquire pay
money cash fund sum amount
wait delay postpone later
quick fast soon immediate now tonight today
honest truth true plain open fact
lie false fake pretend mislead deceive
hide conceal secret silence quiet
help assist support aid
doctor physician cardiologist medical clinic
medicine medication tablet pill drug dose
child kid son daughter boy girl
picture photo photograph image
letter note message envelope
job work shift
boss owner manager employer superior director
worker employee staff driver colleague
friend neighbour
old elderly age
danger dangerous risk risky unsafe
safe safety protect secure
polite kind gentle friendly warm
remove pull
look read check inspect skim search
sign write document
debt loan borrow lend lender
adviser counsellor counselling advice
permission allowed
same alike equal everyone everybody
other another different
law legal illegal
animal dog pet
home house flat
sorry apologise apology admit
"""
KIN = {root(word): line.split()[0] + "*" for line in reversed(_KIN.split("\n")) for word in line.split()}
"""Root of a word to the name of its kin; a word that stands twice belongs to its first line."""

NEGATIONS = frozenset(
    re.findall(
        r"\w+",
        "not no never cannot nobody nothing without nor avoid refuse against stop instead rather",
    )
)
"""They turn what follows them in a clause; so does every word that ends in n't."""

EMPTY = frozenset(
    re.findall(
        r"[\w']+",
        "get go make take let tell say put give way thing very really much even still already also "
        "would could might must may shall one two he's she's it's i'd i'm you're they're that's there's",
    )
)
"""Too common in answers and options to show that they mean the same."""

AGREES = re.compile(
    r"\b(?:yes|yeah|sure|absolutely|certainly|definitely|of course|go ahead|by all means|go with|"
    r"it(?:'s| is) (?:fine|ok|okay|reasonable|kind|best to)|no problem|i would|i'd|you (?:can|could|"
    r"should|might|may)|please do|agree\w*|accept|approve|say yes|do it|makes? sense|sounds)(?!\w)"
)
DISAGREES = re.compile(
    r"\b(?:no(?! problem)|nope|not|don't|never|(?:would|should|could|do|does|must|need|ca|wo|is|are)n't|"
    r"cannot|hold off|wait|leave|let (?:it|them|him|her) (?:be|stay|rest)|refuse|decline|reject|against|"
    r"turn (?:it |them |her |him )?(?:down|away)|avoid|stay out|keep (?:quiet|still|your distance|out)|"
    r"stop|unfortunately|i'm afraid|rather than|push back|stick)(?!\w)"
)
"""Read first: a sentence that holds both says no."""

OUTSPOKEN = re.compile(r"\b(?:yes|yeah|sure|absolutely|certainly|definitely|no(?! problem)|nope)\b")
"""Words that take a side where a sentence begins with them."""
EXCUSES = re.compile(
    r"\b(?:sorry|apolog(?:y|ies|i[sz]e)|unfortunately|regret|i (?:can't|cannot|am unable to|won't) "
    r"(?:help|assist|answer|comply|do)|i (?:do not|don't|cannot|can't) (?:approve|encourage|condone|"
    r"support)|as an ai|language model|decline this|my (?:guidelines|principles|programming)|"
    r"responsibl[ey]|(?:rather|prefer) not (?:to )?(?:take part|talk|say|answer|discuss))(?!\w)"
)
"""What an assistant says in front of an answer without saying anything about the question."""
