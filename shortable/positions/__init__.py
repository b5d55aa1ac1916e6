"""Positions: an account's book, written as three brokers' APIs answer, and read from their answers.

`book_of` returns the book of a backtest that has ended or still runs, `load_book` reads one from a folder; `render`
writes it as Futu, HabitTrade or Longbridge would answer; `read` turns a broker's answer into the book with which
``Backtest(..., opening_book=...)`` starts.
"""

from shortable.actions import Dividend
from shortable.errors import PositionsError
from shortable.positions.account import Today
from shortable.positions.book import PositionLine, PositionsBook, Transfers
from shortable.positions.build import book_of
from shortable.positions.files import Publisher, load_book, save_book
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


def __dir__() -> list[str]:
    return sorted(__all__)
