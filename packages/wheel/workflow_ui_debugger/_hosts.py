"""The check of ``Host`` and ``Origin``, against DNS rebinding and requests that pages of other sites send."""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Iterable
from typing import Any

from starlette.datastructures import Headers
from starlette.responses import JSONResponse
from starlette.websockets import WebSocketClose

# They change nothing on a server.
_SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS"})

_NAME = re.compile(r"(\*\.)?[a-z0-9_-]+(\.[a-z0-9_-]+)*", re.IGNORECASE)
_AUTHORITY = re.compile(r"(\[[0-9a-f:.]+\]|[a-z0-9._-]+)(:[0-9]{1,5})?", re.IGNORECASE)


def host_names(names: Iterable[str]) -> frozenset[str]:
    """The names of ``allowed_hosts``, compared without case.

    Raises ``ValueError`` for what can be no host name.
    """
    if isinstance(names, str):
        raise ValueError(f"allowed_hosts is the text {names!r}; it should be a list of host names")
    found = set()
    for name in names:
        if not _NAME.fullmatch(name):
            raise ValueError(
                f"allowed_hosts has {name!r}; it should be a host name without scheme and port, such as workflows.example.com "
                "or *.example.com"
            )
        found.add(name.lower())
    return frozenset(found)


def _host_of(authority: str) -> str | None:
    """The host of a ``Host`` header or of an origin behind its scheme; none if it is malformed."""
    match = _AUTHORITY.fullmatch(authority)
    return match[1].lower().rstrip(".").strip("[]") if match else None


def _ip_of(host: str) -> ipaddress.IPv4Address | ipaddress.IPv6Address | None:
    try:
        return ipaddress.ip_address(host)
    except ValueError:
        return None


def _is_loopback(host: str) -> bool:
    address = _ip_of(host)
    if address is None:
        return host == "localhost" or host.endswith(".localhost")
    return address.is_loopback


class CheckHosts:
    """Refuses requests that were not meant for this application, or that a page of another site sent."""

    def __init__(self, app: Any, names: frozenset[str]) -> None:
        self.app = app
        self.names = names

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        refusal = self._refusal(scope) if scope["type"] in ("http", "websocket") else None
        if refusal is None:
            await self.app(scope, receive, send)
        elif scope["type"] == "http":
            await JSONResponse({"detail": refusal}, status_code=403)(scope, receive, send)
        else:
            # Before the connection is accepted: servers answer with 403.
            await WebSocketClose(code=1008, reason="Host or Origin not allowed")(scope, receive, send)

    def _is_named(self, host: str) -> bool:
        parents = host.split(".")[1:]
        return host in self.names or any("*." + ".".join(parents[at:]) in self.names for at in range(len(parents)))

    def _refusal(self, scope: Any) -> str | None:
        headers = Headers(scope=scope)
        hosts = headers.getlist("host")
        if len(hosts) != 1:
            return f"The request has {len(hosts)} Host headers; it must have exactly one"
        host = _host_of(hosts[0])
        # An IP address cannot be rebound.
        if host is None or not (_is_loopback(host) or _ip_of(host) or self._is_named(host)):
            return f"The host {hosts[0][:100]!r} is not allowed; mount_debugger(server, allowed_hosts=[...]) can allow it"
        if scope["type"] == "http" and scope["method"] in _SAFE_METHODS:
            return None
        origins = headers.getlist("origin")
        if not origins:
            if headers.get("sec-fetch-site") == "cross-site":
                return "A page of another site sent this request"
            return None
        if len(origins) == 1 and self._is_allowed_origin(origins[0], hosts[0]):
            return None
        return (
            f"The origin {origins[0][:100]!r} is not allowed; mount_debugger(server, allowed_hosts=[...]) can allow its host"
        )

    def _is_allowed_origin(self, origin: str, own: str) -> bool:
        """Origins of this application itself, of this machine, and of the names that were given."""
        scheme, _, authority = origin.partition("://")
        if scheme not in ("http", "https"):
            return False
        host = _host_of(authority)
        return host is not None and (authority.lower() == own.lower() or _is_loopback(host) or self._is_named(host))
