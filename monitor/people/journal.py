"""Lines of people's work that are on disk before the next thing is asked; the last can be taken back.

A line is one append, so that nothing but a loss of power in that moment can harm another. Not here:
what is in a line, and how it is read.
"""

import json
import os
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from monitor.errors import ConfigError


class Journal:
    """One file of JSON lines. What this object has added can be taken back, the last first."""

    def __init__(self, path: Path, what: str) -> None:
        """The file need not be there yet; `what` is a line of it, in a message."""
        self.path = path
        self._what = what
        self._ends = list[tuple[int, int]]()  # of each addition: where it begins and where it ends

    def add(self, rows: Iterable[Mapping[str, Any]]) -> None:
        """Append rows in one piece; they are on disk when this returns."""
        text = "".join(json.dumps(row) + "\n" for row in rows)
        if not text:
            return
        with self.path.open("a+b") as file:
            begin = file.seek(0, os.SEEK_END)
            if begin:
                file.seek(begin - 1)
                text = text if file.read(1) == b"\n" else "\n" + text
            file.write(text.encode("ascii"))
            file.flush()
            os.fsync(file.fileno())
            self._ends.append((begin, file.tell()))

    def take_back(self) -> None:
        """Remove the last addition. Raises ConfigError where someone else has written since."""
        begin, end = self._ends.pop()
        if self.path.stat().st_size != end:
            message = (
                f"{self.path}: was changed by someone else: the last {self._what} cannot be taken back"
            )
            raise ConfigError(message)
        os.truncate(self.path, begin)
