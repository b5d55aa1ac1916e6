"""Brokers: which models their securities get and which orders they take."""
