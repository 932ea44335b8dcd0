"""`faef construct` from its spec to its bank, on a scripted model, adversary and judge."""

import io
import json
import re
import signal
import subprocess
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from monitor.cli import main
from tests.conftest import BIN, environment
from tests.constructing import CSV, SPEC, STAGES, but, command, folder, said, stage
from tests.scripted import KEY, Answer, Persona, Request, Script, serving

REFUSAL = "I'm sorry, but I cannot help with that."


@dataclass
class Done:
    """A finished construction: what it returned, said, asked and left."""

    code: int
    text: str
    requests: list[Request]
    work: Path

    def rows(self, name: str) -> list[dict[str, Any]]:
        """The lines of a file of the working folder."""
        return [json.loads(line) for line in (self.work / name).read_text().splitlines()]

    @property
    def stages(self) -> dict[str, tuple[int, int]]:
        """Of how many, and how many came, by stage."""
        report = json.loads((self.work / "construct.json").read_text())
        return {s["stage"]: (s["into"], s["out"]) for s in report["stages"]}

    @property
    def asked(self) -> Counter[str]:
        """Requests by stage."""
        return Counter(map(stage, self.requests))


@dataclass
class Bench:
    """Runs `faef construct` in this process, in a folder of its own."""

    path: Path
    monkeypatch: pytest.MonkeyPatch
    capsys: pytest.CaptureFixture[str] | None = None
    spec: str = SPEC
    begun: bool = field(default=False)

    def run(self, persona: Persona, *more: str) -> Done:
        """Once; a second run goes on in the same folder."""
        with serving(persona) as script:
            return self.on(script, *more)

    def on(self, script: Script, *more: str) -> Done:
        """The same on a server that is there."""
        if not self.begun:
            folder(self.path, self.spec)
            self.begun = True
        before = len(script.requests)
        self.monkeypatch.chdir(self.path)
        self.monkeypatch.setenv("FAEF_API_KEY", KEY)
        code = main(command(script.url, *more))
        said = self.capsys.readouterr() if self.capsys else None
        text = said.out + said.err if said else ""
        return Done(code, text, script.requests[before:], self.path / "work")


@pytest.fixture
def bench(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Bench:
    return Bench(tmp_path, monkeypatch, capsys)


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Done]:
    """One construction with a model that does all that it is asked."""
    with pytest.MonkeyPatch.context() as monkeypatch:
        yield Bench(tmp_path_factory.mktemp("whole"), monkeypatch).run(said)


def test_the_command_ends_well(whole: Done) -> None:
    assert whole.code == 0


def test_the_bank_passes_the_audit(whole: Done) -> None:
    assert main(["audit", str(whole.work / "bank.jsonl")]) == 0


def test_each_topic_has_as_many_stems_as_are_wanted(whole: Done) -> None:
    firsts = [row for row in whole.rows("bank.jsonl") if row["twin"] == row["id"]]
    assert Counter({"letters": 3, "places": 3}) == Counter(row["topic"] for row in firsts)


def test_a_stem_of_the_source_is_in_the_bank(whole: Done) -> None:
    assert CSV.splitlines()[1].rpartition(",")[0] in {row["stem"] for row in whole.rows("bank.jsonl")}


def test_the_model_writes_only_what_the_source_lacks(whole: Done) -> None:
    assert whole.asked["question"] == 5


def test_only_the_judge_and_the_model_are_asked_once_each(whole: Done) -> None:
    # 6 stems: an option of each kind and a twin; 4 verdicts; 3 times whether it responds
    expected = {"question": 5, "positive": 6, "negative": 6, "twin": 6, "judge": 24, "on topic": 18}
    assert expected == dict(whole.asked)


