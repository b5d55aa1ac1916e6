"""Futu's face: the positions of an account."""

# FastAPI reads the routes' annotations: they are not postponed.
from typing import TYPE_CHECKING, Annotated, Any

from shortable.server import broker_schemas as schemas
from shortable.server.parameters import CODES_PATTERN
from shortable.server.sources import Sources

if TYPE_CHECKING:
    from fastapi import FastAPI

__all__ = ["add_futu_routes"]

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
