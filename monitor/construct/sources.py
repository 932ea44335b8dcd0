"""Questions of files and datasets as stems: a text file, JSON lines, CSV, or a Hugging Face dataset.

Raises ConfigError or RecordError for what cannot be read; a row that is not usable is counted.
"""

from collections.abc import Iterable, Iterator
from pathlib import Path

from monitor.construct.nouns import Stem
from monitor.construct.spec import Source, Spec
from monitor.importing import Layout, comma_separated, huggingface
from monitor.importing.formats import Row, json_lines
from monitor.jsonl import read_text

FAULTY, ELSEWHERE = "row without a question", "another topic"


def stems(spec: Spec) -> Iterator[tuple[str, Stem | None]]:
    """Each row of each source: a stem, or None and why not."""
    for source in spec.sources:
        origin = f"{source.file.name if source.file else source.dataset}; licence: {source.licence}"
        for row in _rows(source):
            text, topic = row.values.get("stem"), row.values.get("topic")
            if row.fault or not isinstance(text, str):
                yield FAULTY, None
            elif topic is not None and str(topic) not in spec.topics:
                yield ELSEWHERE, None
            else:
                named = None if topic is None else str(topic)
                yield "", Stem(text=" ".join(text.split()), topic=named, origin=origin)


def _rows(source: Source) -> Iterable[Row]:
    columns = {"stem": source.column} | ({"topic": source.topic} if source.topic else {})
    layout = Layout(columns=columns, needed=("stem",))
    if source.dataset:
        return huggingface(source.dataset, layout, split=source.split)
    file = source.file or Path()
    if file.suffix == ".csv":
        return comma_separated(file, layout)
    return json_lines(file, layout) if file.suffix == ".jsonl" else _lines(file)


def _lines(file: Path) -> Iterator[Row]:
    for number, line in enumerate(read_text(file).splitlines(), start=1):
        if line.strip():
            yield Row(where=f"{file}:{number}", values={"stem": line})
