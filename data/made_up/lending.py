"""What can be borrowed of which symbol, where and when. Orders of magnitude, chosen by hand; no number is a vendor's."""

from __future__ import annotations

from dataclasses import dataclass

from made_up.parameters import FIRST_SQUEEZED, PENNY, SQUEEZED


@dataclass(frozen=True)
class Lent:
    """How one broker lends one symbol."""

    shares: float  # usually
    fee: float  # usually, percent a year
    wander: float = 0.45  # standard deviation of the log of shares
    absent: float = 0.0  # share of the time in which the symbol is left out of the list


@dataclass(frozen=True)
class Broker:
    """How one broker publishes. A symbol without an entry in `lent` is never on its list."""

    name: str
    lent: dict[str, Lent]
    published: str  # time of day, exchange-local
    fee_missing: float  # share of rows without a fee
    rebate_missing: (
        float  # share of rows without a rebate, on top of the former where they go missing together
    )
    together: bool  # both rates go missing in the same rows
    skipped: frozenset[str] = frozenset()  # sessions without a file
    stale: frozenset[str] = frozenset()  # sessions whose file repeats the one before


_GENERAL = 0.25  # percent a year: general collateral

INTERACTIVE_BROKERS = Broker(
    "interactivebrokers",
    {
        "SPY": Lent(11e6, 0.26),
        "QQQ": Lent(8e6, 0.30),
        "IWM": Lent(7e5, 0.60, 0.9),
        "SOXX": Lent(3e5, 1.2, 0.8),
        "XBI": Lent(4e5, 1.1, 0.9),
        "AAPL": Lent(4e7, _GENERAL),
        "MSFT": Lent(3e7, _GENERAL),
        "NVDA": Lent(3e7, 0.26),
        "AMZN": Lent(3e7, _GENERAL),
        "META": Lent(7e6, 0.27),
        "TSLA": Lent(2e7, 0.28),
        "IBM": Lent(5e6, 0.26),
        "BAC": Lent(3e7, _GENERAL),
        "JPM": Lent(7e6, _GENERAL),
        "F": Lent(2e7, 0.27),
        "PLTR": Lent(8e6, 0.32),
        "COIN": Lent(1.4e6, 0.55, 0.6),
        "BYND": Lent(6e4, 32, 1.5, 0.12),
        "GME": Lent(2.2e6, 0.48),
        "AMC": Lent(5e5, 9, 0.8, 0.02),
        "UPRO": Lent(9e5, 1.5, 0.9),
        "SPXU": Lent(3e5, 6.5, 1.2),
        "TQQQ": Lent(5e6, 2.0, 0.9),
        "SQQQ": Lent(6e5, 3.8, 1.3, 0.07),
        "TNA": Lent(6e5, 5.5, 0.9, 0.08),
        "TZA": Lent(8e5, 10, 1.0),
        "SOXL": Lent(1.5e6, 2.2, 1.2, 0.03),
        "SOXS": Lent(4e5, 15, 1.1),
        "LABU": Lent(4e4, 18, 1.2, 0.18),
        "LABD": Lent(2e5, 15, 0.9),
        **{p.ticker: Lent(p.lent, p.fee, 0.8, 0.04) for p in PENNY if p.lent},
    },
    published="08:15",
    fee_missing=0.008,
    rebate_missing=0.0,
    together=True,
    stale=frozenset({"2024-08-06"}),
)

AXOS = Broker(
    "axos",
    {
        "SPY": Lent(2400, 0.30, 0.30),
        "QQQ": Lent(1800, 0.35),
        "IWM": Lent(1500, 0.75),
        "AAPL": Lent(5000, 0.25),
        "MSFT": Lent(4000, 0.25),
        "NVDA": Lent(12e3, 0.30),
        "AMZN": Lent(4000, 0.25),
        "META": Lent(1200, 0.30),
        "TSLA": Lent(2000, 0.40),
        "IBM": Lent(1000, 0.30),
        "BAC": Lent(15e3, 0.25),
        "JPM": Lent(2000, 0.25),
        "F": Lent(20e3, 0.35),
        "PLTR": Lent(6000, 0.60),
        "COIN": Lent(600, 1.5, 0.7),
        "GME": Lent(900, 1.2, 0.7),
        "AMC": Lent(300, 16, 1.0, 0.35),
        "UPRO": Lent(900, 2.5),
        "SPXU": Lent(300, 8, 0.9, 0.10),
        "TQQQ": Lent(2500, 3.0),
        "SQQQ": Lent(900, 5, 0.9, 0.12),
        "TNA": Lent(500, 6.5),
        "TZA": Lent(700, 12, 0.8),
        "SOXL": Lent(1200, 3.0),
        "SOXS": Lent(300, 18, 0.9, 0.15),
        "HVXT": Lent(700, 45, 0.7, 0.3),
        "PQLM": Lent(2000, 60, 0.7, 0.3),
        "SQNT": Lent(3000, 15, 0.7, 0.1),
    },
    published="00:00",
    fee_missing=0.06,
    rebate_missing=0.03,
    together=False,
    skipped=frozenset({"2023-08-14", "2024-10-22"}),
)

# From when on shares and fee are multiplied by how much. Nothing can be borrowed where the first is 0.
PRESSURE = {
    SQUEEZED: [
        ("2024-05-09 08:00", 0.70, 2.5),
        ("2024-05-10 08:00", 0.45, 6.0),
        (f"{FIRST_SQUEEZED} 00:00", 0.30, 12.0),
        (f"{FIRST_SQUEEZED} 10:00", 0.07, 30.0),
        (f"{FIRST_SQUEEZED} 11:00", 0.012, 60.0),
        (f"{FIRST_SQUEEZED} 12:00", 0.0006, 110.0),
        (f"{FIRST_SQUEEZED} 13:00", 0.0, 0.0),
        ("2024-05-15 08:00", 0.0003, 260.0),
        ("2024-05-16 08:00", 0.004, 190.0),
        ("2024-05-17 08:00", 0.03, 110.0),
        ("2024-05-20 08:00", 0.08, 60.0),
        ("2024-05-22 08:00", 0.20, 25.0),
        ("2024-05-28 08:00", 0.50, 8.0),
        ("2024-06-05 08:00", 1.0, 1.0),
    ],
    "AMC": [
        ("2023-07-10 00:00", 0.05, 12.0),
        ("2023-07-24 00:00", 0.0, 0.0),
        ("2023-09-06 00:00", 0.004, 70.0),
        ("2023-09-20 00:00", 0.10, 9.0),
        ("2023-10-10 00:00", 1.0, 1.0),
    ],
}

# Interactive Brokers is read again within these days; so is it at noon in the quarter of the penny stocks.
SQUEEZE_DAYS = (FIRST_SQUEEZED, "2024-05-14", "2024-05-15")
SQUEEZE_TIMES = ("10:15", "11:15", "12:15", "13:15", "14:15", "15:15")
PENNY_TIME = "12:45"

# What rebate and fee add up to, percent a year, from each date on.
BENCHMARK = [
    ("2023-01-01", 4.30),
    ("2023-02-02", 4.55),
    ("2023-03-23", 4.80),
    ("2023-05-04", 5.05),
    ("2023-07-27", 5.30),
    ("2024-09-19", 4.80),
    ("2024-11-08", 4.55),
    ("2024-12-19", 4.30),
]

# A pump pulls shares away and makes them dear: times exp(−PULL × log gain), times exp(DEAR × log gain).
PULL, DEAR = 3.0, 1.3
