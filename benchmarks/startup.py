"""What the plugin costs every pytest session, and a command that asks nobody before it does its work.

    python benchmarks/startup.py

The named alternative is pytest alone, measured in the same run; ten runs each, taken in turn. What
`openai` alone takes to load is shown beside the commands that do without it.
"""

import os
import resource
import subprocess
import sys
import time
from pathlib import Path
from statistics import median

RUNS = 10
PYTEST = (sys.executable, "-m", "pytest", "-c", "/dev/null", "--version", "-p")
FAEF = str(Path(sys.executable).parent / "faef")
ALONE, WITH = "pytest --version alone", "pytest --version with faef"
COMMANDS = {
    ALONE: (*PYTEST, "no:faef"),
    WITH: (*PYTEST, "faef"),
    "faef --help": (FAEF, "--help"),
    "faef plan": (FAEF, "plan"),
    "all of an evaluation, imported": (sys.executable, "-c", "import monitor.evaluate"),
    "openai, imported": (sys.executable, "-c", "import openai"),
}


def seconds(command: tuple[str, ...]) -> tuple[float, float]:
    """Wall and CPU time of one run."""
    before, begun = used(), time.perf_counter()
    subprocess.run(command, capture_output=True, check=True, env={**os.environ, "COLUMNS": "100"})
    return time.perf_counter() - begun, used() - before


def used() -> float:
    """CPU seconds of all commands so far."""
    usage = resource.getrusage(resource.RUSAGE_CHILDREN)
    return usage.ru_utime + usage.ru_stime


def main() -> None:
    """Print the medians, and the difference that the plugin makes."""
    runs = [{name: seconds(command) for name, command in COMMANDS.items()} for _ in range(RUNS)]
    walls = {name: median(run[name][0] for run in runs) for name in COMMANDS}
    print(f"{'':32}{'wall s':>8}{'CPU s':>8}")
    for name, wall in walls.items():
        print(f"{name:32}{wall:8.3f}{median(run[name][1] for run in runs):8.3f}")
    print(f"the plugin: {walls[WITH] - walls[ALONE]:+.3f} s  (to stay under 0.5 s)")


if __name__ == "__main__":
    main()
