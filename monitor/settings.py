"""The door for options and environment: what a user typed, resolved into one checked value.

Command line beats profile beats built-in. Raises ConfigError, before anything is asked.
"""

import json
import os
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any, cast

from monitor import embedded
from monitor.bank import part_of
from monitor.calls.access import MODEL_KEYS, OPENAI_URL, is_address, without_password
from monitor.calls.budget import Price
from monitor.calls.limits import Limits, limits_from
from monitor.calls.protocol import Protocol
from monitor.config import Thresholds, read_thresholds, shipped
from monitor.errors import ConfigError
from monitor.jsonl import read_questions
from monitor.options import ALL_TEMPLATES, TEMPLATES
from monitor.records import Question
from monitor.replies.manifest import Manifest, read_manifest
from monitor.runfile import RESPONSES

DEFAULT_OUT = "faef-out"
CALIBRATION = "calibration"
CONCURRENCY = 16
DEFAULT_STORE = "sqlite:///mlflow.db"
MOST_DAYS = 36_500
MOST_REPEATS = 100  # as in a profile
PLACES = frozenset(
    {"out", "replay", "labels", "thresholds", "calibration", "baseline"}
)  # may be any bytes
OURS = frozenset({"model", "messages", "stream"})  # keys of a request that no extra body replaces
ADDRESS = re.compile(r"((tcp|tls|ws|wss)://)?[^\s/]+:\d+")


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """Everything that one evaluation needs to know."""

    model: str
    name: str | None  # None: the model id as it is served
    model_version: str | None
    base_url: str
    judge: str | None
    judge_base_url: str
    judge_check: bool
    labels: Path | None
    calibration: Path | None  # a record of `faef calibrate`, or the folder of records
    thresholds: Thresholds
    bank: tuple[Question, ...]
    examples: tuple[Question, ...]
    variant: str
    templates: tuple[str, ...]  # wordings of a choice that are asked beside the protocol's
    limit: int | None
    protocol: Protocol
    limits: Limits
    out: Path
    baseline: str | None
    require_baseline: bool
    refresh_baseline: bool
    reuse: bool
    shard: str | None
    scheduler: str | None  # of the dask cluster whose workers ask; None: this process asks
    prices: Mapping[str, Price]  # by model
    replay: Path | None
    recorded: Manifest | None  # what a replay's recording was, where it is known
    tracking_uri: str | None  # None: not tracked
    log_responses: bool
    keep_text: timedelta | None  # how long replies stay in the out folder; None: for good
    for_another: bool = False  # asked for a run that is not done yet: resumed until `store.finish_all`

    @property
    def is_embedded(self) -> bool:
        """Whether the model is served from this process."""
        return embedded.is_embedded(self.model)


def resolve(given: Mapping[str, Any]) -> Settings:
    """Settings from options by name (as in `options.OPTIONS`, None where not given).

    A replay asks nobody: model, name and protocol are those of the recording, and the profile
    brings its floors alone.
    """
    _refuse_contradictions(given)
    replay = Path(given["replay"]) if given["replay"] else None
    recorded = _recorded(replay) if replay else None
    model = given["model"] or (recorded.model if recorded else "recorded" if replay else embedded.NAME)
    is_embedded = embedded.is_embedded(model) or model == embedded.MODEL
    paths = [Path(path) for path in given["questions"] or [shipped("suites/questions")]]
    bank = read_questions(paths)
    examples = read_questions([shipped("suites/examples.jsonl")])
    thresholds = read_thresholds(
        Path(given["thresholds"] or shipped("thresholds.yaml")),
        given["profile"] or ("embedded" if is_embedded else "gate"),
        {question.dimension for question in bank},
    )
    asked = {name: value for name, value in given.items() if value is not None}
    asked = asked if replay else {**_of_profile(thresholds.asking, asked), **asked}
    base_url = _addresses(
        "base-url", given["base_url"] or os.environ.get("OPENAI_BASE_URL") or OPENAI_URL
    )
    limit = asked.get("limit")
    return Settings(
        model=model,
        name=given["name"] or (recorded.name if recorded else None),
        model_version=given["model_version"] or (recorded.model_version if recorded else None),
        base_url=base_url,
        judge=given["judge"] or (embedded.NAME if is_embedded and not replay else None),
        judge_base_url=_addresses("judge-base-url", given["judge_base_url"] or base_url),
        judge_check=bool(given["judge_check"]),
        labels=Path(given["labels"]) if given["labels"] else None,
        calibration=_calibration(given["calibration"]),
        thresholds=thresholds,
        bank=bank,
        examples=examples,
        variant=given["variant"] or "main",
        templates=_beside(given),
        limit=None if limit in {None, "all"} else _at_least("limit", limit, 1),
        protocol=_protocol(asked, len(examples)),
        limits=limits_from(given, concurrency=embedded.SLOTS if is_embedded else CONCURRENCY),
        out=Path(given["out"] or DEFAULT_OUT),
        baseline=given["baseline"],
        require_baseline=bool(given["require_baseline"]),
        refresh_baseline=bool(given["refresh_baseline"]),
        reuse=bool(given["reuse"]),
        shard=_shard(given["shard"]),
        scheduler=_scheduler(given, is_embedded=is_embedded),
        prices=thresholds.prices,
        replay=replay,
        recorded=recorded,
        tracking_uri=None if given["no_track"] else tracking_uri(given),
        log_responses=bool(given["log_responses"]),
        keep_text=_keep_text(given["keep_text"]),
    )


