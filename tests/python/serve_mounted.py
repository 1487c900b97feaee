"""A real ``WorkflowServer`` with the packed page on it, in each of the ways that people without Rust have.

- ``/debugger/``: by the wheel.
- ``/below/debugger/``: by the wheel, on a server that is a part of another application.
- ``/fixed/debugger/``: the HTML that the server brings itself, with its addresses pointing to the npm package.

``/odd/events/broken``, ``/odd/events/large`` and ``/odd/events/streamed`` take events and answer oddly.
"""

from __future__ import annotations

import argparse
import pathlib
import re
import sys
from collections.abc import AsyncIterator

import llama_agents.server
import uvicorn
from llama_agents.server import WorkflowServer
from starlette.requests import Request
from starlette.responses import HTMLResponse, Response, StreamingResponse
from starlette.routing import Mount, Route
from starlette.staticfiles import StaticFiles
from workflow_ui_debugger import mount_debugger
from workflows.events import HumanResponseEvent

sys.path.insert(0, str(pathlib.Path(__file__).parents[2] / "server" / "reference"))

import demos  # noqa: E402


def server() -> WorkflowServer:
    served = WorkflowServer()
    served.add_workflow("greeting", demos.Greeting(timeout=60))
    served.add_workflow("interview", demos.Interview(timeout=86_400), additional_events=[HumanResponseEvent])
    # The browser of the tests comes from the server's own origin.
    mount_debugger(served, allowed_hosts=[])
    return served


def their_page(request: Request) -> HTMLResponse:
    """What the server serves at its own root, which asks another place for its script and its style sheet."""
    page = pathlib.Path(llama_agents.server.__file__).parent / "static" / "index.html"
    html, changed = re.subn(r"https://cdn\.[^\"]*/dist/", "/package/dist/", page.read_text())
    assert changed == 2, f"the server's page has changed: {html}"
    return HTMLResponse(html)


def odd(request: Request) -> Response:
    """An answer in pieces, one that breaks off, or one too large to be kept."""
    how = request.path_params["how"]

    async def pieces() -> AsyncIterator[str]:
        yield "half of it, "
        if how == "broken":
            raise RuntimeError("broken off")
        yield "all of it"

    return Response("x" * (64 * 1024 + 1)) if how == "large" else StreamingResponse(pieces())


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--package", required=True, help="folder of the npm package")
    options = parser.parse_args()
    served = server()
    served.app.router.routes[:0] = [
        Route("/fixed/debugger/", their_page),
        Route("/odd/events/{how}", odd, methods=["POST"]),
        Mount("/package", StaticFiles(directory=options.package)),
        Mount("/below", served.app),
    ]
    uvicorn.run(served.app, host="127.0.0.1", port=options.port, log_level="warning")


if __name__ == "__main__":
    main()
