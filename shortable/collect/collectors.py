"""The collectors: a row of this table for each source, and nothing else, makes it collectable.

A row says where its files are, which a pass asks for, and how often they change. What is in them the importer of the same name
knows, `shortable.importers`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import time
from types import MappingProxyType
from typing import Any

from shortable.collect.wanted import (
    Files,
    Remote,
    by_day,
    by_market,
    by_symbol,
    fixed,
    fridays,
    settlement_dates,
    weekdays,
)
from shortable.market import Market

__all__ = ["COLLECTORS", "Collector"]


@dataclass(frozen=True, slots=True)
class Collector:
    """How one source is collected."""

    source: str
    """Name of its importer, and what `shortable collect` calls it."""
    host: str
    """The host, by its name in ``hosts.toml``."""
    files: Files
    """Which files a pass asks for."""
    suggested: str
    """Which schedule suits it, as options of the command."""
    time_zone: str
    """IANA zone of the times of ``--at``."""
    terms: str
    """What its publisher says of using it, with the address where that was read; where nothing is known, that."""
    retrieved_as: str = ""
    """The importer's option that states when a file without a time of its own was fetched; empty: it has one."""
    states_its_end: bool = False
    """The importer refuses a file that was cut off."""
    html: bool = False
    """The file is a page for people."""
    contact: bool = False
    """The publisher asks for a name and an address in the User-Agent."""
    options: Mapping[str, Any] = field(default_factory=lambda: MappingProxyType({}))
    """Options of the importer for every file."""


_UNKNOWN = "Not known here: read the publisher's terms before you collect."

# "dutch", "british", "swedish" and "swiss" are how Interactive Brokers names its files.
_IBKR_FILES = {
    Market.USA: "usa.txt",
    Market.AUSTRALIA: "australia.txt",
    Market.AUSTRIA: "austria.txt",
    Market.BELGIUM: "belgium.txt",
    Market.CANADA: "canada.txt",
    Market.FRANCE: "france.txt",
    Market.GERMANY: "germany.txt",
    Market.HKEX: "hongkong.txt",
    Market.INDIA: "india.txt",
    Market.ITALY: "italy.txt",
    Market.JAPAN: "japan.txt",
    Market.MEXICO: "mexico.txt",
    Market.NETHERLANDS: "dutch.txt",
    Market.SPAIN: "spain.txt",
    Market.SWEDEN: "swedish.txt",
    Market.SWITZERLAND: "swiss.txt",
    Market.UK: "british.txt",
}

_ROWS = (
    Collector(
        "ibkr",
        host="interactive_brokers",
        files=by_market(_IBKR_FILES, (Market.USA,)),
        suggested="--every 15m",
        time_zone="America/New_York",
        terms='A public server: "enter the username “shortstock” and leave the password empty" '
        "(Interactive Brokers' knowledge base, article 2024, https://ibkr.info/article/2024). "
        "Terms of keeping or passing on the lists are not known here.",
        states_its_end=True,
    ),
    Collector(
        "twse",
        host="twse",
        files=by_day(
            Remote(
                "TWT93U_{day:%Y%m%d}.json",
                "rwd/zh/marginTrading/TWT93U?date={day:%Y%m%d}&response=json",
            ),
            time_zone="Asia/Taipei",
            days=weekdays,
            ready=time(22, 30),
        ),
        suggested="--at 22:40",
        time_zone="Asia/Taipei",
        terms='"When using this Website, you are deemed to have read, understood, and consented to accept all conditions '
        'specified in the Terms" (https://www.twse.com.tw/en/terms/use.html). Leave some seconds between two requests.',
    ),
    Collector(
        "tpex",
        host="tpex",
        files=by_day(
            Remote(
                "margin_sbl_{day:%Y%m%d}.json",
                "www/zh-tw/margin/sbl?date={day:%Y%%2F%m%%2F%d}&response=json",
            ),
            time_zone="Asia/Taipei",
            days=weekdays,
            ready=time(22, 30),
        ),
        suggested="--at 22:40",
        time_zone="Asia/Taipei",
        terms=_UNKNOWN,
    ),
    Collector(
        "jsf",
        host="jsf",
        files=fixed(
            Remote("shina.csv", "data/shina.csv"),
            Remote("zandaka.csv", "data/zandaka.csv"),
            Remote("seigenichiran.csv", "data/seigenichiran.csv"),
        ),
        suggested="--at 11:00 --at 20:30",
        time_zone="Asia/Tokyo",
        terms=_UNKNOWN + " Only the newest day is published: what is not collected is gone.",
    ),
    Collector(
        "finra",
        host="finra",
        files=by_day(
            Remote("shrt{day:%Y%m%d}.csv", "equity/otcmarket/biweekly/shrt{day:%Y%m%d}.csv"),
            time_zone="America/New_York",
            days=settlement_dates,
            ready=time(18),
            after=9,
        ),
        suggested="--at 20:00",
        time_zone="America/New_York",
        terms=_UNKNOWN,
    ),
    Collector(
        "sfc",
        host="sfc",
        files=by_day(
            Remote(
                "Short_Position_Reporting_Aggregated_Data_{day:%Y%m%d}.csv",
                "-/media/EN/pdf/spr/{day:%Y/%m/%d}/Short_Position_Reporting_Aggregated_Data_{day:%Y%m%d}.csv",
            ),
            time_zone="Asia/Hong_Kong",
            days=fridays,
            ready=time(17),
            after=7,
        ),
        suggested="--at 18:30",
        time_zone="Asia/Hong_Kong",
        terms=_UNKNOWN,
    ),
    Collector(
        "iborrowdesk",
        host="iborrowdesk",
        files=by_symbol(Remote("{symbol}.json", "api/ticker/{symbol}")),
        suggested="--every 6h --symbol GME",
        time_zone="America/New_York",
        terms=_UNKNOWN,
    ),
)

COLLECTORS: Mapping[str, Collector] = MappingProxyType({row.source: row for row in _ROWS})
"""By the name of the source."""
