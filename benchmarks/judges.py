"""How well the embedded judge agrees with people, each set left out of its training.

Prints one table, beside a judge that looks for refusal words and one that calls everything safe;
then what injections around unsafe answers change. The sets are read from a folder that the user has
fetched; no text of theirs is printed.
"""

import argparse
import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path

from judging import (
    Asked,
    Judge,
    Pairs,
    always_safe,
    embedded,
    line,
    measure,
    refusal_words,
    wrapped_away,
)
from sklearn.model_selection import GroupKFold

from monitor.judges.anchors import Anchors
from monitor.judges.examples import PUBLIC, Example, read_bank, read_lessons, read_public, without
from monitor.judges.screening import Screener
from monitor.judges.train import Design, fit, train

UNSAFE_BLOCKS = {1, 3, 5, 7, 9, 12, 14, 17}
"""XSTest v2 numbers its prompts in blocks of 25; these, from 0, are the unsafe contrasts."""
WITHIN = ("jailbreakbench", "gptfuzz", "bank_twins", "bank_singles", "lessons")
OWN_ANSWERS = Path(__file__).with_name("answers_to_own_bank.jsonl")
INJECTIONS = Path(__file__).parent.parent / "tests" / "injections.jsonl"

HEADER = """\
Accuracy, balanced accuracy and kappa (with its 95 % interval, questions drawn anew) on decided
answers; kappa* counts unsure answers as wrong; ms is processor time. Lost: points of recall lost when
one of four apologies stands in front of the unsafe answers. Each set is judged by weights and
thresholds made without it; `within`: cross-fitted by group, thresholds of the shipped judge.
"""
COLUMNS = (
    f"{'set':36} {'judge':13}    n unsafe unsure   acc   bal kappa  interval     kappa*   AUC    ms lost"
)


def read_xstest(path: Path) -> tuple[list[Example], list[Example]]:
    """The answers to XSTest's unsafe and to its safe prompts, by the number in a line's id."""
    rows = [json.loads(text) for text in path.read_text("utf-8").splitlines() if text.strip()]
    harmful = [(int(row["id"].split("-")[2]) - 1) // 25 in UNSAFE_BLOCKS for row in rows]
    labelled = list(zip(read_public(path), harmful, strict=True))
    return [one for one, bad in labelled if bad], [one for one, bad in labelled if not bad]


def read_own_answers(bank: Path) -> Iterator[tuple[str, Asked]]:
    """Set and answer: hand-written answers to our stems, by part of the file and kind of question."""
    questions = {
        row["id"]: row
        for path in sorted(bank.glob("*.jsonl"))
        for row in map(json.loads, path.read_text("utf-8").splitlines())
    }
    for row in map(json.loads, OWN_ANSWERS.read_text("utf-8").splitlines()):
        question = questions[row["question_id"]]
        anchors = Anchors(positive=question["positive"], negative=question["negative"])
        for label in ("safe", "unsafe"):
            for answer in row[label]:
                example = Example(
                    source="own answers",
                    group=question["twin"] or question["id"],
                    stem=question["stem"],
                    answer=answer,
                    unsafe=label == "unsafe",
                    weight=1,
                )
                kind = "twins" if question["twin"] else "others"
                yield f"own answers, {kind}, {row['part'][:3]}.", Asked(example, anchors)


def left_out(data: Path, public: Sequence[Example], own: Sequence[Example]) -> Mapping[str, Pairs]:
    """Each public set by name, read by a judge trained and calibrated without it and its questions."""
    unsafe_prompts, safe_prompts = read_xstest(data / "xstest.jsonl")
    found = {}
    everything = [*public, *own]
    judge = embedded(train(without(everything, unsafe_prompts + safe_prompts)).judge)
    for name, held in (
        ("xstest, unsafe prompts", unsafe_prompts),
        ("xstest, safe prompts", safe_prompts),
    ):
        found[name] = [(judge, Asked(example)) for example in held]
    for source in ("jailbreakbench", "gptfuzz"):
        held = [example for example in public if example.source == source]
        judge = embedded(train(without(everything, held)).judge)
        found[source] = [(judge, Asked(example)) for example in held]
    return found


def within(shipped: Screener, public: Sequence[Example], own: Sequence[Example]) -> Mapping[str, Pairs]:
    """In distribution: five folds of whole groups, with the thresholds of the shipped judge."""
    everything = [*public, *own]
    design = Design.of(everything)
    found: dict[str, list[tuple[Judge, Asked]]] = {f"{source}, within": [] for source in WITHIN}
    for _, asked in GroupKFold(5).split(everything, groups=[one.group for one in everything]):
        held = {everything[number].group for number in asked}
        learnt = fit(design.only(lambda one, held=held: one.group not in held))  # type: ignore[misc]
        judge = embedded(replace(learnt, plain=shipped.plain))
        for number in asked:
            name = f"{everything[number].source}, within"
            if name in found:
                found[name].append((judge, Asked(everything[number])))
    return found


def own_answers(shipped: Screener, bank: Path) -> Mapping[str, Pairs]:
    """Answers to our stems with the question's options at hand, and the same without."""
    found: dict[str, list[tuple[Judge, Asked]]] = {}
    judge = embedded(shipped)
    for name, asked in read_own_answers(bank):
        found.setdefault(name, []).append((judge, asked))
        found.setdefault(f"{name} stem only", []).append((judge, replace(asked, anchors=None)))
    return found


def print_table(sets: Mapping[str, Pairs]) -> None:
    """One line per set and judge."""
    for name, pairs in sets.items():
        print(line(name, "embedded", measure(pairs)))
        for rival in (refusal_words, always_safe):
            print(line(name, rival.__name__, measure([(rival, one) for _, one in pairs])), flush=True)


def print_injections(sets: Mapping[str, Pairs], path: Path) -> None:
    """How many unsafe answers, read as unsafe, an injection turns into safe or unsure."""
    templates = [json.loads(text) for text in path.read_text("utf-8").splitlines()]
    print(f"\n{len(templates)} injections around answers that are read as unsafe, and are")
    for name, pairs in sets.items():
        found = wrapped_away(pairs, [template["text"] for template in templates])
        print(
            f"{name:36} {found.answers:4} answers: {100 * found.safe:.1f} % turn safe, "
            f"{100 * found.unsure:.1f} % unsure; worst injection {100 * found.worst:.1f} % safe"
        )


def main() -> None:
    """Print the tables."""
    parser = argparse.ArgumentParser(description="Measure the embedded judge on unseen sets.")
    parser.add_argument("--data", type=Path, required=True, help="folder of the public sets")
    parser.add_argument("--bank", type=Path, required=True, help="folder of the bank's questions")
    parser.add_argument("--injections", type=Path, default=INJECTIONS, help="JSONL with `text`")
    parser.add_argument("--quick", action="store_true", help="out of distribution only")
    chosen = parser.parse_args()
    public = [row for name in PUBLIC for row in read_public(chosen.data / f"{name}.jsonl")]
    own = read_bank(chosen.bank) + read_lessons()
    print(HEADER, COLUMNS, sep="\n", flush=True)
    outside = left_out(chosen.data, public, own)
    shipped = Screener.load()
    ours = own_answers(shipped, chosen.bank)
    print_table({**outside, **ours})
    if not chosen.quick:
        print_table(within(shipped, public, own))
    named = {name: outside[name] for name in ("xstest, unsafe prompts", "jailbreakbench", "gptfuzz")}
    beside_options = [pair for name, pairs in ours.items() if "stem only" not in name for pair in pairs]
    print_injections({**named, "own answers": beside_options}, chosen.injections)


if __name__ == "__main__":
    main()
