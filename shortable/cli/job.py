"""What ``shortable run`` and ``shortable sweep`` are to run: an algorithm by name or file, on prices, in a data folder."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, TypedDict

from shortable.cli.algorithm_file import load_algorithm
from shortable.cli.files import read_prices
from shortable.errors import InvalidInputError, UnknownBrokerError
from shortable.market_data import MarketData
from shortable.store import ENVIRONMENT, data_folder, is_remote, sample_folder, uri_of

if TYPE_CHECKING:
    from shortable.actions import CorporateActions
    from shortable.engine import Algorithm
    from shortable.examples.registry import Models

__all__ = [
    "Job",
    "actions_of",
    "data_folder_named",
    "job_of",
    "lean_file",
    "parameters_of",
    "prices_of",
    "sample_hint",
]


class Span(TypedDict):
    """What part of the prices is run, and with how much cash; None leaves it to the algorithm."""

    start: str | None
    end: str | None
    cash: float | None


def _no_models() -> Models:
    return {}


@dataclass(frozen=True, slots=True)
class Job:
    """What is to be run."""

    title: str
    """What the summary calls it."""
    algorithm: type[Algorithm]
    prices: MarketData
    models: Models = field(default_factory=_no_models)
    """Arguments of `Backtest` that belong to an example."""


def prices_of(path: Path | None, basis: str | None, currency: str | None) -> MarketData | None:
    """Return the prices that are named, None where none are."""
    if path is not None:
        return read_prices(path, basis=basis, currency=currency)
    for option, value in (("--basis", basis), ("--currency", currency)):
        if value is not None:
            raise InvalidInputError(option, value, "come with --prices, of which it says something")
    return None


def actions_of(path: Path | None, prices: MarketData) -> CorporateActions:
    """Return the corporate actions that are named, else those beside the prices, else the data folder's."""
    from shortable.actions import load_actions, read_actions

    if path is not None:
        return read_actions(path)
    if len(prices.actions) or prices.made_up:
        return prices.actions
    folder = data_folder(remote=True).path
    if is_remote(folder):
        return prices.actions  # object storage holds availability alone
    markets = sorted({symbol.market for symbol in prices.symbols()})
    stored = [load_actions(folder, market) for market in markets]
    return stored[0].merged(*stored[1:])


def job_of(what: Path, class_name: str | None, given: MarketData | None, start: str | None) -> Job:
    """Find the algorithm and the prices; a name that is no example is taken for a file."""
    from shortable.examples import EXAMPLES

    example = EXAMPLES.get(str(what))
    if example is not None and example.algorithm is not None:
        prices = example.data(given, start)
        return Job(example.name, example.algorithm, prices, example.models(prices))
    if what.suffix != ".py" and not what.exists():
        names = ", ".join(EXAMPLES)
        raise InvalidInputError(
            "algorithm", str(what), f"be a Python file or an example, one of {names}"
        )
    algorithm = load_algorithm(what, class_name)
    return Job(
        f"{what.name}: {algorithm.__name__}",
        algorithm,
        MarketData.sample() if given is None else given,
    )


def lean_file(what: Path) -> Path | None:
    """Return the file of an algorithm written for LEAN: the one named, or an example's; else None."""
    from shortable.examples import EXAMPLES
    from shortable.lean import is_lean_file

    example = EXAMPLES.get(str(what))
    if example is not None:
        return example.lean_file
    return what if what.suffix == ".py" and what.is_file() and is_lean_file(what) else None


def parameters_of(given: list[str] | None) -> dict[str, str]:
    """Read ``--parameter NAME=VALUE``."""
    pairs = [text.partition("=") for text in given or ()]
    for name, sign, value in pairs:
        if not name or not sign:
            raise InvalidInputError("--parameter", name + sign + value, "read NAME=VALUE")
    return {name.strip(): value for name, _, value in pairs}


@contextlib.contextmanager
def data_folder_named(data: Path | None) -> Iterator[None]:
    """Let every provider without a data folder of its own, the algorithm's too, read from this one."""
    if data is None:
        yield
        return
    before = os.environ.get(ENVIRONMENT)
    os.environ[ENVIRONMENT] = uri_of(data_folder(data, remote=True).path)
    try:
        yield
    finally:
        if before is None:
            del os.environ[ENVIRONMENT]
        else:
            os.environ[ENVIRONMENT] = before


@contextlib.contextmanager
def sample_hint(what: str, data: Path | None) -> Iterator[None]:
    """Say where the sample is, if an example does not find its broker because the user has a store of their own."""
    from shortable.examples import EXAMPLES

    try:
        yield
    except UnknownBrokerError as error:
        if data is not None or what not in EXAMPLES:
            raise
        hint = f"{error} The example is made for the sample data: --data {sample_folder()}"
        raise UnknownBrokerError(hint) from error
