"""An operating curve fitted to a few simulated loads."""

from __future__ import annotations

import math
from collections.abc import Iterable
from typing import TYPE_CHECKING, NamedTuple

from . import _core
from ._scenario import _whole

if TYPE_CHECKING:
    from matplotlib.axes import Axes


class CurveValue(NamedTuple):
    """A cycle time with its 95 % interval."""

    value: float
    low: float
    high: float


class FittedCurve:
    """Cycle time over load, c0 + sum of ck x^k / (1 - x)^p: :meth:`OperatingCurve.fit` makes one.

    Yang, Ankenman and Nelson (2007). ``coefficients`` are c0, c1, ...; ``exponent`` is p. ``misfit_p_value``: where it
    is small (below 0.01, say) the form does not fit the line, and no interval tells the truth; NaN where there are as
    many parameters as loads. ``title`` says what it is of.
    """

    def __init__(
        self, loads: Iterable[float], cycle_times: Iterable[Iterable[float]], terms: int, exponent: float | None
    ) -> None:
        self.title = "cycle time"
        self._loads = [float(load) for load in loads]
        self._samples = [list(map(float, times)) for times in cycle_times]
        for load, times in zip(self._loads, self._samples, strict=False):
            if not all(math.isfinite(time) for time in times):
                raise ValueError(f"cycle times at load {load}: must be finite numbers")
        terms = _whole("terms", terms)
        exponent = None if exponent is None else float(exponent)
        self._fit = _core.fit_curve(self._loads, self._samples, terms, exponent)

    @property
    def coefficients(self) -> list[float]:
        """c0, c1, ..., in the unit of the cycle times."""
        return list(self._fit.coefficients)

    @property
    def exponent(self) -> float:
        """The power of 1 - load."""
        return self._fit.exponent

    @property
    def misfit_p_value(self) -> float:
        """How likely chance alone puts points as far from the curve as these."""
        return self._fit.misfit_p_value

    def at(self, load: float) -> CurveValue:
        """The expected cycle time at a load from 0 to below 1, also between those that were simulated.

        Outside of them the interval is that of the form, which nothing has tested there.
        """
        return CurveValue(*self._fit.expected(float(load)))

    def predict(self, load: float, replications: int = 1) -> CurveValue:
        """What the mean of so many new replications at a load will be, with their own spread."""
        return CurveValue(*self._fit.predicted(float(load), _whole("replications", replications)))

    def plot(self, ax: Axes | None = None) -> Axes:
        """The curve with its interval, and the loads that it was fitted to."""
        import numpy as np

        from ._plot_axes import axes_for

        ax = axes_for(ax, 9)
        x = np.linspace(min(self._loads), max(self._loads), 200)
        values = [self.at(load) for load in x]
        ax.plot(x, [v.value for v in values], color="C0", label="fitted")
        ax.fill_between(x, [v.low for v in values], [v.high for v in values], color="C0", alpha=0.2, lw=0)
        for load, times in zip(self._loads, self._samples, strict=True):
            mean, low, high, _, _ = _core.estimate(times)
            ax.errorbar([load], [mean], yerr=[[mean - low], [high - mean]], fmt="o", ms=4, capsize=3, color="C1")
        ax.set_xlabel("starts, as a share of the most that the line can take")
        ax.xaxis.set_major_formatter(lambda value, _: f"{value:.0%}")
        ax.set_ylabel(self.title)
        ax.set_ylim(bottom=0)
        return ax

    def __repr__(self) -> str:
        terms = ", ".join(f"{c:.4g}" for c in self.coefficients)
        form = f"{terms} over (1 - x)^{self.exponent:.3g}"
        loads = f"loads {min(self._loads):.3g} to {max(self._loads):.3g}"
        return f"<centresim.FittedCurve of {self.title}: {form}, {loads}, misfit p = {self.misfit_p_value:.3g}>"
