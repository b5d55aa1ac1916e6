"""Corporate actions: splits, dividends, renames and delistings, from files of several kinds."""

from __future__ import annotations

from collections.abc import Mapping
from typing import get_args

from shortable.actions import CorporateActions, DividendBasis, Format, parse_actions
from shortable.errors import CorporateActionError, ImportRefusedError
from shortable.importers.files import SourceFile, source_name
from shortable.importers.report import Reject
from shortable.importers.source import MARKET, Option, Parsed, Source
from shortable.importers.tables import TableSource
from shortable.market import Market

__all__ = ["SOURCE", "parse_actions_file"]


def parse_actions_file(
    file: TableSource,
    /,
    *,
    format: Format | None = None,
    symbol: str | None = None,
    market: Market | str | None = None,
    columns: Mapping[str, str] | None = None,
    dividends: DividendBasis | None = None,
    evenings: bool | None = None,
    date_format: str | None = None,
    currency: str | None = None,
) -> Parsed:
    """Parse one file, or LEAN's folder; nothing is stored.

    Parameters
    ----------
    file : path, bytes, DataFrame or pa.Table
    format, symbol, market, columns, dividends, evenings, date_format, currency
        As in `shortable.actions.read_actions`.

    Raises
    ------
    ImportRefusedError
        The file cannot be read, says too little, contradicts itself, or holds no action.

    Examples
    --------
    >>> parsed = parse_actions_file(b"symbol,ex_date,new,old\\nAMC,2023-08-24,1,10\\n")
    >>> parsed.actions, parsed.rows_read
    (<CorporateActions: 1 splits>, 1)
    """
    source = file.data if isinstance(file, SourceFile) else file
    try:
        read = parse_actions(
            source,
            format=format,
            symbol=symbol,
            market=market,
            columns=columns,
            dividends=dividends,
            evenings=evenings or None,
            date_format=date_format,
            currency=currency,
        )
        actions = CorporateActions(read.records)
    except CorporateActionError as error:
        raise ImportRefusedError(f"{source_name(file)}: nothing was imported: {error}") from None
    name = file.name if isinstance(file, SourceFile) else read.source
    if not len(actions):
        first = read.rejected[0] if read.rejected else None
        why = f"; line {first.line}: {first.reason}" if first else ""
        raise ImportRefusedError(f"{name}: it states no action{why}")
    parsed = Parsed(name, actions=actions, notes=list(read.notes))
    parsed.rejects = [Reject(name, r.line, r.text, r.reason) for r in read.rejected]
    parsed.passed_over = dict(read.passed_over)
    # A row of LEAN's files is a span of time, which may end with two actions or with none: there, actions are counted.
    used = read.used if read.one_each else len(read.records)
    parsed.pass_over("rows that repeat another", used - len(actions))
    parsed.rows_read = used + len(parsed.rejects) + sum(read.passed_over.values())
    return parsed


SOURCE = Source(
    name="actions",
    about="splits, dividends, renames and delistings: tables, Yahoo, LEAN, Interactive Brokers, split lists",
    states=("corporate actions",),
    parse=parse_actions_file,
    columns={
        "symbol": "ticker, in any vendor's spelling",
        "ex_date": "first session on the new shares, or without the dividend",
        "new, old": "shares after and before a split; or ratio, as 4:1, 1 for 10 or 0.1",
        "amount": "dividend a share, gross, in the unit that --dividends states",
        "currency": "ISO 4217; default the market's own",
        "new_symbol": "the ticker after a rename",
        "kind": "split, dividend, rename, delisting or listing, where the columns do not say it",
        "Dividends, Stock Splits": "Yahoo's, a share restated for later splits",
        "description": "Interactive Brokers', with the evening on which it is effective",
    },
    market=None,
    time_zone="dates are the exchange's own",
    complete="what a file leaves out is not known to it",
    published="the ex-date",
    options=(
        Option("format", "What the files are. Default: found out.", choices=get_args(Format)),
        Option("symbol", "Symbol of all rows, where nothing says it.", metavar="SYMBOL"),
        MARKET,
        Option(
            "columns",
            "Which column is which; may be repeated.",
            kind=dict,
            metavar="FIELD=COLUMN",
            flag="--column",
        ),
        Option(
            "dividends",
            "Whose share amounts are for: the day's own (raw), or restated for later splits.",
            choices=get_args(DividendBasis),
        ),
        Option("evenings", "Dates are the evenings before the ex-dates.", kind=bool),
        Option("date_format", "What dates look like, such as %d.%m.%Y.", metavar="FORMAT"),
        Option("currency", "Currency of amounts. Default: the market's own.", metavar="CODE"),
    ),
)
