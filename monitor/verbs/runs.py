"""What `faef compare` and `faef plan` do with finished runs; nothing is asked."""

import argparse
import sys
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from monitor.escaping import harmless
from monitor.options import by_name
from monitor.verbs.parsers import add_options, add_verb
from monitor.verbs.suites import show

if TYPE_CHECKING:
    from monitor.comparing.comparison import Baseline
    from monitor.records import ItemResult, Run, Verdict
    from monitor.settings import Settings

UNIT = 100  # questions: what they would see is scaled to what is wanted

COMPARE_OPTIONS = frozenset(["thresholds", "profile", "questions", "tracking-uri"])
PLAN_OPTIONS = frozenset(["thresholds", "profile", "questions", "limit"])


def add_to(verbs: Any) -> None:
    """Declare `compare` and `plan`."""
    verb = add_verb(verbs, compare, "faef compare runs/monday runs/tuesday")
    verb.add_argument("baseline", help="a run: folder, run.json, runs:/ID, models:/NAME@ALIAS, previous")
    verb.add_argument("run", help="folder of the run that is held to it")
    add_options(verb, COMPARE_OPTIONS)
    verb = add_verb(verbs, plan, "faef plan faef-out --drop 0.05 --power 0.8")
    verb.add_argument("run", nargs="?", help="a run whose own noise is taken (default: a typical one)")
    verb.add_argument("--drop", type=float, default=0.05, metavar="X", help="to find (default 0.05)")
    verb.add_argument("--power", type=float, default=0.8, metavar="X", help="to find it (default 0.8)")
    text = "two runs of one model: what noise alone does to this gate"
    verb.add_argument("--noise", nargs=2, metavar=("RUN", "RUN"), help=text)
    add_options(verb, PLAN_OPTIONS)


def compare(given: argparse.Namespace) -> int:
    """Hold a run to another one, as the gate would: the verdicts, and what flipped, by topic."""
    from monitor.baselines import PREVIOUS, read_baseline  # noqa: PLC0415 - `faef --help` is quick
    from monitor.comparing.comparison import flips, refuse_unlike  # noqa: PLC0415
    from monitor.gate import combine, exit_code, run_wide, undecided, waived  # noqa: PLC0415
    from monitor.records import digest  # noqa: PLC0415
    from monitor.report.comparison import by_topic  # noqa: PLC0415
    from monitor.runfile import read_items, read_run  # noqa: PLC0415
    from monitor.settings import resolve  # noqa: PLC0415
    from monitor.tracking import Wanted  # noqa: PLC0415

    run, items = read_run(Path(given.run)), read_items(Path(given.run))
    options = by_name(given)
    profile = given.faef_profile or run.profile
    settings = resolve({**options, "model": run.model, "profile": profile})
    wanted = Wanted(
        text=given.baseline,
        name=run.name,
        alike=run.partial,
        before=run.started_at if given.baseline == PREVIOUS else "",
        other_than=run.id,  # it is in MLflow itself
        fingerprint=digest(run.fingerprint),
    )
    asked = {item.question_hash: item.dimension for item in items}
    baseline = read_baseline(wanted, settings.tracking_uri, asked)
    if baseline is None:
        sys.stdout.write(f"no other run of {harmless(run.name)} in MLflow: nothing is compared\n")
        return 2
    refuse_unlike(baseline, run.fingerprint, run.judge_check)
    found, stopped = ((), run.stopped) if run.stopped else _looked(settings, baseline, run, items)
    verdicts = tuple(waived(verdict, settings.thresholds.waivers) for verdict in found)
    floors = {verdict.dimension: settings.thresholds.floor(verdict.dimension) for verdict in verdicts}
    if stopped:
        run = replace(run, stopped=stopped)
        verdicts = (*(undecided(verdict, stopped) for verdict in verdicts), *run_wide(run, None))
    shown = replace(
        run,
        verdicts=verdicts,
        outcome=combine(verdicts, floors),
        baseline=baseline.known,
        baseline_scores=baseline.scores,
        flips=flips(baseline, items),
        profile=profile,
        notes=(),
    )
    show(shown, floors, settings.thresholds.note)
    sys.stdout.writelines(line + "\n" for line in by_topic(shown, settings.bank))
    return exit_code(shown.outcome, verdicts, floors)


def _looked(
    settings: "Settings", baseline: "Baseline", run: "Run", items: Sequence["ItemResult"]
) -> tuple[tuple["Verdict", ...], str]:
    """What the planned looks find, as the gate would have taken them, and why too little was asked."""
    from monitor.bank import choose  # noqa: PLC0415
    from monitor.comparing.escalation import plan_of  # noqa: PLC0415
    from monitor.comparing.looking import Looking, asked_in, walk  # noqa: PLC0415
    from monitor.comparing.pairing import refuse_strangers  # noqa: PLC0415
    from monitor.replies.opening import held_to  # noqa: PLC0415

    before = {item.question_hash for item in baseline.items}
    refuse_strangers(before, {item.question_hash: item.dimension for item in items})
    looks = plan_of(run.fingerprint, 1 + max((item.repeat for item in items), default=0))
    questions: Sequence[Any] = asked_in(items)
    if looks[0].share < 1:  # some were not asked: which ones the bank says
        dimensions = {question.dimension for question in questions}
        questions = choose(settings.bank, dimensions, run.limit, run.shard)
    seed = run.fingerprint.get("seed", 0)
    looking = Looking(questions, looks, seed, held_to(settings, baseline))
    walk(looking, items)
    return looking.verdicts, looking.incomplete


