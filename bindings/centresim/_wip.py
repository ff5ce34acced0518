"""Work in process of a fab over time, from the periods of a report."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

    from ._result import Result


def wip_by_period(result: Result) -> tuple[npt.NDArray[np.float64], npt.NDArray[np.float64]]:
    """Ends of the periods after the warm-up in days, and lots in process, a row for each replication."""
    import numpy as np

    if "periods" not in dir(result.fab):
        raise ValueError("the result has no periods: run the scenario with report_every, say '7 d'")
    periods = result.fab.periods.to_xarray()
    start = int(result.fab["window_start"].min())
    end = periods["period_end"].to_numpy()
    total = periods["residence"].sum("flow").to_numpy()  # sums since the warm-up
    return end / 86_400_000, np.diff(total, axis=1, prepend=0) / np.diff(end, prepend=start)