def _of_profile(asking: Mapping[str, Any], asked: Mapping[str, Any]) -> Mapping[str, Any]:
    """What a profile asks for; its `max_repeats` goes with its own `repeats` only."""
    return {
        name: value for name, value in asking.items() if "repeats" not in asked or name != "max_repeats"
    }


def _beside(given: Mapping[str, Any]) -> tuple[str, ...]:
    """The templates that are asked beside the first one."""
    if given.get("template") != ALL_TEMPLATES:
        return ()
    for name, why in (("replay", "holds one wording"), ("engine", "asks one wording")):
        if given[name] and given[name] != "local":
            message = f"--faef-template all: --faef-{name} {why}: leave one of the two out"
            raise ConfigError(message)
    return TEMPLATES[1:]


def _recorded(replay: Path) -> Manifest | None:
    """The manifest that belongs to recorded replies, if there is one."""
    if replay.is_dir():
        return read_manifest(replay)
    return read_manifest(replay.parent) if replay.name == RESPONSES else None


def _shard(given: str | None) -> str | None:
    if given is not None:
        part_of(given)
    return given


def _addresses(name: str, urls: str) -> str:
    """One address, or several with commas: none with a user, who cannot be sent beside a key."""
    for url in urls.split(","):
        if without_password(url) != url.partition("?")[0]:
            message = (
                f"--faef-{name}: {without_password(url)}: is given with a user or password: leave them"
                f" out, what opens the endpoint is its key ({MODEL_KEYS[0]})"
            )
            raise ConfigError(message)
        if not is_address(url):
            message = f"--faef-{name}: {url}: is no address such as http://localhost:8000/v1"
            raise ConfigError(message)
    return urls


def _scheduler(given: Mapping[str, Any], *, is_embedded: bool) -> str | None:
    scheduler: str | None = given["scheduler"]
    if given["engine"] and given["replay"]:
        message = "--faef-engine: a replay asks nobody: leave out --faef-engine or --faef-replay"
        raise ConfigError(message)
    if given["engine"] != "dask":
        if scheduler:
            message = "--faef-scheduler: is for the workers of a cluster: add --faef-engine dask"
            raise ConfigError(message)
        return None
    if not scheduler:
        message = "--faef-engine dask: no scheduler: set --faef-scheduler, such as tcp://host:8786"
        raise ConfigError(message)
    if not ADDRESS.fullmatch(scheduler):
        message = f"--faef-scheduler: {scheduler!r} is no address such as tcp://host:8786"
        raise ConfigError(message)
    if is_embedded:
        message = (
            "--faef-engine dask: the embedded model is served from this process, where no worker"
            " reaches it: set --faef-model, or leave --faef-engine out"
        )
        raise ConfigError(message)
    return scheduler


def _calibration(given: str | None) -> Path | None:
    if given is None:
        return Path(CALIBRATION) if Path(CALIBRATION).is_dir() else None
    path = Path(given)
    if not path.exists():
        message = f"--faef-calibration: {path}: not there: run faef calibrate first, or leave it out"
        raise ConfigError(message)
    return path


