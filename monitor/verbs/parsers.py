"""How a command is declared: a parser of its own, an example, and the options it shares with pytest."""

import argparse
from collections.abc import Callable, Collection
from typing import Any, NoReturn

from monitor.options import OPTIONS, PREFIX

Command = Callable[[argparse.Namespace], int]
ALL = frozenset(option.name for option in OPTIONS)


class Parser(argparse.ArgumentParser):
    """argparse, with our exit code for bad configuration."""

    def error(self, message: str) -> NoReturn:
        """Say what is wrong and exit with 3: argparse's own 2 means inconclusive here."""
        self.exit(3, f"faef: {message}: see {self.prog} --help\n")


def add_verb(verbs: Any, command: Command, example: str) -> argparse.ArgumentParser:
    """A parser for a command, named as its function and described by its docstring."""
    summary = (command.__doc__ or "").strip()
    verb: argparse.ArgumentParser = verbs.add_parser(
        command.__name__.removeprefix("import_").rstrip("_").replace("_", "-"),
        help=summary,
        description=summary,
        epilog=f"Example: {example}",
    )
    verb.set_defaults(command=command)
    return verb


def add_options(verb: argparse.ArgumentParser, names: Collection[str]) -> None:
    """The options of these names, in the order of `options.OPTIONS`, without pytest's prefix."""
    for option in OPTIONS:
        if option.name in names:
            text = option.help.replace(PREFIX, "--")
            verb.add_argument(f"--{option.name}", dest=option.dest, help=text, **option.arguments)
