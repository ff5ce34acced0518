"""Where the results of points go that executors send back."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Protocol

from . import _core
from ._executors import Point
from ._scenario import Scenario
from ._sweep_result import SweepResult


class Store(Protocol):
    """The points of a sweep, and what is known of them."""

    base: bytes
    replications: int
    seed: int
    left: list[Point]  # to be run
    kept: int

    @property
    def points(self) -> Sequence[Mapping[str, Any]]: ...
    def keep(self, point: Point, record: bytes) -> None: ...
    def fail(self, point: Point, reason: str) -> None: ...
    def result(self, interrupted: bool) -> SweepResult: ...


class _Reader:
    replications: int
    seed: int

    def _read(self, record: bytes, point: Point) -> tuple[_core.Tree | None, str | None]:
        """The result, or why the model could not go on. Raises RuntimeError for what is no record of the point."""
        return _core.read_record(record=record, hash=point.hash, seed=self.seed, replications=self.replications)


class Memory(_Reader):
    """Results in memory."""

    def __init__(self, base: Scenario, description: _core.SweepDescription, replications: int, seed: int) -> None:
        self.base = base.to_json().encode()
        self.replications, self.seed = replications, seed
        self.points = description.points()
        self.kept = 0
        self._name, self._paths, self._design = base.name, description.paths, description.design
        hashes = [scenario.hash for scenario in description.resolve(base)]
        self._of_hash: dict[str, list[int]] = {}
        for number, digest in enumerate(hashes):
            self._of_hash.setdefault(digest, []).append(number)
        self.left = [Point(n[0], digest, self.points[n[0]]) for digest, n in self._of_hash.items()]
        self._trees: dict[int, _core.Tree] = {}
        self._failures: dict[int, str] = {}

    def keep(self, point: Point, record: bytes) -> None:
        try:
            tree, reason = self._read(record, point)
        except RuntimeError as error:  # no record of this point
            return self.fail(point, str(error))
        if tree is None:
            return self.fail(point, str(reason))
        self.kept += 1
        for number in self._of_hash[point.hash]:
            self._trees[number] = tree
        return None

    def fail(self, point: Point, reason: str) -> None:
        for number in self._of_hash[point.hash]:
            self._failures[number] = reason

    def result(self, interrupted: bool) -> SweepResult:
        done = dict(sorted(self._trees.items()))
        return SweepResult._of_trees(
            self._name,
            self.replications,
            self.seed,
            self._paths,
            self.points,
            done,
            interrupted,
            dict(sorted(self._failures.items())),
            self._design,
        )


class Folder(_Reader):
    """Results in the folder of a plan, which only this process writes."""

    def __init__(self, plan: _core.Plan, *, retry: bool) -> None:
        self.base = plan.base()
        self.replications, self.seed = plan.replications, plan.seed
        self.points = plan.points()
        self._plan = plan
        self._writer = _core.PlanWriter(plan, "points")
        self._told: dict[str, str] = {}  # failures that the folder does not remember, by hash
        states = _core.PlanResults(plan).states(plan)
        self._hashes = plan.hashes()
        self.kept = sum(state is True for state in states)
        wanted: dict[str, int] = {}
        for number, (digest, state) in enumerate(zip(self._hashes, states, strict=True)):
            if state is None or (isinstance(state, str) and retry):
                wanted.setdefault(digest, number)
        self.left = [Point(number, digest, self.points[number]) for digest, number in wanted.items()]

    def keep(self, point: Point, record: bytes) -> None:
        try:
            self._read(record, point)
        except RuntimeError as error:  # no record of this point
            return self.fail(point, str(error))
        self._writer.add(record)
        self.kept += 1
        return None

    def fail(self, point: Point, reason: str) -> None:
        self._told[point.hash] = reason

    def result(self, interrupted: bool) -> SweepResult:
        self._writer.close()
        told = {number: self._told[digest] for number, digest in enumerate(self._hashes) if digest in self._told}
        return SweepResult._of_plan(self._plan, interrupted, told)
