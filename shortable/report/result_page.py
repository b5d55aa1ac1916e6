"""A backtest as a page: its figures, plots, refusals, costs, data, and every assumption behind them."""

from __future__ import annotations

from shortable.errors import InvalidInputError
from shortable.plots.sources import over_availability
from shortable.report import result_tables as tables
from shortable.report.page import Section, cards, definitions, note, page, plot, warning
from shortable.results import Result, ruin_of
from shortable.results.summary import Summary

__all__ = ["assumptions_of", "report_html"]

_SYMBOLS = 3
"""How many symbols have a plot of their own."""
_NOT_RECORDED = {
    "refusals": "what was refused",
    "availability": "what was available",
    "borrow_costs": "what borrowing cost each night",
    "checks_without_data": "which checks had no data",
}
_OTHER_CASH = {
    "dividends": "dividends",
    "locate_fee": "locate fees",
    "buy_in_penalty": "buy-in penalties",
    "interest": "interest on proceeds",
}
_LABELS = {
    "engine": "engine",
    "prices": "prices",
    "availability": "availability",
    "made_up": "made up",
    "look_up": "look-up",
    "on_exceed": "an order over it",
    "recheck": "checked",
    "borrow_fee_convention": "borrow fee",
    "commission_model": "commissions",
    "buying_power_model": "buying power",
    "fill_model": "fills",
    "brokerage_model": "brokerage model",
    "opening_book": "opening book",
}
_WORDS = {
    "on_exceed": {
        "reject": "is refused whole and changes nothing",
        "clip": "is cut to what can be borrowed",
        "warn": "is let through and reported",
    },
    "recheck": {
        "submission": "once, when the order is sent",
        "daily": "when the order is sent, and for resting sells at each session's open",
        "fill": "when the order is sent, and again just before it fills",
    },
    "borrow_fee_convention": {
        "FeeOnMarketValue": "shares short × close × fee rate known at the close × calendar days / day count, each night; an unknown rate costs nothing",
        "RebateOnMarketValue": "shares short × close × rebate rate × calendar days / day count, received, or paid where it is negative",
        "InteractiveBrokersBorrowFee": "shares short × close with the collateral mark, rounded up × fee rate × calendar days / day count",
        "LeanBorrowFee": "value × rate / 360 × calendar days, on the charging day's value and rate",
        "NullBorrowFee": "borrowing is free",
    },
    "fill_model": {
        "BarFillModel": "market orders at the next bar's open, limits and stops inside the bar; no slippage, whole orders",
    },
    "brokerage_model": {
        "DefaultBrokerageModel": "no restriction on shorts of its own, Interactive Brokers' fixed commissions, Regulation T",
        "AxosClearingBrokerageModel": "shorts what the data's broker axos has",
        "InteractiveBrokersBrokerageModel": "shorts what the data's broker interactivebrokers has",
    },
}


