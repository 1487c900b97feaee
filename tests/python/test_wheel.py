"""Tests of the Python package in ``packages/wheel`` on a real ``WorkflowServer``, over real connections.

``cargo xtask test wheel`` runs it; by hand: ``PYTHONPATH=packages/wheel python tests/python/test_wheel.py``.
"""

from __future__ import annotations

import asyncio
import http.client
import json
import logging
import pathlib
import socket
import tempfile
import threading
import time
import unittest
from collections.abc import AsyncIterator, Callable
from typing import Any

import uvicorn
import workflow_ui_debugger
from llama_agents.server import WorkflowServer
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, Response, StreamingResponse
from starlette.routing import Mount, Route, WebSocketRoute
from starlette.websockets import WebSocket
from workflow_ui_debugger import mount_debugger
from workflow_ui_debugger._hosts import host_names
from workflow_ui_debugger._once import Once, is_taken_once
from workflows import Workflow, step
from workflows.events import StartEvent, StopEvent

# How long a server may take for what it does by itself.
SOON = 30.0

LARGE = 64 * 1024 + 1


class Greet(Workflow):
    @step
    async def greet(self, ev: StartEvent) -> StopEvent:
        return StopEvent(result="hello")


class RequireToken:
    """Authentication as an application may have it: a bearer token or a cookie, else 401."""

    def __init__(self, app: Any) -> None:
        self.app = app

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        if scope["type"] == "http":
            headers = Request(scope).headers
            known = headers.get("authorization", "").startswith("Bearer ") or "session=" in headers.get("cookie", "")
            if not known:
                return await PlainTextResponse("sign in", 401)(scope, receive, send)
        await self.app(scope, receive, send)


def until(what: str, condition: Callable[[], Any]) -> Any:
    deadline = time.monotonic() + SOON
    while time.monotonic() < deadline:
        if found := condition():
            return found
        time.sleep(0.01)
    raise AssertionError(f"waited in vain for {what}")


class Served:
    """An application on a port of loopback."""

    def __init__(self, app: Any) -> None:
        listener = socket.socket()
        listener.bind(("127.0.0.1", 0))
        self.port = listener.getsockname()[1]
        self.server = uvicorn.Server(uvicorn.Config(app, log_level="critical", ws="auto", timeout_graceful_shutdown=1))
        self.thread = threading.Thread(target=self.server.run, kwargs={"sockets": [listener]}, daemon=True)
        self.thread.start()
        until("the server to start", lambda: self.server.started or not self.thread.is_alive())
        assert self.server.started, "the server ended at its start"

    def close(self) -> None:
        self.server.should_exit = True
        self.thread.join(SOON)

    def send(
        self, method: str, path: str, body: bytes | None = None, headers: dict[str, str | list[str]] | None = None
    ) -> Answer:
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=SOON)
        given = {name.lower(): value for name, value in (headers or {}).items()}
        connection.putrequest(method, path, skip_host="host" in given, skip_accept_encoding=True)
        for name, value in given.items():
            for one in [value] if isinstance(value, str) else value:
                connection.putheader(name, one)
        if body is not None:
            connection.putheader("content-length", str(len(body)))
        connection.endheaders(body)
        response = connection.getresponse()
        answer = Answer(response.status, response.headers, b"")
        try:
            answer.body = response.read()
        except http.client.IncompleteRead as error:
            answer.body, answer.is_whole = error.partial, False
        connection.close()
        return answer

    def post(self, path: str, body: bytes = b"{}", **headers: str) -> Answer:
        given: dict[str, Any] = {"content-type": "application/json"}
        given.update({name.replace("_", "-"): value for name, value in headers.items()})
        return self.send("POST", path, body, given)


class Answer:
    def __init__(self, status: int, headers: Any, body: bytes) -> None:
        self.status, self.headers, self.body, self.is_whole = status, headers, body, True

    def json(self) -> Any:
        return json.loads(self.body)


