"""What a source is: a declaration of what its files say, and the function that parses one of them."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

import pyarrow as pa

from shortable.actions import CorporateActions
from shortable.importers.report import Reject
from shortable.market import Market
from shortable.store import Dataset, SnapshotRows

__all__ = [
    "DAY_TIMES",
    "MARKET",
    "TIME_ZONE",
    "Option",
    "ParseFile",
    "Parsed",
    "Settle",
    "Source",
    "Steps",
]

Steps = Callable[[int, int], None]
"""Called with how much of a file is read and how much there is."""


@dataclass
class Parsed:
    """One file, parsed and not yet stored.

    Attributes
    ----------
    source : str
        Name of the file, for messages.
    rows_read : int
        Rows of the file: each is in a snapshot or table, among the rejects, or passed over.
    snapshots : list of (Market, SnapshotRows)
        Availability that the file states.
    figures : list of (Dataset, Market, pa.Table)
        What else it states, such as short interest; tables of the dataset's schema.
    also : list of (Dataset, Market, pa.Table)
        As `figures`, of rows that are counted in `snapshots` or `figures` already: one row of the file states both.
    breaks : bool
        Store balances although an identity that they should keep is broken.
    actions : CorporateActions
        Corporate actions that the file states.
    rejects : list of Reject
        Rows that could not be used.
    passed_over : dict of str to int
        Rows that state nothing new, by kind ("trailers").
    notes : list of str
        What the reader of the report should know.
    """

    source: str
    rows_read: int = 0
    snapshots: list[tuple[Market, SnapshotRows]] = field(default_factory=list)
    figures: list[tuple[Dataset, Market, pa.Table]] = field(default_factory=list)
    also: list[tuple[Dataset, Market, pa.Table]] = field(default_factory=list)
    breaks: bool = False
    actions: CorporateActions = field(default_factory=CorporateActions)
    rejects: list[Reject] = field(default_factory=list)
    passed_over: dict[str, int] = field(default_factory=dict)
    notes: list[str] = field(default_factory=list)

    def pass_over(self, kind: str, rows: int) -> None:
        """Count rows that state nothing new."""
        if rows:
            self.passed_over[kind] = self.passed_over.get(kind, 0) + rows


ParseFile = Callable[..., Parsed]
"""Parses one file of a source; the keywords are the source's options, and what it `needs`. Nothing is stored."""


Settle = Callable[[Sequence[Parsed], str, str | Path | None, bool], None]
"""Completes what files leave open and other files say: all parsed files of an import, the name of the store, the data folder
and whether stored snapshots are to be replaced."""


@dataclass(frozen=True, slots=True)
class Option:
    """An option of a source: a keyword in Python, ``--keyword`` on the command line."""

    name: str
    """The keyword."""
    help: str
    """What it is for, in one sentence."""
    kind: type = str
    """``str``, ``datetime`` (text in ISO 8601), ``bool`` (a flag), ``int``, or ``dict`` (repeated ``KEY=VALUE``)."""
    metavar: str = "TEXT"
    """What the help shows in place of a value."""
    choices: tuple[str, ...] = ()
    """The values that there are; empty: any."""
    flag: str = ""
    """Its name on the command line, where that is not the keyword's."""

    @property
    def spelled(self) -> str:
        """Its name on the command line, with the dashes."""
        return self.flag or "--" + self.name.replace("_", "-")


@dataclass(frozen=True, slots=True)
class Source:
    """A kind of file that can be imported."""

    name: str
    """What the command line and `import_source` call it."""
    about: str
    """What it is, in one line."""
    states: tuple[str, ...]
    """What its files state: "availability", which is stored under a broker's name, or datasets such as
    "short interest", which are stored under the source's."""
    parse: ParseFile
    """Parses one file."""
    columns: Mapping[str, str]
    """The columns that are read, each with its meaning and unit; others are not stored."""
    market: Market | None
    """The market of its figures; None: the files do not say it, and the option ``market`` does."""
    time_zone: str
    """Zone of the times in its files."""
    complete: str
    """Whether a symbol that a file leaves out cannot be borrowed, in one phrase."""
    published: str
    """From when its figures count, in one phrase."""
    options: tuple[Option, ...] = ()
    """The options that it takes."""
    default_broker: str | None = None
    """Store of its availability; None: the caller names it."""
    files: str = "FILE"
    """What is imported: files, or a folder."""
    needs: tuple[Literal["broker", "steps"], ...] = ()
    """What `parse` is given beside the options: the broker's name, and what to call with the progress in one file."""
    settle: Settle | None = None
    """Called with all files of an import before anything is stored."""

    @property
    def has_broker(self) -> bool:
        """Whether it states availability, which is a broker's."""
        return "availability" in self.states


MARKET = Option("market", "Market of the files. Default: usa.", metavar="MARKET")
DAY_TIMES = (
    Option(
        "publish_at",
        "Time of day at which the list of a day is published, for dates without a time.",
        metavar="HH:MM",
    ),
    Option(
        "start_of_day",
        "Dates without a time are of lists published before the day begins.",
        kind=bool,
    ),
)
TIME_ZONE = Option("time_zone", "IANA zone of times that have no offset.", metavar="ZONE")
