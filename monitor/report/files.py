"""The page and the picture that a gate leaves in its folder, where the extra `report` is installed."""

import importlib.util
from collections.abc import Callable, Iterator
from pathlib import Path

from monitor.errors import ConfigError, told
from monitor.report.contents import Report
from monitor.runfile import PAGE, PICTURE

INSTALL = "pip install 'faef-monitor[report]'"


def leave(report: Report, folder: Path, *, picture: bool) -> list[str]:
    """Write `report.html`, and `report.png` where a picture is wanted; what there is to say about it.

    The picture costs a second (matplotlib), so it is only made where it is shown: in MLflow.
    """
    if not _installed("jinja2"):
        return [f"report.html was not written: {INSTALL}"]
    page, png = folder / PAGE, folder / PICTURE
    notes = list(beside(page, lambda: save_page(report, page))) or [f"Report in {page}"]
    if picture and _installed("matplotlib"):
        notes += beside(png, lambda: save_png(report, png))
    return notes


def beside(file: Path, write: Callable[[], None]) -> Iterator[str]:
    """Write a file that decides nothing: what there is to say where that fails, for whatever reason."""
    try:
        write()
    except Exception as error:  # noqa: BLE001 - a fault of a library's or a disk's changes no verdict
        why = error.strerror if isinstance(error, OSError) else str(told(error))
        yield f"WARNING: {file} was not written ({why}): the verdict stands"


def save_page(report: Report, file: Path) -> None:
    """Write the page, whole. Raises ConfigError without the extra."""
    _refuse_without("jinja2", *(["matplotlib"] if report.earlier else []))
    from monitor.report.pages import page  # noqa: PLC0415 - needs the extra

    file.write_text(page(report), encoding="utf-8")


def save_png(report: Report, file: Path) -> None:
    """Write the picture. Raises ConfigError without the extra."""
    _refuse_without("matplotlib")
    from monitor.report.figures import png  # noqa: PLC0415 - needs the extra

    file.write_bytes(png(report))


def _installed(library: str) -> bool:
    return importlib.util.find_spec(library) is not None


def _refuse_without(*libraries: str) -> None:
    missing = [library for library in libraries if not _installed(library)]
    if missing:
        message = f"{', '.join(missing)}: not installed: {INSTALL}"
        raise ConfigError(message)
