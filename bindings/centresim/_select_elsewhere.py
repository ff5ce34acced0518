"""Replications of a selection on anything that speaks ``concurrent.futures``."""

from __future__ import annotations

import time
import zlib
from collections.abc import Mapping, Sequence
from concurrent.futures import BrokenExecutor, CancelledError
from typing import TYPE_CHECKING, Any, NamedTuple

from . import _core
from ._executors import first_done, release, told, width

if TYPE_CHECKING:
    from ._progress import Progress

_SECONDS = 2.0  # that one task takes, about
_ATTEMPTS = 3  # at a task whose worker raised something: a lost connection is no judgement of a point

# Values without a gap, why the next one is missing, and what the figure is: as the compiled part gives them.
_Figure = tuple[list[float], str, int, str, str, str]
_NOTHING: _Figure = ([], "", 0, "", "", "")


class Question(NamedTuple):
    """What all replications share."""

    base: bytes  # the scenario as JSON, packed
    kpi: str
    labels: tuple[tuple[str, str], ...]
    threads: int
    release: str


class _Task:
    """Some replications of one part, and what came of them."""

    def __init__(self, point: Mapping[str, Any], first: int, count: int, seed: int) -> None:
        self.point, self.first, self.count, self.seed = point, first, count, seed
        self.attempts = 0
        self.figure: _Figure | None = None


def work(question: Question, values: Mapping[str, Any], first: int, count: int, seed: int) -> tuple[_Figure, float]:
    """Replications of one point in a worker, and the seconds that they took."""
    if question.release != release():
        raise RuntimeError(f"the worker has {release()}, it is asked by {question.release}")
    began = time.monotonic()
    figure = _core.figure_values(
        base=zlib.decompress(question.base),
        values=dict(values),
        kpi=question.kpi,
        labels=list(question.labels),
        first=first,
        count=count,
        seed=seed,
        threads=question.threads,
    )
    return figure, time.monotonic() - began


class Elsewhere:
    """Does what a selection wants on an executor; what it cannot do any more is missing in the answer.

    ``broken`` says why, empty where it is an interrupt.
    """

    def __init__(
        self,
        executor: Any,
        base: bytes,
        points: Sequence[Mapping[str, Any]],
        kpi: str,
        labels: Mapping[str, str],
        threads: int,
        progress: Progress | None,
    ) -> None:
        self._executor = executor.get_executor() if hasattr(executor, "get_executor") else executor
        if not callable(getattr(self._executor, "submit", None)):
            raise TypeError(f"executor: must have a method submit, as those of concurrent.futures, not {executor!r}")
        self._question = Question(zlib.compress(base), kpi, tuple(labels.items()), threads or 1, release())
        self._points = points
        self._progress = progress
        self._seconds, self._came_back, self._done, self._total = 0.0, 0, 0, 0
        self._stopped = False
        self.broken = ""

    def __call__(self, parts: list[tuple[int, int, int, int]]) -> list[_Figure]:
        order: list[list[_Task]] = [[] for _ in parts]
        pending: dict[Any, _Task] = {}
        try:
            if not self._stopped:
                for tasks, (system, first, count, seed) in zip(order, parts, strict=True):
                    size = self._slice(count)
                    for begin in range(first, first + count, size):
                        some = min(size, first + count - begin)
                        tasks.append(_Task(self._points[system], begin, some, seed))
                self._total = self._done + sum(task.count for tasks in order for task in tasks)
                for tasks in order:
                    for task in tasks:
                        self._send(task, pending)
                while pending and not self._stopped:
                    for future in first_done(pending):
                        self._take(future, pending)
                    self._tell()
            return [_joined(tasks) for tasks in order]
        except KeyboardInterrupt:
            self._stopped = True
            return [_joined(tasks) for tasks in order]
        finally:
            for future in pending:
                future.cancel()

    @property
    def width(self) -> int:
        """Replications that it works at, at the same time."""
        return width(self._executor)

    def _slice(self, count: int) -> int:
        each = self._seconds / self._came_back if self._came_back else _SECONDS
        return max(1, min(count, int(_SECONDS / max(each, 1e-6))))

    def _send(self, task: _Task, pending: dict[Any, _Task]) -> None:
        if self._stopped:
            return
        task.attempts += 1
        try:
            future = self._executor.submit(work, self._question, task.point, task.first, task.count, task.seed)
        except Exception as error:  # shut down, closed
            self._break(error)
        else:
            pending[future] = task

    def _take(self, future: Any, pending: dict[Any, _Task]) -> None:
        task = pending.pop(future)
        try:
            task.figure, seconds = future.result()
        except (BrokenExecutor, CancelledError) as error:
            self._break(error)
        except Exception as error:
            if task.attempts < _ATTEMPTS:
                self._send(task, pending)
            else:
                self._break(error)
        else:
            self._seconds += seconds
            self._came_back += task.count
            self._done += task.count

    def _tell(self) -> None:
        if self._progress is not None:
            answer = self._progress(float(self._done), float(self._total))
            self._stopped = self._stopped or (answer is not None and not answer)

    def _break(self, error: BaseException) -> None:
        self.broken = self.broken or f"the executor takes no more work: {told(error)}"
        self._stopped = True


def _joined(tasks: Sequence[_Task]) -> _Figure:
    """One answer of the tasks of a part, up to the first one that is missing or has failed."""
    values: list[float] = []
    about = _NOTHING
    for task in tasks:
        if task.figure is None:
            return values, "", 0, *about[3:]
        values = values + list(task.figure[0])
        about = task.figure if task.figure[3] or not about[3] else (*task.figure[:3], *about[3:])
        if task.figure[1]:
            break
    return values, about[1], about[2], *about[3:]
