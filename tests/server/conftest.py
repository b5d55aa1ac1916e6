"""What the server's tests serve: a small data folder and a backtest, every figure of which they know."""

from __future__ import annotations

from datetime import date, datetime
from pathlib import Path

import pandas as pd
import pytest

from shortable.clock import to_instant
from shortable.importers import import_source
from shortable.market import Market
from shortable.server import Credentials, Settings, create_app
from shortable.store import append, make_snapshot

from .client import KEY, SECRET, TOKEN, Client

CREDENTIALS = Credentials(KEY, SECRET, TOKEN)

_FINRA_HEAD = (
    "accountingYearMonthNumber|symbolCode|issueName|issuerServicesGroupExchangeCode|marketClassCode|"
    "currentShortPositionQuantity|previousShortPositionQuantity|stockSplitFlag|averageDailyVolumeQuantity|"
    "daysToCoverQuantity|revisionFlag|changePercent|changePreviousNumber|settlementDate"
)


def finra_text(day: date, rows: list[tuple[str, int, int, float]]) -> str:
    """A file in FINRA's form; rows are (symbol, shares short, average daily volume, days to cover)."""
    stamp = f"{day:%Y%m%d}"
    lines = [f"{stamp}|{s}|{s} Inc.|A|NYSE|{n}|{n}||{v}|{d:.2f}||0|0|{day}" for s, n, v, d in rows]
    return "\n".join([_FINRA_HEAD, *lines]) + "\n"


def add_short_interest(folder: Path, work: Path) -> None:
    """TSLA at 25 settlement dates of 2020 and 2021: 1,000 shares short at the first, 1,100 at the second, …"""
    days = [date(2020, 1 + i // 2, (15, 28)[i % 2]) for i in range(24)] + [date(2021, 1, 15)]
    for i, day in enumerate(days):
        source = work / f"shrt{day:%Y%m%d}.csv"
        source.write_text(
            finra_text(day, [("TSLA", 1_000 + 100 * i, 500, (1_000 + 100 * i) / 500)])
        )
        import_source("finra", source, data_folder=folder)
    source = work / "sfc.csv"
    source.write_text(
        "Date,Stock Code,Stock Name,Aggregated Reportable Short Positions (Shares),"
        "Aggregated Reportable Short Positions (HK$)\n02/12/2022,700,TENCENT,45925264,13593878144\n"
    )
    import_source("sfc", source, data_folder=folder)


@pytest.fixture(scope="session")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """acme, usa, complete: 2024-01-02 00:00 GME 100 (35 %, rebate −30 %), SPY 5,000 (0.25 %), TRUE ≥ 10,000,000;
    2024-01-03 00:00 SPY 4,000 (0.3 %) alone. acme, hkex: 2024-01-02 700 2,000. Short interest: `add_short_interest`.
    """
    folder = tmp_path_factory.mktemp("data")
    first = {
        "symbol": ["GME", "SPY", "TRUE"],
        "quantity": [100, 5_000, 10_000_000],
        "quantity_is_floor": [False, False, True],
        "fee_rate": [0.35, 0.0025, None],
        "rebate_rate": [-0.30, None, None],
    }
    second = {"symbol": ["SPY"], "quantity": [4_000], "fee_rate": [0.003]}
    two = [
        make_snapshot(to_instant(datetime(2024, 1, 2)), first, complete=True),
        make_snapshot(to_instant(datetime(2024, 1, 3)), second, complete=True),
    ]
    append("acme", two, data_folder=folder)
    there = {"symbol": ["700"], "quantity": [2_000], "fee_rate": [0.01]}
    hk = make_snapshot(
        to_instant(datetime(2024, 1, 2), Market.HKEX), there, complete=True, market=Market.HKEX
    )
    append("acme", [hk], market=Market.HKEX, data_folder=folder)
    add_short_interest(folder, tmp_path_factory.mktemp("sources"))
    return folder


def prices() -> dict[str, pd.DataFrame]:
    """Closes of 2024-01-02 to 04: AAPL 180, 185, 185.5; SPY 470, 472, 474; opens are the closes before."""
    days = pd.DatetimeIndex(["2024-01-02", "2024-01-03", "2024-01-04"])

    def bars(*closes: float) -> pd.DataFrame:
        opens = [closes[0], *closes[:-1]]
        columns = {
            "open": opens,
            "high": [max(p) for p in zip(opens, closes, strict=True)],
            "low": [min(p) for p in zip(opens, closes, strict=True)],
            "close": list(closes),
            "volume": 1_000_000,
        }
        return pd.DataFrame(columns, index=days)

    return {"AAPL": bars(180.0, 185.0, 185.5), "SPY": bars(470.0, 472.0, 474.0)}


@pytest.fixture(scope="session")
def web() -> None:
    """What the tests that make an application need."""
    pytest.importorskip("fastapi", reason="the extra server is not installed")
    pytest.importorskip("httpx", reason="httpx is not installed")


@pytest.fixture
def open_client(data: Path, web: None) -> Client:
    """A server without keys."""
    return Client(create_app(Settings(data_folder=data)))


@pytest.fixture
def client(data: Path, web: None) -> Client:
    """A server with key, secret and token."""
    return Client(create_app(Settings(data_folder=data, credentials=CREDENTIALS)))