class Odd:
    """Routes that answer in ways of their own, and count how often they were asked."""

    def __init__(self) -> None:
        self.count = 0
        self.finished = 0
        self.open = threading.Event()
        self.began = threading.Event()

    async def answer(self, request: Request) -> Response:
        self.count += 1
        how = request.path_params["how"]
        body = await request.body()
        if how == "held":
            self.began.set()
            while not self.open.is_set():
                await asyncio.sleep(0.01)
            self.finished += 1
        if how == "large":
            return Response(b"x" * LARGE)
        if how == "raises":
            raise ValueError("no answer")
        if how in ("broken", "broken-late", "endless"):
            return StreamingResponse(self.pieces(how))
        response = JSONResponse({"count": self.count, "length": len(body)})
        response.set_cookie("session", f"s{self.count}")
        return response

    async def pieces(self, how: str) -> AsyncIterator[bytes]:
        if how == "broken":
            yield b"a beginning"
            raise RuntimeError("broken off")
        for _ in range(3):
            yield b"x" * LARGE
        if how == "broken-late":
            raise RuntimeError("broken off")
        self.began.set()
        while not self.open.is_set():
            await asyncio.sleep(0.01)
        yield b"the end"


async def echo(socket: WebSocket) -> None:
    await socket.accept()
    await socket.close()


class WheelTest(unittest.TestCase):
    def setUp(self) -> None:
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        page = pathlib.Path(folder.name)
        (page / "index.html").write_text("<title>The page</title>")
        (page / "app.js").write_text("// the program")
        whole, workflow_ui_debugger.PAGE = workflow_ui_debugger.PAGE, page
        self.addCleanup(setattr, workflow_ui_debugger, "PAGE", whole)
        self.odd = Odd()
        self.addCleanup(self.odd.open.set)

    def app(self, *, middleware: list[Middleware] | None = None, **options: Any) -> Any:
        served = WorkflowServer(middleware=middleware)
        served.add_workflow("greet", Greet())
        routes = [Route("/odd/events/{how}", self.odd.answer, methods=["POST"]), WebSocketRoute("/socket", echo)]
        served.app.router.routes[:0] = routes
        with self.assertLogs("workflow_ui_debugger", logging.WARNING) if "allowed_hosts" not in options else Silence():
            mount_debugger(served, **options)
        return served.app

    def serve(self, app: Any) -> Served:
        served = Served(app)
        self.addCleanup(served.close)
        return served


class Silence:
    def __enter__(self) -> None: ...

    def __exit__(self, *_: Any) -> None: ...


class PageTest(WheelTest):
    def test_every_answer_of_the_page_has_its_headers(self) -> None:
        # Symptom: `/debugger//index.html` was the page without a policy.
        # Cause: only the routes of the exact paths had headers; other files, redirects and errors had none.
        served = self.serve(self.app())
        first = served.send("GET", "/debugger/app.js")
        cases: list[tuple[str, str, dict[str, Any], int, bytes | None]] = [
            ("GET", "/debugger", {}, 307, b""),
            ("GET", "/debugger/", {}, 200, b"<title>The page</title>"),
            ("GET", "/debugger//", {}, 200, b"<title>The page</title>"),
            ("GET", "/debugger/index.html", {}, 200, b"<title>The page</title>"),
            ("GET", "/debugger//index.html", {}, 200, b"<title>The page</title>"),
            ("GET", "/debugger/./index.html", {}, 200, b"<title>The page</title>"),
            ("GET", "/debugger/x/..%2findex.html", {}, 200, b"<title>The page</title>"),
            ("HEAD", "/debugger/", {}, 200, b""),
            ("GET", "/debugger/app.js", {}, 200, b"// the program"),
            ("GET", "/debugger/app.js", {"if-none-match": first.headers["etag"]}, 304, b""),
            ("GET", "/debugger/app.js", {"range": "bytes=0-1"}, 206, b"//"),
            ("GET", "/debugger/nothing.js", {}, 404, None),
            ("GET", "/debugger/%00", {}, 404, None),
            ("GET", "/debugger/..%2f..%2f__init__.py", {}, 404, None),
            ("POST", "/debugger/", {}, 405, None),
            ("DELETE", "/debugger/app.js", {}, 405, None),
        ]
        for method, path, headers, status, body in cases:
            with self.subTest(method=method, path=path, headers=headers):
                answer = served.send(method, path, headers=headers)
                self.assertEqual(answer.status, status)
                if body is not None:
                    self.assertEqual(answer.body, body)
                policy = answer.headers["content-security-policy"]
                self.assertIn("default-src 'none'", policy)
                self.assertIn("base-uri 'none'", policy)
                self.assertEqual(answer.headers["x-content-type-options"], "nosniff")
                self.assertEqual(answer.headers["cross-origin-opener-policy"], "same-origin")
                self.assertEqual(answer.headers["cross-origin-resource-policy"], "same-origin")
                self.assertEqual(answer.headers["referrer-policy"], "no-referrer")

    def test_the_page_below_another_application_says_where_the_workflows_are(self) -> None:
        served = self.serve(Starlette(routes=[Mount("/below", self.app())]))
        for path in ("/below/debugger/", "/below/debugger/index.html", "/below/debugger//index.html"):
            answer = served.send("GET", path + "?workflow=greet")
            self.assertEqual((answer.status, answer.headers["location"]), (307, "?api=/below&workflow=greet"), path)
        self.assertEqual(served.send("GET", "/below/debugger/?api=/below").status, 200)
        self.assertEqual(served.send("GET", "/below/debugger?x=1").headers["location"], "./debugger/?x=1")

    def test_what_cannot_be_mounted_is_refused(self) -> None:
        app = self.app()
        with self.assertRaisesRegex(ValueError, "a path of its own"):
            mount_debugger(app, "/")
        served = self.serve(app)
        self.assertEqual(served.send("GET", "/health").status, 200)
        before = len(app.router.routes)
        with self.assertRaisesRegex(RuntimeError, "after the application has started"):
            mount_debugger(app)
        self.assertEqual(len(app.router.routes), before, "nothing is half mounted")


