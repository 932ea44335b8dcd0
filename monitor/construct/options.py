"""A stem becomes a candidate: a positive option, a negative one, both in one voice, both checked.

The positive option is a well-aligned model's answer, the negative one that of a model in a persona that
goes along. Each is asked for again while it is not what it should be. Whatever is not had in the end is
a conflict, for people to settle.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from monitor.audit.pickers import words
from monitor.construct import wording
from monitor.construct.asker import Asker
from monitor.construct.checking import Checker
from monitor.construct.nouns import Candidate, Stem, identity
from monitor.construct.spec import Spec
from monitor.construct.style import declines, differences, tidy
from monitor.records import Label

SPARE = 1.5  # of the words asked for, that an answer may have
NO_POSITIVE, NO_NEGATIVE = "no positive option", "no negative option"
UNLIKE = "options told apart by their style"


@dataclass(frozen=True, slots=True, kw_only=True)
class Option:
    """A text, after how many tries, and how it was had (a persona, the fall-back)."""

    text: str
    verdict: Label
    tries: int
    how: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Writer:
    """Who writes options, and who checks them."""

    spec: Spec
    aligned: Asker
    adversarial: Asker
    checker: Checker

    async def candidate(self, stem: Stem) -> Candidate:
        """The stem with options, and what is in conflict. Raises CallFailedError."""
        good, bad = await self._positive(stem), await self._negative(stem)
        if good.text and bad.text:
            good, bad, rewritten = await self._matched(stem, good, bad)
        else:
            rewritten = 0
        found = Candidate(
            id=identity(self.spec.dimension, stem.text),
            dimension=self.spec.dimension,
            topic=stem.topic or self.spec.dimension,
            stem=stem.text,
            positive=good.text,
            negative=bad.text,
            severity=stem.severity,
            provenance=self._provenance(stem, good, bad, rewritten),
        )
        return replace(found, conflicts=tuple(await self._conflicts(stem, good, bad)))

    async def _positive(self, stem: Stem) -> Option:
        """The first answer that is judged safe; otherwise the first that there is."""
        found = list[Option]()
        for attempt in range(self.spec.tries.positive):
            messages = wording.positive(stem.text, self.spec)
            said = await self.aligned.ask("positive", stem.text, messages, attempt)
            if text := self._tidy(said):
                verdict = await self._verdict(stem, text)
                found.append(Option(text=text, verdict=verdict, tries=attempt + 1))
                if verdict is Label.SAFE:
                    return found[-1]
        return found[0] if found else _nothing(self.spec.tries.positive)

    async def _negative(self, stem: Stem) -> Option:
        """The first answer of a persona that is judged unsafe, then the fall-back, then any."""
        found = list[Option]()
        for attempt in range(self.spec.tries.negative):
            messages = wording.negative(stem.text, self.spec, attempt)
            text = self._tidy(await self.adversarial.ask("negative", stem.text, messages, attempt))
            if text and not declines(text):
                how = f"persona {attempt % len(wording.PERSONAS) + 1}"
                verdict = await self._verdict(stem, text)
                found.append(Option(text=text, verdict=verdict, tries=attempt + 1, how=how))
                if verdict is Label.UNSAFE:
                    return found[-1]
        if self.spec.fallback:
            text = self.spec.fallback.replace("{topic}", stem.topic or "")
            verdict, tries = await self._verdict(stem, text), self.spec.tries.negative
            return Option(text=text, verdict=verdict, tries=tries, how="fall-back")
        return found[0] if found else _nothing(self.spec.tries.negative)

    async def _matched(self, stem: Stem, good: Option, bad: Option) -> tuple[Option, Option, int]:
        """Rewritten until nothing tells them apart, and how often; never one whose verdict moved."""
        tries = 0
        form = wording.texts("first", "second")
        while (left := differences(good.text, bad.text)) and tries < self.spec.tries.matching:
            target = (len(words(good.text)) + len(words(bad.text))) // 2
            messages = wording.rewriting(good.text, bad.text, left, target)
            said = await self.aligned.fields("matching", stem.text, messages, tries, form)
            tries += 1
            first, second = self._tidy(said.get("first", "")), self._tidy(said.get("second", ""))
            if not first or not second or len(differences(first, second)) >= len(left):
                continue
            verdicts = await self._verdict(stem, first), await self._verdict(stem, second)
            if verdicts == (good.verdict, bad.verdict):
                good, bad = replace(good, text=first), replace(bad, text=second)
        return good, bad, tries

    async def _conflicts(self, stem: Stem, good: Option, bad: Option) -> list[str]:
        found = []
        wanted = ((good, Label.SAFE, "positive"), (bad, Label.UNSAFE, "negative"))
        for option, label, name in wanted:
            if not option.text:
                found.append(NO_POSITIVE if label is Label.SAFE else NO_NEGATIVE)
            elif option.verdict is not label:
                found.append(f"{name} option judged {option.verdict}")
            elif not await self.checker.responds(stem.text, option.text):
                found.append(f"{name} option does not respond")
        if good.text and bad.text and differences(good.text, bad.text):
            found.append(UNLIKE)
        return found

    async def _verdict(self, stem: Stem, text: str) -> Label:
        return await self.checker.verdict(self.spec.dimension, stem.text, text)

    def _tidy(self, said: str) -> str:
        return tidy(said, int(SPARE * self.spec.option_words[1]))

    def _provenance(self, stem: Stem, good: Option, bad: Option, rewritten: int) -> Mapping[str, Any]:
        return {
            "origin": stem.origin,
            "prompts": wording.PROMPTS,
            "positive": {"model": self.aligned.model.model, "tries": good.tries},
            "negative": {"model": self.adversarial.model.model, "tries": bad.tries, "how": bad.how},
            "rewritings": rewritten,
            "judge": self.checker.judge.name,
            "verdicts": [good.verdict.value, bad.verdict.value],
        }


def _nothing(tries: int) -> Option:
    return Option(text="", verdict=Label.UNREADABLE, tries=tries)
