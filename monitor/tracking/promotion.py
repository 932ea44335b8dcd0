"""Moving an alias of a registered model: only on evidence against the version that holds it now.

The evidence is the version's newest complete run under a profile that promotes: passed, held to what is
demanded now, and compared with the current holder. A newer run under another profile is no evidence for
a move, but against it if it failed. All is looked up again when the claim is held (`claims`), right
before the move.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from functools import cache
from typing import TYPE_CHECKING

from monitor.config import Thresholds
from monitor.errors import ConfigError
from monitor.tracking.claims import claimed
from monitor.tracking.connection import TrackingError, check_installed, connected, translated
from monitor.tracking.fetching import complete_runs
from monitor.tracking.fields import (
    HELD_TO,
    HELD_TO_NAME,
    PROFILE,
    RUN_ID,
    THRESHOLDS,
    UNCHECKED,
    VERDICT,
    VERSION,
)
from monitor.tracking.overrides import record
from monitor.tracking.versions import version_named, versions

if TYPE_CHECKING:
    from mlflow import MlflowClient
    from mlflow.entities import Run
    from mlflow.entities.model_registry import ModelVersion

UnderProfile = Callable[[str], Thresholds]
ABSENT = ("RESOURCE_DOES_NOT_EXIST", "INVALID_PARAMETER_VALUE")  # of an alias: both are in use


@dataclass(frozen=True, slots=True, kw_only=True)
class Wish:
    """What somebody wants; `override` is the reason to do it against the rule.

    `version` is the registry's number or the name of the model version.
    """

    name: str
    version: str
    alias: str
    by: str
    first: bool = False
    override: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Promotion:
    """What came of it; `refused` says why the alias stays where it is."""

    said: str
    refused: tuple[str, ...] = ()


def promote(wish: Wish, thresholds: UnderProfile, uri: str) -> Promotion:
    """Move the alias if the rule allows it, or if it is overridden. Raises MonitorError."""
    check_installed()
    with translated(uri, "did not move the alias"), connected(uri) as client:
        wish = replace(wish, version=_number(client, wish))
        refused = _refused(client, wish, thresholds)
        if refused and not wish.override:
            return refused
        with claimed(client, wish.name, wish.alias):
            refused = _refused(client, wish, thresholds)
            if refused and not wish.override:
                return refused
            return _move(client, wish, refused)


def _refused(client: "MlflowClient", wish: Wish, thresholds: UnderProfile) -> Promotion | None:
    holder = _holder(client, wish)
    if holder is not None and str(holder.version) == wish.version:
        return Promotion(said=f"{wish.name} version {wish.version} is {wish.alias} already")
    reasons = tuple(_against(client, wish, holder, thresholds))
    said = f"{wish.name} version {wish.version} is not made {wish.alias}"
    return Promotion(said=said, refused=reasons) if reasons else None


def _against(
    client: "MlflowClient", wish: Wish, holder: "ModelVersion | None", thresholds: UnderProfile
) -> Iterator[str]:
    """What speaks against it, in words."""
    model_version = client.get_model_version(wish.name, wish.version).tags.get(VERSION, "")
    runs = complete_runs(client, wish.name, model_version) if model_version else ()
    run, later = _evidence(runs, thresholds)
    if run is None:
        yield "no run of this version asked everything and was logged to its end: run faef gate"
        return
    tags = run.data.tags
    which = f"run {tags[RUN_ID]}"
    if tags.get(VERDICT) != "passed":
        yield f"its newest complete run, {which}, is {tags.get(VERDICT)}, not passed"
    yield from _failed_since(which, later)
    if unchecked := tags.get(UNCHECKED):
        yield f"{which} was made without {unchecked}: run all tests of the suites"
    yield from _unlike(tags.get(PROFILE, ""), tags.get(THRESHOLDS, ""), which, thresholds)
    if holder is None:
        if not wish.first:
            yield f"nobody holds {wish.alias}: floors alone would decide; say so with --first"
        return
    held, compared = holder.tags.get(VERSION, ""), tags.get(HELD_TO, "")
    of = tags.get(HELD_TO_NAME, wish.name)  # older runs do not say
    if compared != held or not held or of != wish.name:
        with_what = f"with {compared}" if compared else "with no baseline"
        with_what += f" of {of}" if of != wish.name else ""
        yield (
            f"{which} was compared {with_what}, but {wish.alias} is version {holder.version}"
            f" ({held or 'never evaluated'}): run faef gate --baseline models:/{wish.name}@{wish.alias}"
        )


def _evidence(runs: "Iterable[Run]", thresholds: UnderProfile) -> "tuple[Run | None, Sequence[Run]]":
    """The newest run whose profile promotes, else the newest; and those that are newer than it."""

    @cache
    def promotes(profile: str) -> bool:
        try:
            return thresholds(profile).promotes
        except ConfigError:
            return False

    later: list[Run] = []
    for run in runs:
        if promotes(run.data.tags.get(PROFILE, "")):
            return run, later
        later.append(run)
    return (later[0], ()) if later else (None, ())


def _failed_since(which: str, later: "Iterable[Run]") -> Iterator[str]:
    """A model that is served may change after its gate: the newest failure since then."""
    for tags in (run.data.tags for run in later if run.data.tags.get(VERDICT) == "failed"):
        yield (
            f"after {which}, run {tags[RUN_ID]} of this version (profile {tags.get(PROFILE)}) failed:"
            " run faef gate again"
        )
        return


def _unlike(profile: str, key: str, which: str, thresholds: UnderProfile) -> Iterator[str]:
    try:
        now = thresholds(profile)
    except ConfigError as error:
        yield f"{which}: {error}"
        return
    if not now.promotes:
        yield f"{which} was held to profile {profile}, which does not promote ({now.path})"
    elif key != now.key:
        yield f"{which} was held to other thresholds than {now.path} now demands: run faef gate again"


def _move(client: "MlflowClient", wish: Wish, refused: Promotion | None) -> Promotion:
    if refused and not refused.refused:
        return refused  # it is there already
    at = datetime.now(UTC).isoformat(timespec="seconds")
    if refused:  # kept first: an override without its record must not be
        row = {"alias": wish.alias, "version": wish.version, "by": wish.by, "at": at}
        record(client, wish.name, {**row, "reason": wish.override})
    client.set_registered_model_alias(wish.name, wish.alias, wish.version)
    client.set_model_version_tag(
        wish.name, wish.version, "faef.promoted", f"{wish.alias} {at} {wish.by}"
    )
    holder = _holder(client, wish)
    if holder is None or str(holder.version) != wish.version:
        now = "nobody" if holder is None else f"version {holder.version}"
        message = f"{wish.name}@{wish.alias}: was moved to {wish.version}, but somebody made it {now}"
        raise TrackingError(message)
    how = f"against the rule, by {wish.by}: {wish.override}" if refused else f"by {wish.by}"
    reasons = refused.refused if refused else ()
    said = f"{wish.name} version {wish.version} is {wish.alias} now, {how}"
    return Promotion(said="\n".join([said, *(f"overridden: {reason}" for reason in reasons)]))


def _number(client: "MlflowClient", wish: Wish) -> str:
    """The number of the version that is meant. Raises ConfigError where none is, or two are."""
    known = {str(version.version) for version in versions(client, wish.name)}
    named = version_named(client, wish.name, wish.version)
    meant = {wish.version} & known | ({str(named.version)} if named else set())
    if len(meant) == 1:
        return meant.pop()
    problem = f"has no registered version {wish.version!r}: see the registry in MLflow"
    if meant:
        problem = (
            f"has a version with the number {wish.version} and another of that name: move it in MLflow"
        )
    message = f"{wish.name} {problem}"
    raise ConfigError(message)


def _holder(client: "MlflowClient", wish: Wish) -> "ModelVersion | None":
    from mlflow.exceptions import MlflowException  # noqa: PLC0415

    try:
        return client.get_model_version_by_alias(wish.name, wish.alias)
    except MlflowException as error:
        if error.error_code not in ABSENT:
            raise
        return None
