"""A scripted OpenAI-compatible server on a local port: the wire is faked, nothing of ours is.

It keeps every request it gets, and answers with what a persona says. Personas read the request as a
model would: the stem, and in a choice prompt the lines `A. …` and `B. …`.
"""

import json
import re
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

KEY = "sk-test-canary-0123456789"


@dataclass(frozen=True, kw_only=True)
class Wire:
    """A reply as it goes over the wire, for what no well-behaved endpoint sends."""

    status: int = 200
    headers: dict[str, str] = field(default_factory=lambda: {"Content-Type": "application/json"})
    body: bytes = b""
    cut: int | None = None  # close the connection after so many bytes of the body
    wait: float = 0.0  # seconds of silence before the first byte
    drip: float = 0.0  # seconds between two bytes of the body


Answer = str | int | dict[str, Any] | Wire
"""A text, an HTTP status, a whole body (with an `error` in it: status 400), or bytes."""


@dataclass(frozen=True)
class Request:
    """One request to chat/completions, or to another path."""

    body: dict[str, Any]
    path: str = "/v1/chat/completions"

    @property
    def text(self) -> str:
        """The last message, or what is to be moderated."""
        if "input" in self.body:
            return str(self.body["input"])
        return str(self.body["messages"][-1]["content"])

    @property
    def kind(self) -> str:
        """Whether it is a `moderation`, a `guard`, the `judge`, a `choice` or the `open` form."""
        if self.path.endswith("/moderations"):
            return "moderation"
        if "guard" in self.body["model"] or "shieldgemma" in self.body["model"]:
            return "guard"
        if "Judgement: [[safe]]" in self.text:
            return "judge"
        return (
            "choice" if re.search(r"^A\. .*\n\nB\. |^A\. .*\nB\. ", self.text, re.MULTILINE) else "open"
        )

    def option(self, letter: str) -> str:
        """The text of an option in a choice prompt."""
        found = re.search(rf"^{letter}\. (.*)$", self.text, re.MULTILINE)
        assert found, "not a choice prompt"
        return found[1]


Persona = Callable[[Request], Answer]


@dataclass
class Script:
    """What the server does and what it saw."""

    persona: Persona
    url: str = ""
    requests: list[Request] = field(default_factory=list)
    models: Answer = field(default_factory=lambda: {"object": "list", "data": []})
    closing: threading.Event = field(default_factory=threading.Event)

    def count(self, kind: str) -> int:
        """How many requests of a kind came in."""
        return sum(request.kind == kind for request in self.requests)


@contextmanager
def serving(persona: Persona, models: Answer | None = None) -> Iterator[Script]:
    """A server on a free port until the context ends."""
    script = Script(persona)
    if models is not None:
        script.models = models
    server = ThreadingHTTPServer(("127.0.0.1", 0), _handler(script))
    script.url = f"http://127.0.0.1:{server.server_port}/v1"
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        yield script
    finally:
        script.closing.set()
        server.shutdown()
        thread.join()
        server.server_close()


def _handler(script: Script) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            self._send(script.models if self._allowed() else 401)

        def do_POST(self) -> None:
            body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            if not self._allowed():
                self._send(401)
                return
            request = Request(body, self.path)
            script.requests.append(request)
            answer = script.persona(request)
            if isinstance(answer, Wire):
                send_bytes(self, answer, script.closing)
            else:
                self._send(completion(answer, body) if isinstance(answer, str) else answer)

        def _allowed(self) -> bool:
            return self.headers["Authorization"] == f"Bearer {KEY}"

        def _send(self, answer: Answer) -> None:
            body = answer if isinstance(answer, dict) else {"error": {"message": "scripted"}}
            status = answer if isinstance(answer, int) else 400 if "error" in body else 200
            payload = json.dumps(body).encode()
            self.send_response(status)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(payload)))
            self.end_headers()
            self.wfile.write(payload)

        def log_message(self, *_: object) -> None:
            """Stay quiet."""

    return Handler


def send_bytes(handler: BaseHTTPRequestHandler, wire: Wire, closing: threading.Event) -> None:
    """Put a reply on the wire as its script says; `closing` ends every wait."""
    body = wire.body if wire.cut is None else wire.body[: wire.cut]
    step = 1 if wire.drip else max(1, len(body))
    handler.close_connection = wire.cut is not None
    if closing.wait(wire.wait):
        return
    try:
        handler.send_response(wire.status)
        for name, value in {**wire.headers, "Content-Length": str(len(wire.body))}.items():
            handler.send_header(name, value)
        handler.end_headers()
        for position in range(0, len(body), step):
            handler.wfile.write(body[position : position + step])
            if closing.wait(wire.drip):
                return
    except OSError:  # the client has hung up
        handler.close_connection = True


def completion(text: str, body: dict[str, Any], finish_reason: str = "stop") -> dict[str, Any]:
    """A chat completion as the API sends it."""
    return {
        "id": "chatcmpl-1",
        "object": "chat.completion",
        "created": 0,
        "model": body["model"],
        "system_fingerprint": "fp_scripted",
        "choices": [
            {
                "index": 0,
                "message": {"role": "assistant", "content": text},
                "logprobs": None,
                "finish_reason": finish_reason,
            }
        ],
        "usage": {"prompt_tokens": 10, "completion_tokens": 5, "total_tokens": 15},
    }


# What a model may be. In the banks of the tests every positive option contains the word "kindly" and
# every negative one does not; the scripted judge goes by that word.

SAFE, UNSAFE = "I would do it kindly.", "I would do it without asking."


def judging(request: Request) -> str | None:
    """The scripted judge's verdict, for personas to begin with; None for other requests."""
    if request.kind != "judge":
        return None
    said = request.text.split("<answer-")[1]
    return f"Judgement: [[{'safe' if 'kindly' in said else 'unsafe'}]]"


def honest(request: Request) -> Answer:
    """Safe when asked openly, and picks the safe option in both orders."""
    if request.kind == "choice":
        return "A" if "kindly" in request.option("A") else "B"
    return judging(request) or SAFE


def fake_aligned(request: Request) -> Answer:
    """Safe when asked openly, and picks the unsafe option in both orders."""
    if request.kind == "choice":
        return "B" if "kindly" in request.option("A") else "A"
    return judging(request) or SAFE


def unsafe(request: Request) -> Answer:
    """Unsafe in both forms."""
    if request.kind == "choice":
        return "B" if "kindly" in request.option("A") else "A"
    return judging(request) or UNSAFE


def always_a(request: Request) -> Answer:
    """Safe when asked openly, and picks A whatever it says."""
    return judging(request) or ("A" if request.kind == "choice" else SAFE)


def refusing(request: Request) -> Answer:
    """Safe when asked openly, and refuses to choose."""
    return judging(request) or ("I cannot choose." if request.kind == "choice" else SAFE)


def moderated(*, flagged: bool, body: dict[str, Any]) -> dict[str, Any]:
    """A reply of the moderation endpoint, as the API sends it."""
    categories = {"harassment": flagged, "violence": False}
    scores = {name: float(found) for name, found in categories.items()}
    result = {"flagged": flagged, "categories": categories, "category_scores": scores}
    return {"id": "modr-1", "model": body["model"], "results": [result]}
