"""Write one of everything into a folder, and print a digest of each file: ``python -m tests.trust.everything FOLDER ORDER``."""

from __future__ import annotations

import builtins
import hashlib
import io
import os
import sys
import warnings
from datetime import datetime
from pathlib import Path
from typing import Any

import pandas as pd


def write(folder: Path, order: int) -> None:
    """Write a store in one file and one in parts, a run's tables, its page, an audit's page and what sweeps of look-ups say."""
    from shortable import CustomShortableProvider, LocalDiskShortableProvider
    from shortable.actions import CorporateActions, Dividend, Split
    from shortable.engine import Backtest, MarketData
    from shortable.examples.fade_the_pump import FadeThePump
    from shortable.importers import import_source
    from shortable.report import audit_html, report_html
    from shortable.research import Trades, audit, constrain
    from shortable.store import Layout, append, make_snapshot

    days = range(12)
    snapshots = [
        make_snapshot(
            1_704_110_400_000_000 + day * 86_400_000_000,
            {
                "symbol": ["GME", "AMC", "KOSS", "BRK.B"][:: (-1) ** (day + order)],
                "quantity": [(day * 7 + n) % 9 * 100 for n in range(4)][:: (-1) ** (day + order)],
                "fee_rate": [0.01 * (n + 1) / 3 for n in range(4)][:: (-1) ** (day + order)],
            },
            complete=day % 3 > 0,
        )
        for day in days
    ]
    if order:
        snapshots = snapshots[::-1]
    append("single", snapshots, data_folder=folder / "data")
    layout = Layout(single_file_rows=0, part_rows=9, fan=2)
    append("parts", snapshots, data_folder=folder / "data", layout=layout)
    provider = LocalDiskShortableProvider("single", data_folder=folder / "data")

    listed = folder / "listed.csv"
    listed.write_text(
        "symbol,time,quantity,fee_rate\nGME,2024-01-02 09:00,100,0.36\nAMC,2024-01-02 09:00,5,\n",
        encoding="utf-8",
    )
    import_source("table", listed, broker="listed", data_folder=folder / "data")
    listed.unlink()
    for broker in ("single", "parts"):
        opened = LocalDiskShortableProvider(broker, data_folder=folder / "data")
        panel = opened.panel(["GME", "AMC", "KOSS"], datetime(2024, 1, 1), datetime(2024, 1, 20))
        panel.to_csv(folder / f"{broker}.csv", lineterminator="\n")
    result = Backtest(FadeThePump, MarketData.sample()).run()
    result.to_parquet(folder / "run")
    (folder / "run.html").write_text(report_html(result), encoding="utf-8", newline="\n")

    index = pd.bdate_range("2024-01-02", periods=8)
    wanted = pd.DataFrame({"GME": [-300] * 8, "AMC": [100, -900] * 4}, index)[
        ["AMC", "GME"][:: (-1) ** order]
    ]
    prices = pd.DataFrame({"AMC": [4.1, 4.3] * 4, "GME": [17.0, 16.1] * 4}, index)
    held = constrain(wanted, provider, prices)
    held.positions[["AMC", "GME"]].to_csv(folder / "positions.csv", lineterminator="\n")
    costs = held.borrow_costs.assign(symbol=held.borrow_costs["symbol"].astype(str))
    costs.sort_values(["date", "symbol"]).to_csv(
        folder / "costs.csv", index=False, lineterminator="\n"
    )
    trades = Trades.of(
        ["2024-01-02", "2024-01-03", "2024-01-09"],
        ["GME", "AMC", "GME"],
        [-500, -200, 500],
        [17.0, 4.2, 16.0],
    )
    found = audit(trades, CustomShortableProvider({"GME": 300}, fee_rate={"GME": 0.36}), prices)
    (folder / "audit.html").write_text(
        audit_html(found, source="trades.csv", assumptions={}), encoding="utf-8", newline="\n"
    )
    table = CorporateActions(
        [Split("GME", "2024-01-05", 4, 1), Dividend("AMC", "2024-01-04", 0.1, "raw")][
            :: (-1) ** order
        ]
    )
    (folder / "actions.txt").write_text(
        "\n".join(map(str, table.between(None, None))), encoding="utf-8", newline="\n"
    )


def end_lines_as_windows_does() -> None:
    """Write CR LF at the end of a line of text, unless the caller says otherwise."""
    plain = io.open

    def opened(file: Any, mode: str = "r", buffering: int = -1, encoding: str | None = None, errors: str | None = None,
               newline: str | None = None, closefd: bool = True, opener: Any = None) -> Any:  # fmt: skip
        if newline is None and "b" not in mode and mode != "r":
            newline = "\r\n"
        return plain(file, mode, buffering, encoding, errors, newline, closefd, opener)

    io.open = builtins.open = opened  # type: ignore[assignment]


def main() -> None:
    """Write, and print digests."""
    warnings.simplefilter("ignore")
    if os.environ.get("LINE_ENDINGS") == "windows":
        end_lines_as_windows_does()
    folder, order = Path(sys.argv[1]), int(sys.argv[2])
    write(folder, order)
    for path in sorted(folder.rglob("*")):
        if path.is_file() and path.suffix != ".lock":
            print(
                path.relative_to(folder).as_posix(), hashlib.sha256(path.read_bytes()).hexdigest()
            )


if __name__ == "__main__":
    main()
