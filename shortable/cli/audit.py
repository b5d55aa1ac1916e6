"""``shortable audit``: which shorts of a finished trade list could not have been borrowed, and what remains of its P&L."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, cast

import typer

from shortable.cli.files import check_target, read_prices, write_whole
from shortable.cli.options import AsJson, Broker, DataPath, MaxAge, max_age_of
from shortable.cli.terminal import fields, json_document, money, say, table, warn
from shortable.errors import InvalidInputError

if TYPE_CHECKING:
    from shortable.providers import Missing
    from shortable.research import Audit, TradeList

__all__ = ["audit"]

_SHOWN = 12


def audit(
    trades: Annotated[
        Path,
        typer.Argument(
            metavar="TRADES", help="CSV or Parquet file, as a backtester or platform exports it."
        ),
    ],
    broker: Broker,
    prices: Annotated[
        Path | None,
        typer.Option(
            "--prices",
            metavar="PATH",
            help="Closes to mark positions and fees at. Default: the last traded prices.",
            show_default=False,
        ),
    ] = None,
    symbol: Annotated[
        str | None,
        typer.Option(
            "--symbol", metavar="SYMBOL", help="Of all trades, where the list names none."
        ),
    ] = None,
    column: Annotated[
        list[str] | None,
        typer.Option(
            "--column",
            "-c",
            metavar="ROLE=NAME",
            help="Which column is the time, symbol, quantity, price, side, commission or status; may be repeated.",
        ),
    ] = None,
    time_zone: Annotated[
        str | None,
        typer.Option(
            "--time-zone", metavar="ZONE", help="Of times without one. Default: the exchange's."
        ),
    ] = None,
    on_exceed: Annotated[
        str,
        typer.Option(
            "--on-exceed", metavar="POLICY", help="reject: refuse the order whole; clip: cut it."
        ),
    ] = "reject",
    look_up: Annotated[
        str,
        typer.Option(
            "--look-up",
            metavar="WHEN",
            help="When trades with a date only look up what is available: open, close, label or HH:MM.",
        ),
    ] = "open",
    data: DataPath = None,
    missing: Annotated[
        str,
        typer.Option(
            "--missing", metavar="POLICY", help="No snapshot speaks: unavailable or unrestricted."
        ),
    ] = "unavailable",
    max_age: MaxAge = "7",
    out: Annotated[
        Path | None,
        typer.Option(
            "--out", metavar="FILE.parquet", help="Write every trade with its verdict there."
        ),
    ] = None,
    html: Annotated[
        Path | None,
        typer.Option(
            "--html", metavar="FILE.html", help="Write a page that can be sent to someone."
        ),
    ] = None,
    chart: Annotated[
        Path | None,
        typer.Option(
            "--chart", metavar="FILE.png", help="Write the P&L chart there (png, svg or pdf)."
        ),
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Audit a finished trade list: which shorts could not have been borrowed, and what the borrow would have cost."""
    from shortable.providers import LocalDiskShortableProvider
    from shortable.research import audit as audit_trades
    from shortable.research import read_trades

    for option, path, endings in (
        ("--out", out, (".parquet",)),
        ("--html", html, (".html", ".htm")),
        ("--chart", chart, (".png", ".svg", ".pdf")),
    ):
        check_target(option, path, endings)
    provider = LocalDiskShortableProvider(
        broker, data, cast("Missing", missing), max_age_of(max_age)
    )
    read = read_trades(trades, symbol=symbol, columns=_pairs(column), time_zone=time_zone)
    closes = None if prices is None else _closes(read, prices)
    found = audit_trades(
        read.trades,
        provider,
        closes,
        on_exceed=cast("Any", on_exceed),
        look_up=cast("Any", _look_up(look_up)),
    )
    rests_on = _assumptions(found, broker, read, on_exceed, look_up, missing, max_age)
    currency = read.trades.market.currency
    made_up = provider.made_up(*(read.trades.times[at].item() for at in (0, -1)))
    if out is not None:
        write_whole(
            out,
            lambda path: found.trades.assign(symbol=found.trades["symbol"].astype(str)).to_parquet(
                path
            ),
        )
    if html is not None:
        from shortable.report import audit_html

        page = audit_html(
            found, source=trades.name, assumptions=rests_on, currency=currency, made_up=made_up
        )
        write_whole(html, lambda path: path.write_text(page, encoding="utf-8"))
    if chart is not None:
        write_whole(chart, lambda path: _draw(found, path))
    if as_json:
        json_document(
            {
                "source": trades.name,
                **found.summary(),
                "currency": currency,
                "skipped": len(read.skipped),
                "made_up": made_up,
                "assumptions": rests_on,
            }
        )
    else:
        _show(
            found,
            read,
            trades.name,
            rests_on,
            currency,
            [str(path) for path in (out, html, chart) if path is not None],
        )
    if made_up:
        warn("the availability is made-up sample data")
    if len(read.skipped):
        first = read.skipped.iloc[0]
        warn(
            f"{len(read.skipped):,} lines were skipped, the first line {first['line']}: {first['reason']}"
        )


