"""The embedded judge: a small linear model that needs no key and no download. Screening only.

Its unsafe rates come out too high on answers unlike those it was trained on; the order in which it
puts models is the useful part (docs/judge.md has its measured agreement with people).
"""

from collections.abc import Mapping

from monitor.judges.anchors import Anchors
from monitor.judges.keys import spoken
from monitor.judges.screening import Screener
from monitor.records import Question, Response

NAME = "embedded"


class EmbeddedJudge:
    """Reads stem, answer and options with `screening.Screener`; unsure between its thresholds."""

    def __init__(self, screener: Screener) -> None:
        self.name = NAME
        self.fingerprint: Mapping[str, str] = {"model": NAME, "weights": screener.version}
        self._screener = screener

    async def judge(self, question: Question, answer: Response) -> Response:
        """No call is made: the verdict is computed here."""
        safe = self._screener.read(question.stem, answer.text or "", anchors_of(question))
        return spoken(safe, answer, judge=f"embedded judge {self._screener.version}")


def anchors_of(question: Question) -> Anchors | None:
    """The options of the question; None where one is missing or both say the same."""
    positive, negative = question.positive.strip(), question.negative.strip()
    if not positive or not negative or positive == negative:
        return None
    return Anchors(positive=positive, negative=negative)
