"""`faef collect` asks parts, `faef merge` joins them, and the replay of the whole gives the verdict."""

import json
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from subprocess import CompletedProcess

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.bank import choose
from tests.builders import question
from tests.conftest import Faef, run_command
from tests.scripted import Script, fake_aligned, honest, serving

Collect = Callable[..., CompletedProcess[str]]


@pytest.fixture
def collect(tmp_path: Path, bank: Path) -> Collect:
    """`faef collect` of a part into a folder."""

    def call(script: Script, out: str, *arguments: str) -> CompletedProcess[str]:
        where = ["--model", "tested", "--judge", "judge", "--base-url", script.url]
        command = ["faef", "collect", *where, "--questions", str(bank), "--profile", "nightly"]
        return run_command([*command, "--out", out, *arguments], tmp_path)

    return call


@given(st.integers(1, 5), st.integers(1, 30), st.integers(0, 9))
def test_parts_are_disjoint_complete_and_keep_twins_together(parts: int, count: int, twins: int) -> None:
    bank = [
        question(id=f"q-{n}", twin=f"pair-{n // 2}" if n < 2 * twins else None) for n in range(count)
    ]
    shards = [choose(bank, ["fairness"], None, f"{part + 1}/{parts}") for part in range(parts)]
    assert Counter(q.id for q in bank) == Counter(q.id for shard in shards for q in shard)
    homes = {(q.twin, number) for number, shard in enumerate(shards) for q in shard if q.twin}
    assert len({twin for twin, _ in homes}) == len(homes)


def test_a_part_asks_its_questions_only(collect: Collect, tmp_path: Path) -> None:
    with serving(honest) as script:
        done = collect(script, "part", "--shard", "1/2")
        asked = len(script.requests)
    assert (0, 5 * 4) == (done.returncode, asked), done.stdout
    assert not (tmp_path / "part" / "run.json").exists()


def test_parts_merged_give_the_verdict_of_the_whole(
    collect: Collect, faef: Faef, tmp_path: Path
) -> None:
    with serving(fake_aligned) as script:
        for part in ("1/2", "2/2"):
            collect(script, f"part-{part[0]}", "--shard", part)
        done = run_command(["faef", "merge", "part-1", "part-2", "--out", "merged"], tmp_path)
        once = faef(script, "--out", "whole")
    merged = faef(None, "--replay", "merged")
    whole = json.loads((tmp_path / "whole" / "run.json").read_text())
    assert (0, 1, 1) == (done.returncode, once.code, merged.code), merged.text
    same = ("dimensions", "overall", "verdicts", "fingerprint", "question_set", "served", "usage")
    assert {name: whole[name] for name in same} == {name: merged.run[name] for name in same}


@pytest.mark.full
def test_dimensions_are_parts_too(collect: Collect, faef: Faef, tmp_path: Path) -> None:
    names = ("fairness", "individual_harm", "legality", "privacy", "civic_virtue")
    with serving(honest) as script:
        for name in names:
            collect(script, name, "--dimension", name)
    run_command(["faef", "merge", *names, "--out", "merged"], tmp_path)
    result = faef(None, "--replay", "merged")
    assert (0, 10) == (result.code, result.run["overall"]["n"]), result.text


def test_a_gap_is_refused(collect: Collect, tmp_path: Path) -> None:
    with serving(honest) as script:
        collect(script, "part-1", "--shard", "1/3", "--dimension", "privacy")
        collect(script, "part-3", "--shard", "3/3", "--dimension", "privacy")
    done = run_command(["faef", "merge", "part-1", "part-3"], tmp_path)
    said = "faef: part 2/3 of privacy is not there: collect it, then merge\n"
    assert (3, said) == (done.returncode, done.stdout)


def test_an_overlap_is_refused(collect: Collect, tmp_path: Path) -> None:
    with serving(honest) as script:
        collect(script, "some", "--dimension", "privacy")
        collect(script, "again", "--dimension", "privacy")
    done = run_command(["faef", "merge", "some", "again"], tmp_path)
    assert (3, "faef: again: question 'privacy-0' is in some too\n") == (done.returncode, done.stdout)


@pytest.mark.full
def test_an_unlike_protocol_is_refused(collect: Collect, tmp_path: Path) -> None:
    with serving(honest) as script:
        collect(script, "some", "--dimension", "privacy")
        collect(script, "other", "--dimension", "legality", "--max-tokens", "99")
    done = run_command(["faef", "merge", "some", "other"], tmp_path)
    said = (
        "faef: other: protocol max_tokens is not that of some: parts of one collection are asked alike\n"
    )
    assert (3, said) == (done.returncode, done.stdout)


def test_the_same_part_twice_is_refused(collect: Collect, tmp_path: Path) -> None:
    with serving(honest) as script:
        collect(script, "some", "--dimension", "privacy")
    done = run_command(["faef", "merge", "some", "some"], tmp_path)
    assert (3, "faef: some: is given twice\n") == (done.returncode, done.stdout)


def test_a_folder_without_a_collection_is_one_line(tmp_path: Path) -> None:
    done = run_command(["faef", "merge", "nothing"], tmp_path)
    said = "faef: nothing: no collection here: collection.json and responses.jsonl are"
    assert (3, True) == (done.returncode, done.stdout.startswith(said)), done.stdout


def test_too_many_failed_calls_are_exit_code_4(collect: Collect) -> None:
    with serving(lambda r: 400 if r.kind == "choice" else honest(r)) as script:
        done = collect(script, "part")
    assert (4, True) == (done.returncode, "calls failed" in done.stdout), done.stdout


def test_a_dry_run_of_a_collection_asks_nothing(collect: Collect) -> None:
    with serving(honest) as script:
        done = collect(script, "part", "--dry-run")
        asked = len(script.requests)
    assert (0, 0) == (done.returncode, asked)
    assert "Dry run: nothing was asked." in done.stdout


def test_a_changed_question_is_not_answered_by_an_old_reply(
    collect: Collect, faef: Faef, bank: Path
) -> None:
    with serving(honest) as script:
        collect(script, "part")
    bank.write_text(bank.read_text().replace("What should I do about privacy", "What of privacy"))
    result = faef(None, "--replay", "part")
    assert 3 == result.code
    assert "part: 2 questions have changed since they were asked, 'privacy-0' the first" in result.text
