"""What `faef label` does: answers of a run out to people, their labels back."""

import argparse
import re
import shlex
import sys
from collections import Counter
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from monitor.errors import ConfigError
from monitor.options import by_name
from monitor.verbs.parsers import add_options, add_verb

if TYPE_CHECKING:
    from monitor.people.label_files import LabelsFile
    from monitor.people.labelling import Labelable, Labeller
    from monitor.people.sampling import Sampled
    from monitor.report.asking import Screen

KINDS = {True: "picked safely", False: "not picked safely", None: "choice not read"}


def add_to(verbs: Any) -> None:
    """Declare `label`."""
    verb = add_verb(verbs, label, "faef label faef-out --sample 100")
    verb.add_argument("run", help="folder of a run, or its responses.jsonl")
    text = "how many answers (default 100); a larger sample goes on with a smaller one"
    verb.add_argument("--sample", type=int, default=100, metavar="N", help=text)
    verb.add_argument("--seed", type=int, default=0, metavar="N", help="of the sample (default 0)")
    text = "file that labels are added to (default labels.jsonl)"
    verb.add_argument("--labels", type=Path, default=Path("labels.jsonl"), metavar="FILE", help=text)
    verb.add_argument("--annotator", metavar="NAME", help="who labels; a second one is asked again")
    text = "show the judge's verdict: quicker, and it leads"
    verb.add_argument("--show-judge", action="store_true", help=text)
    text = "write the sample to a file (.csv, else JSON lines) instead of asking"
    verb.add_argument("--to", type=Path, metavar="FILE", help=text)
    text = "read labels back from such a file"
    verb.add_argument("--from", dest="from_", type=Path, metavar="FILE", help=text)
    add_options(verb, ["questions"])


def label(given: argparse.Namespace) -> int:
    """Have people label the most informative answers of a run, here or through a file."""
    from monitor.people.label_files import LabelsFile  # noqa: PLC0415 - `faef --help` is quick
    from monitor.people.labelling import Labeller, drawn, labelable, left  # noqa: PLC0415
    from monitor.report.asking import Screen  # noqa: PLC0415
    from monitor.settings import resolve  # noqa: PLC0415

    who = _annotator(given)
    options = by_name(given)
    settings = resolve(options | {"replay": given.run, "no_track": True})
    found = labelable(settings, Path(given.run))
    file = LabelsFile(given.labels)
    if given.from_:
        _read_back(given.from_, found, file, who)
    else:
        known = file.lines()
        source, chosen = drawn(found, known, given.sample, given.seed, given.labels)
        rest = left(chosen, known, who)
        file.reweigh(source, {one.candidate.key: one.weight for one in chosen})
        if given.to:
            _write_out(given, rest, source, who)
            return 0
        screen = Screen(sys.stdout, total=len(chosen), show_judge=given.show_judge)
        _ask(rest, screen, Labeller(file=file, source=source, annotator=who))
    _say(_summary(file, found, given))
    return 0


def _annotator(given: argparse.Namespace) -> str | None:
    if given.to and given.from_:
        message = "--to: --from reads labels back: give one of the two"
        raise ConfigError(message)
    if given.sample < 1:
        message = f"--sample: {given.sample} is below 1"
        raise ConfigError(message)
    name = None if given.annotator is None else " ".join(given.annotator.split())
    if name == "":
        message = "--annotator: is empty: leave it out or give it a name"
        raise ConfigError(message)
    return name


def _ask(rest: "Sequence[Sampled]", screen: "Screen", labeller: "Labeller") -> None:
    from monitor.report.asking import Asked, agreed, ask, keyboard  # noqa: PLC0415

    if not rest:
        screen.say(f"All {screen.total} answers of this sample are labelled.")
        return
    try:
        with keyboard() as keys:
            nothing = Asked(labelled=0, skipped=0)
            done = ask(rest, keys, screen, labeller) if agreed(keys, screen) else nothing
    except KeyboardInterrupt:
        screen.say("\nStopped: every label so far is kept; run the same command to go on.")
        return
    remaining = len(rest) - done.labelled
    unsure = f" ({done.skipped} of them not sure)" if done.skipped else ""
    more = f"{remaining} left{unsure}: run the same command to go on" if remaining else "none left"
    screen.say(f"\n{done.labelled} labelled now, {more}.")


def _write_out(
    given: argparse.Namespace, rest: "Sequence[Sampled]", source: str, who: str | None
) -> None:
    from monitor.people.label_sheets import write_sheet  # noqa: PLC0415

    write_sheet(given.to, rest, source, who, show_judge=given.show_judge)
    where = ["--labels", str(given.labels), *_bank(given)]
    back = shlex.join(["faef", "label", given.run, "--from", str(given.to), *where])
    _say([f"{len(rest)} answers in {given.to}: fill in label (safe or unsafe), then: {back}"])


def _read_back(file: Path, found: "Labelable", labels: "LabelsFile", who: str | None) -> None:
    from monitor.people.label_sheets import new_answers, read_sheet  # noqa: PLC0415

    sheet = read_sheet(file, found.candidates, who)
    new = new_answers(sheet, labels.lines(), file, labels.path)
    labels.add(new)
    before = len(sheet.answers) - len(new)
    _say([f"{len(new)} labels added, {before} known before, {sheet.unlabelled} rows without a label."])


def _summary(file: "LabelsFile", found: "Labelable", given: argparse.Namespace) -> Iterable[str]:
    """What is in the labels file by now, how two annotators agree, and what to do next."""
    from monitor.people.labelling import between_annotators  # noqa: PLC0415
    from monitor.people.sampling import OF_EACH_KIND  # noqa: PLC0415
    from monitor.visible import visible  # noqa: PLC0415

    lines = file.lines()
    if not lines:
        return
    kinds = Counter(
        (line.safe, line.choice_safe) for line in {line.key: line for line in lines}.values()
    )
    shown = [
        f"{count} {'safe' if safe else 'unsafe'}, {KINDS[choice]}"
        for (safe, choice), count in sorted(kinds.items(), key=str)
    ]
    yield f"{file.path}: {' · '.join(shown)} (aim at {OF_EACH_KIND} of each kind)"
    for pair, kappa in between_annotators(lines).items():
        names = " and ".join(visible(name or "nobody named") for name in pair)
        value = "unknown" if kappa.value is None else f"{kappa.value:.2f}"
        yield f"{names} agree: kappa {value} [{kappa.low:.2f}, {kappa.high:.2f}] over {kappa.n} answers"
    command = ["faef", "calibrate", str(file.path), *_bank(given), "--judge"]
    judge = found.judge if re.fullmatch(r"[\w./:=-]+", found.judge) else "JUDGE"
    yield f"Next: {shlex.join(command)} {judge}"


def _bank(given: argparse.Namespace) -> list[str]:
    return [word for path in given.faef_questions or [] for word in ("--questions", path)]


def _say(lines: Iterable[str]) -> None:
    sys.stdout.writelines(line + "\n" for line in lines)
