"""The workflow debugger as a page of your own workflow server.

    from workflow_ui_debugger import mount_debugger

    server = WorkflowServer()
    mount_debugger(server)

The page is then at ``/debugger/``. It is made of the files in this package and of nothing else.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any
from urllib.parse import quote

from starlette.requests import Request
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
        Mount(path, StaticFiles(directory=PAGE)),
    ]
