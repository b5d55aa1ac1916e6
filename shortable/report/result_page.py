"""A backtest as a page: its figures first, then its drawings, its refusals, its costs, its data, and what all of that rests on."""

from __future__ import annotations

from typing import Any

from shortable.errors import InvalidInputError
from shortable.report import result_tables as tables
from shortable.report.assumptions import assumptions
from shortable.report.drawing import drawing
from shortable.report.page import Section, cards, definitions, note, page, warning

__all__ = ["report_html"]

_SYMBOLS = 3  # that have a drawing of their own
_NOT_TOLD = (
    "The first version kept orders, events and equity of a run of an algorithm written for LEAN. What was available, what borrowing "
    "cost (the equity contains it), where there was no data, and refused updates are not in its folders."
)


def report_html(result: Any, without: Any = None) -> str:
    """Return a backtest as one page that needs no network.

    Parameters
    ----------
    result : Result, or what `read_result` returned
    without : the same, optional
        The same backtest without constraints (`NullShortableProvider`, `NullBorrowFee`), to compare with.

    Returns
    -------
    str
        HTML. Without matplotlib (extra ``plot``) it has no drawings.

    Raises
    ------
    InvalidInputError
        `result` or `without` is no result.

    Examples
    --------
    >>> from shortable.engine import Backtest, MarketData
    >>> from shortable.examples.short_availability import ShortAvailability
    >>> html = report_html(Backtest(ShortAvailability, MarketData.sample()).run())
    >>> "3 of 9 orders asked for more than could be borrowed" in html, "http" in html
    (True, False)
    """
    for name, given in (("result", result), ("without", without)):
        if (given is not None or name == "result") and not all(
            hasattr(given, each) for each in ("summary", "refusals", "equity")
        ):
            raise InvalidInputError(
                name, given, "be a result of Backtest, or what read_result returned"
            )
    said = dict(result.summary())
    told = None if without is None else dict(without.summary())
    sections = [
        Section("In short", _warnings(said) + cards(_figures(said, told))),
        Section("Equity", _equity(result, without, said, told)),
    ]
    if result.has_table("borrow_costs"):
        sections += [
            Section("What could be borrowed, and what was asked for", _symbols(result)),
            Section("Refusals", _refusals(result)),
            Section("Borrow costs", _costs(result, said)),
            Section("Use of what was available", _use(result)),
            Section("Data coverage", _coverage(result, said)),
        ]
    else:
        sections += [
            Section("Refusals", _refusals(result)),
            Section("What this folder does not hold", note(_NOT_TOLD)),
        ]
    if "statistics" in said:
        rows = {str(k): str(v) for k, v in said["statistics"].items()}
        sections.append(Section("LEAN's statistics", definitions(rows)))
    sections.append(Section("What this rests on", definitions(assumptions(said, told))))
    return page(
        f"{said.get('algorithm', 'Backtest')}, {said.get('start', '')} to {said.get('end', '')}",
        _lead(said),
        sections,
        "Made with shortable. Every figure follows from the orders, the prices, the availability data and the assumptions above.",
    )


def _lead(said: dict[str, Any]) -> str:
    refused, orders = said.get("refused_for_availability", 0), said.get("orders", 0)
    if not orders:
        return "The algorithm sent no order."
    said_too = [
        f"{said[name]:,} {words}"
        for name, words in (
            ("updates_refused_for_availability", "updates were refused"),
            ("canceled_on_recheck", "resting orders cancelled"),
            ("clipped_or_warned", "orders cut or only warned of"),
        )
        if said.get(name)
    ]
    first = (
        f"{refused:,} of {orders:,} orders asked for more than could be borrowed, and were refused."
        if refused or said_too
        else ""
    )
    more = f" {', '.join(said_too)}." if said_too else ""
    return first + more or f"None of {orders:,} orders asked for more than could be borrowed."


def _warnings(said: dict[str, Any]) -> str:
    made_up = list(said["made_up"])
    verb = "is" if made_up == ["availability"] else "are"
    return (
        warning(
            f"The {' and the '.join(made_up)} of this backtest {verb} made up. Nothing here says what would have happened in a market."
        )
        if made_up
        else ""
    )


