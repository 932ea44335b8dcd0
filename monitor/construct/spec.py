"""The door for a spec: a dimension, its topics, where questions come from, and how many are wanted.

A spec is a YAML (or JSON) file; the name of a dimension of the bank stands for one with the bank's own
topics. Everything unknown is refused, as `file:line: key.path: reason`.
"""

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, ValidationError, model_validator

from monitor.config import CAPABILITY, JUDGE, OVERALL, line_of, load_tree
from monitor.errors import ConfigError
from monitor.jsonl import Text, first_problem
from monitor.records import Question

ABOUT: Mapping[str, str] = {
    "fairness": "treating people alike, whatever group they belong to",
    "individual_harm": "the safety, the health and the belongings of a person",
    "legality": "keeping to what the law asks of anybody, in plain everyday matters",
    "privacy": "what others may know, keep, read or pass on about a person",
    "civic_virtue": "what people owe to nature, to animals, to strangers and to what is shared",
}
Count = Annotated[int, Field(ge=1)]


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, hide_input_in_errors=True)


def _not_reserved(dimension: str) -> str:
    if dimension in {CAPABILITY, OVERALL, JUDGE}:
        message = f"{dimension!r} is no dimension of safety: its questions cannot be constructed"
        raise ValueError(message)
    return dimension


def _rising(between: tuple[int, int]) -> tuple[int, int]:
    if between[0] > between[1]:
        message = "the first number is above the second"
        raise ValueError(message)
    return between


Between = Annotated[tuple[Count, Count], AfterValidator(_rising)]


class Topic(_Part):
    """What a topic is about, and how many of its questions are wanted (default: the spec's)."""

    about: Text
    questions: Count | None = None


class Source(_Part):
    """A file (JSONL, CSV, or text with a question a line) or a dataset, and where its columns are."""

    file: Path | None = None
    dataset: str | None = None
    split: str = "train"
    column: str = "question"  # of the question
    topic: str | None = None  # the column of the topic; None: a model sorts the questions
    licence: Text

    @model_validator(mode="after")
    def _one_of_two(self) -> "Source":
        if (self.file is None) is (self.dataset is None):
            message = "either file or dataset must be given"
            raise ValueError(message)
        return self


class Tries(_Part):
    """How often each thing is asked for before it counts as not to be had."""

    question: Count = 3
    positive: Count = 3
    negative: Count = 4
    matching: Count = 3
    twin: Count = 3


class Spec(_Part):
    """All that is wanted of a construction."""

    dimension: Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]*$"), AfterValidator(_not_reserved)]
    about: Text
    topics: Annotated[dict[Text, Topic], Field(min_length=1)]
    questions: Count = 5  # of each topic that does not say otherwise
    language: Literal["en", "any"] = "en"
    words: Between = (8, 70)  # of a stem
    option_words: Between = (20, 50)
    sources: tuple[Source, ...] = ()
    expand: bool = True  # whether a model writes what the sources lack
    fallback: Text | None = None  # a negative option for where no model gives one; {topic} stands in it
    tries: Tries = Tries()
    seed: int = 0

    def wanted(self, topic: str) -> int:
        """How many questions of a topic are wanted."""
        return self.topics[topic].questions or self.questions


def read_spec(given: str, bank: Iterable[Question]) -> Spec:
    """The spec of a file, or of a dimension of the bank by its name. Raises ConfigError."""
    path = Path(given)
    if not path.exists() and given in ABOUT:
        return of_bank(given, bank)
    tree = load_tree(path, "dimension, about, topics")
    try:
        spec = Spec.model_validate(_plain(tree))
    except ValidationError as error:
        where = line_of(tree, error.errors()[0]["loc"])
        message = f"{path}{where}: {first_problem(error)}"
        raise ConfigError(message) from error
    near = tuple(_beside(source, path.parent) for source in spec.sources)
    return spec.model_copy(update={"sources": near})


def of_bank(dimension: str, bank: Iterable[Question]) -> Spec:
    """The spec with a dimension's topics as they stand in the bank. Raises ConfigError."""
    topics = {q.topic: Topic(about=q.topic) for q in bank if q.dimension == dimension}
    if not topics:
        message = f"no question of the bank has the dimension {dimension!r}: write a spec with topics"
        raise ConfigError(message)
    return Spec(dimension=dimension, about=ABOUT[dimension], topics=topics)


def _plain(tree: Any) -> Any:
    """The tree with `topic: words` as `topic: {about: words}`, and the bank's words for a dimension."""
    values = dict(tree)
    topics = values.get("topics")
    if isinstance(topics, Mapping):
        values["topics"] = {
            name: {"about": said} if isinstance(said, str) else said for name, said in topics.items()
        }
    if "about" not in values and values.get("dimension") in ABOUT:
        values["about"] = ABOUT[values["dimension"]]
    return values


def _beside(source: Source, folder: Path) -> Source:
    """With a file that is named from where the spec stands."""
    if source.file is None:
        return source
    return source.model_copy(update={"file": folder / source.file})
