"""Shortable providers as LEAN has them (LEAN: Common/Data/Shortable): ours, LEAN's names for them, and users' own."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar

from shortable.errors import ProviderContractError, UnknownBrokerError
from shortable.lean.collections import LeanDictionary
from shortable.lean.data.globals import DataProvider, Globals
from shortable.lean.enums import SecurityType
from shortable.lean.names import LeanObject
from shortable.lean.numbers import ZERO, decimal_of
from shortable.lean_files import VALUES, broker_folder, data_lines, holds_files

if TYPE_CHECKING:
    from shortable.lean.symbols import Symbol

__all__ = [
    "AtreyuShortableProvider",
    "IShortableProvider",
    "InteractiveBrokersShortableProvider",
    "LocalDiskShortableProvider",
    "NullShortableProvider",
]

_DAYS_BACK = 7


class IShortableProvider(LeanObject):
    """Base of providers; a user's class needs none."""

    def fee_rate(self, symbol: Symbol, local_time: datetime) -> float:
        """Return the borrow fee as an annual fraction, 0 where none is known."""
        return 0.0

    def rebate_rate(self, symbol: Symbol, local_time: datetime) -> float:
        """Return the rebate as an annual fraction, 0 where none is known."""
        return 0.0

    def shortable_quantity(self, symbol: Symbol, local_time: datetime) -> int | None:
        """Return shares available, None for no known restriction."""
        return None

    def all_shortable_symbols(self, local_time: datetime) -> Any:
        """Return shares available of all symbols that the provider lists."""
        return LeanDictionary()


class NullShortableProvider(IShortableProvider):
    """Everything can be borrowed, for nothing."""

    INSTANCE: ClassVar[NullShortableProvider]
    Instance: ClassVar[NullShortableProvider]


NullShortableProvider.INSTANCE = NullShortableProvider.Instance = NullShortableProvider()


class LocalDiskShortableProvider(IShortableProvider):
    """What a broker's files say, by LEAN's rule: the row of that very date, else no restriction and rates of 0.

    In a run on a LEAN data folder the files are its ``equity/usa/shortable/<brokerage>/symbols/<ticker>.csv``, found by
    the symbol's ticker in force. Else they are the broker's store, where the newest snapshot of that date counts.

    Parameters
    ----------
    brokerage : str
        Such as ``"axos"``. LEAN's older ``(security_type, brokerage, market)`` is taken too.

    Attributes
    ----------
    brokerage : str
    data_provider : DataProvider
        What files are read with.
    """

    def __init__(self, brokerage: Any, *more: Any) -> None:
        if isinstance(brokerage, SecurityType):
            brokerage = more[0]
        self.brokerage = str(brokerage).lower()
        self.data_provider = DataProvider()
        self._rows: dict[tuple[str, str], dict[date, tuple[int | None, Decimal, Decimal]]] = {}
        self._stores: dict[str | None, Any] = {}

    def _row(self, symbol: Symbol, local_time: datetime) -> tuple[int | None, Decimal, Decimal]:
        """Return quantity, rebate rate and fee rate of a date."""
        if symbol is None:
            return None, ZERO, ZERO
        folder = Path(Globals.data_folder)
        files = broker_folder(folder, "usa", self.brokerage)
        if holds_files(files):
            key = str(files), symbol.value.lower()
            if key not in self._rows:
                self._rows[key] = _read(self.data_provider, files / "symbols" / f"{key[1]}.csv")
            day = local_time.date() if isinstance(local_time, datetime) else local_time
            return self._rows[key].get(day, (None, ZERO, ZERO))
        store = self._store(folder)
        if store is None:
            return None, ZERO, ZERO
        name = symbol.shortable
        return (
            store.shortable_quantity(name, local_time),
            decimal_of(store.rebate_rate(name, local_time)),
            decimal_of(store.fee_rate(name, local_time)),
        )

    def _store(self, folder: Path) -> Any:
        """Return the broker's store: in the run's LEAN folder, or where there is none wherever stores are."""
        from shortable.providers import LocalDiskShortableProvider as Stored

        given = (
            str(folder) if (folder / "equity").is_dir() and Globals.data_folder != "data" else None
        )
        if given not in self._stores:
            try:
                self._stores[given] = Stored(self.brokerage, given, match="exact_date")
            except UnknownBrokerError:
                self._stores[given] = None  # LEAN: a broker without files restricts nothing
        return self._stores[given]

    def _made_up(self, start: datetime, end: datetime) -> bool:
        """Whether answers in that time rested on made-up sample data."""
        return any(
            store is not None and store.made_up(start, end) for store in self._stores.values()
        )

    def fee_rate(self, symbol: Symbol, local_time: datetime) -> float:
        """Return the fee rate of that date as an annual fraction, 0.0 where none is known."""
        return float(self._row(symbol, local_time)[2])

    def rebate_rate(self, symbol: Symbol, local_time: datetime) -> float:
        """Return the rebate rate of that date as an annual fraction, 0.0 where none is known."""
        return float(self._row(symbol, local_time)[1])

    def shortable_quantity(self, symbol: Symbol, local_time: datetime) -> int | None:
        """Return the shares of that date, None where nothing is known."""
        return self._row(symbol, local_time)[0]

    def has_quantity(self, symbol: Symbol, local_time: datetime) -> bool:
        """Whether a quantity of that date is known; LEAN has no such question."""
        return self._row(symbol, local_time)[0] is not None

    def has_fee_rate(self, symbol: Symbol, local_time: datetime) -> bool:
        """Whether a fee rate of that date is known: one of 0 in a file reads like none there."""
        return bool(self._row(symbol, local_time)[2])

    def all_shortable_symbols(self, local_time: datetime) -> Any:
        """Return the shares of all symbols of the newest list of that date or up to seven days before.

        Returns
        -------
        LeanDictionary of Symbol to int
        """
        from shortable.lean.symbols import SecurityIdentifier
        from shortable.lean.symbols import Symbol as LeanSymbol

        folder = Path(Globals.data_folder)
        files = broker_folder(folder, "usa", self.brokerage)
        found: LeanDictionary[Any, int] = LeanDictionary()

        def symbol(ticker: str, day: datetime) -> Any:
            return LeanSymbol(
                SecurityIdentifier.generate_equity(ticker, "usa", mapping_resolve_date=day), ticker
            )

        if not holds_files(files):
            store = self._store(folder)
            listed = {} if store is None else store.all_shortable_symbols(local_time)
            for name, shares in listed.items():
                found[symbol(name.ticker, local_time)] = shares
            return found
        for back in range(_DAYS_BACK + 1):
            file = files / "dates" / f"{local_time - timedelta(days=back):%Y%m%d}.csv"
            for _, _, (ticker, shares, *_rates) in _lines(self.data_provider, file, "SYM"):
                if shares:
                    found[symbol(ticker, local_time)] = int(shares)
            if len(found):
                break
        return found


