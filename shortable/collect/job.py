"""A job: which source is collected into which folder, how, and with how much patience."""

from __future__ import annotations

import math
import string
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from functools import cached_property
from importlib.metadata import PackageNotFoundError, version
from importlib.util import find_spec
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from shortable.collect.collectors import COLLECTORS, Collector
from shortable.collect.fetch import Known, Limits, Transfer
from shortable.collect.ftp import FtpTransfer
from shortable.collect.hosts import Host, check_url, read_hosts
from shortable.collect.http import HttpTransfer, check_httpx
from shortable.collect.schedule import SYSTEM_CLOCK, Clock
from shortable.collect.wanted import Ask, File
from shortable.errors import InvalidInputError, MissingDependencyError
from shortable.importers import SOURCES
from shortable.market import Market
from shortable.store import check_broker, writable_folder

__all__ = ["Job", "Patience"]


@dataclass(frozen=True, slots=True)
class Patience:
    """How long to wait, and how often to try. All times are seconds."""

    attempts: int = 5
    """Tries of one file in one pass."""
    first_wait: float = 2.0
    """Before the second try; it doubles from try to try, and chance adds up to `jitter`."""
    longest_wait: float = 60.0
    """Between two tries; a server that asks for more is left alone for this pass."""
    jitter: float = 1.0
    """Most that chance adds to a wait, so that many collectors do not come at one moment."""
    stall: float = 30.0
    """Without a byte, after which a server counts as gone."""
    whole: float = 600.0
    """For one file."""
    delay: float | None = None
    """Between two requests to one host; None: what ``hosts.toml`` says."""
    size: int = 1 << 28
    """Most bytes of one file."""

    def __post_init__(self) -> None:
        if isinstance(self.attempts, bool) or not 1 <= self.attempts <= 100:
            raise InvalidInputError("attempts", self.attempts, "be a number from 1 to 100")
        for name in ("first_wait", "longest_wait", "jitter", "delay"):
            value = getattr(self, name)
            if value is not None and not 0 <= value < math.inf:
                raise InvalidInputError(name, value, "be a number of seconds, at least 0")
        for name in ("stall", "whole", "size"):
            if not 0 < getattr(self, name) < math.inf:
                raise InvalidInputError(name, getattr(self, name), "be above 0")


@dataclass(frozen=True, kw_only=True)
class Job:
    """What `collect` and `watch` do.

    Parameters
    ----------
    source : str
        A key of `COLLECTORS`.
    data_folder : path, optional
        Default the environment's ``SHORTABLE_DATA``, else ``./data``; made if need be.
    broker : str, optional
        Store of availability; default the source's own.
    markets, symbols, since : optional
        Which markets, symbols or days, where the source has a file for each.
    url : str, optional
        Address of the file, in place of the host's; ``{market}``, ``{symbol}``, ``{day:%Y%m%d}``, ``{half}`` and ``{file}`` in it
        are filled in. One that ends with ``/`` is taken for the host's root.
    hosts : path, optional
        TOML file over the hosts that come with shortable; default what ``SHORTABLE_HOSTS`` names.
    keep_raw : bool, default False
        Keep every imported file as it was fetched, gzipped.
    user_agent : str, optional
        What HTTP requests call themselves, with an address for the publisher; default shortable and its version.
    patience : Patience
        How long to wait, and how often to try.
    clock : Clock
        The clock.

    Raises
    ------
    InvalidInputError
        An argument is outside its bounds, or the source does not take it.
    MissingDependencyError
        The extra ``collect`` is not installed.
    """

    source: str
    data_folder: str | Path | None = None
    broker: str | None = None
    markets: tuple[Market, ...] = ()
    symbols: tuple[str, ...] = ()
    since: date | None = None
    url: str | None = None
    hosts: str | Path | None = None
    keep_raw: bool = False
    user_agent: str | None = None
    patience: Patience = field(default_factory=Patience)
    clock: Clock = SYSTEM_CLOCK

    def __post_init__(self) -> None:
        if self.source not in COLLECTORS:
            raise InvalidInputError("source", self.source, f"be one of {', '.join(COLLECTORS)}")
        if self.broker is not None:
            check_broker(self.broker)
        if find_spec("stamina") is None:
            raise MissingDependencyError("collecting", "collect")
        for file in self.wanted()[:1]:
            check_url(self.address(file), "url")
        base = self.url if self.url is not None else self.host.base
        if urlsplit(base).scheme != "ftp":
            check_httpx()
        if self.collector.contact and self.url is None and not self.user_agent:
            raise InvalidInputError(
                "user_agent",
                None,
                "be given",
                "The publisher asks for a name and an address, such as 'Jane Doe jane@example.com'.",
            )

    @property
    def collector(self) -> Collector:
        """The row of the table."""
        return COLLECTORS[self.source]

    @property
    def folder(self) -> Path:
        """The collector's own folder."""
        return writable_folder(self.data_folder) / "collect" / self.source

    @cached_property
    def host(self) -> Host:
        """The host that its files are on, where `url` does not say another."""
        return read_hosts(self.hosts)[self.collector.host]

    @property
    def delay(self) -> float:
        """Seconds between two requests."""
        return self.host.delay if self.patience.delay is None else self.patience.delay

    def wanted(self) -> list[File]:
        """Return the files that a pass asks for now."""
        ask = Ask(self.clock.now(), self.markets, self.symbols, self.since)
        return list(self.collector.files(ask))

    def address(self, file: File) -> str:
        """Return where a file is."""
        if self.url is None:
            return self.host.base.rstrip("/") + "/" + file.path
        if self.url.endswith("/"):
            return self.url + file.path
        names = {name for _, name, _, _ in string.Formatter().parse(self.url) if name}
        known = {"file": file.key, **file.fields}
        if not names <= set(known):
            raise InvalidInputError(
                "url", self.url, f"have fields out of {', '.join(sorted(known))}"
            )
        return self.url.format(**known)

    def transfer(self, file: File, known: Known) -> Transfer:
        """Return what fetches a file."""
        url = self.address(file)
        limits = Limits(
            stall=self.patience.stall,
            whole=self.patience.whole,
            size=self.patience.size,
            user_agent=self.user_agent or f"shortable/{_version()}",
            states_its_end=self.collector.states_its_end,
            html=self.collector.html,
            now=self.clock.now,
        )
        if urlsplit(url).scheme == "ftp":
            return FtpTransfer(url, known, limits)
        return HttpTransfer(url, known, limits, file.post)

    def options(self, file: File, retrieved: str) -> dict[str, Any]:
        """Return the importer's options for a file, as plain values that JSON holds."""
        given: Mapping[str, object] = {**self.collector.options, **file.options}
        plain = {name: getattr(value, "value", value) for name, value in given.items()}
        if self.collector.retrieved_as:
            plain[self.collector.retrieved_as] = retrieved
        return plain

    @property
    def stored_as(self) -> str | None:
        """The broker that the importer is given: None where the source has its own, or its figures are no broker's."""
        return self.broker if SOURCES[self.source].has_broker else None


def _version() -> str:
    try:
        return version("shortable-provider")
    except PackageNotFoundError:
        return "source"
