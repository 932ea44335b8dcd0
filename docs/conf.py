"""Sphinx settings of the documentation: `make docs` builds it into docs/_build/html."""

import re
from importlib.metadata import version as installed
from typing import Any

project = "FAEF monitor"
version = release = installed("faef-monitor")
extensions = ["myst_parser", "sphinx.ext.autodoc"]
exclude_patterns = ["_build"]
html_theme = "furo"
html_title = "FAEF monitor"
html_copy_source = False
html_show_sphinx = False
html_show_copyright = False
html_static_path = ["_static"]
html_css_files = ["wrap.css"]
html_extra_path = ["thresholds.schema.json", "run.schema.json"]
myst_heading_anchors = 3
myst_enable_extensions = ["colon_fence"]
autodoc_member_order = "bysource"
autodoc_typehints = "signature"
nitpicky = False
suppress_warnings = ["misc.highlighting_failure"]  # console blocks hold placeholders

REPOSITORY = "https://github.com/OWNER/faef-monitor/blob/main/"


def to_the_repository(_: Any, __: str, source: list[str]) -> None:
    """Links that leave docs/ lead to a file of the repository; in the site they go to its page."""
    source[0] = re.sub(r"\]\((?:\.\./)+([^)]+)\)", rf"]({REPOSITORY}\1)", source[0])


def setup(app: Any) -> None:
    """Called by Sphinx."""
    app.connect("source-read", to_the_repository)