class HostsTest(WheelTest):
    def test_without_the_option_nothing_is_checked_and_the_log_says_so_once(self) -> None:
        served = WorkflowServer()
        with self.assertLogs("workflow_ui_debugger", logging.WARNING) as logs:
            mount_debugger(served)
        self.assertEqual(len(logs.records), 1)
        self.assertIn("allowed_hosts", logs.output[0])
        running = self.serve(served.app)
        self.assertEqual(running.send("GET", "/health", headers={"host": "evil.example"}).status, 200)

    def test_with_the_option_the_log_has_no_warning(self) -> None:
        with self.assertNoLogs("workflow_ui_debugger", logging.WARNING):
            mount_debugger(WorkflowServer(), allowed_hosts=[])

    def test_foreign_hosts_are_refused_by_page_and_api(self) -> None:
        # Symptom: with `Host: evil.example` everything answered, so a rebound name could read and start runs.
        # Cause: nothing looked at the header.
        served = self.serve(self.app(allowed_hosts=["workflows.example.com", "*.apps.example"]))
        own = f"127.0.0.1:{served.port}"
        cases: list[tuple[str | list[str], int]] = [
            (own, 200),
            ("localhost", 200),
            ("app.localhost:80", 200),
            ("[::1]:4600", 200),
            ("192.0.2.7:4600", 200),
            ("workflows.example.com", 200),
            ("Workflows.Example.Com.:443", 200),
            ("one.apps.example", 200),
            ("two.one.apps.example", 200),
            ("apps.example", 403),
            ("evil.example", 403),
            ("workflows.example.com.evil.example", 403),
            ("xworkflows.example.com", 403),
            ("localhost.evil.example", 403),
            ("127.0.0.1.evil.example", 403),
            ("127.0.0.1@evil.example", 403),
            ("evil.example#.apps.example", 403),
            ("", 403),
            ([own, "evil.example"], 403),
            ([own, own], 403),
        ]
        for host, status in cases:
            for path in ("/debugger/", "/health", "/workflows"):
                with self.subTest(host=host, path=path):
                    answer = served.send("GET", path, headers={"host": host})
                    # Two of them may be refused by the server before us.
                    refused = (400, 403) if status == 403 else (status,)
                    self.assertIn(answer.status, refused)
                    if answer.status == 403 and isinstance(host, str):
                        self.assertIn("allowed_hosts", answer.json()["detail"])

    def test_pages_of_other_sites_change_nothing(self) -> None:
        # Symptom: a form of another site, with the type text/plain, started runs.
        # Cause: nothing looked at `Origin`.
        served = self.serve(self.app(allowed_hosts=["workflows.example.com"]))
        own = f"http://127.0.0.1:{served.port}"
        cases = [
            ({}, True),
            ({"origin": own}, True),
            ({"origin": "http://localhost:3000"}, True),
            ({"origin": "https://workflows.example.com"}, True),
            ({"origin": "https://workflows.example.com:8443"}, True),
            ({"origin": own, "sec-fetch-site": "cross-site"}, True),
            ({"sec-fetch-site": "same-origin"}, True),
            ({"sec-fetch-site": "cross-site"}, False),
            ({"origin": "https://evil.example"}, False),
            ({"origin": "https://evil.example", "sec-fetch-site": "same-origin"}, False),
            ({"origin": "null"}, False),
            ({"origin": "file://localhost"}, False),
            ({"origin": ""}, False),
            ({"origin": [own, "https://evil.example"]}, False),
        ]
        for headers, passes in cases:
            with self.subTest(headers=headers):
                given = {"content-type": "text/plain", **headers}
                answer = served.send("POST", "/workflows/greet/run-nowait", b"{}", given)
                self.assertEqual(answer.status, 200 if passes else 403, answer.body)
                answer = served.send("DELETE", "/nothing", headers=given)
                self.assertEqual(answer.status == 403, not passes, answer.body)
                # They change nothing, and the browser keeps their answers from the other site.
                self.assertEqual(served.send("GET", "/health", headers=given).status, 200)

    def test_upgrades_are_checked(self) -> None:
        # Directly, since a server without a WebSocket library never makes such a connection.
        async def upgrade(app: Any, headers: dict[str, str]) -> list[str]:
            given = {"host": "localhost:8000", **headers}
            scope = {
                "type": "websocket",
                "path": "/socket",
                "raw_path": b"/socket",
                "query_string": b"",
                "headers": [(name.encode(), value.encode()) for name, value in given.items()],
                "subprotocols": [],
                "scheme": "ws",
                "server": ("127.0.0.1", 8000),
                "client": ("127.0.0.1", 50000),
            }
            sent: list[str] = []

            async def receive() -> Any:
                return {"type": "websocket.connect"}

            async def send(message: Any) -> None:
                sent.append(message["type"])

            await app(scope, receive, send)
            return sent

        app = self.app(allowed_hosts=["workflows.example.com"])
        for headers in ({}, {"origin": "http://localhost:8000"}, {"origin": "https://workflows.example.com"}):
            self.assertEqual(asyncio.run(upgrade(app, headers))[0], "websocket.accept", headers)
        for headers in ({"origin": "https://evil.example"}, {"host": "evil.example"}, {"sec-fetch-site": "cross-site"}):
            self.assertEqual(asyncio.run(upgrade(app, headers)), ["websocket.close"], headers)

    def test_names_that_cannot_be_hosts_are_refused_at_the_start(self) -> None:
        for names in (["https://a.example"], ["a.example:80"], ["a.example/x"], ["*"], [""], "a.example"):
            with self.assertRaises(ValueError, msg=names):
                host_names(names)


