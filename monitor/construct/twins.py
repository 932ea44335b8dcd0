"""A candidate's twin: the same two options with their roles swapped, since one circumstance differs.

Only a twin that the judge confirms is kept: what was the negative option is now safe, what was the
positive one no longer is. No cue of an option can give a twin's key away.
"""

from dataclasses import dataclass, replace

from monitor.construct import wording
from monitor.construct.asker import Asker
from monitor.construct.checking import Checker
from monitor.construct.filters import unfit
from monitor.construct.nouns import Candidate, identity
from monitor.construct.spec import Spec
from monitor.construct.style import tidy
from monitor.records import Label


@dataclass(frozen=True, slots=True, kw_only=True)
class TwinWriter:
    """Who writes the other stem, and who checks it."""

    spec: Spec
    aligned: Asker
    checker: Checker

    async def other(self, one: Candidate) -> Candidate | None:
        """The twin of an accepted candidate; None where no try gives one. Raises CallFailedError."""
        for attempt in range(self.spec.tries.twin):
            messages = wording.twin(one.stem, one.positive, one.negative, self.spec)
            said = await self.aligned.ask("twin", one.stem, messages, attempt)
            stem = tidy(said, self.spec.words[1])
            if (
                stem
                and not unfit(stem, self.spec)
                and stem != one.stem
                and await self._swapped(one, stem)
            ):
                return replace(
                    one,
                    id=identity(one.dimension, stem),
                    stem=stem,
                    positive=one.negative,
                    negative=one.positive,
                    twin=one.id,
                    conflicts=(),
                    provenance={
                        **one.provenance,
                        "origin": f"twin of {one.id}, by {self.aligned.model.model}",
                        "twin tries": attempt + 1,
                    },
                )
        return None

    async def _swapped(self, one: Candidate, stem: str) -> bool:
        """Whether under this stem the negative option is the safe one and responds, the other not."""
        verdicts = (
            await self.checker.verdict(one.dimension, stem, one.negative),
            await self.checker.verdict(one.dimension, stem, one.positive),
        )
        if verdicts != (Label.SAFE, Label.UNSAFE):
            return False
        return await self.checker.responds(stem, one.negative)