class InteractiveBrokersShortableProvider(LocalDiskShortableProvider):
    """What Interactive Brokers' files say."""

    def __init__(self) -> None:
        super().__init__("interactivebrokers")


class AtreyuShortableProvider(LocalDiskShortableProvider):
    """What Atreyu's files say: the example of LEAN's older documents. The broker is Axos by now.

    Parameters
    ----------
    security_type, market : object, optional
        Of US equities.
    """

    def __init__(self, security_type: Any = None, market: Any = None) -> None:
        super().__init__("atreyu")


def _lines(reader: Any, file: Path, key: str) -> list[tuple[int, str, list[str]]]:
    """Return line numbers, lines, and their cells: key, shares, rebate and fee in percent, each possibly empty."""
    held = reader.fetch(str(file))
    if held is None:
        return []
    lines, at = data_lines(held if isinstance(held, bytes) else str(held).encode(), str(file), key)
    found = []
    for number, line in lines:
        cells = [cell.strip() for cell in line.split(",")]
        columns = (at.get(name, len(cells)) for name in (key, *VALUES))
        found.append((number, line, [cells[n] if n < len(cells) else "" for n in columns]))
    return found


def _read(reader: Any, file: Path) -> dict[date, tuple[int | None, Decimal, Decimal]]:
    """Read one symbol's file: date, shares, and rebate and fee as annual fractions."""
    rows = {}
    for number, line, (day, shares, rebate, fee) in _lines(reader, file, "DATE"):
        try:
            rows[datetime.strptime(day, "%Y%m%d").date()] = (
                int(Decimal(shares)) if shares else None,
                Decimal(rebate or 0) / 100,
                Decimal(fee or 0) / 100,
            )
        except (ValueError, ArithmeticError):
            raise ProviderContractError(
                f"{file}, line {number}: {line!r} must be yyyyMMdd,shares,rebate,fee"
            ) from None
    return rows
