"""The collectors: a row of this table for each source, and nothing else, makes it collectable.

A row says where its files are, which a pass asks for, and how often they change. What is in them the importer of the same name
knows, `shortable.importers`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import time
from types import MappingProxyType

from shortable.collect.wanted import (
    Files,
    Remote,
    by_day,
    by_market,
    by_symbol,
    fixed,
    fridays,
    half_months,
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
    options: Mapping[str, object] = field(default_factory=lambda: MappingProxyType({}))
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
        "b3",
        host="b3",
        files=by_day(
            Remote(
                "BTBLoanBalance_{day:%Y%m%d}.csv",
                "bdi/table/export/csv?lang=pt-BR",
                '{"Name": "BTBLoanBalance", "Date": "%Y-%m-%d", "FinalDate": "%Y-%m-%d", "ClientId": "", "Filters": {}}',
            ),
            time_zone="America/Sao_Paulo",
            days=weekdays,
            ready=time(8),
            after=1,
        ),
        suggested="--at 08:30",
        time_zone="America/Sao_Paulo",
        terms=_UNKNOWN + " The exchange keeps about 21 sessions.",
    ),
    Collector(
        "nse",
        host="nse",
        files=by_day(
            Remote("SLBM_BC_{day:%d%m%Y}.DAT", "archives/slbs/bhavcopy/SLBM_BC_{day:%d%m%Y}.DAT"),
            Remote(
                "slb_openpos_{day:%d%m%Y}.csv",
                "archives/slbs/open_pos/slb_openpos_{day:%d%m%Y}.csv",
            ),
            time_zone="Asia/Kolkata",
            days=weekdays,
            ready=time(22),
        ),
        suggested="--at 22:30",
        time_zone="Asia/Kolkata",
        terms=_UNKNOWN,
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
        "hkex-turnover",
        host="hkex",
        files=fixed(
            Remote("ASHTMAIN.HTM", "eng/stat/smstat/ssturnover/ncms/ASHTMAIN.HTM"),
            Remote("ASHTGEM.HTM", "eng/stat/smstat/ssturnover/ncms/ASHTGEM.HTM"),
        ),
        suggested="--at 18:00",
        time_zone="Asia/Hong_Kong",
        terms=_UNKNOWN + " Only the newest day is published: what is not collected is gone.",
        html=True,
    ),
    Collector(
        "finra-volume",
        host="finra",
        files=by_day(
            Remote("CNMSshvol{day:%Y%m%d}.txt", "equity/regsho/daily/CNMSshvol{day:%Y%m%d}.txt"),
            time_zone="America/New_York",
            days=weekdays,
            ready=time(18, 30),
        ),
        suggested="--at 19:00",
        time_zone="America/New_York",
        terms=_UNKNOWN,
        states_its_end=True,
    ),
    Collector(
        "sec-fails",
        host="sec",
        files=by_day(
            Remote(
                "cnsfails{day:%Y%m}{half}.zip",
                "files/data/fails-deliver-data/cnsfails{day:%Y%m}{half}.zip",
            ),
            time_zone="America/New_York",
            days=half_months,
            after=14,
        ),
        suggested='--at 07:00 --user-agent "Jane Doe jane@example.com"',
        time_zone="America/New_York",
        terms='"Current policies limit each user to a total of no more than 10 requests per second", by a User-Agent that names '
        "who asks (https://www.sec.gov/developer, as quoted elsewhere; not read there).",
        contact=True,
    ),
    Collector(
        "regsho",
        host="nasdaq",
        files=by_day(
            Remote("nasdaqth{day:%Y%m%d}.txt", "dynamic/symdir/regsho/nasdaqth{day:%Y%m%d}.txt"),
            time_zone="America/New_York",
            days=weekdays,
            ready=time(1),
            after=1,
        ),
        suggested="--at 07:00",
        time_zone="America/New_York",
        terms=_UNKNOWN,
        states_its_end=True,
    ),
    Collector(
        "rule201",
        host="nasdaq",
        files=by_day(
            Remote(
                "shorthalts{day:%Y%m%d}.txt", "dynamic/symdir/shorthalts/shorthalts{day:%Y%m%d}.txt"
            ),
            time_zone="America/New_York",
            days=weekdays,
            ready=time(20, 30),
        ),
        suggested="--at 21:00",
        time_zone="America/New_York",
        terms=_UNKNOWN,
        options=MappingProxyType({"complete": True}),  # trading ends at 20:00
    ),
    Collector(
        "asic",
        host="asic",
        files=by_day(
            Remote(
                "RR{day:%Y%m%d}-001-SSDailyAggShortPos.csv",
                "short-selling/RR{day:%Y%m%d}-001-SSDailyAggShortPos.csv",
            ),
            time_zone="Australia/Sydney",
            days=weekdays,
            ready=time(12),
            after=4,
        ),
        suggested="--at 18:00",
        time_zone="Australia/Sydney",
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
