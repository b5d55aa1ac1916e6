"""HabitTrade's face: positions by page."""

# FastAPI reads the routes' annotations: they are not postponed.
from typing import TYPE_CHECKING, Annotated, Any

from shortable.server import broker_schemas as schemas
from shortable.server.sources import Sources

if TYPE_CHECKING:
    from fastapi import FastAPI

__all__ = ["add_habittrade_routes"]


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
