"""One workload that every host runs: the same bars, orders and availability, so that every host must refuse the same orders.

``python -m shortable.testing.workload HOST --json`` prints how many orders were sent, refused and filled, and the
borrow fee.
"""

from __future__ import annotations

import warnings
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Literal

import numpy as np
import numpy.typing as npt
import pandas as pd

from shortable.calendars import session_after
from shortable.errors import InvalidInputError, RateUnitWarning
from shortable.provider import ProviderLike

__all__ = ["KINDS", "Kind", "Outcome", "Workload", "make_workload"]

Kind = Literal["daily", "intraday", "stale", "custom", "flow"]
KINDS: tuple[Kind, ...] = ("daily", "intraday", "stale", "custom", "flow")
_SEED = 20_240_102


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a host made of the workload."""

    orders: int
    """Orders sent, refused ones included."""
    refused: list[tuple[date, str, int]]
    """Session in which it was sent, ticker and signed shares of every refused order, in the order of sending."""
    filled: int
    """Orders filled."""
    total_fee: float
    """Borrow fees by the adapter's own ledger, unrounded."""
    cash_charged: float | None = None
    """What left the host's cash for borrow fees, where the host reports it; it may round."""
    trades: pd.DataFrame | None = field(default=None, compare=False, repr=False)
    """The trade list as the host itself exports it."""
    borrow_costs: pd.DataFrame | None = field(default=None, compare=False, repr=False)
    """The nights by the adapter's own ledger."""

    def document(self) -> dict[str, object]:
        """Return the four figures of the command line."""
        return {
            "orders": self.orders,
            "refused": len(self.refused),
            "filled": self.filled,
            "total_fee": self.total_fee,
        }


@dataclass(frozen=True, slots=True)
class Workload:
    """Bars, orders and availability that leave a host no choice but to refuse the right orders.

    Every session each symbol may send up to two market orders, at the close, when the session's bar is known; they fill at the next
    session's open. On its tenth sessions a symbol sells `size` twice, and the second order must count the first,
    which is still resting; five sessions later it buys back what is short. Under a daily flow it sells twice more two sessions
    after the first, while it is short. No order is sent in the last session, in which none could fill any more.
    There is always enough cash. Availability is looked up at `look_up`, exchange-local, of the session in which the
    order is sent.
    """

    kind: Kind
    """What the availability table is like."""
    sessions: list[date]
    """T of them, ascending."""
    tickers: list[str]
    """N of them."""
    opens: npt.NDArray[np.float64]
    """Shape (T, N), in cents."""
    closes: npt.NDArray[np.float64]
    """Shape (T, N), in cents."""
    provider: ProviderLike
    """Who says what can be borrowed, and at what fee."""
    look_up: Literal["open", "close"]
    """When each order looks up what is available."""
    size: int = 100
    """Shares of one order to sell."""

    def orders(self, session: int, column: int, held: int) -> list[int]:
        """Return the signed shares that a symbol orders at the close of a session, given what it holds then.

        Parameters
        ----------
        session, column : int
            Row and column of the bars.
        held : int
            Shares held after the session's fills, negative for a short.
        """
        if session == len(self.sessions) - 1:
            return []
        phase = (session + 3 * column) % 10
        if phase == 0 or (phase == 2 and self.kind == "flow"):
            return [-self.size, -self.size]
        if phase == 5 and held < 0:
            return [-held]
        return []

    def now(self, session: int) -> datetime:
        """Return the moment, exchange-local, at which a session's orders look up what is available."""
        from shortable.market import Market

        at = Market.USA.opens if self.look_up == "open" else Market.USA.closes
        return datetime.combine(self.sessions[session], at)

    def frames(self) -> dict[str, pd.DataFrame]:
        """Return open, high, low, close and volume by ticker, indexed by the sessions' naive midnights."""
        index = pd.DatetimeIndex(self.sessions, name="date")
        found = {}
        for column, ticker in enumerate(self.tickers):
            first, last = self.opens[:, column], self.closes[:, column]
            found[ticker] = pd.DataFrame(
                {
                    "open": first,
                    "high": np.maximum(first, last),
                    "low": np.minimum(first, last),
                    "close": last,
                    "volume": 1e9,
                },
                index=index,
            )
        return found

    @property
    def cash(self) -> float:
        """Starting cash that nothing in the workload exhausts."""
        return 1e9


