"""Replications of a selection on anything that speaks ``concurrent.futures``."""

from __future__ import annotations

import concurrent.futures
import time
import warnings
import zlib
from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

from . import _core
from ._executors import release, told, width

if TYPE_CHECKING:
    from ._progress import Progress

_SECONDS = 2.0  # that one task takes, about

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
    """Does what a selection wants on an executor; what it cannot do any more is missing in the answer."""

    def __init__(
        self,
        executor: Any,
        base: bytes,
        points: Sequence[Mapping[str, Any]],
        kpi: str,
        labels: Mapping[str, str],
        threads: int,
        progress: Callable[[float, float], object] | Progress | None,
    ) -> None:
        self._executor = executor.get_executor() if hasattr(executor, "get_executor") else executor
        if not callable(getattr(self._executor, "submit", None)):
            raise TypeError(f"executor: must have a method submit, as those of concurrent.futures, not {executor!r}")
        self._question = Question(zlib.compress(base), kpi, tuple(labels.items()), threads or 1, release())
        self._points = points
        self._progress = progress
        self._seconds, self._came_back, self._done = 0.0, 0, 0
        self._stopped = False

    def __call__(self, parts: list[tuple[int, int, int, int]]) -> list[_Figure]:
        if self._stopped:
            return [_NOTHING] * len(parts)
        tasks: dict[Any, tuple[int, int]] = {}  # part, count
        order: list[list[Any]] = []
        try:
            for i, (system, first, count, seed) in enumerate(parts):
                order.append([])
                for begin in range(first, first + count, self._slice(count)):
                    some = min(self._slice(count), first + count - begin)
                    future = self._executor.submit(work, self._question, self._points[system], begin, some, seed)
                    tasks[future] = (i, some)
                    order[-1].append(future)
            self._wait(tasks)
        except KeyboardInterrupt:
            self._stopped = True
        except Exception as error:  # shut down, closed
            self._break(error)
        order += [[] for _ in range(len(parts) - len(order))]
        figures = [self._joined(futures) for futures in order]
        for future in tasks:
            future.cancel()
        return figures

    @property
    def width(self) -> int:
        """Replications that it works at, at the same time."""
        return width(self._executor)

    def _slice(self, count: int) -> int:
        each = self._seconds / self._came_back if self._came_back else _SECONDS
        return max(1, min(count, int(_SECONDS / max(each, 1e-6))))

    def _wait(self, tasks: Mapping[Any, tuple[int, int]]) -> None:
        pending = set(tasks)
        total = self._done + sum(count for _, count in tasks.values())
        while pending and not self._stopped:
            if all(isinstance(future, concurrent.futures.Future) for future in pending):
                done, _ = concurrent.futures.wait(pending, return_when=concurrent.futures.FIRST_COMPLETED)
            else:  # a job of submitit can only be asked
                time.sleep(0.1)
                done = {future for future in pending if future.done()}
            pending -= done
            self._done += sum(tasks[future][1] for future in done)
            answer = self._progress(float(self._done), float(total)) if self._progress is not None and done else None
            self._stopped = answer is not None and not answer

    def _joined(self, futures: Sequence[Any]) -> _Figure:
        """One answer of the parcels of a part, up to the first one that is missing or has failed."""
        values: list[float] = []
        about = _NOTHING
        for future in futures:
            if not future.done():
                break
            try:
                figure, seconds = future.result()
            except (concurrent.futures.BrokenExecutor, concurrent.futures.CancelledError) as error:
                self._break(error)
                break
            except Exception as error:  # of the worker: this point cannot be judged
                return values, told(error), 0, *about[3:]
            self._seconds += seconds
            self._came_back += len(figure[0])
            values = values + list(figure[0])
            about = figure
            if figure[1]:
                break
        return values, about[1], about[2], *about[3:]

    def _break(self, error: BaseException) -> None:
        if not self._stopped:
            warnings.warn(f"the executor takes no more work: {told(error)}", stacklevel=6)
        self._stopped = True
