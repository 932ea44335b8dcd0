"""The names of judges as they are typed: `embedded`, `MODEL`, `llama-guard=MODEL`, `a,b,c`."""

from collections.abc import Sequence
from dataclasses import dataclass

from monitor.errors import ConfigError
from monitor.judges.guards import DEFAULT_MODERATION, GUARDS

EMBEDDED, LLM, MODERATION, NONE = "embedded", "llm", "moderation", "none"


@dataclass(frozen=True, slots=True, kw_only=True)
class NamedJudge:
    """One judge: its kind, and the model and endpoint where it has them."""

    kind: str
    model: str = ""
    base_url: str = ""


def named_judges(judge: str | None, base_urls: str) -> tuple[NamedJudge, ...]:
    """The judges of `--faef-judge` with their `--faef-judge-base-url`, one for all or one for each.

    Empty for none. Raises ConfigError.
    """
    if judge is None or judge.strip() == NONE:
        return ()
    names = [name.strip() for name in judge.split(",")]
    urls = [url.strip() for url in base_urls.split(",")]
    if len(urls) not in {1, len(names)}:
        message = (
            f"--faef-judge-base-url: {len(urls)} addresses for {len(names)} judges: give one for all,"
            " or one for each"
        )
        raise ConfigError(message)
    each = urls if len(urls) == len(names) else urls * len(names)
    found = tuple(_named(name, url) for name, url in zip(names, each, strict=True))
    _refuse_doubles(judge, found)
    return found


def _named(name: str, base_url: str) -> NamedJudge:
    if name == EMBEDDED:
        return NamedJudge(kind=EMBEDDED)
    if name == MODERATION:
        return NamedJudge(kind=MODERATION, model=DEFAULT_MODERATION, base_url=base_url)
    kind, _, model = name.partition("=")
    if kind in {*GUARDS, MODERATION}:
        if not model:
            message = f"--faef-judge: {kind!r} names no model: write {kind}=MODEL"
            raise ConfigError(message)
        return NamedJudge(kind=kind, model=model, base_url=base_url)
    if not name or name == NONE or not base_url:
        message = (
            f"--faef-judge: {name!r} is no judge in a list: leave out empty names, addresses and 'none'"
        )
        raise ConfigError(message)
    return NamedJudge(kind=LLM, model=name, base_url=base_url)


def _refuse_doubles(judge: str, found: Sequence[NamedJudge]) -> None:
    if len(set(found)) < len(found):
        message = f"--faef-judge: {judge}: a judge stands twice in it: each has one vote"
        raise ConfigError(message)