def make_workload(kind: Kind = "daily", *, sessions: int = 504, symbols: int = 20) -> Workload:
    """Make the workload of a kind; the same arguments make the same one.

    Parameters
    ----------
    kind : {"daily", "intraday", "stale", "custom", "flow"}
        ``daily``: one snapshot before each open. ``intraday``: snapshots at 09:00, 12:00 and 15:45, looked up at the close.
        ``stale``: a snapshot every twelfth session, so that some look-ups find none that is young enough.
        ``custom``: a provider of plain functions, unrestricted for some symbols.
        ``flow``: what may be sold short in each session (S15).
    sessions, symbols : int
        At least 20 and at least 2.

    Examples
    --------
    >>> work = make_workload("intraday", sessions=30, symbols=3)
    >>> work.provider.shortable_quantity(work.tickers[0], work.now(0)) % 100
    0
    """
    if kind not in KINDS:
        raise InvalidInputError("kind", kind, "be one of " + ", ".join(KINDS))
    for name, value, least in (("sessions", sessions, 20), ("symbols", symbols, 2)):
        if not isinstance(value, int) or value < least:
            raise InvalidInputError(name, value, f"be a whole number, at least {least}")
    rng = np.random.default_rng([_SEED, KINDS.index(kind)])
    days = _sessions(date(2014, 1, 2), sessions)
    tickers = [f"S{n:03d}" for n in range(symbols)]
    steps = rng.integers(-40, 41, (2 * sessions, symbols)).cumsum(axis=0) + rng.integers(
        3_000, 20_000, symbols
    )
    prices = np.maximum(steps, 500) / 100.0
    return Workload(
        kind,
        [d.date() for d in days],
        tickers,
        prices[0::2].copy(),
        prices[1::2].copy(),
        _provider(kind, rng, days, tickers),
        "close" if kind in ("intraday", "custom", "flow") else "open",
    )


def _sessions(first: date, count: int) -> pd.DatetimeIndex:
    """Return NYSE sessions: some hosts know no others."""
    days = [first]
    while len(days) < count:
        days.append(session_after(days[-1]))
    return pd.DatetimeIndex(days)


def _provider(
    kind: Kind, rng: np.random.Generator, days: pd.DatetimeIndex, tickers: list[str]
) -> ProviderLike:
    from shortable.providers import CustomShortableProvider, FrameShortableProvider

    if kind == "custom":
        base = dict(zip(tickers, rng.integers(0, 4, len(tickers)).tolist(), strict=True))
        free = set(tickers[::7])
        return CustomShortableProvider(
            lambda symbol, now: (
                None
                if symbol.ticker in free
                else 100 * ((base[symbol.ticker] + now.toordinal()) % 4)
            ),
            fee_rate=lambda symbol, now: 0.01 * (1 + (base[symbol.ticker] + now.toordinal()) % 5),
        )
    times = {
        "daily": [d + pd.Timedelta(hours=9) for d in days],
        "intraday": [d + pd.Timedelta(t) for d in days for t in ("9h", "12h", "15h45min")],
        "stale": [d + pd.Timedelta(hours=9) for d in days[::12]],
        "flow": list(days),
    }[kind]
    shape = (len(times), len(tickers))
    # 0 to 300 in hundreds, so that of two orders for 100 none, one or both can be borrowed.
    available = pd.DataFrame(100.0 * rng.integers(0, 4, shape), pd.DatetimeIndex(times), tickers)
    fees = pd.DataFrame(rng.integers(25, 9_000, shape) / 10_000.0, pd.DatetimeIndex(times), tickers)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", RateUnitWarning)  # a median fee of 45 % a year is meant
        of_sessions = kind == "flow"
        return FrameShortableProvider(available, fees, kind="daily_flow" if of_sessions else "pool")


def _main() -> None:
    """Run the command line."""
    import argparse
    import importlib
    import json
    import sys

    from shortable.errors import MissingDependencyError, ShortableError
    from shortable.testing.hosts.names import HOSTS

    parser = argparse.ArgumentParser(
        prog="python -m shortable.testing.workload", description=__doc__
    )
    parser.add_argument("host", choices=HOSTS)
    parser.add_argument(
        "--kind", choices=KINDS, default="daily", help="availability table (default: %(default)s)"
    )
    parser.add_argument("--sessions", type=int, default=504)
    parser.add_argument("--symbols", type=int, default=20)
    parser.add_argument(
        "--json", action="store_true", help="one line of JSON on stdout, everything else on stderr"
    )
    given = parser.parse_args()
    out, sys.stdout = sys.stdout, sys.stderr  # what a host prints is not the result
    try:
        host = importlib.import_module(f"shortable.testing.hosts.{given.host}")
        outcome = host.run(
            make_workload(given.kind, sessions=given.sessions, symbols=given.symbols)
        )
    except MissingDependencyError as error:
        parser.exit(2, f"{error}\n")
    except ShortableError as error:
        parser.error(str(error))
    finally:
        sys.stdout = out
    document = outcome.document()
    if given.json:
        print(json.dumps(document))
    else:
        print("\n".join(f"{name:>10}  {value:,}" for name, value in document.items()))


if __name__ == "__main__":
    _main()
