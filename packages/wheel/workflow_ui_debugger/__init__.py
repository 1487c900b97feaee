"""The workflow debugger as a page of your own workflow server.

    from workflow_ui_debugger import mount_debugger

    server = WorkflowServer()
    mount_debugger(server, allowed_hosts=["workflows.example.com"])

The page is then at ``/debugger/``. It consists of the files in this package and loads nothing else.

``allowed_hosts`` turns on a check of ``Host`` and ``Origin`` for the whole application; see :func:`mount_debugger`.

A browser sometimes repeats a POST by itself, because the connection broke before the answer. The page gives every event, start and
cancel an ``Idempotency-Key``, and such a request is carried out once. Requests without a key pass unchanged.
"""

from __future__ import annotations

import logging
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from starlette.middleware import Middleware
from starlette.routing import Mount, Route

from ._hosts import CheckHosts, host_names
from ._once import Once
from ._page import Page, redirect_to_slash

__all__ = ["PAGE", "mount_debugger"]

PAGE = Path(__file__).parent / "page"
"""The folder with the page's files."""

_LOG = logging.getLogger(__name__)


def mount_debugger(server: Any, path: str = "/debugger", *, allowed_hosts: Iterable[str] | None = None) -> None:
    """Adds the debugger to a ``WorkflowServer``, or to any Starlette application that has its routes.

    Call it before the application starts.

    ``path`` is where the page will be, below the server's own address.

    ``allowed_hosts`` are the host names under which the application may be reached, without scheme and port, such as
    ``workflows.example.com`` or ``*.example.com``. Loopback addresses and IP addresses are always allowed, so an empty list is useful
    too. When it is given, every request to the application (the page and the API) is checked: a request for another ``Host`` gets 403,
    which stops DNS rebinding; and a POST, another changing method or a WebSocket gets 403 when it comes from a page on another site.
    Without it nothing is checked, and a warning is logged.

    The idempotency layer is added inside the application's own middleware, so that nobody gets an answer past its authentication.
    """
    app = getattr(server, "app", server)
    path = "/" + path.strip("/")
    if path == "/":
        raise ValueError("the debugger needs a path of its own, such as /debugger")
    if app.middleware_stack is not None:
        raise RuntimeError("mount_debugger was called after the application has started")
    names = None if allowed_hosts is None else host_names(allowed_hosts)

    # Before the others: the server's last route takes everything.
    app.router.routes[:0] = [
        Route(path, redirect_to_slash(path)),
        Mount(path, Page(PAGE, mounted_at=path)),
    ]
    # The last middleware is the innermost one: authentication, CORS and the like of the application come first. What is added later
    # by `add_middleware` comes before it, too.
    app.user_middleware.append(Middleware(Once))
    if names is None:
        _LOG.warning(
            "The workflow debugger is mounted without allowed_hosts: Host and Origin of requests are not checked, so web pages of other "
            "sites may start and cancel runs. Pass mount_debugger(server, allowed_hosts=[...]) with the server's host names, or [] for "
            "loopback and IP addresses only."
        )
    else:
        app.add_middleware(CheckHosts, names=names)
