"""What `faef promote` and `faef sync` do in MLflow; nothing is asked of a model."""

import argparse
import getpass
import os
import sys
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from monitor.escaping import harmless
from monitor.options import by_name
from monitor.verbs.parsers import add_options, add_verb

PROMOTE_OPTIONS = frozenset(["thresholds", "questions", "tracking-uri"])
SYNC_OPTIONS = frozenset(["out", "tracking-uri"])


def add_to(verbs: Any) -> None:
    """Declare `promote` and `sync`."""
    verb = add_verb(verbs, promote, "faef promote my-model 3 --alias champion")
    verb.add_argument("name", help="registered model (--name of the gate)")
    verb.add_argument("version", help="its number in the registry, or the version's own name")
    verb.add_argument("--alias", default="champion", help="the alias to move (default champion)")
    verb.add_argument("--first", action="store_true", help="nobody holds it yet: floors alone decide")
    verb.add_argument("--override", action="store_true", help="move it against the rule, on record")
    verb.add_argument("--reason", help="why, with --override")
    verb.add_argument("--by", help="who (default: $GITHUB_ACTOR, else the user)")
    add_options(verb, PROMOTE_OPTIONS)
    verb = add_verb(verbs, sync, "faef sync --out faef-out")
    add_options(verb, SYNC_OPTIONS)


def promote(given: argparse.Namespace) -> int:
    """Move an alias to a version, if its newest complete run passed against the one that holds it."""
    from monitor.config import Thresholds  # noqa: PLC0415 - `faef --help` is quick
    from monitor.errors import ConfigError  # noqa: PLC0415
    from monitor.settings import resolve, tracking_uri  # noqa: PLC0415
    from monitor.tracking.promotion import Wish  # noqa: PLC0415
    from monitor.tracking.promotion import promote as move  # noqa: PLC0415

    if given.override is not bool((given.reason or "").strip()):
        message = "--override and --reason: are given together: say why the rule does not hold"
        raise ConfigError(message)
    options = {**by_name(given), "model": "promoted"}

    def under(profile: str) -> Thresholds:
        return resolve({**options, "profile": profile}).thresholds

    wish = Wish(
        name=given.name,
        version=given.version,
        alias=given.alias,
        by=given.by or os.environ.get("GITHUB_ACTOR") or getpass.getuser(),
        first=given.first,
        override=(given.reason or "").strip(),
    )
    found = move(wish, under, tracking_uri(options))
    _say([found.said, *map("  {}".format, found.refused)])
    return 1 if found.refused else 0


def sync(given: argparse.Namespace) -> int:
    """Deliver to MLflow what waits in an out folder, each run once, the oldest first."""
    from monitor.delivery import sync as deliver  # noqa: PLC0415 - `faef --help` is quick
    from monitor.settings import DEFAULT_OUT, tracking_uri  # noqa: PLC0415
    from monitor.tracking import check_installed  # noqa: PLC0415

    check_installed()
    _say(deliver(Path(given.faef_out or DEFAULT_OUT), tracking_uri(by_name(given))))
    return 0


def _say(lines: Iterable[str]) -> None:
    sys.stdout.writelines(f"{harmless(line)}\n" for line in lines)
