"""What `faef init` does: somebody else's repository gets suites, thresholds and a workflow."""

import argparse
import re
import sys
from pathlib import Path
from typing import Any

from monitor.verbs.parsers import add_verb

USES = re.compile(r"[\w.-]+/[\w.-]+(/[\w./-]+)?@[\w./-]+")


def add_to(verbs: Any) -> None:
    """Declare `init`."""
    verb = add_verb(verbs, init, "faef init . --action my-org/faef-monitor/.github/actions/faef-gate@v1")
    verb.add_argument("folder", nargs="?", type=Path, default=Path(), help="where (default: here)")
    text = "where the workflow finds the action: OWNER/REPOSITORY/PATH@TAG-OR-COMMIT"
    verb.add_argument("--action", metavar="USES", help=text)


def init(given: argparse.Namespace) -> int:
    """Write suites/, thresholds.yaml and a workflow; nothing that is there is overwritten."""
    from monitor.errors import ConfigError  # noqa: PLC0415 - `faef --help` is quick
    from monitor.starting import ACTION, start  # noqa: PLC0415

    if given.action is not None and not USES.fullmatch(given.action):
        message = f"--action: {given.action!r} is not of the form {ACTION}"
        raise ConfigError(message)
    written = start(given.folder, given.action or ACTION)
    sys.stdout.writelines(f"{path}\n" for path in written)
    if given.action is None:
        sys.stdout.write(f"{written[-1]}: put the owner of the action in place of OWNER\n")
    return 0
