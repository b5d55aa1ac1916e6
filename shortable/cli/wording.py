"""The library's messages in the words of the command line: its errors name Python arguments, the reader has options."""

from __future__ import annotations

import re

__all__ = ["in_options"]

_OPTIONS = (
    (re.compile(r"\bthe argument data_folder\b"), "--data"),
    (re.compile(r"\bdata_folder(?==)"), "--data"),
    (re.compile(r"\bpass data_folder\b"), "pass --data FOLDER"),
    (re.compile(r"\bPass replace=True\b"), "Pass --replace"),
    (re.compile(r"\ballow (a truncated file|truncated files)\b"), r"allow \1 (--allow-truncated)"),
    (re.compile(r"`(time)`"), r"--\1"),
    (
        re.compile(
            r"\b(time_zone|time_column|allow_truncated|max_age|missing|market|broker|start|end|cash|time|lag|count|host|port|rate|keys)(?==)"
        ),
        None,
    ),
    (re.compile(r"\bcolumns(?=\[|=)"), "--column"),
    (re.compile(r"\bpublished(?=\[|=)"), "--time"),
)


def in_options(message: str) -> str:
    """Return a message of shortable's with arguments spelled as options.

    Examples
    --------
    >>> in_options("time_zone='Mars' must be an IANA time zone")
    "--time-zone='Mars' must be an IANA time zone"
    >>> in_options("Pass replace=True to put the new one in its place.")
    'Pass --replace to put the new one in its place.'
    """
    for pattern, option in _OPTIONS:
        message = pattern.sub(option or (lambda found: "--" + found[0].replace("_", "-")), message)
    return message
