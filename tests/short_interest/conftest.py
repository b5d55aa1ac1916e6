"""A data folder whose every figure of short interest the tests know."""

from __future__ import annotations

from pathlib import Path

import pytest

from shortable.importers import import_source

FINRA_HEAD = (
    "accountingYearMonthNumber|symbolCode|issueName|issuerServicesGroupExchangeCode|marketClassCode|"
    "currentShortPositionQuantity|previousShortPositionQuantity|stockSplitFlag|averageDailyVolumeQuantity|"
    "daysToCoverQuantity|revisionFlag|changePercent|changePreviousNumber|settlementDate\n"
)
SFC_HEAD = (
    "Date,Stock Code,Stock Name,Aggregated Reportable Short Positions (Shares),"
    "Aggregated Reportable Short Positions (HK$)\n"
)


def finra(settled: str, *rows: tuple[object, ...]) -> bytes:
    """A file of rows (symbol, short, average volume, days to cover), perhaps (…, venue, name)."""
    lines = []
    for symbol, short, volume, cover, *more in rows:
        venue, name = more or ("NYSE", f"{symbol} Corp.")
        stamp = settled.replace("-", "")
        lines.append(
            f"{stamp}|{symbol}|{name}|A|{venue}|{short}|0||{volume}|{cover}||0.00|0|{settled}\n"
        )
    return (FINRA_HEAD + "".join(lines)).encode()


def sfc(day: str, *rows: tuple[object, ...]) -> bytes:
    """A file of rows (code, shares, HK$) of a day DD/MM/YYYY."""
    return (SFC_HEAD + "".join(f"{day},{c},NAME,{n},{v}\n" for c, n, v in rows)).encode()


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """FINRA of 2021-01-15 and 2021-01-29, the SFC of 2022-12-02 and 2022-12-09.

    GME 100 then 150 shares, 50 and 60 a day, 2.00 and 2.50 days. BRKB in the first file alone; ZZZ is not traded.
    By rule they are known from 2021-01-29 09:30 and 2021-02-11 09:30 in New York; 700 of Hong Kong 20,000 then 30,000
    shares at 300 and 310 dollars, from 2022-12-09 and 2022-12-16.
    """
    place = tmp_path / "data"
    first = finra(
        "2021-01-15", ("GME", 100, 50, "2.00"), ("BRKB", 7, 2, "3.50"), ("ZZZ", 5, 0, "999.99")
    )
    import_source(
        "finra", [first, finra("2021-01-29", ("GME", 150, 60, "2.50"))], data_folder=place
    )
    weeks = [
        sfc("02/12/2022", ("00700", 20_000, 6_000_000), (5, 0, 0)),
        sfc("09/12/2022", (700, 30_000, 9_300_000)),
    ]
    import_source("sfc", weeks, data_folder=place)
    return place
