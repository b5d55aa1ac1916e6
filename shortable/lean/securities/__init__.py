"""Securities as LEAN has them: prices, holdings, the portfolio, margin, settlement and interest."""
