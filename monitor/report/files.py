"""The page and the picture that a gate leaves in its folder, where the extra `report` is installed."""

import importlib.util
from pathlib import Path

from monitor.errors import ConfigError
from monitor.report.contents import Report
from monitor.runfile import PAGE, PICTURE

INSTALL = "pip install 'faef-monitor[report]'"


def leave(report: Report, folder: Path, *, picture: bool) -> list[str]:
    """Write `report.html`, and `report.png` where a picture is wanted; what there is to say about it.

    The picture costs a second (matplotlib), so it is only made where it is shown: in MLflow.
    """
    if not _installed("jinja2"):
        return [f"report.html was not written: {INSTALL}"]
    save_page(report, folder / PAGE)
    if picture and _installed("matplotlib"):
        save_png(report, folder / PICTURE)
    return [f"Report in {folder / PAGE}"]


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
