"""Which paths of a sweep matter: from the points of a design and one figure to a table."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

from . import _core
from ._errors import InputError, Issue

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt
    import pandas


class Points(NamedTuple):
    """The finished points of a sweep."""

    paths: Sequence[str]
    numbers: Sequence[int]  # of each in the sweep
    values: Sequence[Sequence[Any]]  # of each path, of each point


def read_design(text: object, kind: str, points: Points) -> dict[str, Any]:
    """The design that a table names, where it is of that kind and the points are its points.

    Raises ValueError for points of another kind, InputError for a design that is none, or not that of the points.
    """
    have = "a grid or a list of points"
    if text is not None:
        design = _parsed(text, points.paths)
        if design["kind"] == kind:
            _check(design, points)
            return design
        have = f"a design of kind {design['kind']!r}"
    raise ValueError(f"these points are {have}: plan them with Sweep.{kind}()")


def outputs_of(design: Mapping[str, Any], points: Points, values: npt.NDArray[np.float64]) -> list[list[float]]:
    """A row of replications for every point of the design; NaN where a point is not finished."""
    import numpy as np

    table = np.full((len(_core.SweepDescription.read({"design": dict(design)})), values.shape[1]), np.nan)
    table[list(points.numbers)] = values
    return table.tolist()


def _parsed(text: object, paths: Sequence[str]) -> dict[str, Any]:
    try:
        design = json.loads(str(text))
        # The points are made path by path, and keys of JSON have no order.
        if len(design["ranges"]) != len(paths):
            raise ValueError("other paths")
        design = {**design, "ranges": {path: design["ranges"][path] for path in paths}}
        _core.SweepDescription.read({"design": design})
    except (ValueError, TypeError, KeyError, RecursionError, InputError) as error:
        raise _fault("is none that could have made these points") from error
    return design


def _check(design: Mapping[str, Any], points: Points) -> None:
    """A design of other points would give effects that are not there."""
    made = _core.SweepDescription.read({"design": dict(design)}).points()
    for i, number in enumerate(points.numbers):
        if number >= len(made):
            raise _fault(f"has {len(made)} points, and there is one with number {number}")
        for path, column in zip(points.paths, points.values, strict=True):
            if not is_value(column[i], made[number][path]):
                raise _fault(f"is not that of these points: point {number} has {path} = {column[i]}")


def _fault(rule: str) -> InputError:
    return InputError(f"design: {rule}", [Issue(path="design", value="", rule=rule)])


def is_value(cell: Any, value: Any) -> bool:
    """Whether a value of a table is that of a sweep: beside texts such as "+1" all others stand as JSON."""
    if isinstance(cell, str) and not isinstance(value, str):
        try:
            cell = json.loads(cell)
        except ValueError:
            return False
        value = list(value) if isinstance(value, tuple) else value
    return bool(cell == value) and isinstance(cell, bool) == isinstance(value, bool)


def elementary_effects(design: Mapping[str, Any], outputs: list[list[float]]) -> pandas.DataFrame:
    """A row a path, the largest mu* on top."""
    import pandas

    table = pandas.DataFrame(_core.elementary_effects(dict(design), outputs)).set_index("path")
    return table.sort_values("mu_star", ascending=False, kind="stable")


def sobol_indices(design: Mapping[str, Any], outputs: list[list[float]], resamples: int) -> pandas.DataFrame:
    """A row a path, the largest total index on top; what all rest on is in ``attrs``."""
    import pandas

    rows, about = _core.sobol_indices(dict(design), outputs, resamples)
    table = pandas.DataFrame(rows).set_index("path").sort_values("total", ascending=False, kind="stable")
    table.attrs.update(about)
    return table


def factorial_effects(
    design: Mapping[str, Any], paths: Sequence[str], outputs: list[list[float]], order: int
) -> pandas.DataFrame:
    """A row a set of effects that cannot be told apart, the largest on top."""
    import pandas

    rows = []
    for row in _core.factorial_effects(dict(design), outputs, order):
        names = [" x ".join(paths[i] for i in factors) for factors in row["aliases"]]
        rows.append([names[0], row["effect"], row["low"], row["high"], row["n"], "; ".join(names[1:])])
    table = pandas.DataFrame(rows, columns=["effect_of", "effect", "low", "high", "n", "same_as"])
    order_of_size = table["effect"].abs().sort_values(ascending=False, kind="stable").index
    return table.loc[order_of_size].set_index("effect_of")
