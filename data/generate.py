"""Write the sample data anew: ``python data/generate.py``. The same numbers every time; all of them are made up."""

from __future__ import annotations

import argparse
import shutil
from datetime import date
from pathlib import Path

from made_up.availability import Rows, snapshots
from made_up.files import write_bars, write_market_caps
from made_up.lending import AXOS, INTERACTIVE_BROKERS
from made_up.parameters import PENNY_FIRST, PENNY_LAST
from made_up.penny_stocks import penny_bars
from made_up.prices import daily_bars
from made_up.sessions import hour_labels, sessions
from made_up.short_interest import shares_outstanding, short_interest

from shortable.clock import published_instant
from shortable.market import Market
from shortable.store import (
    SHORT_INTEREST,
    SnapshotRows,
    append,
    make_snapshot,
    store_shares_outstanding,
)


def main() -> None:
    """Replace everything in ``equity`` below the chosen folder."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument(
        "--out", type=Path, default=Path(__file__).parent, help="folder to write to (default: data)"
    )
    out: Path = parser.parse_args().out
    room = out / "equity" / "usa"
    shutil.rmtree(room, ignore_errors=True)

    days = sessions()
    daily = daily_bars(days)
    labels = hour_labels(sessions(date.fromisoformat(PENNY_FIRST), date.fromisoformat(PENNY_LAST)))
    pennies = penny_bars(labels)
    write_bars(room / "daily.parquet", "date", days, daily)
    write_bars(room / "hour.parquet", "time", labels, pennies)
    write_market_caps(room / "market_cap.parquet", days, daily, labels, pennies)
    for broker in (AXOS, INTERACTIVE_BROKERS):
        append(
            broker.name,
            [_stored(rows) for rows in snapshots(broker, days, labels, pennies)],
            data_folder=out,
        )
    SHORT_INTEREST.append(
        "made_up", [short_interest(days, daily)], market=Market.USA, data_folder=out, made_up=True
    )
    store_shares_outstanding(shares_outstanding(days), data_folder=out, made_up=True)


def _stored(rows: Rows) -> SnapshotRows:
    columns = {
        "symbol": rows.symbols,
        "quantity": rows.quantities,
        "quantity_is_floor": rows.floors,
        "fee_rate": rows.fees,
        "rebate_rate": rows.rebates,
    }
    return make_snapshot(published_instant(rows.published), columns, complete=True, made_up=True)


if __name__ == "__main__":
    main()
