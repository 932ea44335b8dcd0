"""What can go wrong for a user, each with one line that says what, where and how to mend.

MonitorError               everything this package raises on purpose
├── ConfigError            an option, the environment, thresholds.yaml; a key or model that is refused
│   ├── RecordError        a line of a questions file or of recorded replies, as `file:line: field: …`
│   └── ComparisonError    two runs that were not asked, read or judged alike, or share too little
└── EndpointError          the endpoint or the judge cannot be reached, or too many calls failed

`exit_code` is what the `faef` command returns for it. Not for single failed calls: those become
`Response.error` and are counted.
"""

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


def first_of(group: BaseExceptionGroup[MonitorError]) -> MonitorError:
    """The first error of tasks that failed together: a user is told one thing at a time."""
    error = group.exceptions[0]
    return first_of(error) if isinstance(error, BaseExceptionGroup) else error
