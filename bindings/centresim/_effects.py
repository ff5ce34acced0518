"""Which paths of a sweep matter: from the points of a design and one figure to a table."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from . import _core

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt
    import pandas

# Which call makes a design of that kind, for messages.
_CALLS = {"morris": "morris", "saltelli": "saltelli", "factorial": "factorial"}


def design_of(text: object, paths: Sequence[str]) -> dict[str, Any] | None:
    """The design that a table names; None where it names none."""
    if text is None:
        return None
    design: dict[str, Any] = json.loads(str(text))
    # The points are made path by path, and keys of JSON have no order.
    return {**design, "ranges": {path: design["ranges"][path] for path in paths}}


def check_kind(design: Mapping[str, Any] | None, kind: str) -> Mapping[str, Any]:
    """The design, where it is of that kind."""
    if design is None or design.get("kind") != kind:
        have = "a grid or a list of points" if design is None else f"a design of kind {design.get('kind')!r}"
        raise ValueError(f"these points are {have}: plan them with Sweep.{_CALLS[kind]}()")
    return design


def outputs_of(design: Mapping[str, Any], numbers: Sequence[int], values: npt.NDArray[np.float64]) -> list[list[float]]:
    """A row of replications for every point of the design; NaN where a point is not finished."""
    import numpy as np

    table = np.full((size_of(design), values.shape[1]), np.nan)
    table[list(numbers)] = values
    return table.tolist()


def size_of(design: Mapping[str, Any]) -> int:
    """Points of a design."""
    return len(_core.SweepDescription.read({"design": dict(design)}))


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
