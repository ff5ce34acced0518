"""Points of a sweep on anything that speaks ``concurrent.futures``: pools, Dask, MPI, submitit."""

from __future__ import annotations

import concurrent.futures
import os
import time
import zlib
from collections import deque
from collections.abc import Callable, Collection, Mapping, Sequence
from typing import TYPE_CHECKING, Any, NamedTuple, Protocol

from . import _core

if TYPE_CHECKING:
    from ._progress import Progress

_SECONDS = 2.0  # that one task of an executor takes, about: less is lost on the way, more makes it wait at the end
_MOST_POINTS = 1000  # in one task


class _Future(Protocol):
    def result(self) -> Any: ...
    def done(self) -> bool: ...
    def cancel(self) -> object: ...


class Executor(Protocol):
    """What is asked of an executor."""

    def submit(self, fn: Callable[..., Any], /, *args: Any, **kwargs: Any) -> Any: ...


class Point(NamedTuple):
    """One point to run: its number, the hash of its scenario, its values."""

    number: int
    hash: str
    values: Mapping[str, Any]


class Job(NamedTuple):
    """What all points share."""

    base: bytes  # the scenario as JSON, packed
    replications: int
    seed: int
    threads: int
    release: str


def release() -> str:
    """What a worker must have in common with who asks it."""
    return f"centresim {_core.__version__}"


def make_job(base: bytes, replications: int, seed: int, threads: int) -> Job:
    """`threads`: of a worker, 0: one."""
    return Job(zlib.compress(base), replications, seed, threads or 1, release())


def work(job: Job, points: Sequence[tuple[str, Mapping[str, Any]]]) -> tuple[list[bytes], float]:
    """Run points in a worker: a record of each, and the seconds that it took."""
    if job.release != release():
        raise RuntimeError(f"the worker has {release()}, it is asked by {job.release}")
    began = time.monotonic()
    records = _core.work_points(
        base=zlib.decompress(job.base),
        points=[(digest, dict(values)) for digest, values in points],
        replications=job.replications,
        seed=job.seed,
        threads=job.threads,
    )
    return records, time.monotonic() - began


class Outcome(NamedTuple):
    """How a run on an executor ended."""

    interrupted: bool
    broken: str  # why the executor takes no more work; empty: it does


class Run:
    """Keeps an executor busy with points; at most a few tasks a worker are on their way at a time."""

    def __init__(
        self,
        executor: Any,
        job: Job,
        points: Sequence[Point],
        keep: Callable[[Point, bytes], None],
        fail: Callable[[Point, str], None],
        progress: Progress | None,
    ) -> None:
        # A Dask client makes futures of its own kind; its executor makes those of the standard library.
        self._executor = executor.get_executor() if hasattr(executor, "get_executor") else executor
        if not callable(getattr(self._executor, "submit", None)):
            raise TypeError(f"executor: must have a method submit, as those of concurrent.futures, not {executor!r}")
        self._job = job
        self._left = deque(points)
        self._total = len(points)
        self._keep, self._fail, self._progress = keep, fail, progress
        self._pending: dict[Any, list[Point]] = {}
        self._done = 0
        self._seconds = 0.0  # of work, for the points that came back
        self._came_back = 0
        self._width = 0
        self._asked = float("-inf")
        self._stopping = False

    def __call__(self) -> Outcome:
        try:
            while self._left or self._pending:
                broken = self._submit()
                broken = self._take_all(first_done(self._pending)) or broken
                if broken or not self._tell():
                    return self._stop(broken)
        except KeyboardInterrupt:
            return self._stop()
        except BaseException:
            self._stop()
            raise
        return Outcome(False, "")

    def _submit(self) -> str:
        """Why the executor takes no more work; empty: it does."""
        while self._left and len(self._pending) < 2 * self._workers() + 2:
            count = min(self._slice(), len(self._left))
            points = [self._left.popleft() for _ in range(count)]
            try:
                self._send(points)
            except Exception as error:  # shut down, closed
                return told(error)
        return ""

    def _send(self, points: list[Point]) -> None:
        future = self._executor.submit(work, self._job, [(p.hash, p.values) for p in points])
        self._pending[future] = points

    def _slice(self) -> int:
        """Points in the next task: few until it is known how long one takes, and towards the end."""
        if self._came_back == 0:
            return 1
        each = max(self._seconds / self._came_back, 1e-6)
        share = max(1, len(self._left) // (2 * self._workers()))
        return max(1, min(int(_SECONDS / each), share, _MOST_POINTS))

    def _workers(self) -> int:
        now = time.monotonic()
        if now - self._asked > 5 or self._width == 0:
            self._width, self._asked = width(self._executor), now
        return self._width

    def _take_all(self, futures: list[Any]) -> str:
        """Why the executor takes no more work; empty: it does. What came back whole is kept in any case."""
        broken = ""
        for future in futures:
            broken = self._take(future, self._pending.pop(future)) or broken
        return broken

    def _take(self, future: _Future, points: list[Point]) -> str:
        try:
            records, seconds = future.result()
            if len(records) != len(points):
                raise ValueError(f"{len(records)} records of {len(points)} points came back")
        except (concurrent.futures.BrokenExecutor, concurrent.futures.CancelledError) as error:
            return told(error)
        except Exception as error:
            if len(points) > 1 and not self._stopping:  # which of them it was: one by one
                try:
                    for point in points:
                        self._send([point])
                except Exception as closed:
                    return told(closed)
                return ""
            self._done += len(points)
            for point in points if len(points) == 1 else ():
                self._fail(point, told(error))
            return ""
        self._seconds += seconds
        self._came_back += len(points)
        for point, record in zip(points, records, strict=True):
            self._keep(point, record)
        self._done += len(points)
        return ""

    def _tell(self) -> bool:
        if self._progress is None:
            return True
        scale = self._job.replications
        answer = self._progress(float(self._done * scale), float(self._total * scale))
        return answer is None or bool(answer)

    def _stop(self, broken: str = "") -> Outcome:
        self._stopping = True
        for future in list(self._pending):
            if future.done() and not getattr(future, "cancelled", bool)():
                self._take_all([future])  # it is there: nothing is thrown away
            else:
                future.cancel()
        return Outcome(True, broken)


def first_done(pending: Collection[Any]) -> list[Any]:
    """Those that are done, as soon as one is.

    Asked again and again: one that was cancelled with its executor never tells, nor does a job of submitit.
    """
    while pending:
        ready = [future for future in pending if future.done()]
        if ready:
            return ready
        if all(isinstance(future, concurrent.futures.Future) for future in pending):
            concurrent.futures.wait(pending, timeout=0.5, return_when=concurrent.futures.FIRST_COMPLETED)
        else:
            time.sleep(0.1)
    return []


def told(error: BaseException) -> str:
    """An error in one line."""
    return f"{type(error).__name__}: {error}" if str(error) else type(error).__name__


def width(executor: Any) -> int:
    """How many tasks it works at, at the same time."""
    client = getattr(executor, "_client", None)  # of Dask
    if client is not None and hasattr(client, "nthreads"):
        return max(1, sum(int(n) for n in client.nthreads().values()))
    for name in ("_max_workers", "num_workers", "max_workers"):
        count = getattr(executor, name, None)
        if isinstance(count, int) and count > 0:
            return count
    return os.cpu_count() or 1
