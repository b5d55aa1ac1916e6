"""``shortable audit``: which shorts of a finished trade list could not have been borrowed, and what remains of its P&L."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal, cast

import typer

from shortable.cli.audit_prices import closes_of
from shortable.cli.audit_statement import audit_statement
from shortable.cli.files import check_target, write_whole
from shortable.cli.options import (
    AsJson,
    DataPath,
    MaxAge,
    OptionalBroker,
    OwnUseName,
    ShareOfFlow,
    Use,
    max_age_of,
    use_of,
)
from shortable.cli.terminal import counted, fields, json_document, money, say, table, warn
from shortable.clock import LookUp, check_look_up
from shortable.errors import InvalidInputError

if TYPE_CHECKING:
    from shortable.actions import CorporateActions
    from shortable.providers import LocalDiskShortableProvider, Missing, ShareBasis
    from shortable.research import Audit, TradeList
    from shortable.research.trade_lists.numbers import Decimal
    from shortable.research.trade_lists.order import RowOrder

__all__ = ["audit"]

_SHOWN, _OPEN_SHOWN = 12, 5


def audit(
    trades: Annotated[
        Path,
        typer.Argument(
            metavar="TRADES",
            help="CSV, Parquet, JSON or XML file, as a backtester, platform or broker exports it; or a statement of "
            "Interactive Brokers (Flex XML or activity CSV) with borrow fee details.",
        ),
    ],
    broker: OptionalBroker = None,
    prices: Annotated[
        Path | None,
        typer.Option(
            "--prices",
            metavar="PATH",
            help="Closes to mark positions and fees at. Default: the last traded prices.",
            show_default=False,
        ),
    ] = None,
    opening: Annotated[
        Path | None,
        typer.Option(
            "--opening",
            metavar="FILE",
            help="What was held before the first trade: symbol, quantity and perhaps price.",
        ),
    ] = None,
    actions: Annotated[
        Path | None,
        typer.Option(
            "--actions",
            metavar="PATH",
            help="Splits, renames and delistings. Default: those imported into the data folder.",
            show_default=False,
        ),
    ] = None,
    basis: Annotated[
        str,
        typer.Option(
            "--basis",
            metavar="BASIS",
            help="raw: trades count the shares of their day; split_adjusted: as adjusted prices do.",
        ),
    ] = "raw",
    price_basis: Annotated[
        str | None,
        typer.Option(
            "--price-basis",
            metavar="BASIS",
            help="Whose shares --prices are for: raw (as traded) or split_adjusted. Default: by their shape.",
            show_default=False,
        ),
    ] = None,
    cash: Annotated[
        float | None,
        typer.Option(
            "--cash",
            metavar="AMOUNT",
            help="The account's equity at the beginning: it stops when nothing of it is left.",
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
            help="Which column is the time, symbol, quantity, price, side, commission, status, …; may be repeated.",
        ),
    ] = None,
    time_zone: Annotated[
        str | None,
        typer.Option(
            "--time-zone", metavar="ZONE", help="Of times without one. Default: the exchange's."
        ),
    ] = None,
    date_format: Annotated[
        str | None,
        typer.Option(
            "--date-format",
            metavar="FORMAT",
            help="What dates look like: dmy, mdy, ymd or %d.%m.%Y. Default: settled by the column.",
        ),
    ] = None,
    decimal: Annotated[
        str | None,
        typer.Option(
            "--decimal", metavar=".|,", help="Decimal sign. Default: settled by the file."
        ),
    ] = None,
    order: Annotated[
        str | None,
        typer.Option(
            "--order",
            metavar="ORDER",
            help="How trades of one time stand: oldest-first or newest-first. Default: as the list does.",
        ),
    ] = None,
    contract_size: Annotated[
        float | None,
        typer.Option(
            "--contract-size", metavar="SHARES", help="Shares a lot, where the list counts lots."
        ),
    ] = None,
    as_listed: Annotated[
        bool,
        typer.Option(
            "--as-listed",
            help="Take averages of several entries as one entry at the first time.",
        ),
    ] = False,
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
    own_use: OwnUseName = None,
    share: ShareOfFlow = None,
    data: DataPath = None,
    missing: Annotated[
        str,
        typer.Option(
            "--missing",
            metavar="POLICY",
            help="What counts where there are no data: unavailable or unrestricted.",
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
    """Audit a finished trade list: which shorts could not have been borrowed, and what the borrow would have cost.

    A statement with borrow fee details is audited without --broker: each charged day is recomputed by the rule.
    """
    from shortable.providers import LocalDiskShortableProvider
    from shortable.research import audit as audit_trades
    from shortable.research import read_trades

    for option, path, endings in (
        ("--out", out, (".parquet",)),
        ("--html", html, (".html", ".htm")),
        ("--chart", chart, (".png", ".svg", ".pdf")),
    ):
        check_target(option, path, endings)
    use = use_of(own_use, share)
    if broker is None:
        from shortable.research import holds_borrow_fees

        if holds_borrow_fees(trades):
            audit_statement(trades, prices, out, as_json)
            return
        raise InvalidInputError(
            "--broker",
            None,
            "be given for a trade list",
            "It says whose availability the shorts are held against, such as interactivebrokers. Without it a statement's "
            'borrow fees are recomputed: the file holds no section "Borrow Fee Details", in English.',
        )
    provider = LocalDiskShortableProvider(
        broker, data, cast("Missing", missing), max_age_of(max_age)
    )
    read = read_trades(
        trades,
        symbol=symbol,
        columns=_pairs(column),
        time_zone=time_zone,
        date_format=date_format,
        decimal=cast("Decimal | None", decimal),
        order=cast("RowOrder | None", order and order.replace("-", "_")),
        contract_size=contract_size,
        as_listed=as_listed,
    )
    table = _actions(actions, provider, read)
    closes, marks = None, None
    if prices is not None:
        marks = closes_of(read, prices, table, basis, price_basis)
        closes, table = marks.closes, marks.actions
        for doubt in marks.doubts:
            warn(doubt)
    elif price_basis is not None:
        raise InvalidInputError(
            "--price-basis", price_basis, "come with --prices, of which it says something"
        )
    found = audit_trades(
        read.trades,
        provider,
        closes,
        actions=table,
        basis=cast("ShareBasis", basis),
        opening=opening,
        cash=cash,
        on_exceed=cast('Literal["reject", "clip"]', on_exceed),
        look_up=_look_up(look_up),
        **use,
    )
    rests_on = _assumptions(found, broker, read, on_exceed, look_up, missing, max_age, basis)
    rests_on |= _counted(provider, use)
    if marks is not None:
        rests_on["prices"] = f"the closes of {marks.described}"
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
        write_whole(html, lambda path: path.write_text(page, encoding="utf-8", newline="\n"))
    if chart is not None:
        write_whole(chart, lambda path: _draw(found, path))
    if as_json:
        left = found.open_at_end.assign(symbol=found.open_at_end["symbol"].astype(str))
        json_document(
            {
                "source": trades.name,
                "exporter": read.exporter,
                **found.summary(),
                "open_at_end": left[["symbol", "quantity", "allowed"]].to_dict("records"),
                "currency": currency,
                "skipped": len(read.skipped),
                "set_aside": len(read.set_aside),
                "set_aside_by_kind": read.set_aside_by_kind,
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


def _look_up(text: str) -> LookUp:
    from datetime import time

    if text in ("open", "close", "label"):
        return check_look_up(text)
    try:
        return time.fromisoformat(text)
    except ValueError:
        raise InvalidInputError(
            "--look-up", text, "be open, close, label or a time such as 10:00"
        ) from None


def _actions(
    path: Path | None, provider: LocalDiskShortableProvider, read: TradeList
) -> CorporateActions:
    """Return the corporate actions that are named, else those of the data folder."""
    from shortable.actions import load_actions
    from shortable.actions.read import read_actions

    if path is not None:
        return read_actions(path)
    return load_actions(provider.data_folder, read.trades.market)


def _assumptions(
    found: Audit,
    broker: str,
    read: TradeList,
    on_exceed: str,
    look_up: str,
    missing: str,
    max_age: str,
    basis: str,
) -> dict[str, str]:
    trades = read.trades
    return {
        "list": f"taken for {read.exporter}",
        "availability": f"broker {broker}, newest snapshot known at the time; one older than {max_age} days counts as no data",
        "without data": "none can be borrowed" if missing == "unavailable" else "no restriction",
        "an order over it": "is refused whole"
        if on_exceed == "reject"
        else "is cut to what can be borrowed",
        "looked up": f"at the session's {look_up}" if trades.daily else "at each trade's own time",
        "shares": "those of the trade's day" if basis == "raw" else "restated for later splits",
        **({"corporate actions": "; ".join(found.notes)} if found.notes else {}),
        "borrow fee": "shares short × close × fee rate known at the close × calendar days / 360, each night; an unknown rate costs nothing",
        "prices": "the last traded price of each symbol; weekdays are sessions"
        if found.marked_at_trades
        else "the closes that were given",
        "columns": ", ".join(f"{role} from {name}" for role, name in read.columns.items()),
        **read.assumptions,
    }


def _counted(provider: LocalDiskShortableProvider, use: Use) -> dict[str, str]:
    """Say what counts against what is available, where that is not the rule for a pool (S15, S16)."""
    if provider.availability_kind == "daily_flow":
        share = use.get("share", 1)
        return {"daily limit": f"{share:.10g} of it may be sold short in each session"}
    if use.get("own_use") == "excluded":
        return {"own shorts": "availability already lacks them: only new ones count"}
    return {}


def _show(
    found: Audit,
    read: TradeList,
    source: str,
    rests_on: dict[str, str],
    currency: str,
    written: list[str],
) -> None:
    figures = found.summary()
    first, last = found.daily.index[0], found.daily.index[-1]
    say(
        f"{source} · {counted(figures['trades'], 'trade')}, {first:%Y-%m-%d} to {last:%Y-%m-%d}",
        style="bold",
    )
    for line in _first_of_all(found, read):
        say(line)
    fields(
        {
            "list": rests_on["list"],
            "availability": rests_on["availability"],
            "looked up": rests_on["looked up"],
            **{name: rests_on[name] for name in ("own shorts", "daily limit") if name in rests_on},
        }
    )
    say()
    say(found.headline, style="bold")
    cut = found.shorts[found.shorts["verdict"] != "borrowed"]
    if len(cut):
        lines = [
            (
                f"{each['time']:%Y-%m-%d}"
                if read.trades.daily
                else f"{each['time']:%Y-%m-%d %H:%M}",
                each["symbol"],
                _shares(-each["quantity"]),
                _shares(each["held"]),
                _shares(each["available"]) if each["has_data"] else "unknown",
                each["verdict"],
            )
            for each in cut.head(_SHOWN).to_dict("records")
        ]
        sides = ("left", "left", "right", "right", "right", "left")
        names = ("time", "symbol", "sold", "held", "available", "verdict")
        table(dict(zip(names, sides, strict=True)), lines)
        if len(cut) > _SHOWN:
            say(f"… and {len(cut) - _SHOWN:,} more: --out FILE.parquet or --html FILE.html")
    say()
    fields(_figures(found, figures, rests_on, currency, written))


def _first_of_all(found: Audit, read: TradeList) -> list[str]:
    """Return what a reader has to know before any figure."""
    lines = []
    for each in found.open_at_end.to_dict("records"):
        shares = each["quantity"]
        if shares:
            side = "short" if shares < 0 else "long"
            until = f", borrow costs to {each['fees_until']:%Y-%m-%d}" if shares < 0 else ""
            lines.append(f"Open at the end: {_shares(abs(shares))} {each['symbol']} {side}{until}.")
    if len(lines) > _OPEN_SHOWN:
        lines = [*lines[:_OPEN_SHOWN], f"… and {len(lines) - _OPEN_SHOWN:,} more open at the end."]
    if found.ruined_on is not None:
        lines.append(
            f"Ruined: no equity was left at the close of {found.ruined_on}; later trades do not count."
        )
    if len(read.set_aside):
        kinds = ", ".join(f"{kind} {count:,}" for kind, count in read.set_aside_by_kind.items())
        lines.append(f"Set aside, for they are no shares: {kinds}.")
    return lines


def _figures(
    found: Audit,
    figures: dict[str, Any],
    rests_on: dict[str, str],
    currency: str,
    written: list[str],
) -> dict[str, str]:
    fees = found.borrow_cost_by_symbol().head(3)
    top = (
        ": " + ", ".join(f"{s} {f:,.2f}" for s, f in zip(fees["symbol"], fees["cost"], strict=True))
        if figures["borrow_fee"]
        else ""
    )
    unknown = figures["nights_without_rate"]
    if unknown:
        top += f"; {unknown:,} of {len(found.borrow_costs):,} nights without a known rate"
    silent = figures["shorts_without_data"]
    bounds = (
        {
            "no data": f"for {counted(silent, 'short sale')}, counted as: {rests_on['without data']}",
            "P&L borrowable": f"{figures['pnl_after']:+,.2f} {currency}; "
            f"{figures['pnl_after_if_none_without_data']:+,.2f} if none of these could be borrowed, "
            f"{figures['pnl_after_if_all_without_data']:+,.2f} if all could",
        }
        if silent
        else {"P&L borrowable": f"{figures['pnl_after']:+,.2f} {currency}"}
    )
    return {
        "not borrowable": f"{_shares(figures['shares_not_borrowable'])} shares, {money(figures['value_not_borrowable'])} {currency} when sold",
        "borrow costs": f"{money(figures['borrow_fee'])} {currency}{top}",
        "P&L as listed": f"{figures['pnl_before']:+,.2f} {currency}",
        **bounds,
        "P&L less fees": f"{figures['pnl_after_fees']:+,.2f} {currency}",
        "marked at": rests_on["prices"],
        **({"written to": ", ".join(written)} if written else {}),
    }


def _shares(value: float) -> str:
    return f"{value:,.0f}" if float(value).is_integer() else f"{value:,.4f}"


def _draw(found: Audit, path: Path) -> None:
    from shortable.plots import plot_audit
    from shortable.plots.style import figure_of

    figure_of(plot_audit(found)).savefig(path, dpi=150)
