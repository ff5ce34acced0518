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
    """Always the same value. As text: ``"constant(45 min)"``, in most fields ``"45 min"``.

    Parameters
    ----------
    value
        A time, or a plain number in the unit of the field.
    """
    return _law("constant", [value])


def uniform(mean: Quantity, half_width: Quantity) -> Distribution:
    """Equally likely between ``mean - half_width`` and ``mean + half_width``. As text: ``"uniform(7.5 min, 2.5 min)"``.

    Parameters
    ----------
    mean
        A time, or a plain number in the unit of the field.
    half_width
        The same; at most the mean.
    """
    return _law("uniform", [mean, half_width])


def exponential(mean: Quantity) -> Distribution:
    """Exponential (memoryless): its standard deviation is its mean. As text: ``"exponential(30 min)"``.

    Parameters
    ----------
    mean
        A time, or a plain number in the unit of the field.
    """
    return _law("exponential", [mean])


def triangular(low: Quantity, mode: Quantity, high: Quantity) -> Distribution:
    """Triangular between ``low`` and ``high``, most likely at ``mode``. As text: ``"triangular(1 h, 2 h, 4 h)"``.

    Parameters
    ----------
    low, mode, high
        Times, or plain numbers in the unit of the field, in this order.
    """
    return _law("triangular", [low, mode, high])


def lognormal(mean: Quantity, cv: float) -> Distribution:
    """Lognormal. As text: ``"lognormal(45 min, 0.3)"``.

    Parameters
    ----------
    mean
        A time, or a plain number in the unit of the field: of the law itself, not of its logarithm.
    cv
        Coefficient of variation: standard deviation over mean, a plain number from 0.000001 to 100.
    """
    return _law("lognormal", [mean], cv)


def gamma(mean: Quantity, cv: float) -> Distribution:
    """Gamma. As text: ``"gamma(45 min, 0.5)"``.

    Parameters
    ----------
    mean
        A time, or a plain number in the unit of the field.
    cv
        Coefficient of variation: standard deviation over mean, a plain number from 0.000001 to 100.
    """
    return _law("gamma", [mean], cv)


def weibull(mean: Quantity, cv: float) -> Distribution:
    """Weibull. As text: ``"weibull(45 min, 0.5)"``.

    Parameters
    ----------
    mean
        A time, or a plain number in the unit of the field: not the scale.
    cv
        Coefficient of variation: standard deviation over mean, a plain number from 0.000001 to 100; not the shape.
    """
    return _law("weibull", [mean], cv)


def erlang(mean: Quantity, k: int) -> Distribution:
    """Sum of ``k`` exponential stages. As text: ``"erlang(30 min, 3)"``.

    Parameters
    ----------
    mean
        A time, or a plain number in the unit of the field: of the sum, not of one stage.
    k
        Number of stages, a whole number from 1 to 1000000.
    """
    return _law("erlang", [mean], k)


def normal(mean: Quantity, sd: Quantity) -> Distribution:
    """Normal, cut off at 0: its part above 0, at full weight. As text: ``"normal(30 min, 3 min)"``.

    Parameters
    ----------
    mean
        A time, or a plain number in the unit of the field: before the cut, which raises it (see ``mean`` of the law).
    sd
        Standard deviation before the cut, as the mean; at most ten times the mean.
    """
    return _law("normal", [mean, sd])


def empirical(values: Sequence[Quantity], weights: Sequence[float] | None = None) -> Distribution:
    """One of ``values``, equally likely or by ``weights``. As text: ``"empirical(1 min, 2 min; 0.3, 0.7)"``.

    Parameters
    ----------
    values
        Times, or plain numbers in the unit of the field.
    weights
        One plain number for each value, not negative; only their ratios count. None: all the same.
    """
    return _law("empirical", list(values), weights=_weights(values, weights))


def discrete(values: Sequence[int], weights: Sequence[float] | None = None) -> Distribution:
    """A whole number out of ``values``, equally likely or by ``weights``. As text: ``"discrete(5, 25; 0.2, 0.8)"``.

    Parameters
    ----------
    values
        Whole numbers, for counts such as the wafers of a lot; for times see :func:`empirical`.
    weights
        One plain number for each value, not negative; only their ratios count. None: all the same.
    """
    return _law("discrete", list(values), weights=_weights(values, weights))


def integers(low: int, high: int) -> Distribution:
    """A whole number from ``low`` to ``high``, both included, all equally likely. As text: ``"integers(1, 12)"``.

    Parameters
    ----------
    low, high
        Whole numbers, for counts such as the wafers of a lot.
    """
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
    try:
        number = float(value)
    except OverflowError:  # a whole number beyond the range of floats
        raise ValueError("a number of a law is too large") from None
    return repr(int(number)) if number.is_integer() and abs(number) < 2**53 else repr(number)
