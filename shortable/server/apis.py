"""The APIs of the server: whose API a path belongs to, how that broker words an error, and how it knows its callers."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from shortable.server.auth import (
    Call,
    Credentials,
    Refusal,
    check_bearer,
    check_habittrade,
    check_longbridge,
    check_own,
    habittrade_nonce,
)

__all__ = ["FUTU", "HABITTRADE", "LONGBRIDGE", "OPEN_PATHS", "OWN", "BrokerApi", "api_of"]

OPEN_PATHS = frozenset({"/", "/docs", "/health", "/openapi.json"})
"""Answered without credentials: they hold no data."""


def _no_nonce(call: Call) -> None:
    return None


@dataclass(frozen=True, slots=True)
class BrokerApi:
    """One broker's API."""

    name: str
    """Tag in the OpenAPI document."""
    prefix: str
    """Beginning of its paths."""
    check: Callable[[Call, Credentials, float], Refusal | None]
    """Says why a caller is refused."""
    word: Callable[[Refusal, str], dict[str, object]]
    """Body of an error; the text is the request's trace id."""
    invalid: int
    """HTTP status of a request whose parameters cannot be read."""
    about: str
    """For the OpenAPI document: what it is, and how its callers prove who they are where the server has keys."""
    nonce: Callable[[Call], tuple[str, float] | None] = _no_nonce
    """Of a request that `check` let through, what it may be answered by once, and until when; None where the broker's
    scheme has nothing that tells two requests apart."""


def _longbridge(refusal: Refusal, trace: str) -> dict[str, object]:
    # Its documentation counts in thousands of the HTTP status: 403201, 429001, 500000.
    code = (
        refusal.code
        if refusal.code is not None
        else _LONGBRIDGE_CODES.get(refusal.status, refusal.status * 1000)
    )
    return {"code": code, "message": refusal.message}


_LONGBRIDGE_CODES: Mapping[int, int] = {429: 429001}


def _futu(refusal: Refusal, trace: str) -> dict[str, object]:
    # −1200 is the only code that Futu documents.
    return {
        "s": "error",
        "errcode": -1200 if refusal.code is None else refusal.code,
        "errmsg": refusal.message,
    }


def _habittrade(refusal: Refusal, trace: str) -> dict[str, object]:
    # Two codes are documented; for anything else the HTTP status stands.
    internal = 12010012 if refusal.status >= 500 else refusal.status
    code = internal if refusal.code is None else refusal.code
    return {"code": code, "message": refusal.message, "details": f"trace id {trace}"}


_WORDS = {
    400: "bad_request",
    401: "unauthorized",
    403: "forbidden",
    404: "not_found",
    405: "method_not_allowed",
    408: "request_timeout",
    413: "request_too_large",
    414: "uri_too_long",
    421: "misdirected_request",
    422: "invalid_input",
    429: "too_many_requests",
    431: "headers_too_large",
    503: "unavailable",
}


def _own(refusal: Refusal, trace: str) -> dict[str, object]:
    return {
        "error": _WORDS.get(refusal.status, "internal_error"),
        "message": refusal.message,
        "trace_id": trace,
    }


LONGBRIDGE = BrokerApi(
    "longbridge",
    "/v1/",
    check_longbridge,
    _longbridge,
    400,
    "As Longbridge's SDK reads it. `Authorization: Bearer TOKEN`, or an API key: `X-Api-Key`, `X-Timestamp` (seconds, "
    "within five minutes), `Authorization: TOKEN` and `X-Api-Signature: HMAC-SHA256 SignedHeaders=…, Signature=…`.",
)
FUTU = BrokerApi(
    "futu",
    "/api/v1.0/",
    check_bearer,
    _futu,
    400,
    "As Futu and moomoo have it. `Authorization: Bearer TOKEN`.",
)
HABITTRADE = BrokerApi(
    "habittrade",
    "/account/v1/",
    check_habittrade,
    _habittrade,
    400,
    "As HabitTrade has it. `X-API-Key`, `X-API-Timestamp` (milliseconds, within five minutes) and "
    "`X-API-Signature: hex(HMAC_SHA256(secret, METHOD|/path|timestamp|query))`. A signature is answered once.",
    habittrade_nonce,
)
OWN = BrokerApi(
    "shortable",
    "/",
    check_own,
    _own,
    422,
    "shortable's own. `Authorization: Bearer TOKEN`, or signed as HabitTrade's.",
    habittrade_nonce,
)


def api_of(path: str) -> BrokerApi:
    """Return whose API a path belongs to.

    Examples
    --------
    >>> [api_of(path).name for path in ("/v1/asset/stock", "/account/v1/positions", "/shortable/axos")]
    ['longbridge', 'habittrade', 'shortable']
    """
    return next((api for api in (LONGBRIDGE, FUTU, HABITTRADE) if path.startswith(api.prefix)), OWN)
