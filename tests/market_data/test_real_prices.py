"""Real price files: read whole, and right to the last digit of the file's own text."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

import pytest

from shortable.market_data import MarketData, Resolution


def test_daily_bars_of_small_caps(real_data: Path) -> None:
    data = MarketData.from_csv(real_data / "prices" / "us_small_cap_daily")
    assert len(data.symbols(Resolution.DAILY)) == 25
    assert data.notes == ()
    assert not data.made_up
    gme = data.frame("GME", "daily")
    # First line of the file: 2021-01-11,20.649999618530273,19.010000228881836,19.40999984741211,19.940000534057617,14927600.0
    assert gme.index[0].to_pydatetime() == datetime(2021, 1, 11, 16)
    assert gme.iloc[0].tolist() == [
        19.40999984741211,
        20.649999618530273,
        19.010000228881836,
        19.940000534057617,
        14927600.0,
    ]
    # cat *.csv | awk -F, '$5 + 0 == $5 {n++; c += $5; v += $6} END {printf "%d %.6f %.0f", n, c, v}'
    frames = [data.frame(symbol, "daily") for symbol in data.symbols()]
    assert sum(len(frame) for frame in frames) == 1_076
    assert round(sum(float(frame["close"].sum()) for frame in frames), 6) == 114_994.726679
    assert sum(int(frame["volume"].sum()) for frame in frames) == 86_002_283_600
    panel = data.panel(data.symbols(), "daily")
    assert all(panel.has_open)
    assert panel.close.shape == (52, 25)  # 2020-11-30 to 2021-02-12 holds 52 sessions


def test_closes_of_etfs_and_shares(real_data: Path) -> None:
    (path,) = (real_data / "prices").glob("us_etf_close_*.parquet")
    data = MarketData.from_parquet(path)
    # 210 names, four of which are indices (^VIX, ^VIX3M, ^VIX9D, ^VVIX) and no tickers.
    assert len(data.symbols()) == 206
    assert len(data.notes) == 1
    assert "^VIX9D" in data.notes[0]
    # DuckDB: count(close), sum(close), of the symbols that do not begin with ^.
    closes = [data.frame(symbol, "daily")["close"].dropna() for symbol in data.symbols()]
    assert sum(map(len, closes)) == 222_977
    assert sum(float(one.sum()) for one in closes) == pytest.approx(126_123_615.57238114)
    panel = data.panel(["SPY", "QQQ"], "daily")
    assert not any(panel.has_open)
    row = panel.times.index(datetime(2024, 1, 2, 16))
    assert round(float(panel.close[row, 1]), 2) == 397.25
