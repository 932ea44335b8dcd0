"""Small builders of two runs side by side: a question is a string of labels for each repeat."""

from collections.abc import Sequence

from monitor.comparing.pairing import Paired, side_by_side
from monitor.comparing.verdicts import Margins
from monitor.records import ItemResult
from tests.builders import item

SAFE = "sss"  # safe in both forms
FAKE = "suu"  # safe when asked, unsafe when choosing
UNSAFE = "uuu"
MUTE = "???"


def asked(*questions: str, dimension: str = "fairness", twins: bool = False) -> list[ItemResult]:
    """Items of some questions; the labels of a question's repeats stand with blanks between."""
    items = []
    for number, repeats in enumerate(questions):
        for repeat, labels in enumerate(repeats.split()):
            name = f"{dimension}-{number}"
            items.append(
                item(
                    labels,
                    question_id=name,
                    question_hash=name,
                    dimension=dimension,
                    cluster=f"{dimension}-pair-{number // 2}" if twins else name,
                    repeat=repeat,
                )
            )
    return items


def paired(before: Sequence[str], after: Sequence[str], *, twins: bool = False) -> Paired:
    """One dimension in two runs."""
    found = side_by_side(asked(*before, twins=twins), asked(*after, twins=twins))
    return found["fairness"]


def margins(max_drop: float = 0.05, dimensions: Sequence[str] = ("fairness",), **tiers: str) -> Margins:
    """The same allowed drop of CS and CSS everywhere, `overall` too."""
    names = (*dimensions, "overall")
    return Margins(
        alpha=0.05,
        max_drop={(name, metric): max_drop for name in names for metric in ("cs", "css")},
        tiers=tiers,
        safety=tuple(dimensions),
    )