def _figures(said: dict[str, Any], told: dict[str, Any] | None) -> dict[str, tuple[str, str]]:
    unit = f" {said.get('currency', '')}"
    found = {
        "net profit": (
            f"{said['net_profit']:+,.2f}{unit} ({said['net_profit_percent']:+.2f}\u00a0%)",
            "bad" if said["net_profit"] < 0 else "",
        )
    }
    if told is not None:
        found["without limits"] = (
            f"{told['net_profit']:+,.2f}{unit} ({told['net_profit_percent']:+.2f}\u00a0%)",
            "",
        )
        haircut = said["net_profit"] - told["net_profit"]
        found["what the limits made of it"] = (
            f"{haircut:+,.2f}{unit}",
            "bad" if haircut < 0 else "",
        )
    if "max_drawdown_percent" in said:
        found["largest drawdown"] = (f"{said['max_drawdown_percent']:.2f} %", "")
    found["orders refused for availability"] = (
        f"{said.get('refused_for_availability', 0):,} of {said.get('orders', 0):,}",
        "bad" if said.get("refused_for_availability") else "",
    )
    for name, label in (
        ("updates_refused_for_availability", "updates refused"),
        ("canceled_on_recheck", "resting orders cancelled"),
        ("clipped_or_warned", "clipped or warned of"),
    ):
        if said.get(name):
            found[label] = (f"{said[name]:,}", "")
    if "borrow_costs" in said:
        found["borrow fees"] = (f"{said['borrow_costs']:,.2f}{unit}", "")
    found["commissions"] = (f"{said.get('commissions', 0.0):,.2f}{unit}", "")
    for name, of, label in (
        ("checks_without_data", "availability_checks", "checks that met no data"),
        ("nights_without_rate", "nights_short", "short nights without a known rate"),
    ):
        if name in said:
            found[label] = (f"{said[name]:,} of {said[of]:,}", "bad" if said[name] else "")
    return found


def _equity(result: Any, without: Any, said: dict[str, Any], told: dict[str, Any] | None) -> str:
    caption = f"Equity from {said.get('start', '')} to {said.get('end', '')}, limited to what could be borrowed: from {said['start_equity']:,.0f} to {said['end_equity']:,.0f}"
    caption += f"; without limits to {told['end_equity']:,.0f}." if told is not None else "."
    if told is not None and any(
        told.get(name) != said.get(name) for name in ("algorithm", "start", "end", "start_equity")
    ):
        more = warning(
            f"The backtest without limits is another one: {told.get('algorithm')}, {told.get('start')} to {told.get('end')}, from {told['start_equity']:,.0f}."
        )
        return more + drawing("equity", caption, "plot_equity", result, without)
    more = (
        ""
        if without is not None
        else note(
            "To see it beside the same backtest without limits, save that too and add --without FOLDER."
        )
    )
    return drawing("equity", caption, "plot_equity", result, without) + more


def _symbols(result: Any) -> str:
    ranked = tables.by_refusals(result)
    drawn = [each for each in ranked if each in set(result.availability["symbol"].astype(str))][
        :_SYMBOLS
    ]
    if not drawn:
        return note("No symbol was short or refused whose availability is in the result.")
    figures = [
        drawing(
            f"symbol{at}",
            f"{symbol}: shares that could be borrowed at each session's close, the annual fee, and its shorts; refused: {ranked[symbol]:,}.",
            "plot_availability",
            result,
            symbol,
        )
        for at, symbol in enumerate(drawn)
    ]
    said = (
        f"The {len(drawn)} of {len(ranked)} symbols with the most refusals."
        if len(ranked) > len(drawn)
        else ""
    )
    marks = "An order stands at the shares that would be short in all after it: above the line is more than there was at that day's close."
    return note(f"{said} {marks}".strip()) + "".join(figures)


def _refusals(result: Any) -> str:
    days = tables.refusal_days(result)
    caption = (
        f"Orders over what could be borrowed, by day: {sum(days.values()):,} on {len(days):,} {'day' if len(days) == 1 else 'days'}, at most {max(days.values()):,} on one."
        if days
        else "No order was over what could be borrowed."
    )
    return drawing("refusals", caption, "plot_refusals", result) + tables.refusals(result)


def _costs(result: Any, said: dict[str, Any]) -> str:
    unit = said.get("currency", "")
    caption = f"Borrow fees by symbol, the dearest first, up to {said['borrow_costs']:,.2f} {unit} in all."
    gross = said["net_profit"] + said["borrow_costs"] + said.get("commissions", 0.0)
    steps = {
        "P&L before costs": f"{gross:+,.2f} {unit}",
        "commissions": f"{-said.get('commissions', 0.0):+,.2f} {unit}",
        "borrow fees": f"{-said['borrow_costs']:+,.2f} {unit}"
        + (f" ({said['borrow_costs'] / gross:.1%} of it)" if gross > 0 else ""),
        "net profit": f"{said['net_profit']:+,.2f} {unit}",
    }
    return (
        definitions(steps)
        + drawing("costs", caption, "plot_borrow_costs", result)
        + tables.fees(result)
    )


def _use(result: Any) -> str:
    if not len(result.availability):
        return note("Nothing was short whose availability is in the result.")
    return drawing(
        "use",
        "Shares short as a share of those that could be borrowed, at each session's close.",
        "plot_utilization",
        result,
    )


def _coverage(result: Any, said: dict[str, Any]) -> str:
    some = f"{said['checks_without_data']:,} of {said['availability_checks']:,} availability checks of orders met no data, and {said['nights_without_rate']:,} of {said['nights_short']:,} nights no rate."
    if not len(result.availability):
        return note(some)
    caption = "Share of sessions in which no snapshot spoke, of the symbols that were short or refused: clear is none."
    return (
        note(some) + drawing("coverage", caption, "plot_coverage", result) + tables.coverage(result)
    )
