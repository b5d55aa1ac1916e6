"""Leveraged pairs, before and after: shorting a bull fund and its bear twin, with and without what it takes to borrow them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import date, datetime
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from shortable.borrow import (
    BorrowFeeModel,
    Convention,
    FeeOnMarketValue,
    InteractiveBrokersBorrowFee,
    InteractiveBrokersSettledFee,
    LeanBorrowFee,
    NullBorrowFee,
    RebateOnMarketValue,
)
from shortable.engine import Backtest
from shortable.examples.leveraged_etf_decay import FUNDS, LeveragedEtfDecay, data
from shortable.market_data import MarketData
from shortable.provider import ProviderLike, ShortableProvider, as_provider
from shortable.providers import NullShortableProvider
from shortable.recall import NullRecall, RecallHazard, RecallOnShortfall, Recalls
from shortable.research import (
    Constrained,
    EstimatedShortableProvider,
    constrain_weights,
    estimate_band,
    fit_borrow_model,
    general_collateral,
)
from shortable.studies.study import Study, described

if TYPE_CHECKING:
    from matplotlib.axes import Axes

__all__ = ["leveraged_pairs"]

SHARE = 0.125
"""Of the worth, in each of the eight funds: gross exposure 1."""
_SEEDS = 10
_DRAWN = ("on paper", "all general collateral", "what could be borrowed", "… less its fees")


def leveraged_pairs(
    prices: MarketData,
    provider: ProviderLike,
    times: Sequence[datetime],
    *,
    nav: float = 10_000_000.0,
    start: date | str | None = None,
    end: date | str | None = None,
    draws: int = 20,
) -> Study:
    """Short four pairs of leveraged funds, brought back to equal weights once a week.

    Parameters
    ----------
    prices : MarketData
        Of the funds, or of the indices from which their closes are compounded (`shortable.examples`).
    provider : IShortableProvider
        With borrow fees.
    times : sequence of datetime
        Of its snapshots; an estimate is fitted on them.
    nav : float
        At the beginning, in dollars.
    start, end : date or str, optional
        Default: the first and the last of `times`.
    draws : int
        Of the estimate, which is not shown the funds; 0 leaves it out.

    Returns
    -------
    Study
    """
    provider = as_provider(provider)
    first = pd.Timestamp(start if start is not None else min(times).date())
    last = pd.Timestamp(end if end is not None else max(times).date())
    funds = data(prices, first.date())
    closes = pd.DataFrame({name: funds.frame(name, "daily")["close"] for name in FUNDS})
    closes = closes.loc[first : last + pd.Timedelta(days=1)].dropna()
    opened, closed = pd.Timestamp(closes.index[0]), pd.Timestamp(closes.index[-1])
    weights = _weekly(closes)

    def run(by: ProviderLike, model: BorrowFeeModel) -> Constrained:
        return constrain_weights(weights, by, closes, nav, look_up="close", borrow_fee=model)[1]

    free = NullShortableProvider()
    runs = {
        "on paper": run(free, NullBorrowFee()),
        "all general collateral": run(general_collateral(), FeeOnMarketValue()),
        "what could be borrowed, free of charge": run(provider, NullBorrowFee()),
        "… and its fees, market value / 360": run(provider, FeeOnMarketValue()),
        "… / 365": run(provider, FeeOnMarketValue(day_count=365)),
        "… Interactive Brokers' collateral mark": run(provider, InteractiveBrokersBorrowFee()),
    }
    table = pd.DataFrame({label: _figures(found, nav) for label, found in runs.items()}).T
    lives = _lives(funds, provider, first.date(), last.date())
    tables = {
        f"Weights held to what could be borrowed, {nav:,.0f} USD": table,
        "The algorithm leveraged_etf_decay in the mini engine, 10,000,000 USD": lives,
    }
    paper, after = table["P&L"].iloc[0], table["P&L"].iloc[3]
    findings = [
        f"On paper the pairs made {paper:+,.0f} USD in {len(closes)} sessions; with what could be borrowed, less fees, "
        f"{after:+,.0f} USD.",
        f"{table['refused'].iloc[3]:.0f} of {table['sales'].iloc[3]:.0f} short sales could not have been borrowed whole "
        f"({table['without data'].iloc[3]:.0f} of them because no list named them); fees took "
        f"{table['borrow costs'].iloc[3]:,.0f} USD.",
        f"Of the {lives['borrows'].iloc[1]:.0f} borrows of the algorithm, lenders would have recalled shares of "
        f"{lives['recalled'].iloc[-3]:.0f} because the list fell below what was borrowed, and of "
        f"{lives['recalled'].iloc[-2]:.1f} at random, by the rates at which names left the list.",
    ]
    if draws:
        band = _estimated(
            provider, times, closes, draws, lambda by: run(by, FeeOnMarketValue()), nav
        )
        tables[f"The same, estimated: {draws} draws of a model that was not shown these funds"] = (
            band
        )
        low, high = (band[q].to_dict()["P&L"] for q in ("5%", "95%"))
        findings.append(
            f"Who had no list of these funds would have estimated {low:+,.0f} to {high:+,.0f} USD (5th to 95th percentile)."
        )
    compounded = sorted(set(FUNDS) - set(prices.symbols("daily")))
    return Study(
        "Leveraged pairs, before and after",
        (
            f"Prices: {prices.source}, {opened:%Y-%m-%d} to {closed:%Y-%m-%d}."
            + (
                f" Closes of {', '.join(compounded)} are compounded from their index's."
                if compounded
                else ""
            ),
            f"Availability and fees: {described(provider, times)}; {provider.policy}.",
            f"{SHARE:.1%} of the worth short in each fund, brought back at the first close of each week; an order over "
            "what can be borrowed is refused whole; no commissions, no interest on proceeds.",
        ),
        tables,
        tuple(findings),
        lambda ax: _draw(ax, dict(zip(_DRAWN, runs.values(), strict=False)), nav),
    )


def _weekly(closes: pd.DataFrame) -> pd.DataFrame:
    """Return equal short weights at the first session of each week, NaN (keep) between."""
    week = pd.DatetimeIndex(closes.index).isocalendar().week.to_numpy()
    first = np.append(True, week[1:] != week[:-1])
    values = np.broadcast_to(np.where(first, -SHARE, np.nan)[:, None], closes.shape)
    return pd.DataFrame(values, closes.index, closes.columns)


def _figures(found: Constrained, nav: float) -> dict[str, float]:
    assert found.nav is not None
    return {
        "P&L": float(found.nav.iloc[-1] - nav),
        "borrow costs": found.total_borrow_cost,
        "sales": float(found.checks),
        "refused": float(len(found.refusals)),
        "without data": float(len(found.checks_without_data)),
    }


def _lives(funds: MarketData, provider: ShortableProvider, start: date, end: date) -> pd.DataFrame:
    """Run the example algorithm, and follow its borrows under each convention and recall model."""

    class Pairs(LeveragedEtfDecay):
        def initialize(self) -> None:
            super().initialize()
            for fund in (fund for pair in self.pairs for fund in pair):
                fund.set_shortable_provider(provider)

    plain, never = FeeOnMarketValue(), NullRecall()

    def run(fee: Convention = plain, recall: Recalls = never) -> dict[str, float]:
        result = Backtest(Pairs, funds, start=start, end=end, borrow_fee=fee, recall=recall).run()
        events, ends = result.borrow_events, result.borrows["end"]
        return {
            "P&L": float(result.equity["equity"].iloc[-1]) - 10_000_000,
            "borrow costs": float(result.borrow_costs["cost"].sum()),
            "refused": float(len(result.refusals)),
            "borrows": float(len(ends)),
            "recalled": float(events.loc[events["event"] == "recalled", "borrow"].nunique()),
            "bought in": float((ends == "bought in").sum()),
        }

    missing, hazards = RecallOnShortfall(), [RecallHazard(seed) for seed in range(_SEEDS)]
    at_random, both = (
        pd.DataFrame([run(recall=first | hazard) for hazard in hazards]).mean()
        for first in (never, missing)
    )
    rows = {
        "free of charge": run(NullBorrowFee()),
        "market value / 360": run(),
        "… / 365": run(FeeOnMarketValue(day_count=365)),
        "… Interactive Brokers' collateral mark": run(InteractiveBrokersBorrowFee()),
        "… its statements, to the cover's settlement": run(InteractiveBrokersSettledFee()),
        "… LEAN's clock": run(LeanBorrowFee()),
        "rebates on the proceeds, which contain the fee": run(RebateOnMarketValue()),
        "market value / 360, recalled on a shortfall": run(recall=missing),
        f"… recalled at random, mean of {_SEEDS} seeds": at_random.to_dict(),
        "… on a shortfall and at random": both.to_dict(),
    }
    return pd.DataFrame(rows).T


def _estimated(
    provider: ShortableProvider,
    times: Sequence[datetime],
    closes: pd.DataFrame,
    draws: int,
    run: Callable[[ShortableProvider], Constrained],
    nav: float,
) -> pd.DataFrame:
    others = {s for moment in times for s in provider.all_shortable_symbols(moment)} - set(FUNDS)
    model = fit_borrow_model(provider, times, sorted(others))
    sessions = pd.DatetimeIndex(closes.index).normalize() + pd.Timedelta(hours=9)
    drawn = (
        EstimatedShortableProvider(model, list(FUNDS), sessions, seed) for seed in range(draws)
    )
    return estimate_band(lambda by: _figures(run(by), nav), drawn)


def _draw(ax: Axes | None, runs: dict[str, Constrained], nav: float) -> Axes:
    from shortable.plots.style import AMBER, BLUE, GREY, RED, axes, figures, legend, over_time

    drawn = axes(ax)
    looks = ((BLUE, "--"), (GREY, "-"), (AMBER, "-"), (RED, "-"))
    for (label, found), (colour, style) in zip(runs.items(), looks, strict=True):
        assert found.nav is not None
        drawn.plot(found.nav - nav, label=label, color=colour, linestyle=style)
    drawn.axhline(0, color=GREY, linewidth=0.8)
    drawn.set(ylabel="P&L, USD")
    figures(drawn.yaxis)
    legend(drawn)
    over_time(drawn)
    return drawn
