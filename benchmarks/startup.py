"""What the plugin costs every pytest session: `pytest --version` without it and with it.

    python benchmarks/startup.py

The named alternative is pytest alone, measured in the same run; ten runs each, taken in turn.
"""

import subprocess
import sys
import time
from statistics import median

RUNS = 10
WITHOUT = ("-c", "/dev/null", "-p", "no:faef")
WITH = ("-c", "/dev/null", "-p", "faef")


def seconds(arguments: tuple[str, ...]) -> float:
    """Wall time of one `pytest --version`."""
    begun = time.perf_counter()
    command = [sys.executable, "-m", "pytest", *arguments, "--version"]
    subprocess.run(command, capture_output=True, check=True)
    return time.perf_counter() - begun


def main() -> None:
    """Print both medians and the difference."""
    pairs = [(seconds(WITHOUT), seconds(WITH)) for _ in range(RUNS)]
    without, with_it = (median(times) for times in zip(*pairs, strict=True))
    print(f"pytest --version alone        {without:.3f} s")
    print(f"pytest --version with faef    {with_it:.3f} s")
    print(f"difference                    {with_it - without:+.3f} s  (to stay under 0.5 s)")


if __name__ == "__main__":
    main()
