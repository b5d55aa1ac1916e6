"""What a count of shares is (S1): a whole number, at least 0."""

from __future__ import annotations

from typing import Any

import numpy as np

from shortable.errors import InvalidInputError, ProviderContractError

__all__ = ["check_quantity", "share_count"]


def share_count(value: Any, where: str) -> int:
    """Return a whole number of shares, at least 0; integral floats are accepted, everything else refused.

    Parameters
    ----------
    value : object
        What a provider answered.
    where : str
        Who answered it, for the message.

    Raises
    ------
    ProviderContractError
        A fraction, a negative or infinite number, NaN, a bool, or no number.
    """
    if isinstance(value, (bool, np.bool_)):
        raise ProviderContractError(
            f"{where} answered {value!r}; it must answer shares as a whole number, or None"
        )
    try:
        count = int(value)
        whole = count == value
    except (TypeError, ValueError, OverflowError):
        whole = False
    if not whole or isinstance(value, str):
        raise ProviderContractError(
            f"{where} answered {value!r}; it must answer a whole number of shares, or None "
            "where no restriction is known"
        )
    if count < 0:
        raise ProviderContractError(
            f"{where} answered {count}; shares available must be at least 0"
        )
    return count


def check_quantity(parameter: str, value: Any) -> int:
    """Return `value` as a count of shares where it is one, for arguments rather than answers.

    Raises
    ------
    InvalidInputError
        `value` is not a whole number of at least 0.
    """
    try:
        return share_count(value, parameter)
    except ProviderContractError:
        raise InvalidInputError(
            parameter, value, "be a whole number of shares, at least 0"
        ) from None
