"""Events, starts and cancels that a browser sends twice are carried out once."""

from __future__ import annotations

import asyncio
import hashlib
import re
from collections import OrderedDict
from typing import Any

from starlette.datastructures import Headers
from starlette.requests import ClientDisconnect
from starlette.responses import JSONResponse

# Headers by which an application may know its caller, and the key itself. An answer is repeated only to a request with the same ones.
_CALLER = re.compile(rb"cookie|auth|jwt|token|key|secret|session|user|identity|cert")


def is_taken_once(path: str) -> bool:
    """Sending an event, cancelling, and starting a run without waiting for its end, below any path."""
    parts = path.split("/")
    last = parts[-1]
    if last == "cancel":
        return len(parts) > 3 and parts[-3] == "handlers" and parts[-2] != ""
    if last == "run-nowait" and "workflows" in parts:
        # Names of workflows may hold slashes.
        return any(parts[parts.index("workflows") + 1 : -1])
    return len(parts) > 2 and parts[-2] == "events" and last != ""


def _identity(scope: Any, body: bytes) -> bytes:
    """What distinguishes a request from others: its path, its caller, its key and its content. Nothing of it can be read back."""
    digest = hashlib.sha256()
    headers = sorted(
        (bytes(name).lower(), bytes(value)) for name, value in scope["headers"] if _CALLER.search(bytes(name).lower())
    )
    parts = [scope["path"].encode("utf-8", "surrogatepass"), scope["query_string"], body]
    for part in [*parts, *(piece for header in headers for piece in header)]:
        digest.update(len(part).to_bytes(8, "big"))
        digest.update(part)
    return digest.digest()


def _refusal(status: int, detail: str) -> JSONResponse:
    return JSONResponse({"detail": detail}, status_code=status)


class _TooLarge(Exception):
    pass


class Once:
    """Answers a second request of one key as the first one was answered."""

    # Answers that are remembered. A browser tries again at once, so the newest are enough.
    KEPT = 1024
    # Requests that are carried out at one time.
    RUNNING = 256
    # Bytes of a request with a key.
    LARGEST_BODY = 1024 * 1024
    # Bytes of an answer that is remembered. A larger one is streamed to those who wait for it.
    LARGEST_ANSWER = 64 * 1024
    # Seconds until an answer must be complete.
    LIMIT = 600

    def __init__(self, app: Any) -> None:
        self.app = app
        self.answers: OrderedDict[bytes, _Answer] = OrderedDict()
        self.running: set[asyncio.Task[None]] = set()

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        if scope["type"] != "http" or scope["method"] != "POST" or not is_taken_once(scope["path"]):
            return await self.app(scope, receive, send)
        headers = Headers(scope=scope)
        if "idempotency-key" not in headers:
            return await self.app(scope, receive, send)
        try:
            body = await self._body(headers, receive)
        except ClientDisconnect:
            # It broke off on its way: the application never saw it.
            return None
        except _TooLarge:
            limit = self.LARGEST_BODY
            response = _refusal(413, f"A request with an Idempotency-Key may have at most {limit} bytes; send it without one")
            return await response(scope, receive, send)
        identity = _identity(scope, body)
        answer = self.answers.get(identity)
        is_first = answer is None
        if answer is None:
            if len(self.running) >= self.RUNNING:
                response = _refusal(503, "Too many requests with an Idempotency-Key are being carried out")
                response.headers["retry-after"] = "1"
                return await response(scope, receive, send)
            answer = self._start(identity, scope, body)

        async def send_again(message: Any) -> None:
            if message["type"] == "http.response.start":
                kept = [header for header in message.get("headers", ()) if bytes(header[0]).lower() != b"set-cookie"]
                message = {**message, "headers": kept}
            await send(message)

        if not await answer.give(send if is_first else send_again):
            # No refusal: the request may have been carried out.
            await _refusal(502, "No whole answer came; what was asked for may have been done")(scope, receive, send)
        return None

    async def _body(self, headers: Headers, receive: Any) -> bytes:
        length = headers.get("content-length", "")
        if length.isdecimal() and (len(length) > 18 or int(length) > self.LARGEST_BODY):
            raise _TooLarge
        body = bytearray()
        while True:
            message = await receive()
            if message["type"] == "http.disconnect":
                raise ClientDisconnect
            body += message.get("body", b"")
            if len(body) > self.LARGEST_BODY:
                raise _TooLarge
            if not message.get("more_body", False):
                return bytes(body)

    def _start(self, identity: bytes, scope: Any, body: bytes) -> _Answer:
        answer = self.answers[identity] = _Answer()
        if len(self.answers) > self.KEPT:
            # Never one that is not complete yet: its request would be carried out a second time.
            oldest = next(known for known, kept in self.answers.items() if kept.is_complete or kept is answer)
            del self.answers[oldest]
        # A task of its own: the request is carried out to its end even if its client leaves, which will ask again.
        task = asyncio.create_task(self._carry_out(answer, scope, body))
        self.running.add(task)
        task.add_done_callback(self.running.discard)
        return answer

    async def _carry_out(self, answer: _Answer, scope: Any, body: bytes) -> None:
        given = False

        async def receive() -> Any:
            nonlocal given
            if given:
                # Only the departure of the client could come next, which does not count here.
                await asyncio.Event().wait()
            given = True
            return {"type": "http.request", "body": body, "more_body": False}

        async def send(message: Any) -> None:
            await answer.add(message, self.LARGEST_ANSWER)

        # An application may be mounted inside itself: it must not wait for its own answer.
        headers = [header for header in scope["headers"] if bytes(header[0]).lower() != b"idempotency-key"]
        # Extensions are other ways to send, whose bytes would not pass here.
        inner = {**scope, "headers": headers, "extensions": {}}
        try:
            await asyncio.wait_for(self.app(inner, receive, send), self.LIMIT)
        except Exception as error:
            answer.break_off(None if isinstance(error, asyncio.TimeoutError) else error)
        except BaseException:
            answer.break_off(None)
            raise
        else:
            # Without an end of its own it is no whole answer.
            answer.break_off(None)