def report_html(result: Result, without: Result | None = None) -> str:
    """Return a backtest as one page that needs no network.

    Parameters
    ----------
    result : Result
        Of `Backtest`, of `shortable.lean`, or what `shortable.results.read_result` returned.
    without : Result, optional
        Of the same backtest without limits (`NullShortableProvider`, `NullBorrowFee`), to compare with.

    Returns
    -------
    str
        HTML. Without matplotlib (extra ``plot``) it has no plots.

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
        if not isinstance(given, Result) and (given is not None or name == "result"):
            raise InvalidInputError(
                name, given, "be a result of Backtest, or what read_result returned"
            )
    figures = result.summary()
    other = None if without is None else without.summary()
    sections = [
        Section("In short", _warnings(figures) + cards(_cards(figures, other))),
        Section("Equity", _equity(result, without)),
    ]
    if result.has_table("availability"):
        sections.append(Section("What could be borrowed, and what was asked for", _symbols(result)))
    if result.has_table("refusals"):
        sections.append(Section("Refusals", _refusals(result, figures)))
    if result.has_table("borrow_costs"):
        sections.append(Section("Borrow costs", _costs(result, figures)))
    if result.has_table("availability"):
        sections += [
            Section("Use of what was available", _use(result)),
            Section("Data coverage", _coverage(result, figures)),
        ]
    if "statistics" in figures:
        texts = {str(name): str(value) for name, value in figures["statistics"].items()}
        sections.append(Section("LEAN's statistics", definitions(texts)))
    missing = [words for name, words in _NOT_RECORDED.items() if not result.has_table(name)]
    if missing:
        text = f"This result does not record {', '.join(missing)}."
        sections.append(Section("What was not recorded", note(text)))
    sections.append(Section("Assumptions", definitions(assumptions_of(result, without))))
    return page(
        f"{figures['algorithm']}, {figures['start']} to {figures['end']}",
        figures["headline"],
        sections,
        "Made with shortable. Every figure follows from the orders, the prices, the availability data and the assumptions above.",
    )


def assumptions_of(result: Result, without: Result | None = None) -> dict[str, str]:
    """Return a result's assumptions as labelled texts.

    Parameters
    ----------
    result : Result
    without : Result, optional
        One that it is compared with; where it assumes something else, the text says so.
    """
    values = _values(result)
    others = {} if without is None else _values(without)
    texts = {}
    for name in [*_LABELS, *(each for each in values if each not in _LABELS)]:
        if name not in values:
            continue
        value, other = values[name], others.get(name, "")
        words = _WORDS.get(name, {}).get(value.partition("(")[0], "")
        text = f"{value}: {words}" if words else value
        if other and other != value:
            text += f". Without limits: {other}"
        texts[_LABELS.get(name, name.replace("_", " "))] = text
    currency = result.summary()["currency"]
    rule = (
        "an order to sell q is accepted where shares held − unfilled sells − q ≥ −shares available"
    )
    return texts | {"currency": currency, "rule": rule}


def _values(result: Result) -> dict[str, str]:
    table = result.assumptions
    return dict(zip(table["name"].tolist(), table["value"].tolist(), strict=True))


def _warnings(figures: Summary) -> str:
    ruined = ruin_of(figures)
    text = warning(ruined) if ruined else ""
    if "in_doubt" in figures:
        text += warning(f"In doubt: {figures['in_doubt']}.")
    if not figures["limited"]:
        text += warning("Shorts were not limited: the backtest had no availability provider.")
    made_up = figures["made_up"]
    if made_up:
        verb = "is" if made_up == ["availability"] else "are"
        text += warning(
            f"The {' and the '.join(made_up)} of this backtest {verb} made up. Nothing here says what would have happened in a market."
        )
    return text


def _cards(figures: Summary, other: Summary | None) -> dict[str, tuple[str, str]]:
    unit = f" {figures['currency']}"
    found = {"net profit": (_profit(figures), "bad" if figures["net_profit"] < 0 else "")}
    if other is not None:
        found["without limits"] = (_profit(other), "bad" if other["net_profit"] < 0 else "")
        change = figures["net_profit"] - other["net_profit"]
        found["difference"] = (f"{change:+,.2f}{unit}", "bad" if change < 0 else "")
    found["largest drawdown"] = (f"{figures['max_drawdown_percent']:.2f} %", "")
    refused = figures["refused_for_availability"]
    found["orders refused for availability"] = (
        f"{refused:,} of {figures['orders']:,}",
        "bad" if refused else "",
    )
    for name, label in (
        ("updates_refused_for_availability", "updates refused"),
        ("canceled_on_recheck", "resting orders cancelled"),
        ("clipped_or_warned", "clipped or warned of"),
        ("closed_with_their_security", "positions closed because their security ended"),
        ("margin_calls", "margin calls"),
    ):
        if figures.get(name):
            found[label] = (f"{figures[name]:,}", "")
    for name, label in (("borrow_costs", "borrow costs"), ("commissions", "commissions")):
        if name in figures:
            found[label] = (f"{figures[name]:,.2f}{unit}", "")
    for name, of, label in (
        ("checks_without_data", "availability_checks", "checks without data"),
        ("nights_without_rate", "nights_short", "short nights without a known rate"),
    ):
        if name in figures:
            count = figures[name]
            found[label] = (f"{count:,} of {figures[of]:,}", "bad" if count else "")
    return found


def _profit(figures: Summary) -> str:
    profit, percent = figures["net_profit"], figures["net_profit_percent"]
    return f"{profit:+,.2f} {figures['currency']} ({percent:+.2f}\u00a0%)"


def _equity(result: Result, without: Result | None) -> str:
    figures = result.summary()
    caption = f"Equity from {figures['start_equity']:,.0f} to {figures['end_equity']:,.0f}"
    if without is None:
        hint = note(
            "To compare it with the same backtest without limits, save that too and add --without FOLDER."
        )
        return plot("equity", f"{caption}.", "plot_equity", result) + hint
    other = without.summary()
    same = ("algorithm", "start", "end", "start_equity")
    differs = any(other[name] != figures[name] for name in same)
    beware = (
        warning(
            f"The backtest without limits is another one: {other['algorithm']}, {other['start']} to {other['end']}, from {other['start_equity']:,.0f}."
        )
        if differs
        else ""
    )
    caption += f"; without limits to {other['end_equity']:,.0f}."
    return beware + plot("equity", caption, "plot_equity", result, without)


def _symbols(result: Result) -> str:
    """Draw the symbols with the most refusals; where nothing was refused, those whose borrow cost most."""
    recorded = tables.symbols_by_cost(result)
    counts = tables.refusals_by_symbol(result)
    refused = [symbol for symbol in counts if symbol in set(recorded)]
    chosen = (refused or recorded)[:_SYMBOLS]
    if not chosen:
        return note("No symbol was short or refused whose availability is in the result.")
    if len(chosen) == len(recorded):
        which = ""
    elif refused:
        which = f"{len(chosen)} of {len(recorded)} symbols: those with the most refusals. "
    else:
        which = f"{len(chosen)} of {len(recorded)} symbols, none of which had a refusal: those with the highest borrow costs. "
    text = "An order is drawn at the shares that would be short in all after it: above the line it asked for more than could be borrowed at that session's close."
    plots = [
        plot(
            f"symbol{at}",
            f"{symbol}: shares that could be borrowed at each session's close, and the annual fee; orders over it: {counts.get(symbol, 0):,}.",
            "plot_availability",
            result,
            symbol,
        )
        for at, symbol in enumerate(chosen)
    ]
    return note(which + text) + "".join(plots)


def _refusals(result: Result, figures: Summary) -> str:
    days, others = tables.refusal_days(result), tables.other_refusals_table(result)
    if not days:
        return note(_none_refused(figures)) + others
    count = f"{len(days):,} {'day' if len(days) == 1 else 'days'}"
    caption = f"Orders over what could be borrowed, by day: {sum(days.values()):,} on {count}, at most {max(days.values()):,} on one."
    tag = over_availability(result.refusals)["tag"].iloc[0]
    return (
        plot("refusals", caption, "plot_refusals", result)
        + tables.refusals_table(result)
        + note(f"Each is tagged with its own symbol and shares; the first: {tag}")
        + others
    )


def _none_refused(figures: Summary) -> str:
    """Say why there is no refusal; that shares were there is only said of checks that had data (S3)."""
    if not figures["limited"]:
        return "Shorts were not limited, so no order was refused."
    checks, silent = figures.get("availability_checks"), figures.get("checks_without_data", 0)
    if checks is None:
        return "No order was refused."
    if not checks:
        return "No order needed shares to be borrowed."
    if silent:
        return (
            f"No order was refused, but {silent:,} of {checks:,} availability checks had no data."
        )
    return f"Each of the {checks:,} availability checks found enough shares."


def _costs(result: Result, figures: Summary) -> str:
    if result.borrow_costs.empty:
        return note("Nothing was short over a night, or borrowing was free.")
    unit = figures["currency"]
    others = _other_cash(result)
    # What interest the nights brought stands in a line of its own.
    costs = figures["borrow_costs"] + float(result.borrow_costs["interest"].sum())
    commissions = figures["commissions"]
    gross = figures["net_profit"] + costs + commissions - sum(others.values())
    share = f" ({costs / gross:.1%} of it)" if gross > 0 else ""
    steps = {
        "P&L before costs": f"{gross:+,.2f} {unit}",
        "commissions": f"{-commissions:+,.2f} {unit}",
        "borrow costs": f"{-costs:+,.2f} {unit}{share}",
        **{name: f"{cash:+,.2f} {unit}" for name, cash in others.items()},
        "net profit": f"{figures['net_profit']:+,.2f} {unit}",
    }
    caption = f"Borrow costs by symbol, the highest first, to {figures['borrow_costs']:,.2f} {unit} in all."
    return (
        definitions(steps)
        + plot("costs", caption, "plot_borrow_costs", result)
        + tables.costs_table(result)
    )


def _other_cash(result: Result) -> dict[str, float]:
    """Return what dividends and the like brought, below 0 where they cost, by name; what brought nothing is left out."""
    sums = result.attribution[list(_OTHER_CASH)].sum()
    return {label: float(sums[name]) for name, label in _OTHER_CASH.items() if sums[name]}


def _use(result: Result) -> str:
    if result.availability.empty:
        return note("Nothing was short whose availability is in the result.")
    caption = "Shares short as a percentage of those that could be borrowed, at sessions' closes."
    return plot("use", caption, "plot_utilization", result)


def _coverage(result: Result, figures: Summary) -> str:
    counts = f"{figures['checks_without_data']:,} of {figures['availability_checks']:,} availability checks had no data, and {figures['nights_without_rate']:,} of {figures['nights_short']:,} short nights no rate."
    if result.availability.empty:
        return note(counts)
    caption = (
        "Sessions at whose close there were no data, of the symbols that were short or refused."
    )
    return (
        note(counts)
        + plot("coverage", caption, "plot_coverage", result)
        + tables.coverage_table(result)
    )
