"""One run of a sweep, as a worker process makes it from names: algorithm, prices, data folder, settings."""

from __future__ import annotations

import contextlib
import sys
import threading
import warnings
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from shortable.cli.algorithm_file import UserCodeError, users_line
from shortable.cli.job import (
    Job,
    Span,
    actions_of,
    data_folder_named,
    job_of,
    lean_file,
    prices_of,
    sample_hint,
)
from shortable.errors import AlgorithmError, InvalidInputError, MadeUpDataWarning
from shortable.market_data import MarketData

if TYPE_CHECKING:
    from shortable.providers import LocalDiskShortableProvider
    from shortable.results import Result
    from shortable.results.runs import Value

__all__ = ["AlgorithmRun"]

# The data folder and stdout are the whole process's, and a cluster's workers may have several threads.
_ONE_AT_A_TIME = threading.Lock()


@dataclass(frozen=True, slots=True)
class AlgorithmRun:
    """Makes the run of one point. It holds names only: each worker opens prices and store itself, and keeps them."""

    what: str
    """An example's name, or a Python file."""
    data: Path | None = None
    prices: Path | None = None
    actions: Path | None = None
    basis: str | None = None
    currency: str | None = None
    broker: str | None = None
    use: tuple[tuple[str, Any], ...] = ()
    """``own_use`` and ``share`` of the backtest, where they are given."""
    start: str | None = None
    end: str | None = None
    cash: float | None = None
    parameters: tuple[tuple[str, str], ...] = ()
    """The same at every point."""
    class_name: str | None = None

    def __call__(self, parameters: Mapping[str, Value]) -> Result:
        """Run the algorithm with these parameters, which it reads as text, as those of ``--parameter``."""
        texts = dict(self.parameters) | {name: str(value) for name, value in parameters.items()}
        with (
            _ONE_AT_A_TIME,
            warnings.catch_warnings(),
            contextlib.redirect_stdout(sys.stderr),
            sample_hint(self.what, self.data),
        ):
            warnings.simplefilter("ignore", MadeUpDataWarning)  # the summary says so
            try:
                return self._run(texts)
            except UserCodeError as error:
                cause = error.__cause__ or error
                raised = AlgorithmError(f"{type(cause).__name__}: {cause}")
                raise _where(raised, cause, Path(self.what)) from cause
            except Exception as error:
                _where(error, error.__cause__ or error, Path(self.what))
                raise

    def check(self) -> None:
        """Find out before any run what no run could do without: the algorithm, the prices, the broker's store."""
        given = _prices(self.prices, self.basis, self.currency)
        if lean_file(Path(self.what)) is not None:
            options = {"--broker": self.broker, "--actions": self.actions}
            options |= {f"--{name.replace('_', '-')}": value for name, value in self.use}
            for option, value in options.items():
                if value is not None:
                    raise InvalidInputError(
                        option,
                        str(value),
                        "be left out",
                        "An algorithm written for LEAN finds its providers and its actions itself, and LEAN's rule decides.",
                    )
            return
        with data_folder_named(self.data), sample_hint(self.what, self.data):
            if self.broker is not None:
                _provider(self.broker, self.data)
            actions_of(self.actions, self._job(given).prices)

    def _run(self, parameters: dict[str, str]) -> Result:
        from shortable.engine import Backtest
        from shortable.lean import LeanDataFolder, run_algorithm

        span = Span(start=self.start, end=self.end, cash=self.cash)
        given = _prices(self.prices, self.basis, self.currency)
        lean = lean_file(Path(self.what))
        if lean is not None:
            source: MarketData | Path | None = given
            of_lean = self.data is not None and LeanDataFolder.recognises(self.data)
            if given is None:
                source = self.data if of_lean else _sample()
            with data_folder_named(None if of_lean else self.data):
                result = run_algorithm(
                    lean,
                    source,
                    class_name=self.class_name,
                    parameters=parameters,
                    raising=True,
                    **span,
                )
                result.summary()
                return result
        with data_folder_named(self.data):
            job = self._job(given)
            provider = None if self.broker is None else _provider(self.broker, self.data)
            made = Backtest(
                job.algorithm,
                job.prices,
                provider=provider,
                actions=actions_of(self.actions, job.prices),
                parameters=parameters,
                **span,
                **dict(self.use),
                **job.models,
            ).run()
            made.summary()  # which asks the providers, while they still find their folder
            return made

    def _job(self, given: MarketData | None) -> Job:
        """Find the algorithm; a user's file is loaded anew for each run, so that none sees what another left in it."""
        from shortable.examples import EXAMPLES

        if self.what in EXAMPLES:
            return _example(self.what, given, self.start)
        return job_of(
            Path(self.what), self.class_name, _sample() if given is None else given, self.start
        )


def _where(raised: Exception, cause: BaseException, file: Path) -> Exception:
    line = users_line(cause, file.parent) if file.suffix == ".py" else None
    if line is not None:
        raised.add_note(": ".join(part.strip() for part in line.splitlines()))
    return raised


@lru_cache(maxsize=1)
def _prices(path: Path | None, basis: str | None, currency: str | None) -> MarketData | None:
    return prices_of(path, basis, currency)


@lru_cache(maxsize=1)
def _sample() -> MarketData:
    return MarketData.sample()


@lru_cache(maxsize=1)
def _example(name: str, given: MarketData | None, start: str | None) -> Job:
    return job_of(Path(name), None, given, start)


@lru_cache(maxsize=1)
def _provider(broker: str, data: Path | None) -> LocalDiskShortableProvider:
    from shortable.providers import LocalDiskShortableProvider

    return LocalDiskShortableProvider(broker, data)
