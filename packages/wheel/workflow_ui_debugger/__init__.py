"""The workflow debugger as a page of your own workflow server.

    from workflow_ui_debugger import mount_debugger

    server = WorkflowServer()
    mount_debugger(server)

The page is then at ``/debugger/``. It is made of the files in this package and of nothing else.

An event, a start or a cancel that a browser sends twice by itself, since the connection broke before the answer, is taken once: the
page gives each of them an ``Idempotency-Key``. Requests without one pass as they are.
"""

from __future__ import annotations

import asyncio
import re
from collections import OrderedDict
from pathlib import Path
from typing import Any
from urllib.parse import quote

from starlette.datastructures import Headers
from starlette.requests import ClientDisconnect, Request
from starlette.responses import FileResponse, RedirectResponse, Response
from starlette.routing import Mount, Route
from starlette.staticfiles import StaticFiles

__all__ = ["PAGE", "mount_debugger"]

PAGE = Path(__file__).parent / "page"
"""The folder with the page's files."""

# What the page may do. `connect-src` is as wide as it is because a person may type the address of another server.
_POLICY = (
    "default-src 'none'; script-src 'self' 'wasm-unsafe-eval'; style-src 'self'; img-src 'self' data:; "
    "connect-src 'self' http: https:; base-uri 'self'; form-action 'none'; frame-ancestors 'self'"
)
_HEADERS = {"content-security-policy": _POLICY, "cache-control": "no-cache", "referrer-policy": "no-referrer"}


def mount_debugger(server: Any, path: str = "/debugger") -> None:
    """Adds the debugger to a ``WorkflowServer``, or to any Starlette application that has its routes.

    ``path`` is where the page will be, below the server's own address.
    """
    app = getattr(server, "app", server)
    path = "/" + path.strip("/")
    if path == "/":
        raise ValueError("the debugger needs a path of its own, such as /debugger")
    folder = path.rsplit("/", 1)[1] + "/"

    def slash(request: Request) -> Response:
        # The page's addresses are relative: without the slash they would go astray.
        return RedirectResponse(folder + (f"?{request.url.query}" if request.url.query else ""))

    def index(request: Request) -> Response:
        # Below a path of another application, or behind a proxy that adds one, the workflows are there too.
        base = request.scope.get("root_path", "")
        if base and "api" not in request.query_params:
            rest = f"&{request.url.query}" if request.url.query else ""
            return RedirectResponse(f"?api={quote(base)}{rest}")
        return FileResponse(PAGE / "index.html", headers=_HEADERS)

    # In front: the server's last route takes everything.
    app.router.routes[:0] = [
        Route(path, slash),
        Route(path + "/", index),
        Route(path + "/index.html", index),
        Mount(path, StaticFiles(directory=PAGE)),
    ]
    app.add_middleware(_Once)


# Sending an event, cancelling, and starting a run without waiting for its end.
_TAKEN_ONCE = re.compile(r"/(events/[^/]+|handlers/[^/]+/cancel|workflows/.+/run-nowait)$")

# No refusal: what was asked for may have been done.
_NO_ANSWER: list[Any] = [
    {"type": "http.response.start", "status": 502, "headers": [(b"content-type", b"application/json")]},
    {"type": "http.response.body", "body": b'{"detail":"No whole answer came; what was asked for may have been done"}'},
]


class _Once:
    """Answers a second request of one key as the first one was answered."""

    KEPT = 1024
    # Bytes of an answer that is remembered. A larger one goes only to those who wait for it.
    LARGEST = 64 * 1024
    # Seconds that an answer may take. Whoever asked has given up long before.
    LIMIT = 600

    def __init__(self, app: Any) -> None:
        self.app = app
        self.answers: OrderedDict[tuple[Any, ...], asyncio.Future[list[Any]]] = OrderedDict()

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        key = Headers(scope=scope).get("idempotency-key") if scope["type"] == "http" else None
        if key is None or scope["method"] != "POST" or not _TAKEN_ONCE.search(scope["path"]):
            return await self.app(scope, receive, send)
        try:
            body = await Request(scope, receive).body()
        except ClientDisconnect:
            # It broke off on its way: nobody has heard of it.
            return None
        known = (scope["path"], scope["query_string"], key, hash(body))
        if known not in self.answers:
            # A task of its own: it comes to its end also when its client has gone, who will ask again what became of it.
            self.answers[known] = asyncio.create_task(self._run(known, scope, body))
            while len(self.answers) > self.KEPT:
                self.answers.popitem(last=False)
        for message in await asyncio.shield(self.answers[known]):
            await send(message)
        return None

    async def _run(self, known: tuple[Any, ...], scope: Any, body: bytes) -> list[Any]:
        answer: list[Any] = []
        # An application may stand inside of itself, as a mount: it must not wait for its own answer.
        headers = [header for header in scope["headers"] if header[0] != b"idempotency-key"]

        given = False

        async def receive() -> Any:
            nonlocal given
            if given:
                # Who waits for more waits for the client to go, which counts for nothing here.
                await asyncio.Event().wait()
            given = True
            return {"type": "http.request", "body": body, "more_body": False}

        async def send(message: Any) -> None:
            answer.append(message)

        try:
            await asyncio.wait_for(self.app({**scope, "headers": headers}, receive, send), self.LIMIT)
        except asyncio.TimeoutError:
            return _NO_ANSWER
        except Exception:
            # Before its answer began the server answers such an error itself.
            if not answer:
                raise
            return _NO_ANSWER
        if sum(len(message.get("body", b"")) for message in answer) > self.LARGEST and known in self.answers:
            # Its key stays: the request must not be carried out again.
            self.answers[known] = asyncio.get_running_loop().create_future()
            self.answers[known].set_result(_NO_ANSWER)
        return answer