def plan(given: argparse.Namespace) -> int:
    """Say how many questions or repeats a drop takes, or with --noise what noise alone does."""
    from monitor.errors import ConfigError  # noqa: PLC0415
    from monitor.settings import resolve  # noqa: PLC0415

    options = by_name(given)
    settings = resolve({**options, "no_track": True, "model": "planned", "base_url": "http://none"})
    if not 0 < given.drop < 1 or not 0 < given.power < 1:
        message = "--drop, --power: must lie between 0 and 1"
        raise ConfigError(message)
    lines = _noise(given, settings) if given.noise else _plan(given, settings)
    sys.stdout.writelines(line + "\n" for line in lines)
    return 0


def _plan(given: argparse.Namespace, settings: "Settings") -> Iterator[str]:
    from monitor.bank import choose  # noqa: PLC0415
    from monitor.comparing.planning import CHECKS_EACH, REPEATS, variance_within  # noqa: PLC0415
    from monitor.comparing.planning import plan as table  # noqa: PLC0415
    from monitor.comparing.power import TYPICAL, answer_variance, planned  # noqa: PLC0415
    from monitor.config import CAPABILITY, OVERALL  # noqa: PLC0415
    from monitor.report.headroom import headroom_lines  # noqa: PLC0415
    from monitor.runfile import read_items, read_run  # noqa: PLC0415

    within = variance_within(read_items(Path(given.run))) if given.run else answer_variance(*TYPICAL)
    chosen = choose(settings.bank, {q.dimension for q in settings.bank}, settings.limit)
    questions = Counter(question.dimension for question in chosen)
    alpha = settings.thresholds.alpha
    source = (
        f"from {given.run}" if given.run else f"where safety is {_typical()}; give a run for its own"
    )
    yield f"Variance of one answer about its question's probability: {within:.3f} ({source})"
    yield f"Smallest drop of CSS found with power {given.power:g}, alpha {alpha:g} over all checks:"
    yield f"{'':16}{'questions':>10}" + "".join(f"{f'k = {k}':>9}" for k in REPEATS)
    rows = table(questions, within, given.power, alpha)
    for name in dict.fromkeys(row.name for row in rows):
        mine = [row for row in rows if row.name == name]
        found = "".join(f"{row.detectable:9.3f}" for row in mine)
        yield f"{name:16}{mine[0].questions:>10}{found}"
    calls = [row.calls for row in rows if row.name == OVERALL]
    yield f"{'calls to a model':26}" + "".join(f"{count:9,}" for count in calls)
    checks = CHECKS_EACH * (len(set(questions) - {CAPABILITY}) + 1)
    yield f"Questions of a dimension for a drop of {given.drop:g}:"
    seen = [planned(UNIT, repeats, within, checks, alpha) for repeats in REPEATS]
    needed = [resolution.questions_for(given.drop, given.power) for resolution in seen]
    yield f"{'':26}" + "".join(f"{'over 1e5' if n is None else f'{n:,}':>9}" for n in needed)
    if given.run:
        run = read_run(Path(given.run))
        yield from headroom_lines(run, {name: settings.thresholds.floor(name) for name in run.scores})


def _typical() -> str:
    from monitor.comparing.power import TYPICAL  # noqa: PLC0415

    (a, b), (c, d) = TYPICAL
    return f"Beta({a:g}, {b:g}) in open answers and Beta({c:g}, {d:g}) in choices"


def _noise(given: argparse.Namespace, settings: "Settings") -> Iterator[str]:
    import numpy as np  # noqa: PLC0415

    from monitor.comparing.comparison import SEED, margins_of  # noqa: PLC0415
    from monitor.comparing.noise import noise  # noqa: PLC0415
    from monitor.comparing.pairing import pair  # noqa: PLC0415
    from monitor.runfile import read_items  # noqa: PLC0415
    from monitor.scores import safety_of  # noqa: PLC0415

    first, second = (read_items(Path(run)) for run in given.noise)
    paired = pair(first, second)
    margins = margins_of(settings.thresholds, sorted(paired), sorted(safety_of(settings.bank)))
    found = noise(paired, margins, np.random.default_rng(SEED))
    if found is None:
        yield "no critical check with a max_drop counts a question in both runs"
        return
    yield f"If nothing changed: this gate fails in {found.failed:.1%} of runs, a gate without statistics"
    yield f"(fell by more than max_drop) in {found.naive:.1%}. Drops that noise exceeds with alpha:"
    for (dimension, metric), drop in found.floors.items():
        allowed = margins.max_drop[dimension, metric]
        mark = "  below the noise floor" if (dimension, metric) in found.below else ""
        yield f"  {dimension:16} {metric.upper():4} {drop:.3f}, max_drop {allowed:.2f}{mark}"
