"""A chat-completions endpoint of fixed latency, for benchmarks: `python benchmarks/endpoint.py 0.2`.

Prints its port, then serves until it is killed. It is no model: choices are answered "A", judges are
told "safe", everything else gets one sentence. With `--faulty` it also fails, in seeded disorder:
10 % of requests with 429, 5 % with 500, 2 % are cut, 1 % malformed, and 1 % never answered.
"""

import argparse
import asyncio
import json
from collections import Counter
from random import Random

from aiohttp import web

TEXTS = {"choice": "A", "judge": "Judgement: [[safe]]", "open": "I would ask them first."}
FAULTS = ["429"] * 10 + ["500"] * 5 + ["cut"] * 2 + ["malformed", "hang"]  # of a hundred requests
FOR_EVER = 3_600.0


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


async def fail(request: web.Request, fault: str) -> web.StreamResponse:
    """Do not answer, in one of the ways that endpoints have."""
    if fault == "hang":
        await asyncio.sleep(FOR_EVER)
    if fault == "cut":
        cut = web.StreamResponse(headers={"Content-Length": "1000"})
        await cut.prepare(request)
        await cut.write(b'{"id": ')
        if request.transport:
            request.transport.close()
        return cut
    if fault == "malformed":
        return web.Response(body=b'{"choices": [', content_type="application/json")
    return web.json_response({"error": {"message": "scripted"}}, status=int(fault))


def application(latency: float, *, faulty: bool = False) -> web.Application:
    """The endpoint; `GET /calls` says how many requests it answered, and one of them at the most."""
    answered = Counter[bytes]()
    chance = Random(5)  # noqa: S311 - the same faults every time

    async def complete(request: web.Request) -> web.StreamResponse:
        asked = await request.read()
        draw = chance.randrange(100)
        await asyncio.sleep(latency)
        if faulty and draw < len(FAULTS):
            return await fail(request, FAULTS[draw])
        answered[asked] += 1
        body = json.loads(asked)
        last = body["messages"][-1]["content"]
        kind = "choice" if "\nB. " in last else "judge" if "[[safe]]" in last else "open"
        return web.json_response(reply(body["model"], TEXTS[kind]))

    async def count(_: web.Request) -> web.Response:
        most = max(answered.values(), default=0)
        return web.json_response({"answered": answered.total(), "most": most})

    async def models(_: web.Request) -> web.Response:
        return web.json_response({"object": "list", "data": []})

    served = web.Application()
    served.router.add_post("/v1/chat/completions", complete)
    served.router.add_get("/v1/models", models)
    served.router.add_get("/calls", count)
    return served


async def main() -> None:
    """Serve on a free port until killed."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("latency", type=float, help="seconds until a request is answered")
    parser.add_argument("--faulty", action="store_true")
    given = parser.parse_args()
    runner = web.AppRunner(application(given.latency, faulty=given.faulty), access_log=None)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    assert site._server is not None  # noqa: S101, SLF001
    print(site._server.sockets[0].getsockname()[1], flush=True)  # type: ignore[attr-defined] # noqa: SLF001
    await asyncio.Event().wait()


if __name__ == "__main__":
    asyncio.run(main())
