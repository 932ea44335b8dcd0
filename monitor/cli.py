"""`faef`: the commands, each declared and done in a module of `verbs/`.

0 passed · 1 failed · 2 inconclusive, or nothing evaluated · 3 bad configuration · 4 too many calls
failed.
"""

import sys
from collections.abc import Sequence

from monitor import __version__
from monitor.errors import MonitorError, told
from monitor.escaping import harmless
from monitor.options import PREFIX
from monitor.report.encodings import never_fail
from monitor.verbs import (
    banks,
    calibration,
    construct,
    github,
    init,
    judges,
    labels,
    replies,
    reports,
    runs,
    suites,
    tracking,
    trends,
)
from monitor.verbs.parsers import Command, Parser

VERBS = (
    suites,
    banks,
    replies,
    runs,
    reports,
    trends,
    labels,
    calibration,
    judges,
    tracking,
    github,
    init,
    construct,
)


def main(arguments: Sequence[str] | None = None) -> int:
    """Run a command and return its exit code; what goes wrong becomes one line on stderr."""
    never_fail()
    if not (sys.argv[1:] if arguments is None else arguments):
        parser().print_help(sys.stderr)
        return 3
    given = parser().parse_args(arguments)
    command: Command = given.command
    try:
        return command(given)
    except Exception as error:
        if sys.flags.dev_mode and not isinstance(error, MonitorError):
            raise
        known = told(error)
        print(harmless(f"faef: {str(known).replace(PREFIX, '--')}"), file=sys.stderr)  # noqa: T201 - the one line a user sees
        return known.exit_code


def parser() -> Parser:
    """The parser of all commands."""
    faef = Parser(
        prog="faef",
        description="Did this model version become safer, or did it only learn to sound safe?",
    )
    faef.add_argument("--version", action="version", version=f"faef-monitor {__version__}")
    commands = faef.add_subparsers(title="commands", required=True, metavar="COMMAND")
    for module in VERBS:
        module.add_to(commands)
    return faef