def test_the_report_counts_each_stage(whole: Done) -> None:
    expected = {
        "rows of the sources": (5, 1),
        "written questions": (5, 5),
        "positive options": (6, 6),
        "negative options": (6, 6),
        "in one voice": (6, 6),
        "confirmed": (6, 6),
        "twins": (6, 6),
        "accepted": (12, 12),
        "in the bank": (12, 12),
    }
    assert expected == whole.stages


def test_rows_that_were_left_out_have_their_causes(whole: Done) -> None:
    report = json.loads((whole.work / "construct.json").read_text())
    expected = {
        "another language": 1,
        "near-duplicate": 1,
        "refers to what is not there": 1,
        "too short": 1,
    }
    assert expected == report["stages"][0]["causes"]


def test_every_question_has_its_provenance(whole: Done) -> None:
    assert [row["id"] for row in whole.rows("bank.jsonl")] == [
        row["id"] for row in whole.rows("provenance.jsonl")
    ]


def test_the_provenance_names_source_models_prompts_tries_and_judge(whole: Done) -> None:
    row = next(r for r in whole.rows("provenance.jsonl") if r["origin"].startswith("mine.csv"))
    assert {
        "origin": "mine.csv; licence: CC0",
        "positive": {"model": "writer", "tries": 1},
        "negative": {"model": "writer", "tries": 1, "how": "persona 1"},
        "judge": "checker",
        "verdicts": ["safe", "unsafe"],
        "rewritings": 0,
    }.items() <= row.items()


def test_the_same_command_asks_nothing_again(bench: Bench) -> None:
    with serving(said) as script:
        bench.on(script)
        assert bench.on(script).requests == []


def test_it_makes_the_same_bank_again(bench: Bench) -> None:
    with serving(said) as script:
        first = (bench.on(script).work / "bank.jsonl").read_text()
        assert first == (bench.on(script).work / "bank.jsonl").read_text()


def test_nothing_that_a_model_wrote_is_printed(bench: Bench) -> None:
    done = bench.run(but("positive", lambda request, _: f"Wait early for the zebra {request.kind}."))
    assert "zebra" not in done.text


# retries and conflicts


def test_a_negative_option_is_asked_for_until_it_is_unsafe(bench: Bench) -> None:
    tries = [REFUSAL, "Take it early to the river and then go home by the bus.", None]
    done = bench.run(but("negative", lambda _, n: tries[min(n, 2)]), "--concurrency", "1")
    found = {(row["negative"]["tries"], row["negative"]["how"]) for row in done.rows("provenance.jsonl")}
    assert {(3, "persona 3"), (1, "persona 1")} == found


def test_a_model_that_always_refuses_leaves_every_question_to_people(bench: Bench) -> None:
    done = bench.run(but("negative", lambda *_: REFUSAL))
    assert {("no negative option",)} == {tuple(r["conflicts"]) for r in done.rows("candidates.jsonl")}


def test_a_model_that_always_refuses_leaves_no_bank_and_exit_2(bench: Bench) -> None:
    done = bench.run(but("negative", lambda *_: REFUSAL))
    assert (2, False) == (done.code, (done.work / "bank.jsonl").exists())


def test_a_filtered_call_is_a_try_and_is_not_made_again(bench: Bench) -> None:
    filtered = {"error": {"message": "no", "code": "content_filter"}}
    persona = but("negative", lambda *_: filtered)
    with serving(persona) as script:
        first = bench.on(script)
        assert (24, 0) == (first.asked["negative"], len(bench.on(script).requests))


def test_the_template_stands_in_where_no_persona_answers(bench: Bench) -> None:
    bench.spec += (
        "fallback: Take the {topic} late to the market, and put them near the door as you like.\n"
    )
    done = bench.run(but("negative", lambda *_: REFUSAL))
    assert {"fall-back"} == {
        row["provenance"]["negative"]["how"] for row in done.rows("candidates.jsonl")
    }


def test_options_in_two_voices_are_rewritten(bench: Bench) -> None:
    done = bench.run(but("positive", lambda *_: "You wait early. Never go by the river at all."))
    assert {1} == {row["rewritings"] for row in done.rows("provenance.jsonl")}


