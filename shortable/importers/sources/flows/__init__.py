"""Balances and flows of short selling, which are never what can be borrowed."""
