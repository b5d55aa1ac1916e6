"""shortable's own API: who has availability, a market at a time, a symbol's history, its short interest."""

# FastAPI reads the routes' annotations: they are not postponed.
from typing import TYPE_CHECKING, Annotated, Any

from shortable import __version__
from shortable.errors import InvalidInputError
from shortable.server import schemas
from shortable.server.parameters import (
    BROKER_PATTERN,
    MARKET_PATTERN,
    SECURITY_PATTERN,
    SYMBOL_PATTERN,
    TIME_PATTERN,
    market_of,
    time_of,
)
from shortable.server.sources import Sources
from shortable.symbol import Symbol

if TYPE_CHECKING:
    from fastapi import FastAPI

__all__ = ["add_own_routes"]


def add_own_routes(
    app: "FastAPI", sources: Sources, errors: dict[int | str, dict[str, Any]]
) -> None:
    """Add the routes; `errors` describes their error answers."""
    from fastapi import Depends, Path, Query, Request
    from fastapi.responses import JSONResponse

    Broker = Annotated[  # noqa: N806
        str, Path(pattern=BROKER_PATTERN, description="Name in the store, such as axos.")
    ]
    Time = Annotated[  # noqa: N806
        str | None,
        Query(
            pattern=TIME_PATTERN,
            description="ISO 8601; on the exchange's clock where it has no offset.",
        ),
    ]

    def refuse_unknown(request: Request) -> None:
        """Refuse a query parameter that the route does not have: a misspelt one would silently change the answer."""
        known = {field.alias for field in request.scope["route"].dependant.query_params}
        for name, value in request.query_params.items():
            if name not in known:
                raise InvalidInputError(
                    name,
                    value,
                    f"be one of {', '.join(sorted(known))}" if known else "be left out",
                    "There is no such parameter.",
                )

    checked = [Depends(refuse_unknown)]

    @app.get("/health", tags=["shortable"], response_model=schemas.Health, dependencies=checked)
    async def health() -> JSONResponse:
        """Say that the server answers."""
        return JSONResponse({"status": "ok", "version": __version__})

    @app.get(
        "/shortable",
        tags=["shortable"],
        response_model=schemas.BrokerList,
        responses=errors,
        dependencies=checked,
    )
    def brokers() -> JSONResponse:
        """Return whose availability there is, market by market."""
        return JSONResponse(
            {"data_is_sample": sources.is_sample, "brokers": sources.availability.brokers()}
        )

    @app.get(
        "/shortable/{broker}",
        tags=["shortable"],
        response_model=schemas.Availabilities,
        responses=errors,
        dependencies=checked,
    )
    def at_a_time(
        broker: Broker,
        at: Time = None,
        market: Annotated[
            str, Query(pattern=MARKET_PATTERN, description="usa, hkex, canada, …")
        ] = "usa",
        offset: Annotated[int, Query(ge=0, le=10_000_000, description="Symbols to pass over.")] = 0,
        limit: Annotated[
            int, Query(ge=1, le=25_000, description="Symbols to return at most.")
        ] = 1_000,
    ) -> JSONResponse:
        """Return every symbol that could be borrowed at a time; without one, at the newest snapshot's."""
        return JSONResponse(
            sources.availability.at(broker, market_of(market), time_of(at, "at"), offset, limit)
        )

    @app.get(
        "/shortable/{broker}/{symbol:path}",  # BRK/B is a spelling, too
        tags=["shortable"],
        response_model=schemas.AvailabilityHistory,
        responses=errors,
        dependencies=checked,
    )
    def history(
        broker: Broker,
        symbol: Annotated[
            str, Path(pattern=SYMBOL_PATTERN, description="In any spelling: SPY, BRK.B, 700.HK.")
        ],
        start: Time = None,
        end: Time = None,
        market: Annotated[str | None, Query(pattern=MARKET_PATTERN)] = None,
        limit: Annotated[
            int, Query(ge=1, le=20_000, description="The newest so many rows.")
        ] = 5_000,
    ) -> JSONResponse:
        """Return what was known of a symbol from time to time, oldest first."""
        key = Symbol.create(symbol, market=None if market is None else market_of(market))
        bounds = time_of(start, "start"), time_of(end, "end")
        return JSONResponse(sources.availability.history(broker, key, *bounds, limit))

    @app.get(
        "/short-interest/{symbol:path}",
        tags=["shortable"],
        response_model=schemas.ShortInterestHistory,
        responses=errors,
        dependencies=checked,
    )
    def short_interest(
        symbol: Annotated[
            str, Path(pattern=SECURITY_PATTERN, description="TSLA, TSLA.US, 700.HK, …")
        ],
        at: Time = None,
        limit: Annotated[
            int, Query(ge=1, le=10_000, description="The newest so many rows.")
        ] = 1_000,
    ) -> JSONResponse:
        """Return a security's short interest (FINRA, SFC), oldest first, with the time each row was known from.

        With `at`, only what was public then.
        """
        return JSONResponse(sources.short_interest.history(symbol, limit, time_of(at, "at")))
