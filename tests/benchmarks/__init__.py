"""Benchmarks: ``python -m tests.benchmarks lookups`` prints ratios against floors and peers.

Only ratios of interleaved runs in one call mean anything here; the absolute times depend on the machine and
on who else is using it. Nothing is asserted: a missed target is printed as missed.
"""
