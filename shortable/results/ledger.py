"""The life of a borrow, and what each symbol and day made of the equity (S13)."""

from __future__ import annotations

from enum import StrEnum

__all__ = ["BorrowEnd", "CashKind"]


class CashKind(StrEnum):
    """What cash was paid or received for: a column of the table ``attribution``."""

    PRICE = "price"
    """A fraction of a share that a split left: part of what the shares were worth."""
    COMMISSION = "commission"
    """Of an order."""
    BORROW_FEE = "borrow_fee"
    """What the lender takes."""
    REBATE = "rebate"
    """What the lender gives on the proceeds, or takes where it is below 0."""
    DIVIDENDS = "dividends"
    """Received by a long, owed by a short (in lieu)."""
    LOCATE_FEE = "locate_fee"
    """For shares located before an order."""
    BUY_IN_PENALTY = "buy_in_penalty"
    """Beside the price of a buy-in."""
    INTEREST = "interest"
    """On the proceeds of short sales."""


class BorrowEnd(StrEnum):
    """How a borrow ended."""

    COVERED = "covered"
    """Bought back of the algorithm's own accord."""
    RECALLED = "recalled"
    """Bought back after the lender had recalled the shares, before they were bought in."""
    BOUGHT_IN = "bought in"
    """Bought in by the broker."""
    DELISTED = "delisted"
    """The security ended."""
    RUINED = "ruined"
    """The account was stopped."""
    OPEN = "open"
    """It is still open at the end."""
