"""How long the text of a model stays in an out folder: in the reply store and in `responses.jsonl`.

Labels, scores and verdicts stay. Without the text nothing can be replayed, judged again or labelled.
What can still be resumed is kept. Not here: what was logged to MLflow, and runs that wait for it.
"""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

from monitor.errors import MonitorError
from monitor.replies.cache import forget_finished, prune
from monitor.replies.manifest import read_manifest
from monitor.runfile import RESPONSES
from monitor.store import STORE


def forget_text(out: Path, kept: timedelta) -> str:
    """Remove the text that has been kept long enough, after a run; what is to be said of it."""
    try:
        for folder in _folders(out):
            if (folder / STORE).is_file():
                _ = prune(folder / STORE, kept) if kept else forget_finished(folder / STORE)
            forget_recording(folder, kept)
    except (MonitorError, OSError) as error:
        return f"WARNING: not all text could be removed from {out}: {error}"
    if kept:
        return f"Text older than {kept.days} days was removed from {out}"
    return f"The model's text was removed from {out}: labels stay, a replay is not possible"


def forget_recording(folder: Path, kept: timedelta) -> bool:
    """Remove `responses.jsonl` if it was collected longer ago than that; whether it went."""
    file = folder / RESPONSES
    if not file.is_file() or (kept and _begun(folder, file) > datetime.now(UTC) - kept):
        return False
    file.unlink()
    return True


def _folders(out: Path) -> Iterator[Path]:
    """The out folder, and those of baselines that were asked again inside it."""
    yield out
    yield from (store.parent for store in out.glob(f"*/{STORE}"))


def _begun(folder: Path, file: Path) -> datetime:
    manifest = read_manifest(folder)
    if manifest:
        return datetime.fromisoformat(manifest.started_at)
    return datetime.fromtimestamp(file.stat().st_mtime, UTC)
