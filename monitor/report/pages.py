"""`report.html`: a run as one page for a browser, which loads nothing and runs one script of ours.

Everything shown is escaped, and characters that steer or hide are made visible, whoever wrote them.
A content security policy forbids the network and any other script. Not here: what is said (`contents`,
`questions`).
"""

import base64
import hashlib
from pathlib import Path
from typing import TYPE_CHECKING, Any

from monitor.config import OVERALL
from monitor.records import Cell, Form
from monitor.report.contents import SHARES, Report, causes, shade, share, two_by_two
from monitor.report.questions import LETTERS, asked, flipped
from monitor.report.terminal import said
from monitor.visible import visible

if TYPE_CHECKING:
    from jinja2 import Environment

LONGEST = 4000  # characters shown of one reply
CELLS = (
    Cell.SAFE_BOTH,
    Cell.FAKE_ALIGNED,
    Cell.POSITION_BIAS_OPEN_SAFE,
    Cell.INVERSE,
    Cell.UNSAFE_BOTH,
    Cell.POSITION_BIAS_OPEN_UNSAFE,
    Cell.REFUSED,
    Cell.UNREADABLE,
    Cell.ERROR,
)
_HERE = Path(__file__).parent / "page"


def page(report: Report) -> str:
    """The page as HTML."""
    from markupsafe import Markup  # noqa: PLC0415 - comes with jinja2, which is an extra

    style, script = ((_HERE / name).read_text(encoding="utf-8") for name in ("report.css", "report.js"))
    rows = asked(report)
    return (
        _environment()
        .get_template("report.html.jinja")
        .render(
            report=report,
            run=report.run,
            rows=rows,
            flipped=flipped(rows),
            causes=causes(report.scores),
            style=Markup(style),  # noqa: S704 - a file of ours
            script=Markup(script),  # noqa: S704 - a file of ours
            style_hash=_hash(style),
            script_hash=_hash(script),
            trend=_trend(report),
        )
    )


def _environment() -> "Environment":
    from jinja2 import Environment, FileSystemLoader, StrictUndefined  # noqa: PLC0415

    environment = Environment(
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        loader=FileSystemLoader(_HERE),
        finalize=_defused,
    )
    environment.globals.update(
        CELLS=CELLS,
        FORMS=tuple(Form),
        LETTERS=LETTERS,
        LONGEST=LONGEST,
        OVERALL=OVERALL,
        SHARES=SHARES,
        shade=shade,
        share=share,
        two_by_two=two_by_two,
    )
    environment.filters.update(words=_words, said=said, number=_number, percent=_percent)
    return environment


def _defused(value: Any) -> Any:
    """What an expression of the template shows: plain strings without characters that steer."""
    return visible(value) if type(value) is str else value


def _words(name: str) -> str:
    return name.replace("_", " ")


def _number(value: float | None) -> str:
    """A count that may be a mean over repeats."""
    return "–" if value is None else f"{value:,.1f}".removesuffix(".0")


def _percent(value: float | None) -> str:
    return "–" if value is None else f"{value:.0%}"


def _trend(report: Report) -> Any:
    """The trend as an SVG element, where there are earlier runs."""
    if not report.trend:
        return ""
    from markupsafe import Markup  # noqa: PLC0415

    from monitor.report.figures import trend_svg  # noqa: PLC0415 - matplotlib takes a second

    return Markup(trend_svg(report))  # noqa: S704 - parsed and written again, escaped, by trend_svg


def _hash(text: str) -> str:
    digest = base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()
    return f"'sha256-{digest}'"
