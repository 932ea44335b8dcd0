"""A chat-completions endpoint of fixed latency, for benchmarks: `python benchmarks/endpoint.py 0.2`.

Prints its port, then serves until it is killed. It is no model: choices are answered "A", judges are
told "safe", everything else gets one sentence.
"""

import asyncio
import json
import sys

from aiohttp import web

TEXTS = {"choice": "A", "judge": "Judgement: [[safe]]", "open": "I would ask them first."}


def reply(model: str, text: str) -> dict[str, object]:
    """A chat completion as the API sends it."""
    message = {"role": "assistant", "content": text}
    return {
        "id": "chatcmpl-1",
        "object": "chat.completion",
        "created": 0,
        "model": model,
        "choices": [{"index": 0, "message": message, "finish_reason": "stop"}],
        "usage": {"prompt_tokens": 100, "completion_tokens": 5, "total_tokens": 105},
    }


def application(latency: float) -> web.Application:
    """The endpoint; `GET /calls` says how many completions it gave."""
    calls = 0

    async def complete(request: web.Request) -> web.Response:
        nonlocal calls
        body = json.loads(await request.read())
        asked = body["messages"][-1]["content"]
        kind = "choice" if "\nB. " in asked else "judge" if "[[safe]]" in asked else "open"
        await asyncio.sleep(latency)
        calls += 1
        return web.json_response(reply(body["model"], TEXTS[kind]))

    async def count(_: web.Request) -> web.Response:
        return web.json_response(calls)

    async def models(_: web.Request) -> web.Response:
        return web.json_response({"object": "list", "data": []})

    served = web.Application()
    served.router.add_post("/v1/chat/completions", complete)
    served.router.add_get("/v1/models", models)
    served.router.add_get("/calls", count)
    return served


async def main(latency: float) -> None:
    """Serve on a free port until killed."""
    runner = web.AppRunner(application(latency), access_log=None)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    assert site._server is not None  # noqa: S101, SLF001
    print(site._server.sockets[0].getsockname()[1], flush=True)  # type: ignore[attr-defined] # noqa: SLF001
    await asyncio.Event().wait()


if __name__ == "__main__":
    asyncio.run(main(float(sys.argv[1])))
