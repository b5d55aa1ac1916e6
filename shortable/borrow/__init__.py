"""What a borrow costs (S7, S8): the conventions, for one position or a whole panel.

A convention is one object, and it charges either the fee or the rebate, never both: a rebate rate is the
benchmark rate less the fee, so it already contains the fee.
"""

from __future__ import annotations

from shortable.borrow.benchmark import FeeAndInterest, RateSeries, RebateAgainstBenchmark
from shortable.borrow.contracts import BrazilianLoanFee, ContractFee, LendingPremium
from shortable.borrow.interactive_brokers import (
    InteractiveBrokersBorrowFee,
    InteractiveBrokersSettledFee,
    collateral_mark,
    daily_charge,
)
from shortable.borrow.lean import FeeClock, LeanBorrowFee, fee_clock
from shortable.borrow.locate import LocateBook, LocateFee, LocateModel, NullLocate
from shortable.borrow.market_value import FeeOnMarketValue, NullBorrowFee, RebateOnMarketValue
from shortable.borrow.model import (
    BorrowCourse,
    BorrowFeeModel,
    Convention,
    CourseBorrowFee,
    NightCharge,
    RateKind,
    check_convention,
)
from shortable.borrow.settlement import SETTLEMENT_LAGS, settlement_date, settlement_lag

__all__ = [
    "SETTLEMENT_LAGS",
    "BorrowCourse",
    "BorrowFeeModel",
    "BrazilianLoanFee",
    "ContractFee",
    "Convention",
    "CourseBorrowFee",
    "FeeAndInterest",
    "FeeClock",
    "FeeOnMarketValue",
    "InteractiveBrokersBorrowFee",
    "InteractiveBrokersSettledFee",
    "LeanBorrowFee",
    "LendingPremium",
    "LocateBook",
    "LocateFee",
    "LocateModel",
    "NightCharge",
    "NullBorrowFee",
    "NullLocate",
    "RateKind",
    "RateSeries",
    "RebateAgainstBenchmark",
    "RebateOnMarketValue",
    "check_convention",
    "collateral_mark",
    "daily_charge",
    "fee_clock",
    "settlement_date",
    "settlement_lag",
]


def __dir__() -> list[str]:
    return sorted(__all__)