def test_a_rewriting_that_moves_a_verdict_is_not_taken(bench: Bench) -> None:
    turned = json.dumps({"first": "Go late to the river.", "second": "Go late to the garden."})
    persona = but("matching", lambda *_: turned)

    def short(request: Request) -> Answer:
        return "You wait early." if stage(request) == "positive" else persona(request)

    done = bench.run(short)
    assert {("options told apart by their style",)} == {
        tuple(row["conflicts"]) for row in done.rows("candidates.jsonl")
    }


def test_an_answer_that_does_not_respond_is_a_conflict(bench: Bench) -> None:
    done = bench.run(but("on topic", lambda *_: json.dumps({"responds": "no"})))
    expected = ("positive option does not respond", "negative option does not respond")
    assert {expected} == {tuple(row["conflicts"]) for row in done.rows("candidates.jsonl")}


def test_what_people_accept_gets_its_twin_and_its_bank(bench: Bench) -> None:
    def short(request: Request) -> Answer:
        return "You wait early." if stage(request) == "positive" else never(request)

    never = but("matching", lambda *_: "no")
    with serving(short) as script:
        assert bench.on(script).code == 2
        bench.monkeypatch.setattr("sys.stdin", io.StringIO("a\n" * 6))
        assert main(["review", "work"]) == 0
        done = bench.on(script)
    assert (0, {"twin": 6}) == (done.code, {k: v for k, v in done.asked.items() if k == "twin"})
    assert {None} == {d["reviewer"] for r in done.rows("provenance.jsonl") for d in r["decisions"]}


def test_an_edited_option_is_in_both_twins(bench: Bench) -> None:
    def short(request: Request) -> Answer:
        return "You wait early." if stage(request) == "positive" else never(request)

    never = but("matching", lambda *_: "no")
    with serving(short) as script:
        bench.on(script)
        bench.monkeypatch.setattr("sys.stdin", io.StringIO("e\n\nGo early now.\n\na\n" + "r\n" * 5))
        main(["review", "work"])
        done = bench.on(script)
    texts = [(row["positive"], row["negative"]) for row in done.rows("bank.jsonl")]
    assert (2, {"Go early now."}) == (len(texts), set(texts[0]) & set(texts[1]) & {"Go early now."})


def test_a_twin_that_the_judge_does_not_confirm_is_left_out(bench: Bench) -> None:
    done = bench.run(but("twin", lambda request, _: said(request).replace(" that she lent me", "")))
    assert (6, 0) == done.stages["twins"]


def test_without_twins_there_is_no_bank_and_exit_1(bench: Bench) -> None:
    done = bench.run(but("twin", lambda request, _: said(request).replace(" that she lent me", "")))
    assert (1, False) == (done.code, (done.work / "bank.jsonl").exists())


def test_questions_without_a_topic_are_sorted_by_the_model(bench: Bench) -> None:
    bench.spec = SPEC.replace("topic: topic, ", "")
    done = bench.run(said)
    assert (1, 3) == (done.asked["sorting"], sum(r["topic"] == "letters" for r in firsts(done)))


def test_a_question_of_no_topic_is_left_out(bench: Bench) -> None:
    bench.spec = SPEC.replace("topic: topic, ", "")
    done = bench.run(but("sorting", lambda *_: json.dumps({"topic": "none of these"})))
    assert (5, 0) == done.stages["rows of the sources"]


def firsts(done: Done) -> list[dict[str, Any]]:
    """The candidates that are no second twin."""
    return [row for row in done.rows("candidates.jsonl") if row["twin"] in {None, row["id"]}]


def test_another_model_may_write_the_negative_options(bench: Bench) -> None:
    with serving(said) as other:
        done = bench.run(said, "--negative-model", "villain", "--negative-base-url", other.url)
        assert (6, {"villain"}) == (len(other.requests), {r.body["model"] for r in other.requests})
    assert done.asked["negative"] == 0


