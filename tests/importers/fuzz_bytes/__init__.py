"""Bytes into each source's reader, guided by the code that they reach: ``python -m tests.importers.fuzz_bytes SOURCE --seconds 60``."""
