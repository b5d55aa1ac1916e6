"""Every source that can be imported, by the name that the command line and `import_source` call it."""

from __future__ import annotations

from collections.abc import Mapping

from shortable.importers.source import Source
from shortable.importers.sources import (
    actions,
    finra,
    iborrowdesk,
    interactive_brokers,
    lean,
    longbridge,
    massive,
    sfc,
    table,
)
from shortable.importers.sources.brokers import alpaca, futu, schwab, tiger, tradier
from shortable.importers.sources.exchanges import b3, finmind, jsf, nse, tpex, twse
from shortable.importers.sources.flows import (
    asic,
    china_margin,
    finra_volume,
    hkex_turnover,
    krx,
    netshort,
    sec_fails,
)
from shortable.importers.sources.rules import china_eligible, hkex_designated, regsho, rule201

__all__ = ["SOURCES"]

SOURCES: Mapping[str, Source] = {
    module.SOURCE.name: module.SOURCE
    for module in (
        interactive_brokers,
        lean,
        table,
        iborrowdesk,
        alpaca,
        futu,
        schwab,
        tiger,
        tradier,
        twse,
        tpex,
        finra,
        massive,
        sfc,
        longbridge,
        jsf,
        b3,
        nse,
        finmind,
        finra_volume,
        sec_fails,
        hkex_turnover,
        asic,
        netshort,
        china_margin,
        krx,
        regsho,
        rule201,
        hkex_designated,
        china_eligible,
        actions,
    )
}
"""The sources, those of availability first."""
