"""Axes of pictures. matplotlib is loaded when the first one is drawn."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.ticker import Locator


def axes_for(ax: Axes | None, rows: int) -> Axes:
    """The given axes, or those of a new figure with room for so many rows."""
    if ax is not None:
        return ax
    import matplotlib.pyplot as plt

    return plt.subplots(figsize=(8, max(2.5, 1.2 + 0.32 * rows)), layout="constrained")[1]


def no_ticks() -> Locator:
    from matplotlib.ticker import NullLocator

    return NullLocator()
