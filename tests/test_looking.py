"""A run look by look: what each sees, whose questions go on, and what stays out."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from monitor.comparing.comparison import Baseline
from monitor.comparing.escalation import Look, looks
from monitor.comparing.looking import DECIDED, HAS_FAILED, NO_MORE, Asked, Held, Looking, part, walk
from monitor.config import read_thresholds
from monitor.records import ItemResult, Outcome
from tests.builders import run
from tests.compared import FAKE, SAFE, asked, margins
from tests.test_verdicts import css

SAFETY = ("fairness", "privacy")
LATER = (Look(1.0, 1, 0.5, 0.5), Look(1.0, 2, 0.5, 0.5))
EARLY = (Look(0.5, 1, 0.5, 0.5), Look(1.0, 1, 0.5, 0.5))
DROPS = "cs: {max_drop: 0.10}, css: {max_drop: 0.10}"
Holding = Callable[..., Held]


@pytest.fixture
def holding(tmp_path: Path) -> Holding:
    """What a run is held to: a baseline and thresholds, with other lines of YAML where given."""

    def hold(before: Sequence[ItemResult], more: str = "") -> Held:
        file = tmp_path / "t.yaml"
        file.write_text(
            f"version: 1\noverall: {{{DROPS}}}\ndefaults: {{{DROPS}}}\n{more}\nprofiles: {{p: {{}}}}\n"
        )
        thresholds = read_thresholds(file, "p", SAFETY)
        baseline = Baseline(run=run(), items=tuple(before), source="before")
        return Held(baseline=baseline, thresholds=thresholds, safety=SAFETY)

    return hold


def both(*questions: str, privacy: Sequence[str] | None = None) -> list[ItemResult]:
    """Two dimensions, alike unless `privacy` says otherwise."""
    return asked(*questions) + asked(*(privacy or questions), dimension="privacy")


def of(items: Sequence[ItemResult], golden: str = "") -> list[Asked]:
    """The questions that these items answer."""
    known = {item.question_id: item for item in items}
    return [
        Asked(id=i.question_id, dimension=i.dimension, cluster=i.cluster, golden=i.question_id == golden)
        for i in known.values()
    ]


ALL_SAFE = both(*[f"{SAFE} {SAFE}"] * 80)
DOUBTFUL = [f"{FAKE} {SAFE}"] * 6 + [f"{SAFE} {SAFE}"] * 74  # six fell at first, none by more than half


def test_what_is_held_to_nothing_is_asked_in_full() -> None:
    looking = Looking(of(ALL_SAFE), LATER, 0)
    assert {2} == {looking.repeats(question) for question in looking.questions}


def test_what_is_held_to_a_baseline_begins_with_the_first_look(holding: Holding) -> None:
    looking = Looking(of(ALL_SAFE), LATER, 0, holding(ALL_SAFE))
    assert {1} == {looking.repeats(question) for question in looking.questions}


def test_only_what_is_open_goes_on(holding: Holding) -> None:
    now = both(*[f"{SAFE} {SAFE}"] * 80, privacy=DOUBTFUL)
    looking = Looking(of(now), LATER, 0, holding(ALL_SAFE))
    assert looking.look(now)
    assert {"fairness": 0, "privacy": 1} == looking.at


def test_a_further_look_settles_what_was_open(holding: Holding) -> None:
    now = both(*[f"{SAFE} {SAFE}"] * 80, privacy=DOUBTFUL)
    looking = Looking(of(now), LATER, 0, holding(ALL_SAFE))
    walk(looking, now)
    settled = ("privacy cs_drop passed", "privacy css_drop passed")
    assert (settled, DECIDED) == (looking.taken[1].settled, looking.why)


def test_what_stays_open_at_the_last_look_is_inconclusive(holding: Holding) -> None:
    now = both(*[f"{SAFE} {SAFE}"] * 80, privacy=[f"{FAKE} {FAKE}"] * 6 + [f"{SAFE} {SAFE}"] * 74)
    looking = Looking(of(now), LATER, 0, holding(ALL_SAFE))
    walk(looking, now)
    open_ones = {v.dimension for v in looking.verdicts if v.outcome is Outcome.INCONCLUSIVE}
    assert ({"privacy"}, NO_MORE) == (open_ones, looking.why)


def test_a_run_that_has_failed_asks_no_more(holding: Holding) -> None:
    now = both(*DOUBTFUL, privacy=[f"{FAKE} {FAKE}"] * 30 + [f"{SAFE} {SAFE}"] * 50)
    looking = Looking(of(now), LATER, 0, holding(ALL_SAFE))
    assert (False, HAS_FAILED) == (looking.look(now), looking.why)


def test_a_waived_failure_does_not_end_it(holding: Holding) -> None:
    now = both(*DOUBTFUL, privacy=[f"{FAKE} {FAKE}"] * 30 + [f"{SAFE} {SAFE}"] * 50)
    named = [("cs_drop", "privacy"), ("css_drop", "privacy"), ("cs_drop", "overall")]
    rows = [
        f"- {{check: {check}, dimension: {name}, reason: r, owner: ann, until: 2999-01-01}}"
        for check, name in [*named, ("css_drop", "overall")]
    ]
    looking = Looking(of(now), LATER, 0, holding(ALL_SAFE, more="\n".join(["waivers:", *rows])))
    assert looking.look(now)
    assert {"fairness": 1, "privacy": 0} == looking.at


def test_an_advisory_dimension_buys_nothing(holding: Holding) -> None:
    now = both(*[f"{SAFE} {SAFE}"] * 80, privacy=DOUBTFUL)
    held = holding(ALL_SAFE, more="dimensions: {privacy: {tier: advisory}}")
    assert not Looking(of(now), LATER, 0, held).look(now)


def test_the_same_replies_lead_to_the_same_verdicts_however_many_there_are(holding: Holding) -> None:
    now = both(*[f"{SAFE} {SAFE}"] * 80, privacy=DOUBTFUL)
    needed = [item for item in now if item.repeat == 0 or item.dimension == "privacy"]
    found = []
    for items in (needed, now):
        looking = Looking(of(now), LATER, 0, holding(ALL_SAFE))
        walk(looking, items)
        found.append(looking.verdicts)
    assert found[0] == found[1]


def test_a_look_that_is_not_to_be_had_leaves_the_one_before(holding: Holding) -> None:
    now = both(*[f"{SAFE} {SAFE}"] * 80, privacy=DOUBTFUL)
    looking = Looking(of(now), LATER, 0, holding(ALL_SAFE))
    looking.look(now)
    looking.cut("budget")
    assert ({"fairness": 0, "privacy": 0}, "budget") == (looking.at, looking.why)


def test_an_early_look_without_the_one_it_wanted_decides_nothing(holding: Holding) -> None:
    items = [item for item in ALL_SAFE if item.repeat == 0]
    looking = Looking(of(items), EARLY, 0, holding(items, "dimensions: {privacy: {cs: {min: 0.95}}}"))
    looking.look(items)  # its checks have passed, its floor is not clear
    looking.cut("budget")
    assert "budget" == looking.incomplete


def test_a_look_at_all_questions_decides_without_the_next(holding: Holding) -> None:
    now = both(*[f"{SAFE} {SAFE}"] * 80, privacy=DOUBTFUL)
    looking = Looking(of(now), LATER, 0, holding(ALL_SAFE))
    looking.look(now)
    looking.cut("budget")
    assert "" == looking.incomplete


def test_early_on_a_part_is_asked_and_no_more_where_that_decides(holding: Holding) -> None:
    items = [item for item in ALL_SAFE if item.repeat == 0]
    looking = Looking(of(items), EARLY, 0, holding(items))
    assert (False, DECIDED) == (looking.look(items), looking.why)
    assert 80 == sum(map(looking.repeats, looking.questions))  # of 160


def test_a_floor_within_the_interval_keeps_on_asking(holding: Holding) -> None:
    items = [item for item in ALL_SAFE if item.repeat == 0]
    looking = Looking(of(items), EARLY, 0, holding(items, "dimensions: {privacy: {cs: {min: 0.95}}}"))
    assert looking.look(items)  # forty of forty do not prove 0.95


def test_a_golden_question_is_asked_at_once_and_seen_in_its_turn(holding: Holding) -> None:
    items = [item for item in ALL_SAFE if item.repeat == 0]
    late = min({i.question_id for i in items} - part(of(items), 0.5, 0))
    looking = Looking(of(items, golden=late), EARLY, 0, holding(items))
    question = next(q for q in looking.questions if q.id == late)
    item = next(i for i in items if i.question_id == late)
    assert (1, False) == (looking.repeats(question), looking.sees(item))


QUESTIONS = st.lists(
    st.tuples(st.integers(0, 9), st.sampled_from("ab"), st.sampled_from(SAFETY)), unique=True, min_size=1
).map(
    lambda rows: [
        Asked(id=f"{d}{t}{n}", dimension=d, cluster=f"{d}{t}{n // 2}", topic=t) for n, t, d in rows
    ]
)


@given(QUESTIONS, st.integers(0, 5))
def test_each_part_holds_the_ones_before(questions: list[Asked], seed: int) -> None:
    parts = [part(questions, share, seed) for share in (0.25, 0.5, 1.0)]
    assert parts[0] <= parts[1] <= parts[2] == {question.id for question in questions}


@given(QUESTIONS, st.data())
def test_a_part_does_not_depend_on_the_order(questions: list[Asked], data: st.DataObject) -> None:
    assert part(questions, 0.5, 0) == part(data.draw(st.permutations(questions)), 0.5, 0)


@given(QUESTIONS, st.floats(0.1, 1.0))
def test_a_part_keeps_clusters_whole(questions: list[Asked], share: float) -> None:
    kept = part(questions, share, 0)
    clusters = [(q.dimension, q.cluster) for q in questions if q.id in kept]
    assert kept == {q.id for q in questions if (q.dimension, q.cluster) in clusters}


def test_each_topic_has_its_share_of_a_part() -> None:
    questions = [
        Asked(id=f"{t}{n}", dimension="d", cluster=f"{t}{n}", topic=t) for t in "ab" for n in range(20)
    ]
    kept = part(questions, 0.5, 0)
    assert (10, 10) == tuple(sum(name.startswith(t) for name in kept) for t in "ab")


def test_another_seed_draws_another_part() -> None:
    questions = of(ALL_SAFE)
    assert part(questions, 0.5, 0) != part(questions, 0.5, 1)


@settings(max_examples=8, deadline=None)
@given(st.integers(0, 12))
def test_what_passes_at_a_look_would_pass_if_it_were_the_only_one(fell: int) -> None:

    before, now = [SAFE] * 150, [FAKE] * fell + [SAFE] * (150 - fell)
    for look in looks(4, 12, sequential=True):
        limits = replace(margins(0.1), failing=look.failing, passing=look.passing)
        if css(before, now, limits).outcome is Outcome.PASSED:
            assert Outcome.PASSED is css(before, now, margins(0.1)).outcome
