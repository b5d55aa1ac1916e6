"""Positions: one book of an account, drawn in three brokers' schemas, and read from them.

`book_of` draws up the book of a backtest that has ended or still runs, `load_book` reads one from a folder; `render`
draws it as Futu, HabitTrade or Longbridge would answer; `read` makes a broker's answer the book from which
``Backtest(..., opening_book=...)`` starts.
"""

from shortable.errors import PositionsError
from shortable.positions.book import PositionsBook
from shortable.positions.build import book_of
from shortable.positions.dividends import Dividend
from shortable.positions.files import load_book, save_book
from shortable.positions.line import PositionLine, Today, Transfers
from shortable.positions.publish import Publisher
from shortable.positions.schemas import FILTERS, parse, read, render

__all__ = [
    "FILTERS",
    "Dividend",
    "PositionLine",
    "PositionsBook",
    "PositionsError",
    "Publisher",
    "Today",
    "Transfers",
    "book_of",
    "load_book",
    "parse",
    "read",
    "render",
    "save_book",
]
