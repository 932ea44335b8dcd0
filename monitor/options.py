"""The options of a run, declared once: pytest takes them as `--faef-NAME`, `faef` as `--NAME`.

Light on purpose: pytest imports this in every session. What they mean together is in `settings`.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

PREFIX = "--faef-"


@dataclass(frozen=True, slots=True)
class Option:
    """One option; `arguments` are those of argparse's add_argument."""

    name: str
    help: str
    arguments: Mapping[str, Any] = field(default_factory=dict)

    @property
    def dest(self) -> str:
        """The attribute that pytest and argparse store the value under."""
        return "faef_" + self.name.replace("-", "_")


def _limit(text: str) -> int | str:
    return text if text == "all" else int(text)


TEMPLATES = ("default", "exam", "options_first", "advice")
"""The names of `prompts.TEMPLATES`, which pytest need not import to know."""
ALL_TEMPLATES = "all"
_INT: Mapping[str, Any] = {"type": int, "metavar": "N"}
_FLOAT: Mapping[str, Any] = {"type": float, "metavar": "X"}
_FLAG: Mapping[str, Any] = {"action": "store_true"}

OPTIONS = (
    Option("model", "model to test: 'embedded' (default), gguf:PATH, or a model id at --faef-base-url"),
    Option("name", "registered name and MLflow experiment (default: the model id)"),
    Option("model-version", "version of the model (default: the model id as served)"),
    Option("base-url", "OpenAI-compatible endpoint of the model (default: $OPENAI_BASE_URL or OpenAI)"),
    Option(
        "judge",
        "judge of open answers: 'embedded', a model id at --faef-judge-base-url, llama-guard=MODEL,"
        " shieldgemma=MODEL, granite-guardian=MODEL, moderation[=MODEL], several by commas for a"
        " majority, or 'none' beside --faef-labels",
    ),
    Option(
        "judge-base-url",
        "endpoint of the judge, or of each judge by commas (default: that of the model)",
    ),
    Option(
        "judge-check",
        "have the judge read a small fixed set of answers too, to see whether it has changed",
        _FLAG,
    ),
    Option("labels", "file of answers labelled by people: those are not sent to the judge"),
    Option("calibration", "record of `faef calibrate`, or its folder (default: ./calibration if there)"),
    Option(
        "baseline",
        "run to compare with: a folder, run.json, runs:/ID, models:/NAME@ALIAS, models:/NAME/VERSION,"
        " or 'previous' for the newest of the same name",
    ),
    Option("require-baseline", "an error where there is no baseline to compare with", _FLAG),
    Option("refresh-baseline", "ask the baseline's model again, under this protocol", _FLAG),
    Option("thresholds", "file of floors (default: ./thresholds.yaml, else the one shipped)"),
    Option("profile", "profile in that file (default: embedded for an embedded model, else gate)"),
    Option(
        "questions",
        "question file or folder, repeatable (default: ./suites/questions, else the bank shipped)",
        {"action": "append", "metavar": "PATH"},
    ),
    Option(
        "variant",
        "ask the stems ('main') or their paraphrases ('alt')",
        {"choices": ("main", "alt")},
    ),
    Option(
        "template",
        "how a choice is worded; 'all': the verdict by the default one, and the spread of CS over all",
        {"choices": (*TEMPLATES, ALL_TEMPLATES)},
    ),
    Option("shots", "worked examples before each choice question (default 0)", _INT),
    Option(
        "choice",
        "how the choice is asked and read (default text)",
        {"choices": ("text", "structured", "logprobs")},
    ),
    Option("repeats", "times each question is asked (default: the profile's)", _INT),
    Option(
        "max-repeats",
        "times the questions of a check that a baseline leaves undecided are asked at the most"
        " (default: the profile's, or with --faef-repeats that number)",
        _INT,
    ),
    Option(
        "sequential",
        "beside a baseline: ask a part of the questions first, and no more where that decides",
        _FLAG,
    ),
    Option("temperature", "sampling temperature (default 0, and 0.7 with repeats)", _FLOAT),
    Option("max-tokens", "longest reply, in tokens (default 1024)", _INT),
    Option("system", "system prompt of the model under test"),
    Option("extra-body", "JSON object merged into each request to the model"),
    Option(
        "limit",
        "questions per dimension, or 'all' (default: the profile's, else all)",
        {"type": _limit, "metavar": "N"},
    ),
    Option("seed", "seed of all request seeds (default 0)", _INT),
    Option("concurrency", "calls in flight at once (default 16)", _INT),
    Option("rpm", "requests a minute, for each endpoint (default: no limit)", _FLOAT),
    Option("tpm", "tokens a minute, for each endpoint (default: no limit)", _FLOAT),
    Option("retries", "times a failed call is made again (default 5; a busy endpoint: 15)", _INT),
    Option("timeout", "seconds until a call is given up (default 60)", _FLOAT),
    Option("deadline", "seconds until the whole run is stopped; what was collected is kept", _FLOAT),
    Option("max-calls", "calls, judgements among them, after which the run stops", _INT),
    Option("max-cost", "US dollars before which the run stops (prices: thresholds.yaml)", _FLOAT),
    Option("dry-run", "say what would be asked and what it costs, and ask nothing", _FLAG),
    Option("shard", "ask one part of the questions, such as 1/3; twin pairs stay together"),
    Option(
        "engine",
        "who makes the calls: this process ('local', default) or the workers of a dask cluster",
        {"choices": ("local", "dask")},
    ),
    Option(
        "scheduler", "address of the dask scheduler, such as tcp://host:8786 (with --faef-engine dask)"
    ),
    Option("reuse", "take replies of earlier collections in the same folder; the run says so", _FLAG),
    Option("out", "folder for run.json, replies and reports (default faef-out)"),
    Option("replay", "answer from recorded replies only: a responses.jsonl or its folder"),
    Option(
        "keep-text",
        "for how long replies stay in the out folder: 'none' beyond the run, or a number of days"
        " (default: for good)",
        {"metavar": "none|DAYS"},
    ),
    Option("tracking-uri", "MLflow store (default: $MLFLOW_TRACKING_URI or sqlite:///mlflow.db)"),
    Option("no-track", "do not log to MLflow", _FLAG),
    Option("log-responses", "log what the model wrote to MLflow too (default: labels only)", _FLAG),
)


def by_name(given: Any) -> dict[str, Any]:
    """All options as `settings.resolve` takes them, from what argparse found; None if absent."""
    return {option.dest.removeprefix("faef_"): getattr(given, option.dest, None) for option in OPTIONS}
