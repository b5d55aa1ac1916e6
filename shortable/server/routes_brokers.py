"""Routes that answer as three brokers do: positions for Futu, HabitTrade and Longbridge, short interest for Longbridge."""

from typing import TYPE_CHECKING, Annotated, Any

from shortable.market import Market
from shortable.server import schemas
from shortable.server.parameters import CODES_PATTERN, SECURITY_PATTERN
from shortable.server.sources import NotServedError, Sources, unix
from shortable.short_interest.longbridge import parse_security, to_wire

if TYPE_CHECKING:
    from fastapi import FastAPI

__all__ = ["COUNT", "add_futu_routes", "add_habittrade_routes", "add_longbridge_routes"]

# FastAPI reads the routes' annotations: they are not postponed.


_NUMBER = r"^[+-]?[0-9]{1,15}(\.[0-9]{1,15})?$"


def add_futu_routes(
    app: "FastAPI", sources: Sources, errors: dict[int | str, dict[str, Any]]
) -> None:
    """Add the routes; `errors` describes their error answers."""
    from fastapi import Path, Query
    from fastapi.responses import JSONResponse

    from shortable.positions import render

    Ratio = Annotated[str | None, Query(pattern=_NUMBER, description="Percent: 10 is +10 %.")]  # noqa: N806

    @app.get(
        "/api/v1.0/accounts/{acc_id}/positions",
        tags=["futu"],
        response_model=schemas.FutuPositions,
        responses=errors,
    )
    def positions(
        acc_id: Annotated[str, Path(pattern="^[A-Za-z0-9_-]{1,64}$", description="Account id.")],
        code: Annotated[
            str | None,
            Query(pattern=CODES_PATTERN, description="US.AAPL, or several: US.AAPL,HK.00700"),
        ] = None,
        pl_ratio_min: Ratio = None,
        pl_ratio_max: Ratio = None,
    ) -> JSONResponse:
        """Return the positions of the backtest that is served."""
        book = sources.book.get(acc_id)
        filters = {"code": code, "pl_ratio_min": pl_ratio_min, "pl_ratio_max": pl_ratio_max}
        return JSONResponse(
            render(book, schema="futu", **{k: v for k, v in filters.items() if v is not None})
        )


# FastAPI reads the routes' annotations: they are not postponed.


def add_habittrade_routes(
    app: "FastAPI", sources: Sources, errors: dict[int | str, dict[str, Any]]
) -> None:
    """Add the routes; `errors` describes their error answers."""
    from fastapi import Query
    from fastapi.responses import JSONResponse

    from shortable.positions import render

    @app.get(
        "/account/v1/positions",
        tags=["habittrade"],
        response_model=schemas.HabitTradePositions,
        responses=errors,
    )
    def positions(
        market: Annotated[
            str | None, Query(pattern="^(hkex|usex)$", description="hkex or usex")
        ] = None,
        security_type: Annotated[str | None, Query(pattern="^stock$", description="stock")] = None,
        page: Annotated[int, Query(ge=1, le=1_000_000)] = 1,
        page_size: Annotated[int, Query(ge=1, le=1_000)] = 20,
        portfolio_id: Annotated[str | None, Query(max_length=50)] = None,
    ) -> JSONResponse:
        """Return the positions of the backtest that is served, page by page."""
        filters = {"market": market, "security_type": security_type, "portfolio_id": portfolio_id}
        given = {name: value for name, value in filters.items() if value is not None}
        book = sources.book.get()
        return JSONResponse(
            render(book, schema="habittrade", page=page, page_size=page_size, **given)
        )


# FastAPI reads the routes' annotations: they are not postponed.


COUNT = 20
"""Rows where none are asked for; 1 to 100 may be."""

_ROOM = {Market.USA: "us", Market.HKEX: "hk"}


def add_longbridge_routes(
    app: "FastAPI", sources: Sources, errors: dict[int | str, dict[str, Any]]
) -> None:
    """Add the routes; `errors` describes their error answers."""
    from dataclasses import replace

    from fastapi import Query
    from fastapi.responses import JSONResponse
    from pydantic import StringConstraints

    from shortable.positions import render

    Name = Annotated[  # noqa: N806
        str | None,
        Query(min_length=1, max_length=64, pattern=r"^[ -~]+$", description="TSLA.US, 700.HK"),
    ]
    Counter = Annotated[  # noqa: N806
        str | None,
        Query(
            min_length=1, max_length=64, pattern=r"^[ -~]+$", description="ST/US/TSLA, ETF/US/SPY"
        ),
    ]
    Until = Annotated[  # noqa: N806
        int | None,
        Query(
            ge=0,
            le=7_258_118_399,
            description="Unix seconds of the newest row; 0 or none: no bound.",
        ),
    ]
    Count = Annotated[int | None, Query(ge=1, le=100, description="Newest rows; default 20.")]  # noqa: N806

    Held = Annotated[str, StringConstraints(pattern=SECURITY_PATTERN)]  # noqa: N806

    def answer(
        market: Market,
        symbol: str | None,
        counter: str | None,
        until: int | None,
        count: int | None,
    ) -> JSONResponse:
        text = symbol or counter
        if text is None:
            raise NotServedError(
                400, "symbol is missing: give symbol=TSLA.US or counter_id=ST/US/TSLA"
            )
        security = parse_security(text)
        if security.market is not market:
            path = f"/v1/quote/short-positions/{_ROOM[security.market]}"
            raise NotServedError(
                400, f"{security.text} is of market {security.market.value}: ask {path}"
            )
        name, found = sources.short_interest.rows(text, unix(until) if until else None)
        newest = replace(found, rows=found.rows[-(count or COUNT) :])
        return JSONResponse(to_wire(newest, counter_id=name))

    @app.get(
        "/v1/quote/short-positions/us",
        tags=["longbridge"],
        response_model=schemas.LongbridgeShortPositionsUS,
        responses=errors,
    )
    def short_positions_us(
        symbol: Name = None,
        counter_id: Counter = None,
        last_timestamp: Until = None,
        count: Count = None,
        page_size: Count = None,
    ) -> JSONResponse:
        """Return short interest of a US security (FINRA), oldest first; `counter_id` and `page_size` are older names."""
        return answer(Market.USA, symbol, counter_id, last_timestamp, count or page_size)

    @app.get(
        "/v1/quote/short-positions/hk",
        tags=["longbridge"],
        response_model=schemas.LongbridgeShortPositionsHK,
        responses=errors,
    )
    def short_positions_hk(
        symbol: Name = None,
        counter_id: Counter = None,
        last_timestamp: Until = None,
        count: Count = None,
        page_size: Count = None,
    ) -> JSONResponse:
        """Return short positions of a Hong Kong security (SFC), oldest first; as for the USA."""
        return answer(Market.HKEX, symbol, counter_id, last_timestamp, count or page_size)

    @app.get(
        "/v1/asset/stock",
        tags=["longbridge"],
        response_model=schemas.LongbridgeStockPositions,
        responses=errors,
    )
    def stock_positions(
        symbol: Annotated[
            list[Held] | None, Query(max_length=100, description="May be repeated.")
        ] = None,
    ) -> JSONResponse:
        """Return the stock positions of the backtest that is served."""
        return JSONResponse(render(sources.book.get(), schema="longbridge", symbol=symbol))
