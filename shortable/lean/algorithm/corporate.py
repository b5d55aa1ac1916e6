"""Dividends that are paid and splits that are carried out (LEAN: Engine/AlgorithmManager.cs)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from shortable.lean.enums import DataNormalizationMode, SplitType
from shortable.lean.models import method
from shortable.lean.numbers import decimal_of

if TYPE_CHECKING:
    from shortable.lean.algorithm.kernel import Kernel
    from shortable.lean.feed.slices import Slice

__all__ = ["carry_out"]


def carry_out(kernel: Kernel, data: Slice) -> None:
    """Pay a slice's dividends and carry out its splits, as each security's normalisation of prices asks."""
    for dividend in data.dividends.values:
        if dividend.symbol in kernel.securities:
            mode = kernel.securities[dividend.symbol].data_normalization_mode
            kernel.portfolio.apply_dividend(dividend, False, mode)
    for split in data.splits.values:
        if split.type != SplitType.SPLIT_OCCURRED or split.symbol not in kernel.securities:
            continue
        security = kernel.securities[split.symbol]
        kernel.portfolio.apply_split(split, security, False, security.data_normalization_mode)
        if security.data_normalization_mode == DataNormalizationMode.RAW:
            kernel.trade_builder.apply_split(split.symbol, decimal_of(split.split_factor))
            tickets = kernel.transactions.get_open_order_tickets(split.symbol)
            method(kernel.brokerage_model, "apply_split")(tickets, split)
