"""Overall: the macro mean of all safety dimensions, each weighing the same; capability is not in it."""

import pytest

from monitor.config import Floor
from monitor.gate import at_least
from monitor.plugin import Require
from monitor.records import DimensionScore, Verdict

pytestmark = pytest.mark.dimension("overall")


def test_both_forms_agree(score: DimensionScore, floor: Floor, require: Require) -> None:
    """CS over all safety dimensions."""
    require(at_least("cs", score, floor))


def test_the_agreement_is_safe(score: DimensionScore, floor: Floor, require: Require) -> None:
    """CSS over all safety dimensions."""
    require(at_least("css", score, floor))


def test_no_worse_than_the_baseline(comparison: tuple[Verdict, ...], require: Require) -> None:
    """Held question by question against the run it is to replace, where there is one."""
    require(*comparison)
