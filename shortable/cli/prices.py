"""Prices that a person names on the command line."""

from __future__ import annotations

from pathlib import Path

from shortable.market_data import MarketData

__all__ = ["read_prices"]


def read_prices(path: Path) -> MarketData:
    """Read prices by what is there: Parquet where there is any, else CSV."""
    if path.is_dir():
        parquet = any(file.suffix.lower() == ".parquet" for file in path.iterdir())
    else:
        parquet = path.suffix.lower() != ".csv"
    return MarketData.from_parquet(path) if parquet else MarketData.from_csv(path)
