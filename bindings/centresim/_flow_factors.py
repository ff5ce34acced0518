"""Flow factors of steps, as measured: what ranking by due dates within queue-time windows needs."""

from __future__ import annotations

from typing import TYPE_CHECKING

from . import _core

if TYPE_CHECKING:
    from ._result import Result
    from ._scenario import Scenario


def with_flow_factors(result: Result) -> Scenario:
    """The scenario of a result, with the ``flow_factor`` of every step as the run measured it.

    The flow factor of a step is the mean time from the end of the step before to the end of this one, over all visits
    in the observed window, over its expected time for a lot of the mean size on the route. Steps that no lot
    performed, or that take no time, keep what they have. The rank ``queue_time_due`` (QTS) spreads the limit of a
    queue-time window over its steps by them: measure them with the line as it is, then rank by them.

    Raises ValueError where the scenario has no fab.
    """
    fab = result.scenario.fab
    if fab is None:
        raise ValueError("the scenario has no fab: only steps of routes have flow factors")
    expected = iter(_core.expected_step_times(result.scenario, _mean_wafers(fab)))
    seen = zip(*(_sums(result, name) for name in ("visits", "total_time")), strict=True)
    factors: dict[str, object] = {}
    for route in sorted(fab.routes, key=lambda r: r.name.encode()):  # the order of a result
        for step in route.steps:
            alone, (visits, time) = next(expected), next(seen)
            path = f"fab.routes.{_quoted(route.name)}.steps.{_quoted(step.name)}.flow_factor"
            if alone > 0 and visits > 0 and time > 0:
                factors[path] = time / visits / alone
    return result.scenario.with_(factors)


def _quoted(name: str) -> str:
    """A name as a part of a path."""
    return f'"{name.replace(chr(92), chr(92) * 2).replace(chr(34), chr(92) + chr(34))}"'


def _sums(result: Result, name: str) -> list[float]:
    """Over the replications, by step."""
    import numpy as np

    values = np.asarray(result._tree.variable("fab/steps", name).values, dtype=float)
    return [float(v) for v in values.reshape(result.replications, -1).sum(axis=0)]


def _mean_wafers(fab: _core.fab.Fab) -> dict[str, float]:
    """Mean wafers of the lots that come along each route: of its release streams, else of its listed lots."""
    route = {product.name: product.route for product in fab.products}
    lots: dict[str, list[tuple[float, float]]] = {}
    for release in fab.releases:
        every = release.every.mean
        assert isinstance(every, _core.Duration)
        wafers = release.wafers.mean
        assert not isinstance(wafers, _core.Duration)
        lots.setdefault(route[release.product], []).append((release.lots / every.ticks, wafers))
    listed: dict[str, list[tuple[float, float]]] = {}
    for lot in fab.lots:
        listed.setdefault(route[lot.product], []).append((1.0, float(lot.wafers)))
    return {name: sum(w * n for w, n in rows) / sum(w for w, _ in rows) for name, rows in {**listed, **lots}.items()}