class _Answer:
    """The answer to one request. It is given when it is complete, or piece by piece once it is too large to be remembered."""

    def __init__(self) -> None:
        # None when there is no whole one to give: it is streamed, or it broke off.
        self.kept: list[Any] | None = []
        self.size = 0
        self.is_complete = False
        self.is_streamed = False
        self.is_broken = False
        # An error of the application before its answer began, which the server turns into a 500.
        self.error: Exception | None = None
        # Set when it can be given: it is complete, or streamed.
        self.is_ready = asyncio.Event()
        # Of those who wait for it. What is in a queue is sent before the application may send more.
        self.queues: list[asyncio.Queue[Any]] = []

    async def add(self, message: Any, limit: int) -> None:
        self.size += len(message.get("body", b""))
        if self.kept is None:
            pieces = [message]
        else:
            self.kept.append(message)
            pieces = []
            if self.size > limit:
                pieces, self.kept = self.kept, None
                self.is_streamed = True
                self.is_ready.set()
        for queue in self.queues:
            for piece in pieces:
                queue.put_nowait(piece)
        if message["type"] == "http.response.body" and not message.get("more_body", False):
            self.end()
        for queue in list(self.queues):
            await queue.join()

    def end(self) -> None:
        if not self.is_complete:
            self.is_complete = True
            self.is_ready.set()
            for queue in self.queues:
                queue.put_nowait(None)

    def break_off(self, error: Exception | None) -> None:
        """The application ended without a whole answer, or it failed after one, which changes nothing."""
        if self.is_complete:
            return
        if error is not None and self.kept == []:
            self.error = error
        else:
            self.is_broken = True
            self.kept = None
        self.end()

    async def give(self, send: Any) -> bool:
        """Sends it to one caller. False when no whole answer can be given, and nothing was sent."""
        if self.kept is None:
            return False
        queue: asyncio.Queue[Any] = asyncio.Queue()
        self.queues.append(queue)
        try:
            await self.is_ready.wait()
            if self.error is not None:
                raise self.error
            if self.kept is not None:
                for message in self.kept:
                    await send(message)
                return True
            if not self.is_streamed:
                return False
            while (message := await queue.get()) is not None:
                try:
                    await send(message)
                finally:
                    queue.task_done()
            if self.is_broken:
                # The connection must end without an end of the answer.
                raise RuntimeError("the answer to a request with an Idempotency-Key broke off")
            return True
        finally:
            # The application goes on without a caller that has left.
            self.queues.remove(queue)
            while not queue.empty():
                queue.get_nowait()
                queue.task_done()