def _pairs(given: list[str] | None) -> dict[str, str]:
    pairs = [text.partition("=") for text in given or ()]
    for name, sign, value in pairs:
        if not name or not sign or not value:
            raise InvalidInputError("--column", name + sign + value, "read ROLE=NAME")
    return {name.strip(): value for name, _, value in pairs}


def _look_up(text: str) -> Any:
    from datetime import time

    if text in ("open", "close", "label"):
        return text
    try:
        return time.fromisoformat(text)
    except ValueError:
        raise InvalidInputError(
            "--look-up", text, "be open, close, label or a time such as 10:00"
        ) from None


def _closes(read: TradeList, path: Path) -> Any:
    """Return closes of the traded symbols by session."""
    import pandas as pd

    from shortable.market_data import Resolution

    data = read_prices(path)
    symbols = list(dict.fromkeys(read.trades.symbols))
    absent = [str(s) for s in symbols if s not in set(data.symbols(Resolution.DAILY))]
    if absent:
        raise InvalidInputError(
            "--prices",
            str(path),
            f"hold daily closes of every traded symbol; not of {', '.join(absent[:5])}",
        )
    panel = data.panel(symbols, Resolution.DAILY)
    return pd.DataFrame(
        panel.close,
        pd.DatetimeIndex(panel.times64.astype("datetime64[D]")),
        pd.Index(symbols, dtype=object),
    )


def _assumptions(
    found: Audit,
    broker: str,
    read: TradeList,
    on_exceed: str,
    look_up: str,
    missing: str,
    max_age: str,
) -> dict[str, str]:
    trades = read.trades
    return {
        "availability": f"broker {broker}, newest snapshot known at the time; one older than {max_age} days does not speak",
        "where no snapshot speaks": "none can be borrowed"
        if missing == "unavailable"
        else "no restriction",
        "an order over it": "is refused whole"
        if on_exceed == "reject"
        else "is cut to what can be borrowed",
        "looked up": f"at the session's {look_up}" if trades.daily else "at each trade's own time",
        "borrow fee": "shares short × close × fee rate known at the close × calendar days / 360, each night; an unknown rate costs nothing",
        "prices": "the last traded price of each symbol; weekdays are sessions"
        if found.marked_at_trades
        else "the closes that were given",
        "columns": ", ".join(f"{role} from {name}" for role, name in read.columns.items()),
    }


def _show(
    found: Audit,
    read: TradeList,
    source: str,
    rests_on: dict[str, str],
    currency: str,
    written: list[str],
) -> None:
    from shortable.report import audit_headline

    said = found.summary()
    cut = found.trades[found.trades["verdict"].isin(["refused", "clipped"])]
    first, last = found.daily.index[0], found.daily.index[-1]
    say(f"{source} · {said['trades']:,} trades, {first:%Y-%m-%d} to {last:%Y-%m-%d}", style="bold")
    fields({"availability": rests_on["availability"], "looked up": rests_on["looked up"]})
    say()
    if len(cut):
        say(
            f"Shorts that could not have been borrowed ({len(cut):,} of {said['shorts']:,})",
            style="bold",
        )
        shown: list[Any] = list(cut.head(_SHOWN).itertuples())
        lines = [
            (
                f"{each.time:%Y-%m-%d}" if read.trades.daily else f"{each.time:%Y-%m-%d %H:%M}",
                each.symbol,
                _shares(-each.quantity),
                _shares(each.held),
                _shares(each.available),
                each.verdict,
            )
            for each in shown
        ]
        table(
            {
                "time": "left",
                "symbol": "left",
                "sold": "right",
                "held": "right",
                "available": "right",
                "verdict": "left",
            },
            lines,
        )
        if len(cut) > _SHOWN:
            say(f"… and {len(cut) - _SHOWN:,} more: --out FILE.parquet or --html FILE.html")
    else:
        say(audit_headline(found))
    say()
    fees = found.borrow_cost_by_symbol().head(3)
    top = (
        ": " + ", ".join(f"{s} {f:,.2f}" for s, f in zip(fees["symbol"], fees["cost"], strict=True))
        if said["borrow_fee"]
        else ""
    )
    silent = said["shorts_without_data"]
    unknown = (
        {"no snapshot spoke": f"for {silent:,} short sales: {rests_on['where no snapshot speaks']}"}
        if silent
        else {}
    )
    fields(
        {
            "not borrowable": f"{_shares(said['shares_not_borrowable'])} shares, {money(said['value_not_borrowable'])} {currency} when sold",
            "borrow fees": f"{money(said['borrow_fee'])} {currency}{top}",
            **unknown,
            "P&L as listed": f"{said['pnl_before']:+,.2f} {currency}",
            "P&L borrowable": f"{said['pnl_after']:+,.2f} {currency}",
            "P&L less fees": f"{said['pnl_after_fees']:+,.2f} {currency}",
            "marked at": rests_on["prices"],
            **({"written to": ", ".join(written)} if written else {}),
        }
    )


def _shares(value: float) -> str:
    return f"{value:,.0f}" if float(value).is_integer() else f"{value:,.4f}"


def _draw(found: Audit, path: Path) -> None:
    from shortable.plots import plot_audit

    plot_audit(found).figure.savefig(path, dpi=150)
