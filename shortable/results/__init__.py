"""Results: one schema for a run's tables, one `Result`, one writer and reader of saved folders, for every engine.

`schema.TABLES` documents every table and column.
"""

from shortable.results.account import (
    Fill,
    Mark,
    OpeningBook,
    OpeningHolding,
    OpeningOrder,
    ShareChange,
    Statement,
)
from shortable.results.break_even import break_even_fee
from shortable.results.folder import is_result_folder, write_folder
from shortable.results.from_desk import report_of, result_of, tables_of
from shortable.results.ledger import (
    BorrowBook,
    BorrowEnd,
    CashKind,
    attribution_of,
    night_amounts,
)
from shortable.results.of_fills import DividendOfShares, Ledger, SplitOfShares, ledger_of
from shortable.results.read import read_result
from shortable.results.result import Result
from shortable.results.runs import compare
from shortable.results.schema import TABLES
from shortable.results.summary import MADE_UP, RuinInfo, RunInfo, Summary, headline, ruin_of

__all__ = [
    "MADE_UP",
    "TABLES",
    "BorrowBook",
    "BorrowEnd",
    "CashKind",
    "DividendOfShares",
    "Fill",
    "Ledger",
    "Mark",
    "OpeningBook",
    "OpeningHolding",
    "OpeningOrder",
    "Result",
    "RuinInfo",
    "RunInfo",
    "ShareChange",
    "SplitOfShares",
    "Statement",
    "Summary",
    "attribution_of",
    "break_even_fee",
    "compare",
    "headline",
    "is_result_folder",
    "ledger_of",
    "night_amounts",
    "read_result",
    "report_of",
    "result_of",
    "ruin_of",
    "tables_of",
    "write_folder",
]


def __dir__() -> list[str]:
    return sorted(__all__)
