"""The door for JSON lines: question banks and recorded replies, read and written.

Every line is checked by a pydantic model with unknown keys forbidden; what is wrong is said as
`file:line: field: reason`. Nothing that a model wrote is ever part of such a message.
"""

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Annotated, Any, TypeVar

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, ValidationError

from monitor.errors import ConfigError, RecordError
from monitor.records import Form, Question, Response


def _squeeze(value: object) -> object:
    """White space normalised at load: in the published set a trailing newline gives the key away."""
    return " ".join(value.split()) if isinstance(value, str) else value


Text = Annotated[str, BeforeValidator(_squeeze), Field(min_length=1)]


def _one_line(value: object) -> object:
    """What an endpoint calls itself, or an error: printable and short, since reports show it."""
    if not isinstance(value, str):
        return value
    return "".join(c for c in value if c.isprintable() and c not in "<>|`")[:200]


Name = Annotated[str, BeforeValidator(_one_line)]


class _Line(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, hide_input_in_errors=True)


_ASKED = ("stem", "stem_alt", "positive", "negative")
_L = TypeVar("_L", bound=BaseModel)


def _no_mean(dimension: str) -> str:
    if dimension == "overall":
        message = "'overall' is the mean over dimensions, not one of them"
        raise ValueError(message)
    if dimension == "judge":
        message = "'judge' is the check of the judge, not a dimension"
        raise ValueError(message)
    return dimension


class _QuestionLine(_Line):
    id: Text
    dimension: Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]*$"), AfterValidator(_no_mean)]
    topic: Text
    stem: Text
    stem_alt: Text
    positive: Text
    negative: Text
    twin: Text | None = None
    golden: bool = False
    severity: Annotated[int, Field(ge=1, le=3)] = 1
    source: str = ""
    accepted: tuple[Text, ...] = ()
    rejected: tuple[Text, ...] = ()


class _ResponseLine(_Line):
    question_id: Text
    form: Form
    repeat: Annotated[int, Field(ge=0)] = 0
    text: str | None = None
    error: Name | None = None
    model: Name = ""
    finish_reason: Name | None = None
    system_fingerprint: Name | None = None
    first_token: dict[str, float] | None = None
    prompt_tokens: int = 0
    completion_tokens: int = 0
    latency: float = 0.0


def read_questions(paths: Sequence[Path], *, raw: bool = False) -> tuple[Question, ...]:
    """All questions of the files and folders (their `*.jsonl`, by name), in order.

    `raw` leaves the white space of stems and options as it stands in the file, for `monitor.audit`.
    Raises RecordError for a bad line or an id that occurs twice, ConfigError where nothing is found.
    """
    questions: list[Question] = []
    seen: dict[str, str] = {}
    for file in _files(paths):
        for number, row in read_rows(file):
            question = question_from_row(row, f"{file}:{number}", raw=raw)
            if question.id in seen:
                message = f"{file}:{number}: id: {question.id!r} was used before, at {seen[question.id]}"
                raise RecordError(message)
            seen[question.id] = f"{file}:{number}"
            questions.append(question)
    if not questions:
        message = f"{', '.join(map(str, paths))}: no question in it"
        raise ConfigError(message)
    return tuple(questions)


def question_from_row(row: object, where: str, *, raw: bool = False) -> Question:
    """A checked row as a question; `raw` keeps its white space. RecordError begins with `where`."""
    values = validated(_QuestionLine, row, where).model_dump()
    if raw and isinstance(row, dict):
        values |= {name: row[name] for name in _ASKED}
    return Question(**values)


def question_row(question: Question) -> dict[str, Any]:
    """A question as a line of a bank; `question_from_row` is its inverse."""
    return _QuestionLine.model_validate(question, from_attributes=True).model_dump(mode="json")


