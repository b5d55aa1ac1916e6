"""What the sample's symbols are like. Orders of magnitude, chosen by hand; no number is a vendor's."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Daily:
    """A symbol with daily bars over both years."""

    ticker: str
    start: float  # dollars, close before the first session
    beta: float  # to the market, SPY
    sector: float  # loading on the technology factor
    volatility: float  # of its own, annual
    drift: float  # of its own, annual
    volume: float  # shares on a usual day
    shares: float | None  # outstanding, for the market capitalisation; None for funds


@dataclass(frozen=True)
class Leveraged:
    """A fund that multiplies the day's return of another symbol."""

    ticker: str
    start: float
    of: str
    factor: int
    volume: float


DAILY = [
    Daily("SPY", 380, 1.00, 0.00, 0.00, 0.00, 8e7, None),
    Daily("QQQ", 270, 1.00, 0.55, 0.03, 0.02, 5e7, None),
    Daily("IWM", 176, 1.15, -0.10, 0.08, -0.06, 3e7, None),
    Daily("SOXX", 115, 1.20, 1.10, 0.12, 0.08, 6e6, None),
    Daily("XBI", 83, 0.95, 0.20, 0.22, -0.02, 9e6, None),
    Daily("AAPL", 130, 1.05, 0.45, 0.14, 0.06, 6e7, 15.6e9),
    Daily("MSFT", 240, 0.95, 0.55, 0.14, 0.08, 2.4e7, 7.4e9),
    Daily("NVDA", 15, 1.40, 1.50, 0.30, 0.75, 4e8, 24.6e9),
    Daily("AMZN", 84, 1.15, 0.60, 0.20, 0.14, 5e7, 10.3e9),
    Daily("META", 120, 1.10, 0.60, 0.26, 0.45, 2e7, 2.55e9),
    Daily("TSLA", 123, 1.60, 0.70, 0.42, 0.10, 1.1e8, 3.18e9),
    Daily("IBM", 141, 0.65, 0.00, 0.14, 0.06, 4e6, 0.92e9),
    Daily("BAC", 33, 1.10, -0.30, 0.16, 0.00, 4e7, 7.9e9),
    Daily("JPM", 134, 0.95, -0.30, 0.13, 0.08, 1e7, 2.9e9),
    Daily("F", 11.6, 1.20, -0.10, 0.22, -0.12, 5e7, 4.0e9),
    Daily("PLTR", 6.4, 1.50, 0.90, 0.48, 0.35, 5e7, 2.2e9),
    Daily("COIN", 35, 1.80, 0.80, 0.62, 0.25, 1.1e7, 0.24e9),
    Daily("BYND", 12.3, 1.20, 0.00, 0.62, -0.45, 4e6, 64e6),
    Daily("GME", 18.5, 1.00, 0.00, 0.52, -0.10, 5e6, 305e6),
    Daily("AMC", 41, 1.20, 0.00, 0.72, -1.05, 2e7, 260e6),
]

LEVERAGED = [
    Leveraged("UPRO", 30, "SPY", 3, 9e6),
    Leveraged("SPXU", 92, "SPY", -3, 9e6),
    Leveraged("TQQQ", 17, "QQQ", 3, 1.1e8),
    Leveraged("SQQQ", 110, "QQQ", -3, 1.2e8),
    Leveraged("TNA", 29, "IWM", 3, 1.4e7),
    Leveraged("TZA", 88, "IWM", -3, 1.6e7),
    Leveraged("SOXL", 10, "SOXX", 3, 6e7),
    Leveraged("SOXS", 95, "SOXX", -3, 4e7),
    Leveraged("LABU", 60, "XBI", 3, 4e6),
    Leveraged("LABD", 95, "XBI", -3, 5e6),
]

FUND_COST = (
    0.06  # a year: expense ratio and the financing of the swaps, whichever sign the factor has
)

# A squeeze: what it adds to each session's log return, how much wilder and busier the session is, from FIRST_SQUEEZED.
SQUEEZED = "GME"
FIRST_SQUEEZED = "2024-05-13"
SQUEEZE = [
    (0.42, 5.0, 18.0),
    (0.55, 7.0, 25.0),
    (-0.38, 6.0, 16.0),
    (-0.24, 4.0, 9.0),
    (-0.16, 3.0, 6.0),
    (0.05, 2.0, 4.0),
    (-0.06, 1.8, 3.0),
    (-0.05, 1.5, 2.0),
]


@dataclass(frozen=True)
class Penny:
    """A share below a dollar, with hourly bars over one quarter. The tickers are invented."""

    ticker: str
    start: float
    shares: float  # outstanding
    volatility: float  # of an hour
    volume: float  # shares in a usual hour
    pumps: tuple[tuple[int, float, int, int], ...]  # (session, log gain, bars up, bars down)
    lent: float  # shares that can usually be borrowed at Interactive Brokers; 0 is never
    fee: float  # usual, percent a year


PENNY_FIRST, PENNY_LAST = "2024-01-02", "2024-03-28"

PENNY = [
    Penny("AQVR", 0.42, 7.1e6, 0.014, 40e3, ((9, 0.95, 5, 21), (41, 0.60, 4, 28)), 60e3, 38),
    Penny("BLXN", 0.31, 11.0e6, 0.012, 60e3, ((14, 0.80, 6, 30),), 150e3, 22),
    Penny("CRZQ", 0.77, 4.2e6, 0.016, 25e3, ((20, 0.70, 4, 25), (47, 0.55, 3, 18)), 4e3, 95),
    Penny("DVLN", 0.22, 15.5e6, 0.013, 90e3, ((6, 1.10, 7, 35),), 0, 0),
    Penny("EKTO", 0.55, 6.4e6, 0.011, 30e3, ((27, 0.65, 5, 24),), 25e3, 55),
    Penny("FYRQ", 0.18, 21.0e6, 0.015, 120e3, ((11, 0.75, 4, 20), (33, 1.00, 6, 32)), 300e3, 28),
    Penny("GLMZ", 0.64, 5.9e6, 0.012, 28e3, ((38, 0.85, 5, 22),), 900, 160),
    Penny("HVXT", 0.37, 9.3e6, 0.010, 45e3, ((24, 0.50, 4, 16),), 80e3, 18),
    Penny("JNPK", 0.49, 8.8e6, 0.014, 35e3, ((17, 0.90, 6, 28), (51, 0.70, 5, 20)), 12e3, 120),
    Penny("KRVN", 0.83, 3.6e6, 0.017, 20e3, ((30, 0.60, 4, 18),), 0, 0),
    Penny("LQDR", 0.27, 13.0e6, 0.012, 70e3, ((44, 0.95, 6, 26),), 200e3, 33),
    Penny("NVQT", 0.58, 7.7e6, 0.011, 32e3, ((8, 0.55, 4, 20), (36, 0.65, 5, 24)), 40e3, 44),
    Penny("PQLM", 0.12, 33.0e6, 0.016, 200e3, ((21, 0.85, 5, 30),), 500e3, 26),
    Penny("RVKX", 0.71, 6.1e6, 0.010, 26e3, (), 30e3, 20),
    Penny("SQNT", 0.95, 40.0e6, 0.012, 300e3, ((26, 0.50, 5, 22),), 700e3, 6),
    Penny("ZQPL", 0.34, 10.2e6, 0.013, 50e3, ((49, 1.05, 7, 30),), 2e3, 210),
]
