"""The conformance suites: derive from one, say what is to be tested, and let pytest collect it.

A provider::

    from shortable.testing.conformance import ProviderConformance

    class TestMine(ProviderConformance):
        def make(self): return MyProvider()
        symbols = ["SPY", "GME"]
        def known(self): return [("2024-01-02 09:00", "SPY", 500), ("2024-01-02 09:00", "GME", 0)]

An adapter: `AdapterConformance`. Neither imports pytest; a failed check is an `AssertionError` that says what is wrong.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import UTC, date, datetime, timedelta, tzinfo
from typing import TypeVar

import numpy as np
import pandas as pd

from shortable.clock import LocalTime, as_datetime, from_instant, to_instant
from shortable.errors import ProviderContractError
from shortable.provider import ProviderLike, ShortableProvider, as_provider
from shortable.symbol import Symbol
from shortable.testing.reference import expected
from shortable.testing.workload import KINDS, Kind, Outcome, Workload, make_workload

__all__ = ["AdapterConformance", "ProviderConformance"]

_SECOND = timedelta(seconds=1)


class ProviderConformance:
    """Everything that a shortable provider promises (DESIGN section 3, S1, S2, S3, S7).

    Override `make`, and `known` where you can: without the rows behind the answers nobody can tell whether they come
    from the future.
    """

    symbols: Sequence[str] = ("SPY", "AAPL", "GME")
    """Symbols to ask about."""
    times: Sequence[LocalTime] = tuple(
        datetime(2024, 1, 2, 9, 30) + timedelta(days=d, hours=h) for d in range(4) for h in (0, 3)
    )
    """When to ask, exchange-local where naive; the times of `known` come in addition."""

    def make(self) -> ProviderLike:
        """Return a new instance of the provider.

        Raises
        ------
        NotImplementedError
            You have not overridden it.
        """
        raise NotImplementedError(
            f"{type(self).__name__} must override make() and return the provider to be tested"
        )

    def known(self) -> Iterable[tuple[LocalTime, str, int | None]]:
        """Return what the provider knows as (time from which it was known, symbol, shares), in any order; None if you cannot say.

        The suite then checks that each answer is the newest of these at or before the time that is asked about. Times are
        exchange-local where naive.
        """
        return ()

    def rest_is(self) -> int | None:
        """Return what the provider answers before the first row of `known`: 0 (S3), or None where it is unrestricted."""
        return 0

    def test_has_the_contract_s_methods(self) -> None:
        """Enter through the one door."""
        as_provider(self.make())

    def test_answers_whole_shares_zero_or_none(self) -> None:
        """S1: an int of at least 0, or None; a fraction, a negative number or text is neither."""
        provider = self.make()
        checked = as_provider(provider)
        for symbol, moment in self._questions():
            try:
                answer = checked.shortable_quantity(symbol, moment)
            except ProviderContractError as error:
                raise AssertionError(
                    f"{error} Share counts are whole numbers of at least 0, or None for no known restriction (S1)."
                ) from error
            assert answer is None or (type(answer) is int and answer >= 0), (
                f"{_asked(provider, symbol, moment)} answered {answer!r}"
            )

    def test_none_and_zero_are_told_apart(self) -> None:
        """S1: None is "no restriction known", 0 is "none can be borrowed"."""
        provider = as_provider(self.make())
        for moment, symbol, shares in self._rows():
            if shares == 0:
                answer = provider.shortable_quantity(symbol, moment)
                if answer is None:
                    raise AssertionError(
                        f"{_asked(provider, symbol, moment)} answered None, which means that no restriction is known, where none can be "
                        "borrowed: that is 0. With None every order passes (S1)."
                    )

    def test_answers_the_newest_row_that_was_known_and_none_from_the_future(self) -> None:
        """S2: look-ups are as-of; what becomes known later does not count."""
        provider, rows = as_provider(self.make()), self._rows()
        last: dict[Symbol, int | None] = {}
        for moment, symbol, shares in rows:
            before = moment - _SECOND
            found, was = (
                provider.shortable_quantity(symbol, before),
                last.get(symbol, self.rest_is()),
            )
            if found != was and found == shares:
                raise AssertionError(
                    f"{_asked(provider, symbol, before)} answered {found}, which became known only at {moment}: data from the future. "
                    f"Up to then it was {was} (S2)."
                )
            assert found == was, (
                f"{_asked(provider, symbol, before)} answered {found}; the newest row known then says {was} (S2)"
            )
            now = provider.shortable_quantity(symbol, moment)
            if now != shares and now == was:
                raise AssertionError(
                    f"{_asked(provider, symbol, moment)} still answered {now}; {shares} is known from that moment on. Naive times are the "
                    "exchange's wall time: an answer that is some hours late has often been read as UTC (S2)."
                )
            assert now == shares, (
                f"{_asked(provider, symbol, moment)} answered {now}; the row known from then on says {shares} (S2)"
            )
            last[symbol] = shares

    def test_every_way_to_write_a_moment_gives_the_same_answer(self) -> None:
        """A naive time is exchange-local; the same moment in UTC, as a Timestamp or datetime64 is the same question."""
        provider = as_provider(self.make())
        for symbol, moment in self._questions():
            answer = provider.shortable_quantity(symbol, moment)
            instant = datetime.fromtimestamp(to_instant(moment, symbol.market) / 1e6, UTC)
            ways: tuple[LocalTime, ...] = (
                instant,
                pd.Timestamp(instant),
                pd.Timestamp(moment),
                np.datetime64(moment),
                instant.astimezone(_tokyo()),
            )
            for way in ways:
                found = provider.shortable_quantity(symbol, way)
                assert found == answer, (
                    f"{_asked(provider, symbol, way)} answered {found}, and {answer} for the same moment in exchange time, {moment}: it mixes up time zones"
                )

    def test_asking_does_not_change_the_answers(self) -> None:
        """S10: the same question has the same answer, whatever was asked before and in whatever order."""
        questions = self._questions()
        fresh = as_provider(self.make())
        first = [fresh.shortable_quantity(s, t) for s, t in questions]
        order = np.random.default_rng(31).permutation(len(questions)).tolist()
        other = as_provider(self.make())
        for at in order:
            symbol, moment = questions[at]
            found = other.shortable_quantity(symbol, moment)
            assert found == first[at], (
                f"{_asked(other, symbol, moment)} answered {found} when asked in another order, {first[at]} before: an answer may depend only on the question (S10)"
            )

    def test_the_list_of_all_agrees_with_each_answer(self) -> None:
        """What `all_shortable_symbols` lists is what `shortable_quantity` says."""
        provider = as_provider(self.make())
        for moment in self._moments():
            try:
                listed = provider.all_shortable_symbols(moment)
            except ProviderContractError as error:
                if "has no list of all symbols" in str(error):
                    return  # LEAN's newer interface has none
                raise AssertionError(str(error)) from error
            for symbol, shares in listed.items():
                found = provider.shortable_quantity(symbol, moment)
                assert found == shares, (
                    f"all_shortable_symbols({moment}) lists {shares} of {symbol}, {_asked(provider, symbol, moment)} answers {found}"
                )
            for symbol in self._symbols():
                found = provider.shortable_quantity(symbol, moment)
                assert not found or symbol in listed, (
                    f"{_asked(provider, symbol, moment)} answers {found}, all_shortable_symbols({moment}) does not list it"
                )

    def test_rates_are_annual_fractions(self) -> None:
        """S7: finite, and fractions; 25 is 2,500 % a year."""
        provider = as_provider(self.make())
        for symbol, moment in self._questions():
            for name in ("fee_rate", "rebate_rate"):
                rate = getattr(provider, name, lambda *_: 0.0)(symbol, moment)
                assert isinstance(rate, float) and np.isfinite(rate), (  # noqa: PT018
                    f"{name}({symbol}, {moment}) answered {rate!r}; it must be a finite float"
                )
                assert abs(rate) < 25, (
                    f"{name}({symbol}, {moment}) answered {rate}, which is {rate:.0%} a year: rates are fractions, not percent (S7)"
                )

    def test_an_unknown_symbol_is_no_crash(self) -> None:
        """A symbol of which nothing is known gets an answer as well."""
        provider = as_provider(self.make())
        for moment in self._moments():
            answer = provider.shortable_quantity(Symbol.create("ZZZZQ"), moment)
            assert answer is None or answer >= 0, f"an unknown symbol was answered with {answer!r}"

    def _symbols(self) -> list[Symbol]:
        return [Symbol.create(s) for s in self.symbols]

    def _rows(self) -> list[tuple[datetime, Symbol, int | None]]:
        """Return `known` by instant, times as exchange-local wall time."""
        rows = []
        for moment, name, shares in self.known():
            symbol = Symbol.create(name)
            at = as_datetime(pd.Timestamp(moment) if isinstance(moment, str) else moment)
            rows.append((to_instant(at, symbol.market), symbol, shares))
        return [
            (from_instant(i, s.market).replace(tzinfo=None), s, n)
            for i, s, n in sorted(rows, key=lambda row: row[0])
        ]

    def _moments(self) -> list[datetime]:
        return [
            m
            if isinstance(m := as_datetime(t), datetime)
            else datetime.combine(m, datetime.min.time())
            for t in self.times
        ]

    def _questions(self) -> list[tuple[Symbol, datetime]]:
        asked = [
            (symbol, moment.replace(tzinfo=None))
            for moment in self._moments()
            for symbol in self._symbols()
        ]
        return asked + [(symbol, moment) for moment, symbol, _ in self._rows()]


class AdapterConformance:
    """What every adapter must give on the common workload: the rules' refusals, order for order, and their fee to the cent.

    Override `run`. What a host cannot do is left out of `kinds`, and belongs into its adapter's docstring.
    """

    kinds: Sequence[Kind] = KINDS
    """Availability tables to run."""
    sessions, tickers = 120, 9
    cash_tolerance = 0.005
    """By how much each charge may differ in the host's cash: 0.005 where it rounds to cents; the sum of charges is compared."""
    rounds_cash = False
    """Whether the host rounds each charge."""

    def run(self, work: Workload) -> Outcome:
        """Run a workload on the host.

        Raises
        ------
        NotImplementedError
            You have not overridden it.
        """
        raise NotImplementedError(
            f"{type(self).__name__} must override run(work) and return an Outcome"
        )

    def test_refuses_what_the_rules_refuse(self) -> None:
        """Order for order, on every kind of table."""
        for kind in self.kinds:
            work = make_workload(kind, sessions=self.sessions, symbols=self.tickers)
            found, rules = self.run(work), expected(work)
            wrongly, missed = (
                _difference(*pair)
                for pair in ((found.refused, rules.refused), (rules.refused, found.refused))
            )
            assert not wrongly, (
                f"{kind}: {len(wrongly)} orders refused that could be borrowed, the first {_line(wrongly[0])}"
            )
            assert not missed, (
                f"{kind}: {len(missed)} orders passed that could not be borrowed, the first {_line(missed[0])}"
            )
            assert found.orders == rules.orders, (
                f"{kind}: {found.orders} orders were sent, {rules.orders} should have been"
            )
            assert found.filled == rules.filled, (
                f"{kind}: {found.filled} orders filled, {rules.filled} should have"
            )

    def test_charges_what_the_rules_charge(self) -> None:
        """S8, to the cent by the adapter's own ledger; and in the host's cash, where it reports it."""
        for kind in self.kinds:
            work = make_workload(kind, sessions=self.sessions, symbols=self.tickers)
            found, rules = self.run(work), expected(work)
            assert abs(found.total_fee - rules.total_fee) < 0.005, (
                f"{kind}: borrow fees of {found.total_fee:.4f}, {rules.total_fee:.4f} by S8"
            )
            if found.cash_charged is not None:
                slack = self.cash_tolerance * (
                    len(work.sessions) * len(work.tickers) if self.rounds_cash else 1
                )
                gap = abs(found.cash_charged - rules.total_fee)
                assert gap < slack, (
                    f"{kind}: {found.cash_charged:.4f} left the host's cash, {rules.total_fee:.4f} were due"
                )


_Value = TypeVar("_Value")


def _difference(left: list[_Value], right: list[_Value]) -> list[_Value]:
    """Return what one list holds and the other does not, as often as it does."""
    rest = list(right)
    only = []
    for entry in left:
        if entry in rest:
            rest.remove(entry)
        else:
            only.append(entry)
    return only


def _line(order: tuple[date, str, int]) -> str:
    day, ticker, quantity = order
    return f"{quantity:+,} {ticker} of {day}"


def _asked(provider: ProviderLike, symbol: Symbol | str, moment: LocalTime) -> str:
    name = type(provider.wrapped if isinstance(provider, ShortableProvider) else provider).__name__
    return f"{name}.shortable_quantity({symbol}, {moment})"


def _tokyo() -> tzinfo:
    from zoneinfo import ZoneInfo

    return ZoneInfo("Asia/Tokyo")