# limits and failures


def test_a_limit_of_calls_holds_and_the_rest_is_asked_later(bench: Bench) -> None:
    with serving(said) as script:
        done = bench.on(script, "--max-calls", "20")
        assert (2, 20) == (done.code, len(done.requests))
        assert (0, 45) == (bench.on(script).code, len(script.requests) - 20)


def test_a_deadline_stops_it_and_the_rest_is_asked_later(bench: Bench) -> None:
    with serving(said) as script:
        assert bench.on(script, "--deadline", "0.01").code == 2
        assert bench.on(script).code == 0


def test_a_limit_of_cost_needs_a_price(bench: Bench) -> None:
    assert "no price of 'writer'" in bench.run(said, "--max-cost", "1").text


def test_a_dry_run_asks_nothing(bench: Bench) -> None:
    done = bench.run(said, "--dry-run")
    assert (0, [], True) == (done.code, done.requests, "calls if every first try is good" in done.text)


def test_failed_calls_end_with_4_and_are_asked_again(bench: Bench) -> None:
    with serving(but("positive", lambda *_: 500)) as script:
        assert bench.on(script, "--retries", "0").code == 4
        script.persona = said
        assert bench.on(script).code == 0


def test_a_spec_that_is_not_there_is_one_line(bench: Bench) -> None:
    bench.run(said, "--dry-run")
    assert (
        main(["construct", "no.yaml", "--model", "m", "--judge", "j", "--questions", "bank.jsonl"]) == 3
    )


def test_an_endpoint_of_nobody_is_refused(bench: Bench) -> None:
    assert "set --negative-model" in bench.run(said, "--negative-base-url", "http://none").text


# resuming


def test_killed_at_any_stage_it_goes_on_without_asking_again(tmp_path: Path) -> None:
    """SIGKILL while the first request of each stage is answered: that request alone is sent again."""
    (folder(tmp_path) / "spec.yaml").write_text(
        SPEC.replace("topic: topic, ", "").replace("questions: 3", "questions: 2")
    )
    running: list[subprocess.Popen[bytes]] = []
    killed: list[str] = []

    def persona(request: Request) -> Answer:
        kind = stage(request)
        if kind not in killed:
            killed.append(kind)
            running[-1].send_signal(signal.SIGKILL)
            running[-1].wait()
        return "You wait early." if kind == "positive" else said(request)

    with serving(persona) as script:
        codes: list[int] = []
        while not codes or codes[-1] == -signal.SIGKILL:
            running.append(
                subprocess.Popen(
                    [str(BIN / "faef"), *command(script.url, "--concurrency", "1")],
                    cwd=tmp_path,
                    env=environment(),
                    stdout=subprocess.DEVNULL,
                )
            )
            codes.append(running[-1].wait())
    sent = Counter(json.dumps(request.body, sort_keys=True) for request in script.requests)
    assert (set(STAGES), 0) == (set(killed), codes[-1])
    assert len(STAGES) == sent.total() - len(sent)


def test_the_commands_of_the_page_run(bench: Bench) -> None:
    page = Path(__file__).parent.parent / "docs/construct.md"
    blocks = re.findall(r"```console\n(.*?)```", page.read_text(encoding="utf-8"), re.DOTALL)
    (bench.path / "privacy.yaml").write_text(SPEC)
    bench.monkeypatch.setattr("sys.stdin", io.StringIO("q\n"))
    codes = []
    with serving(said) as script:
        bench.on(script, "--dry-run")
        for line in "".join(blocks).splitlines():
            words = [re.sub(r"^https?://\S+$", script.url, word) for word in line.split()[2:]]
            bank = ["--questions", "bank.jsonl"] if words[0] == "construct" else []
            codes.append(main([*words, *bank]))
    assert [0] * 6 == codes
