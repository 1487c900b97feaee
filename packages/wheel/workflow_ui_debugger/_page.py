"""The page's files, each with the headers that a page needs."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any
from urllib.parse import quote

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import PlainTextResponse, RedirectResponse, Response
from starlette.staticfiles import StaticFiles

# `connect-src` is wide because a person may type the address of another server.
_POLICY = (
    "default-src 'none'; script-src 'self' 'wasm-unsafe-eval'; style-src 'self'; img-src 'self' data:; "
    "connect-src 'self' http: https:; base-uri 'none'; form-action 'none'; frame-ancestors 'self'"
)
_HEADERS = {
    "content-security-policy": _POLICY,
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-resource-policy": "same-origin",
    "referrer-policy": "no-referrer",
    "x-content-type-options": "nosniff",
}


def _with_headers(response: Response) -> Response:
    for name, value in _HEADERS.items():
        response.headers[name] = value
    return response


def redirect_to_slash(path: str) -> Callable[[Request], Response]:
    """The route without the last slash, from which the relative addresses of the page's files would be wrong."""
    folder = "./" + path.rsplit("/", 1)[1] + "/"

    def redirect(request: Request) -> Response:
        return _with_headers(RedirectResponse(folder + (f"?{request.url.query}" if request.url.query else "")))

    return redirect


class Page(StaticFiles):
    """The folder of the page. Every answer has the page's headers: files, redirects and errors, by whatever path they were reached."""

    def __init__(self, directory: Path, mounted_at: str) -> None:
        super().__init__(directory=directory)
        self.mounted_at = mounted_at

    async def get_response(self, path: str, scope: Any) -> Response:
        try:
            response = await self._response(path, scope)
        except HTTPException as error:
            response = PlainTextResponse(error.detail, error.status_code, error.headers)
        except (OSError, ValueError):
            # Older versions of starlette raise these for names that no file can have.
            response = PlainTextResponse("Not Found", 404)
        return _with_headers(response)

    async def _response(self, path: str, scope: Any) -> Response:
        # `path` is normalised: `//index.html` and `./index.html` are `index.html`, too.
        if path not in (".", "index.html"):
            return await super().get_response(path, scope)
        request = Request(scope)
        # Below a path of another application, or behind a proxy that adds one, the workflows are there too.
        base = scope.get("root_path", "").removesuffix(self.mounted_at)
        if base and "api" not in request.query_params:
            rest = f"&{request.url.query}" if request.url.query else ""
            return RedirectResponse(f"?api={quote(base)}{rest}")
        response = await super().get_response("index.html", scope)
        response.headers["cache-control"] = "no-cache"
        return response
