"""The application: APIs, guard and page put together, from settings alone."""

# FastAPI reads the routes' annotations: they are not postponed.
import time
from collections.abc import Callable
from typing import TYPE_CHECKING

from shortable import __version__
from shortable.errors import MissingDependencyError
from shortable.server.apis import FUTU, HABITTRADE, LONGBRIDGE, OWN
from shortable.server.guard import RateLimit
from shortable.server.settings import Settings

if TYPE_CHECKING:
    from fastapi import FastAPI

__all__ = ["create_app"]


def create_app(settings: Settings, clock: Callable[[], float] = time.time) -> "FastAPI":
    """Return the ASGI application.

    Parameters
    ----------
    settings : Settings
    clock : callable
        Unix time in seconds, against which signed requests are held. The one wall clock in shortable.

    Raises
    ------
    MissingDependencyError
        The extra ``server`` is not installed.
    StoreError
        No data folder was named and there is no sample.
    """
    try:
        from fastapi import FastAPI
        from fastapi.responses import HTMLResponse
    except ModuleNotFoundError as error:
        if error.name not in ("fastapi", "starlette", "pydantic"):
            raise
        raise MissingDependencyError("the server", "server") from None
    from shortable.server.docs_page import docs_page, docs_policy
    from shortable.server.errors import add_error_handlers
    from shortable.server.guard import Guard
    from shortable.server.openapi import errors_of, finish
    from shortable.server.page import page, policy
    from shortable.server.routes_brokers import (
        add_futu_routes,
        add_habittrade_routes,
        add_longbridge_routes,
    )
    from shortable.server.routes_shortable import add_own_routes
    from shortable.server.sources import Sources

    app = FastAPI(
        title="shortable",
        version=__version__,
        description="Point-in-time short availability, short interest, and the positions of a backtest.",
        openapi_tags=[
            {"name": api.name, "description": api.about}
            for api in (OWN, LONGBRIDGE, FUTU, HABITTRADE)
        ],
        docs_url=None,  # both pages load scripts from elsewhere
        redoc_url=None,
        redirect_slashes=False,
    )
    sources = Sources.of(settings)
    add_error_handlers(app, sources.folders)
    add_own_routes(app, sources, errors_of(OWN))
    add_longbridge_routes(app, sources, errors_of(LONGBRIDGE))
    add_futu_routes(app, sources, errors_of(FUTU))
    add_habittrade_routes(app, sources, errors_of(HABITTRADE))

    @app.get("/", include_in_schema=False)
    async def look_up() -> HTMLResponse:
        """Show the page on which a person looks up a symbol."""
        return HTMLResponse(page(), headers={"content-security-policy": policy()})

    finish(app, settings.credentials)

    @app.get("/docs", include_in_schema=False)
    async def documentation() -> HTMLResponse:
        """Show the OpenAPI document to a person."""
        return HTMLResponse(
            docs_page(app.openapi()), headers={"content-security-policy": docs_policy()}
        )

    app.add_middleware(
        Guard, settings=settings, clock=clock, limit=RateLimit(settings.requests_a_second)
    )
    return app
