"""How errors inside become answers: in the words of the path's api, and without a path or traceback of this machine."""

# FastAPI reads the handlers' annotations: they are not postponed.
import logging
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from shortable.errors import InvalidInputError, PositionsError, ShortableError, UnknownBrokerError
from shortable.server.apis import api_of
from shortable.server.auth import Refusal
from shortable.server.guard import TRACE
from shortable.server.parameters import BOUNDS
from shortable.server.sources import NotServedError

if TYPE_CHECKING:
    from fastapi import FastAPI

__all__ = ["add_error_handlers", "without_paths"]

_log = logging.getLogger("shortable.server")


def without_paths(text: str, folders: Sequence[str]) -> str:
    """Return a message with the machine's folders blotted out.

    Examples
    --------
    >>> without_paths("no store under /srv/data/equity", ["/srv/data"])
    'no store under …/equity'
    """
    for folder in sorted(folders, key=len, reverse=True):
        if len(folder) > 1:
            text = text.replace(folder, "…")
    return text


def add_error_handlers(app: "FastAPI", folders: Sequence[str]) -> None:
    """Word every error that a route raises."""
    from fastapi import Request
    from fastapi.exceptions import RequestValidationError
    from fastapi.responses import JSONResponse
    from starlette.exceptions import HTTPException

    def worded(
        request: Request, refusal: Refusal, headers: Mapping[str, str] | None = None
    ) -> JSONResponse:
        body = api_of(request.url.path).word(refusal, request.scope.get(TRACE, ""))
        return JSONResponse(body, refusal.status, headers)

    def unreadable(request: Request, error: RequestValidationError) -> JSONResponse:
        faults = [_fault(fault) for fault in error.errors()]
        return worded(
            request, Refusal(api_of(request.url.path).invalid, "; ".join(dict.fromkeys(faults)))
        )

    def refused(request: Request, error: HTTPException) -> JSONResponse:
        return worded(request, Refusal(error.status_code, str(error.detail)), error.headers)

    def not_served(request: Request, error: NotServedError) -> JSONResponse:
        return worded(request, error.refusal)

    def ours(request: Request, error: ShortableError) -> JSONResponse:
        if isinstance(error, (InvalidInputError, UnknownBrokerError)):
            status = (
                404 if isinstance(error, UnknownBrokerError) else api_of(request.url.path).invalid
            )
            return worded(request, Refusal(status, without_paths(str(error), folders)))
        _log.error("request %s: %s", request.scope.get(TRACE, ""), error)
        return worded(request, Refusal(500, "the data cannot be read; the server's log says why"))

    def of_positions(request: Request, error: PositionsError) -> JSONResponse:
        return JSONResponse(error.payload, error.status)

    handlers: dict[Any, Any] = {
        RequestValidationError: unreadable,
        HTTPException: refused,
        NotServedError: not_served,
        ShortableError: ours,
        PositionsError: of_positions,
    }
    for kind, handler in handlers.items():
        app.add_exception_handler(kind, handler)


def _fault(fault: Mapping[str, Any]) -> str:
    """Say which parameter is wrong and what it must be; a pattern means nothing to a person."""
    name = next((part for part in reversed(fault["loc"]) if isinstance(part, str)), "the request")
    if fault["type"] == "string_pattern_mismatch" and name in BOUNDS:
        return str(InvalidInputError(name, fault["input"], BOUNDS[name]))
    return f"{name}: {fault['msg']}"
