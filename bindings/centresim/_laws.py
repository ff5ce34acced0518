"""Probability laws as input values: ``exponential("30 min")``, ``integers(1, 12)``.

Spans of time are text with a unit (``"30 min"``), a ``Duration`` or a ``datetime.timedelta``. Plain numbers take the
unit of the field that the law is given to: wafers for a lot size, the documented unit of time elsewhere.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta

from ._core import Distribution, Duration

Quantity = str | float | Duration | timedelta


def constant(value: Quantity) -> Distribution:
    """Always the same value."""
    return _law("constant", [value])


def uniform(mean: Quantity, half_width: Quantity) -> Distribution:
    """Equally likely between ``mean - half_width`` and ``mean + half_width``."""
    return _law("uniform", [mean, half_width])


def exponential(mean: Quantity) -> Distribution:
    """Memoryless, by its mean."""
    return _law("exponential", [mean])


def triangular(low: Quantity, mode: Quantity, high: Quantity) -> Distribution:
    """Triangular between ``low`` and ``high``, most likely at ``mode``."""
    return _law("triangular", [low, mode, high])


def lognormal(mean: Quantity, cv: float) -> Distribution:
    """Lognormal, by its mean and coefficient of variation."""
    return _law("lognormal", [mean], cv)


def gamma(mean: Quantity, cv: float) -> Distribution:
    """Gamma, by its mean and coefficient of variation."""
    return _law("gamma", [mean], cv)


def weibull(mean: Quantity, cv: float) -> Distribution:
    """Weibull, by its mean and coefficient of variation."""
    return _law("weibull", [mean], cv)


def erlang(mean: Quantity, k: int) -> Distribution:
    """Sum of ``k`` exponential stages, by its mean."""
    return _law("erlang", [mean], k)


def normal(mean: Quantity, sd: Quantity) -> Distribution:
    """Normal, cut off at 0."""
    return _law("normal", [mean, sd])


def empirical(values: Sequence[Quantity], weights: Sequence[float] | None = None) -> Distribution:
    """One of ``values``, equally likely or by ``weights``."""
    return _law("empirical", list(values), weights=_weights(values, weights))


def discrete(values: Sequence[int], weights: Sequence[float] | None = None) -> Distribution:
    """A whole number out of ``values``, equally likely or by ``weights``."""
    return _law("discrete", list(values), weights=_weights(values, weights))


def integers(low: int, high: int) -> Distribution:
    """A whole number from ``low`` to ``high``, all equally likely."""
    return _law("integers", [low, high])


def _weights(values: Sequence[Quantity], weights: Sequence[float] | None) -> list[float]:
    return [1.0] * len(values) if weights is None else [float(weight) for weight in weights]


def _law(name: str, values: list[Quantity], *shape: float, weights: list[float] | None = None) -> Distribution:
    # A list of plain numbers and times could mean two things: every time needs its unit, or none has one.
    plain = [_is_plain(value) for value in values]
    if any(plain) and not all(plain):
        bare = next(value for value, is_plain in zip(values, plain, strict=True) if is_plain)
        raise ValueError(f"{name}: give {bare!r} a unit, as the other times have one")
    texts = [*map(_text, values), *map(_text, shape)]
    tail = "; " + ", ".join(map(_text, weights)) if weights is not None else ""
    return Distribution(f"{name}({', '.join(texts)}{tail})")


def _is_plain(value: Quantity) -> bool:
    return not isinstance(value, (str, Duration, timedelta))


def _text(value: Quantity) -> str:
    if isinstance(value, timedelta):
        return str(Duration(value))
    if isinstance(value, (str, Duration)):
        return str(value)
    number = float(value)
    return repr(int(number)) if number.is_integer() and abs(number) < 2**53 else repr(number)
