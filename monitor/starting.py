"""Files that `faef init` writes into somebody else's repository. What is there is never touched."""

import shutil
from pathlib import Path

from monitor.config import packaged
from monitor.errors import ConfigError

WORKFLOW = Path(".github/workflows/faef.yml")
SUITES, THRESHOLDS = Path("suites"), Path("thresholds.yaml")
ACTION = "OWNER/faef-monitor/.github/actions/faef-gate@v1"  # as the template says it


def start(folder: Path, action: str) -> tuple[Path, ...]:
    """Write suites, thresholds and a workflow that uses `action`; where they are.

    Raises ConfigError, before anything is written, where one of them is there.
    """
    written = tuple(folder / path for path in (SUITES, THRESHOLDS, WORKFLOW))
    for path in written:
        if path.exists():
            message = (
                f"{path}: is there already: faef init overwrites nothing; move it, or init elsewhere"
            )
            raise ConfigError(message)
    suites, thresholds, workflow = written
    without = shutil.ignore_patterns("__pycache__", ".*")
    shutil.copytree(packaged(str(SUITES)), suites, ignore=without)
    shutil.copyfile(packaged(str(THRESHOLDS)), thresholds)
    workflow.parent.mkdir(parents=True, exist_ok=True)
    template = Path(__file__).parent / "templates" / "faef.yml"
    workflow.write_text(template.read_text(encoding="utf-8").replace(ACTION, action), encoding="utf-8")
    return written
