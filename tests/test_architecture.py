"""A module imports only from lower or equal layers, and each heavy library stands in one place."""

import ast
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

import monitor

ROOT = Path(monitor.__file__).parent

# DESIGN section 5, low to high; a name stands for all below it that has no place of its own
LAYERS = (
    ("errors", "records", "stats"),
    (
        "jsonl",
        "config",
        "prompts",
        "answers",
        "reading",
        "store",
        "places",
        "client",
        "calls",
        "gate",
        "bank",
        "options",
        "people",
        "visible",
        "escaping",
        "comparing.escalation",
    ),
    (
        "collect",
        "judges",
        "embedded",
        "scoring",
        "settings",
        "runfile",
        "audit",
        "importing",
        "calibration",
        "comparing",
        "replies.manifest",
        "trend",
    ),
    (
        "engines",
        "replies",
        "evaluate",
        "scores",
        "robustness",
        "forecast",
        "people.labelling",
        "people.label_sheets",
    ),
    ("tracking", "report", "baselines", "delivery", "github_api", "starting", "construct"),
    ("session", "plugin", "cli", "verbs"),
)
LAYER = {name: number for number, names in enumerate(LAYERS) for name in names}
MODULES = {
    ".".join(file.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__"): file
    for file in sorted(ROOT.rglob("*.py"))
    if file != ROOT / "__init__.py" and ROOT / "bundled" not in file.parents
}


def imported(tree: ast.AST) -> Iterator[str]:
    """The full names that a tree imports, in functions too, but not where only types are checked."""
    if isinstance(tree, ast.If) and "TYPE_CHECKING" in ast.unparse(tree.test):
        yield from (name for other in tree.orelse for name in imported(other))
        return
    if isinstance(tree, ast.Import):
        yield from (alias.name for alias in tree.names)
    if isinstance(tree, ast.ImportFrom):
        yield from (f"{'.' * tree.level}{tree.module or ''}.{alias.name}" for alias in tree.names)
    for child in ast.iter_child_nodes(tree):
        yield from imported(child)


def place(name: str) -> str:
    """The longest beginning of a name, below `monitor`, that has a layer; nothing where none has."""
    while name and name not in LAYER:
        name = name.rpartition(".")[0]
    return name


def imports_of(module: str) -> list[str]:
    """What a module of `monitor` imports."""
    return list(imported(ast.parse(MODULES[module].read_text(encoding="utf-8"))))


def importers_of(library: str) -> set[str]:
    """The modules, by their first name, that import a library."""
    return {
        module.partition(".")[0]
        for module in MODULES
        if any(name.partition(".")[0] == library for name in imports_of(module))
    }


def test_every_module_has_a_layer() -> None:
    assert [] == [module for module in MODULES if not place(module)]


def test_every_layer_names_modules_that_exist() -> None:
    assert set() == set(LAYER) - set(MODULES)


@pytest.mark.parametrize("module", MODULES)
def test_a_module_imports_from_lower_or_equal_layers(module: str) -> None:
    names = [name for name in imports_of(module) if name.startswith("monitor.")]
    ours = [place(name.removeprefix("monitor.")) for name in names]
    assert [] == [name for name in ours if name and LAYER[name] > LAYER[place(module)]]


def test_no_import_is_relative() -> None:
    assert [] == [m for m in MODULES for name in imports_of(m) if name.startswith(".")]


def test_the_package_itself_imports_nothing() -> None:
    tree = ast.parse((ROOT / "__init__.py").read_text(encoding="utf-8"))
    assert [] == list(imported(tree))


# STYLE, habits: openai, rich and mlflow each inside its module
@pytest.mark.parametrize(
    ("library", "owner"),
    [
        ("openai", "client"),
        ("mlflow", "tracking"),
        ("rich", "report"),
        ("jinja2", "report"),
        ("matplotlib", "report"),
        ("distributed", "engines"),
        ("ruptures", "trend"),
    ],
)
def test_a_heavy_library_has_one_owner(library: str, owner: str) -> None:
    assert {owner} == importers_of(library)


PURE = (
    "calls.completions",
    "people.sampling",
    "visible",
    "escaping",
    "reading.judgements",
    "calibration.correction",
    "calibration.agreement",
    "calibration.corrected",
    "stats",
    "scoring",
    "gate",
    "answers",
    "prompts",
    "records",
    "bank",
    "comparing.regression",
    "comparing.bounds",
    "comparing.escalation",
    "comparing.pairing",
    "comparing.power",
    "comparing.attribution",
    "comparing.verdicts",
    "comparing.gap",
    "comparing.golden",
    "comparing.noise",
    "trend.changes",
    "trend.detector",
    "trend.nights",
    "trend.noise",
)


# STYLE, second table: the pure modules import no I/O library
@pytest.mark.parametrize("module", PURE)
def test_the_core_imports_no_input_or_output(module: str) -> None:
    rim = {"os", "io", "sys", "pathlib", "sqlite3", "random", "time", "datetime", "asyncio"}
    assert set() == rim & {name.partition(".")[0] for name in imports_of(module)}


@pytest.mark.parametrize(
    "library",
    ["mlflow", "openai", "pydantic", "rich", "numpy", "dask", "distributed", "jinja2", "matplotlib"],
)
def test_loading_the_plugin_loads_no_heavy_library(library: str) -> None:
    code = f"import sys, monitor.plugin; sys.exit({library!r} in sys.modules)"
    found = subprocess.run([sys.executable, "-c", code], check=False)
    assert found.returncode == 0


def test_type_checking_blocks_are_not_read() -> None:
    tree = ast.parse("if TYPE_CHECKING:\n import mlflow\nelse:\n import rich")
    assert ["rich"] == list(imported(tree))


def test_imports_inside_functions_are_read() -> None:
    tree = ast.parse("def f():\n from mlflow.exceptions import E")
    assert ["mlflow.exceptions.E"] == list(imported(tree))
