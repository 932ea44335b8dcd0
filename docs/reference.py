"""Write the pages of the reference that follow from the code: options, commands, schemas.

python docs/reference.py          write them
python docs/reference.py --check  exit 1 where one is out of date
"""

import argparse
import json
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from monitor.cli import parser
from monitor.config import thresholds_schema
from monitor.options import OPTIONS, PREFIX
from monitor.runfile import RunFile

HERE = Path(__file__).parent


def pages() -> dict[str, str]:
    """The generated files by name."""
    return {
        "options.md": options(),
        "commands.md": commands(),
        "thresholds.schema.json": as_json(thresholds_schema()),
        "run.schema.json": as_json(RunFile.model_json_schema(by_alias=True)),
    }


def options() -> str:
    """All options of a run, as a table."""
    lines = [
        "# Options of a run",
        "",
        f"`faef gate --NAME`, and `pytest suites {PREFIX}NAME`; other commands take those they need.",
        "",
        "| option | |",
        "|---|---|",
    ]
    lines += [f"| `--{o.name}` | {cell(o.help.replace(PREFIX, '--'))} |" for o in OPTIONS]
    return "\n".join(lines) + "\n"


def commands() -> str:
    """Each command with its own arguments; those that it shares with `faef gate` by name."""
    return "\n".join(["# Commands", "", *described(parser(), "faef")]) + "\n"


def described(command: argparse.ArgumentParser, name: str) -> Iterator[str]:
    """A section for each command under this one."""
    for action in command._actions:  # noqa: SLF001 - argparse has no public way to list them
        if not isinstance(action, argparse._SubParsersAction):  # noqa: SLF001
            continue
        for word, verb in action.choices.items():
            if any(isinstance(one, argparse._SubParsersAction) for one in verb._actions):  # noqa: SLF001
                yield from described(verb, f"{name} {word}")
            else:
                yield from section(f"{name} {word}", verb)


def section(name: str, verb: argparse.ArgumentParser) -> Iterator[str]:
    """A command: what it does, an example, its own arguments, and the options of a run it takes."""
    shared = {option.dest for option in OPTIONS}
    yield from (f"## {name}", "", verb.description or "", "")
    if verb.epilog:
        yield from ("```text", verb.epilog.removeprefix("Example: "), "```", "")
    actions = [one for one in verb._actions if one.dest != "help"]  # noqa: SLF001
    own = [one for one in actions if one.dest not in shared]
    if own:
        yield from ("| argument | |", "|---|---|")
        yield from (f"| {spelled(one)} | {cell(one.help or '')} |" for one in own)
        yield ""
    taken = [one.option_strings[0] for one in actions if one.dest in shared]
    if len(taken) == len(OPTIONS):
        yield from ("And all [options of a run](options.md).", "")
    elif taken:
        yield from (f"And {', '.join(f'`{name}`' for name in taken)} ([options](options.md)).", "")


def spelled(action: argparse.Action) -> str:
    """An argument as it is typed."""
    name = action.option_strings[-1] if action.option_strings else action.dest
    metavar = action.metavar
    value = " ".join(metavar) if isinstance(metavar, tuple) else metavar
    return f"`{name} {value}`" if value and action.option_strings else f"`{name}`"


def cell(text: str) -> str:
    """Text as it may stand in a table."""
    return text.replace("|", "\\|").replace("%%", "%")


def as_json(schema: Any) -> str:
    """A schema as it is committed."""
    return json.dumps(schema, indent=1) + "\n"


def main() -> int:
    """Write the pages, or say which are out of date."""
    if "--check" not in sys.argv[1:]:
        for name, text in pages().items():
            (HERE / name).write_text(text, encoding="utf-8")
        return 0
    old = [name for name, text in pages().items() if (HERE / name).read_text(encoding="utf-8") != text]
    if old:
        sys.stderr.write(f"docs: out of date: {', '.join(old)}: python docs/reference.py\n")
    return bool(old)


if __name__ == "__main__":
    sys.exit(main())