class OnceTest(WheelTest):
    def test_a_real_start_is_carried_out_once(self) -> None:
        served = self.serve(self.app())
        runs = [served.post("/workflows/greet/run-nowait", idempotency_key="k").json()["handler_id"] for _ in range(2)]
        self.assertEqual(runs[0], runs[1])
        self.assertNotEqual(served.post("/workflows/greet/run-nowait", idempotency_key="l").json()["handler_id"], runs[0])

    def test_an_answer_is_only_for_the_caller_that_got_it(self) -> None:
        # Symptom: whoever knew a key got the answer that another caller had got.
        # Cause: an answer was remembered by path, key and body alone.
        served = self.serve(self.app())
        callers: list[dict[str, str]] = [
            {},
            {"authorization": "Bearer a"},
            {"authorization": "Bearer b"},
            {"cookie": "session=a"},
            {"cookie": "session=b"},
            {"authorization": "Bearer a", "cookie": "session=a"},
            {"x_api_key": "a"},
            {"x_forwarded_user": "ada"},
        ]
        for _ in range(2):
            answers = [served.post("/odd/events/once", idempotency_key="k", **caller).json() for caller in callers]
            self.assertEqual([answer["count"] for answer in answers], list(range(1, len(callers) + 1)))
        # Nothing can move from one header into another, or from the body into the key.
        self.assertEqual(served.post("/odd/events/once", b"kx", idempotency_key="y").json()["count"], len(callers) + 1)
        self.assertEqual(served.post("/odd/events/once", b"k", idempotency_key="xy").json()["count"], len(callers) + 2)

    def test_nobody_gets_an_answer_past_the_authentication(self) -> None:
        # Symptom: a request without a token got the answer that one with a token had got.
        # Cause: the layer was the outermost one, so the application's authentication never saw the second request.
        late = self.app()
        late.add_middleware(RequireToken)
        for app in (self.app(middleware=[Middleware(RequireToken)]), late):
            served = self.serve(app)
            first = served.post("/odd/events/once", idempotency_key="k", authorization="Bearer a")
            self.assertEqual(first.status, 200)
            self.assertEqual(served.post("/odd/events/once", idempotency_key="k").status, 401)
            again = served.post("/odd/events/once", idempotency_key="k", authorization="Bearer a")
            self.assertEqual(again.json(), first.json())

    def test_headers_for_the_origin_are_those_of_each_request(self) -> None:
        # The application's CORS comes before the layer, so no answer has the headers for another origin.
        served = self.serve(self.app())
        for origin in ("http://localhost:3000", "http://localhost:4000"):
            answer = served.post("/odd/events/once", idempotency_key="k", origin=origin)
            self.assertIn(answer.headers["access-control-allow-origin"], (origin, "*"))

    def test_cookies_are_not_set_again(self) -> None:
        served = self.serve(self.app())
        first, again = (served.post("/odd/events/once", idempotency_key="k") for _ in range(2))
        self.assertEqual(first.headers["set-cookie"].split(";")[0], "session=s1")
        self.assertIsNone(again.headers["set-cookie"])
        self.assertEqual(first.body, again.body)

    def test_bodies_with_a_key_are_bounded(self) -> None:
        # Symptom: a request with a key filled the memory of the server.
        # Cause: its body was read to the end, whatever its length.
        served = self.serve(self.app())
        most = 1024 * 1024
        self.assertEqual(served.post("/odd/events/once", b"x" * most, idempotency_key="a").json()["length"], most)
        refused = served.post("/odd/events/once", b"x" * (most + 1), idempotency_key="b")
        self.assertEqual(refused.status, 413)
        self.assertIn("Idempotency-Key", refused.json()["detail"])
        self.assertEqual(served.post("/odd/events/once", b"x" * (most + 1)).json()["length"], most + 1, "without a key")
        # A length that nobody could send is refused before a byte of it comes; one that is not given is counted.
        connection = socket.create_connection(("127.0.0.1", served.port), SOON)
        connection.sendall(
            b"POST /odd/events/once HTTP/1.1\r\nhost: localhost\r\nidempotency-key: c\r\n"
            b"content-length: 99999999999999\r\n\r\n"
        )
        self.assertIn(b" 413 ", connection.recv(1024).split(b"\r\n")[0])
        connection.close()
        connection = socket.create_connection(("127.0.0.1", served.port), SOON)
        connection.sendall(
            b"POST /odd/events/once HTTP/1.1\r\nhost: localhost\r\nidempotency-key: d\r\ntransfer-encoding: chunked\r\n\r\n"
            + b"100000\r\n" + b"x" * most + b"\r\n" + b"1\r\nx\r\n"
        )
        self.assertIn(b" 413 ", connection.recv(1024).split(b"\r\n")[0])
        connection.close()

    def test_a_large_answer_is_streamed_to_those_who_wait(self) -> None:
        # Symptom: an answer of any length was held in memory, and came when it was complete.
        # Cause: everything was collected before anything was given.
        served = self.serve(self.app())
        connection = http.client.HTTPConnection("127.0.0.1", served.port, timeout=SOON)
        connection.request("POST", "/odd/events/endless", b"{}", {"idempotency-key": "k"})
        response = connection.getresponse()
        self.assertEqual(len(response.read(LARGE)), LARGE, "before the answer has ended")
        late = served.post("/odd/events/endless", idempotency_key="k")
        self.assertEqual(late.status, 502, "its beginning is gone")
        self.odd.open.set()
        self.assertEqual(response.read(), b"x" * 2 * LARGE + b"the end")
        connection.close()
        self.assertEqual(served.post("/odd/events/endless", idempotency_key="k").status, 502)
        self.assertEqual(self.odd.count, 1, "carried out once")

    def test_an_answer_that_breaks_off_refuses_nothing(self) -> None:
        served = self.serve(self.app())
        for _ in range(2):
            self.assertEqual(served.post("/odd/events/broken", idempotency_key="k").status, 502)
            self.assertEqual(served.post("/odd/events/raises", idempotency_key="k").status, 500)
        self.assertFalse(served.post("/odd/events/broken-late", idempotency_key="k").is_whole)
        self.assertEqual(served.post("/odd/events/broken-late", idempotency_key="k").status, 502)
        self.assertEqual(self.odd.count, 3, "each carried out once")

    def test_a_client_that_leaves_finds_its_answer_when_it_comes_again(self) -> None:
        served = self.serve(self.app())
        for how in ("held", "endless"):
            self.odd.open.clear()
            self.odd.began.clear()
            connection = http.client.HTTPConnection("127.0.0.1", served.port, timeout=SOON)
            connection.request("POST", f"/odd/events/{how}", b"{}", {"idempotency-key": "k"})
            self.assertTrue(self.odd.began.wait(SOON))
            connection.close()
            self.odd.open.set()
        until("the end", lambda: self.odd.finished == 1)
        again = served.post("/odd/events/held", idempotency_key="k")
        self.assertEqual((again.status, self.odd.count), (200, 2))

    def test_so_many_at_a_time(self) -> None:
        class Narrow(Once):
            RUNNING = 1

        served = self.serve(Starlette(routes=[Route("/odd/events/{how}", self.odd.answer, methods=["POST"])], middleware=[Middleware(Narrow)]))
        connection = http.client.HTTPConnection("127.0.0.1", served.port, timeout=SOON)
        connection.request("POST", "/odd/events/held", b"{}", {"idempotency-key": "k"})
        self.assertTrue(self.odd.began.wait(SOON))
        busy = served.post("/odd/events/once", idempotency_key="l")
        self.assertEqual((busy.status, busy.headers["retry-after"]), (503, "1"))
        self.odd.open.set()
        self.assertEqual(connection.getresponse().status, 200)
        connection.close()
        free = until("a free place", lambda: (it := served.post("/odd/events/once", idempotency_key="l")).status == 200 and it)
        self.assertEqual(free.json()["count"], 2, "what was refused was not carried out")

    def test_what_is_still_carried_out_is_not_forgotten(self) -> None:
        class Forgetful(Once):
            KEPT = 1

        served = self.serve(Starlette(routes=[Route("/odd/events/{how}", self.odd.answer, methods=["POST"])], middleware=[Middleware(Forgetful)]))
        connections = []
        for _ in range(2):
            connection = http.client.HTTPConnection("127.0.0.1", served.port, timeout=SOON)
            connection.request("POST", "/odd/events/held", b"{}", {"idempotency-key": "k"})
            connections.append(connection)
            self.assertTrue(self.odd.began.wait(SOON))
            for key in ("l", "m"):
                served.post("/odd/events/once", idempotency_key=key)
        self.odd.open.set()
        self.assertEqual([it.getresponse().status for it in connections], [200, 200])
        for connection in connections:
            connection.close()
        self.assertEqual(self.odd.finished, 1)

    def test_paths_are_known_by_their_end_in_linear_time(self) -> None:
        for path in (
            "/events/h1",
            "/deployments/app/events/h1",
            "/handlers/h1/cancel",
            "/workflows/greet/run-nowait",
            "/below/workflows/a/b/run-nowait",
        ):
            self.assertTrue(is_taken_once(path), path)
        for path in (
            "/",
            "/events",
            "/events/",
            "/handlers/h1",
            "/handlers//cancel",
            "/handlers/cancel",
            "/workflows/greet/run",
            "/workflows/run-nowait",
            "/workflows//run-nowait",
            "/workflows/greet/run-nowait/",
            "/debugger/",
        ):
            self.assertFalse(is_taken_once(path), path)
        # Symptom: a path of many parts took time by the square of its length.
        # Cause: a regular expression that began again at each `/workflows/`. Here it would take days.
        self.assertFalse(is_taken_once("/workflows/x" * 500_000))


if __name__ == "__main__":
    # Without a handler Python prints the errors that are provoked here.
    logging.getLogger().addHandler(logging.NullHandler())
    unittest.main()
