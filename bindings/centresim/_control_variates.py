"""Key figures of a run, sharpened by those whose expected value is known in closed form."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from functools import cached_property
from typing import TYPE_CHECKING, Any, cast

from . import _core

if TYPE_CHECKING:
    import pandas

_NUMBERS = ("mean", "half_width", "adjusted_mean", "adjusted_half_width", "variance_reduction", "loss_factor")


class ControlVariates:
    """Means with control variates: :meth:`Result.with_control_variates` makes one."""

    def __init__(
        self, tree: _core.Tree, kpis: str | Iterable[str], controls: Iterable[str] | Mapping[str, float]
    ) -> None:
        names = [kpis] if isinstance(kpis, str) else list(kpis)
        chosen: list[tuple[str, float | None]]
        if isinstance(controls, Mapping):
            chosen = [(name, float(mean)) for name, mean in controls.items()]
        else:
            chosen = [(name, None) for name in ([controls] if isinstance(controls, str) else controls)]
        rows, self._controls = _core.control_variates(tree, names, chosen)
        self._kpis = cast("list[dict[str, Any]]", rows)
        self._replications = int(tree.attributes("")["replications"])

    @cached_property
    def table(self) -> pandas.DataFrame:
        """A row for each figure.

        ``kpi`` and its labels; ``mean`` and ``half_width`` of its 95 % interval as in ``result.kpis``;
        ``adjusted_mean`` and ``adjusted_half_width``; ``variance_reduction``: so many times the replications would make
        the plain mean as accurate (below 1: the controls do harm), ``loss_factor``: what useless controls would cost;
        ``controls`` that were used; ``unit``; ``note``: why the figure could not be adjusted.
        """
        import pandas

        keys = list(dict.fromkeys(key for row in self._kpis for key in row["labels"]))
        rows = [
            {
                "kpi": row["kpi"],
                **{key: row["labels"].get(key, "") for key in keys},
                **{name: row[name] for name in _NUMBERS},
                "unit": row["unit"],
                "controls": ", ".join(row["controls"]),
                "note": row["note"],
            }
            for row in self._kpis
        ]
        return pandas.DataFrame(rows, columns=["kpi", *keys, *_NUMBERS, "unit", "controls", "note"])

    @cached_property
    def controls(self) -> pandas.DataFrame:
        """A row for each control that was looked at.

        ``expected``: its known mean; ``mean`` and ``half_width`` as observed; ``standard_errors`` between the two;
        ``refused``: why it was not used, empty where it was.
        """
        import pandas

        columns = ["control", "expected", "mean", "half_width", "standard_errors", "unit", "refused"]
        return pandas.DataFrame(self._controls, columns=columns).set_index("control")

    def __repr__(self) -> str:
        used = [row["control"] for row in self._controls if not row["refused"]]
        return (
            f"<centresim.ControlVariates: {len(self._kpis)} figures, {self._replications} replications;"
            f" controls {', '.join(map(str, used)) or 'none'}>"
        )

    def _repr_html_(self) -> str:
        from html import escape

        tables = [self.table, self.controls.reset_index()]
        return f"<p>{escape(repr(self))}</p>" + "".join(
            str(table.to_html(float_format="{:.4g}".format, index=False)) for table in tables
        )