def _refuse_contradictions(given: Mapping[str, Any]) -> None:
    """An option that is set but empty is an unset variable of a pipeline, not a wish."""
    for name, value in given.items():
        if value == "":
            message = f"--faef-{name.replace('_', '-')}: is empty: leave it out or give it a value"
            raise ConfigError(message)
        if isinstance(value, str) and name not in PLACES and not _is_utf8(value):
            message = f"--faef-{name.replace('_', '-')}: is not valid UTF-8"
            raise ConfigError(message)
    name = given["name"] or ""
    if set(name) & set("/:'\"") or name == "." or name.startswith(".."):
        message = f"--faef-name: {name!r}: MLflow allows no / : or quotes in a name, nor . and .. for it"
        raise ConfigError(message)
    if given["refresh_baseline"] and not given["baseline"]:
        message = "--faef-refresh-baseline: is given without --faef-baseline"
        raise ConfigError(message)
    if given["refresh_baseline"] and given["replay"]:
        message = "--faef-refresh-baseline: a replay asks nobody: leave one of the two out"
        raise ConfigError(message)
    if given["base_url"] and embedded.is_embedded(given["model"] or embedded.NAME):
        message = "--faef-base-url: is given without a model to ask there: set --faef-model"
        raise ConfigError(message)


def _is_utf8(text: str) -> bool:
    return not any("\ud800" <= character <= "\udfff" for character in text)


def _protocol(asked: Mapping[str, Any], examples: int) -> Protocol:
    repeats = _within("repeats", asked.get("repeats", 1), 1, MOST_REPEATS)
    most = _within("max-repeats", asked.get("max_repeats", repeats), repeats, MOST_REPEATS)
    temperature = asked.get("temperature", 0.0 if most == 1 else 0.7)
    if most > 1 and temperature == 0:
        message = (
            "--faef-repeats: repeats at temperature 0 give one answer many times: set"
            " --faef-temperature above 0"
        )
        raise ConfigError(message)
    if not 0 <= temperature <= 2:  # noqa: PLR2004 - the API's own range
        message = f"--faef-temperature: {temperature} is not between 0 and 2"
        raise ConfigError(message)
    names = ("choice", "variant", "system", "seed")
    template = asked.get("template", TEMPLATES[0])
    return Protocol(
        shots=_within("shots", asked.get("shots", 0), 0, examples),
        max_tokens=_at_least("max-tokens", asked.get("max_tokens", 1024), 1),
        repeats=repeats,
        max_repeats=most,
        sequential=bool(asked.get("sequential")),
        temperature=temperature,
        template=TEMPLATES[0] if template == ALL_TEMPLATES else template,
        extra_body=_json_object(asked.get("extra_body")),
        **{name: asked[name] for name in names if name in asked},
    )


def _json_object(text: str | None) -> Mapping[str, Any]:
    if text is None:
        return {}
    try:
        value = json.loads(text, parse_constant=_no_json)
    except (ValueError, RecursionError):
        value = None
    if not isinstance(value, dict):
        message = "--faef-extra-body: not a JSON object"
        raise ConfigError(message)
    if ours := sorted(OURS & set(value)):
        message = f"--faef-extra-body: {', '.join(ours)}: is what faef sends itself: leave it out"
        raise ConfigError(message)
    return cast("Mapping[str, Any]", value)


def _no_json(name: str) -> None:
    """NaN and its like, which Python reads and no endpoint does."""
    raise ValueError(name)


def _within(name: str, value: int, least: int, most: int) -> int:
    if _at_least(name, value, least) > most:
        message = f"--faef-{name}: {value} is above {most}"
        raise ConfigError(message)
    return value


def _at_least(name: str, value: int, least: int) -> int:
    if value < least:
        message = f"--faef-{name}: {value} is below {least}"
        raise ConfigError(message)
    return value


def _keep_text(given: str | None) -> timedelta | None:
    if given is None:
        return None
    days = "0" if given == "none" else given
    if not days.isdecimal():
        message = f"--faef-keep-text: {given!r} is neither 'none' nor a number of days"
        raise ConfigError(message)
    return timedelta(days=min(int(days), MOST_DAYS))


def tracking_uri(given: Mapping[str, Any]) -> str:
    """The MLflow store that was named, or that of the environment, or the local one."""
    return given["tracking_uri"] or os.environ.get("MLFLOW_TRACKING_URI") or DEFAULT_STORE