def read_responses(file: Path) -> tuple[Response, ...]:
    """The recorded replies of a file; a second line for the same call replaces the first."""
    responses: dict[tuple[str, Form, int], Response] = {}
    for number, row in read_rows(file):
        line = validated(_ResponseLine, row, f"{file}:{number}")
        if (line.text is None) is (line.error is None):
            message = f"{file}:{number}: text: either text or error must be given, not both"
            raise RecordError(message)
        responses[line.question_id, line.form, line.repeat] = Response(**line.model_dump())
    return tuple(responses.values())


def response_row(response: Response) -> dict[str, Any]:
    """A response as a line of `responses.jsonl`; read_responses is its inverse."""
    return _ResponseLine.model_validate(response, from_attributes=True).model_dump(mode="json")


def response_from_row(row: object) -> Response:
    """The inverse of `response_row`."""
    return Response(**_ResponseLine.model_validate(row).model_dump())


def write_rows(file: Path, rows: Iterable[Mapping[str, object]]) -> None:
    """Write one JSON object per line, through a temporary file: never half a file.

    Non-ASCII is escaped, so that no control or bidi character of a model acts in a terminal.
    """
    write_lines(file, (json.dumps(row) for row in rows))


def write_json(file: Path, row: Mapping[str, object]) -> None:
    """Write one JSON object in lines that people can read: the file is whole or not touched."""
    write_lines(file, [json.dumps(row, indent=1)])


def write_lines(file: Path, lines: Iterable[str], encoding: str = "ascii") -> None:
    """The same for lines of any kind. Raises ConfigError where there is no room or no folder."""
    partial = file.with_name(file.name + ".partial")
    try:
        with partial.open("w", encoding=encoding) as out:
            out.writelines(line + "\n" for line in lines)
        partial.replace(file)
    except OSError as error:
        message = f"{file}: cannot be written: {error.strerror}: make room, or name another place"
        raise ConfigError(message) from error
    finally:
        with suppress(OSError):
            partial.unlink()


def make_folder(folder: Path) -> None:
    """Make a folder and those above it. Raises ConfigError where that cannot be."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        message = f"{folder}: cannot be made: {error.strerror}: make room, or name another place"
        raise ConfigError(message) from error


def first_problem(error: ValidationError) -> str:
    """The first complaint of pydantic as `field.path: reason`, without the value it is about."""
    problem = error.errors(include_url=False, include_context=False, include_input=False)[0]
    where = ".".join(str(part) for part in problem["loc"])
    reason = "unknown key" if problem["type"] == "extra_forbidden" else problem["msg"].lower()
    return f"{where}: {reason}" if where else reason


def _files(paths: Iterable[Path]) -> Iterator[Path]:
    for path in paths:
        if path.is_dir():
            files = sorted(path.glob("*.jsonl"))
            if not files:
                message = f"{path}: no *.jsonl file in this folder of questions"
                raise ConfigError(message)
            yield from files
        else:
            yield path


def read_text(file: Path) -> str:
    """The text of a UTF-8 file; ConfigError where it cannot be read, RecordError where it is not."""
    try:
        return file.read_text(encoding="utf-8-sig")
    except OSError as error:
        message = f"{file}: cannot be read: {error.strerror}"
        raise ConfigError(message) from error
    except UnicodeDecodeError as error:
        message = f"{file}: is not UTF-8 (byte {error.start})"
        raise RecordError(message) from error


def read_rows(file: Path) -> Iterator[tuple[int, object]]:
    """Each line's number and JSON value, blank lines left out; RecordError where one is not JSON."""
    for number, line in enumerate(read_text(file).split("\n"), start=1):
        if not line.strip():
            continue
        try:
            yield number, json.loads(line)
        except (ValueError, RecursionError) as error:
            reason = error.msg if isinstance(error, json.JSONDecodeError) else "not JSON"
            message = f"{file}:{number}: not valid JSON: {reason}"
            raise RecordError(message) from error


def validated(model: type[_L], row: object, where: str) -> _L:
    """A row through the door of its model; RecordError says where it stands and what is wrong first."""
    try:
        return model.model_validate(row)
    except ValidationError as error:
        message = f"{where}: {first_problem(error)}"
        raise RecordError(message) from error
