"""``shortable audit statement.xml`` (or ``.csv``): a broker's borrow fees, recomputed day by day."""

from __future__ import annotations

from pathlib import Path

from shortable.cli.files import read_prices, write_whole
from shortable.cli.terminal import counted, fields, json_document, money, say, table, warn

__all__ = ["audit_statement"]

_SHOWN = 12
_COLUMNS = ("date", "symbol", "shares", "mark", "rate", "charged", "recomputed", "difference")


def audit_statement(statement: Path, prices: Path | None, out: Path | None, as_json: bool) -> None:
    """Recompute a statement's borrow fees and print which agree.

    Parameters
    ----------
    statement : Path
        A Flex or activity statement with borrow fee details.
    prices : Path, optional
        Unadjusted closes, to check the marks and to price the default convention.
    out : Path, optional
        Where to write every charged day, as Parquet.
    as_json : bool
    """
    from shortable.market_data import Resolution
    from shortable.research import audit_borrow_statement

    closes = None
    if prices is not None:
        import pandas as pd

        data = read_prices(prices)
        panel = data.panel(data.symbols(Resolution.DAILY), Resolution.DAILY)
        closes = pd.DataFrame(
            panel.close,
            pd.DatetimeIndex(panel.times64.astype("datetime64[D]")),
            pd.Index(data.symbols(Resolution.DAILY), dtype=object),
        )
    found = audit_borrow_statement(statement, closes)
    summary = found.summary()
    if out is not None:
        write_whole(out, lambda path: found.days.to_parquet(path))
    differ = found.days[~found.days["agrees"]]
    if as_json:
        days = found.days.assign(date=found.days["date"].dt.strftime("%Y-%m-%d"))
        records = days.astype(object).where(days.notna(), None).to_dict("records")
        json_document({"source": statement.name, **summary, "days": records})
    else:
        say(
            f"{counted(summary['charged_days'], 'charged day')}: {summary['agree']:,} agree to the cent, "
            f"{summary['differ']:,} differ."
        )
        for currency, sums in summary["currencies"].items():
            value = sums["fee_on_market_value"]
            fields(
                {
                    f"charged, {currency}": money(sums["charged"]),
                    "by the rule": f"{money(sums['recomputed'])} (shares × mark × rate / 360, each day in whole cents)",
                    "InteractiveBrokersBorrowFee": f"{money(sums['interactive_brokers_borrow_fee'])} (the same, unrounded)",
                    "FeeOnMarketValue": "not known without every close: give --prices"
                    if value is None
                    else money(value),
                }
            )
        if summary["marks_checked"]:
            say(
                f"Of {counted(summary['marks_checked'], 'mark')} with a close, "
                f"{summary['marks_that_differ']:,} are not the rule's."
            )
        if len(differ):
            right = dict.fromkeys(
                ("shares", "mark", "rate", "charged", "by rule", "difference"), "right"
            )
            table(
                {"date": "left", "symbol": "left", **right},
                [
                    (
                        f"{date:%Y-%m-%d}",
                        symbol,
                        f"{shares:,.10g}",
                        f"{mark:,.10g}",
                        f"{rate:.4%}",
                        money(charged),
                        money(recomputed),
                        money(difference, signed=True),
                    )
                    for date, symbol, shares, mark, rate, charged, recomputed, difference in zip(
                        *(differ[name].head(_SHOWN) for name in _COLUMNS), strict=True
                    )
                ],
            )
            if len(differ) > _SHOWN:
                say(f"and {len(differ) - _SHOWN:,} more that differ")
        if out is not None:
            say(f"written to {out}")
    if len(found.skipped):
        first = found.skipped.iloc[0]
        warn(
            f"{len(found.skipped):,} rows were skipped, the first row {first['row']}: {first['reason']}"
        )
