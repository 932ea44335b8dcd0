"""What can go wrong for a user, each with one line that says what, where and how to mend.

MonitorError               everything this package raises on purpose
├── ConfigError            an option, the environment, thresholds.yaml; a key or model that is refused
│   ├── RecordError        a line of a questions file or of recorded replies, as `file:line: field: …`
│   └── ComparisonError    two runs that were not asked, read or judged alike, or share too little
├── EndpointError          the endpoint or the judge cannot be reached, or too many calls failed
└── UnforeseenError        a fault of our own, and where it is

`exit_code` is what the `faef` command returns for it. Not for single failed calls: those become
`Response.error` and are counted.
"""

import traceback
from pathlib import Path
from typing import ClassVar


class MonitorError(Exception):
    """The root: its text is the one line a user sees."""

    exit_code: ClassVar[int] = 3


class ConfigError(MonitorError):
    """Something the user wrote or set cannot be used; nothing was asked and nothing was paid."""


class RecordError(ConfigError):
    """A line of a file cannot be read; the text begins with `file:line`."""


class ComparisonError(ConfigError):
    """Two runs cannot be compared; the text names what differs."""


class EndpointError(MonitorError):
    """An endpoint does not answer, or too many calls to it failed."""

    exit_code: ClassVar[int] = 4


class UnforeseenError(MonitorError):
    """Nobody thought of this: its text is meant for us, and holds nothing that a model wrote."""


def told(error: Exception) -> MonitorError:
    """Any error as the one line that a user is told: a file's trouble, or a fault of our own."""
    while isinstance(error, ExceptionGroup):
        error = error.exceptions[0]
    if isinstance(error, MonitorError):
        return error
    if isinstance(error, OSError):
        return ConfigError(f"{error.filename or 'output'}: {error.strerror or type(error).__name__}")
    frames = traceback.extract_tb(error.__traceback__)
    ours = [one for one in frames if Path(__file__).parent in Path(one.filename).parents] or frames
    where = f"{Path(ours[-1].filename).name}:{ours[-1].lineno}" if ours else "nowhere"
    return UnforeseenError(
        f"{type(error).__name__} in {where}: a fault of faef: please report this line"
        " (PYTHONDEVMODE=1 shows all of it)"
    )


def first_of(group: BaseExceptionGroup[MonitorError]) -> MonitorError:
    """The first error of tasks that failed together: a user is told one thing at a time."""
    error = group.exceptions[0]
    return first_of(error) if isinstance(error, BaseExceptionGroup) else error
