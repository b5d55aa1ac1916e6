"""The OpenAPI document: every route's errors in its api's words, and how callers prove who they are."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from shortable.server import schemas
from shortable.server.apis import FUTU, HABITTRADE, LONGBRIDGE, OPEN_PATHS, BrokerApi, api_of
from shortable.server.auth import Credentials

if TYPE_CHECKING:
    from fastapi import FastAPI

__all__ = ["errors_of", "finish"]

_MODELS: dict[str, type] = {
    "longbridge": schemas.LongbridgeError,
    "futu": schemas.FutuError,
    "habittrade": schemas.HabitTradeError,
    "shortable": schemas.OwnError,
}
_COMMON = {
    401: "Credentials are missing or wrong.",
    404: "There is nothing of that name.",
    408: "The request's body did not come in time.",
    413: "The request's body is too large.",
    414: "Path and query are too long.",
    421: "The server is called by a name that it does not have.",
    429: "Too many requests from one address.",
    431: "The headers are too large.",
    500: "Something went wrong inside.",
}
_SCHEMES: dict[str, dict[str, Any]] = {
    "bearer": {"type": "http", "scheme": "bearer"},
    "key": {"type": "apiKey", "in": "header", "name": "X-API-Key"},
    "longbridge_time": {"type": "apiKey", "in": "header", "name": "X-Timestamp"},
    "habittrade_time": {"type": "apiKey", "in": "header", "name": "X-API-Timestamp"},
    "signature": {"type": "apiKey", "in": "header", "name": "X-API-Signature"},
}
_HABITTRADE_SIGNED: dict[str, list[str]] = {"key": [], "habittrade_time": [], "signature": []}
_LONGBRIDGE_SIGNED: dict[str, list[str]] = {"key": [], "longbridge_time": [], "signature": []}


def errors_of(api: BrokerApi) -> dict[int | str, dict[str, Any]]:
    """Return the error answers of a api's routes."""
    descriptions = {**_COMMON, api.invalid: "A parameter cannot be read or is out of its bounds."}
    if api is LONGBRIDGE:
        descriptions[403] = (
            "The key or the signature is wrong, or its time too far from the server's."
        )
    return {
        status: {"model": _MODELS[api.name], "description": text}
        for status, text in sorted(descriptions.items())
    }


def finish(app: FastAPI, credentials: Credentials) -> None:
    """Make the application's document say what is true of it, and nothing that FastAPI supposes."""
    plain = app.openapi

    def described() -> dict[str, Any]:
        if app.openapi_schema is not None:
            return app.openapi_schema
        document = plain()
        for path, operations in document["paths"].items():
            api = api_of(path)
            for operation in operations.values():
                if api.invalid != 422 or not operation.get("parameters"):
                    operation["responses"].pop(
                        "422", None
                    )  # FastAPI adds it to all routes with parameters
                if credentials and path not in OPEN_PATHS:
                    operation["security"] = _ways_in(api, credentials)
        components = document.setdefault("components", {})
        for unused in ("HTTPValidationError", "ValidationError"):
            components.get("schemas", {}).pop(unused, None)
        if credentials:
            components["securitySchemes"] = _SCHEMES
        return document

    app.openapi = described  # type: ignore[method-assign]  # FastAPI's own way to change its document


def _ways_in(api: BrokerApi, credentials: Credentials) -> list[dict[str, list[str]]]:
    bearer: list[dict[str, list[str]]] = [{"bearer": []}] if credentials.token is not None else []
    signed = credentials.secret is not None
    if api is FUTU:
        return bearer
    if api is HABITTRADE:
        return [_HABITTRADE_SIGNED] if signed else []
    return [
        *bearer,
        *([_LONGBRIDGE_SIGNED if api is LONGBRIDGE else _HABITTRADE_SIGNED] if signed else []),
    ]
