"""Free resources from now on, as the scheduler expects them: the profile of conservative backfill."""

from bisect import bisect_left
from collections.abc import Iterable

from farm.model import Amounts, Job, Model, Vector, add
from farm.placement import has_tokens, place


class Profile:
    def __init__(self, model: Model, rule: str, aware: bool, now: int, free: Vector) -> None:
        self.model, self.rule, self.aware, self.now, self.free = model, rule, aware, now, free
        self.times: list[int] = [now]
        self.vectors: list[Vector] = [list(free)]  # vectors[i] holds from times[i] to times[i + 1]

    def build(self, releases: Iterable[tuple[int, Amounts]]) -> None:
        vector = list(self.free)
        self.times, self.vectors = [self.now], [list(vector)]
        for time, amounts in sorted(releases, key=lambda r: r[0]):
            add(vector, amounts)
            if time == self.times[-1]:
                self.vectors[-1] = list(vector)
            else:
                self.times.append(time)
                self.vectors.append(list(vector))

    def _split(self, time: int) -> int:
        """The index of the piece that begins at `time`, which is not before now."""
        at = bisect_left(self.times, time)
        if at == len(self.times) or self.times[at] != time:
            self.times.insert(at, time)
            self.vectors.insert(at, list(self.vectors[at - 1]))
        return at

    def change(self, amounts: Amounts, begin: int, end: int, sign: int) -> None:
        """Adds (+1) or takes (-1) resources on [begin, end); what lies before now does not count."""
        begin = max(begin, self.now)
        if begin >= end:
            return
        first = self._split(begin)
        for vector in self.vectors[first : self._split(end)]:
            add(vector, amounts, sign)

    def plan(self, job: Job, needs: Amounts, begin: int, sign: int) -> None:
        """A planned job: its nodes until its end, every token until it is back."""
        end, at = begin + job.left_of_request, self.model.tokens_at
        self.change({i: n for i, n in needs.items() if i < at}, begin, end, sign)
        for f, count in job.reserved.items():
            self.change({at + f: count}, begin, self.model.pools[f].feature.returned(begin, end), sign)

    def is_negative(self) -> bool:
        used = None if self.aware else self.model.tokens_at
        return any(min(vector[:used]) < 0 for vector in self.vectors)

    def earliest(self, job: Job) -> tuple[int, list[int]] | None:
        """The first time from which the job fits throughout on one set of nodes; None if it is not expected to fit."""
        if not self.model.reachable(job.site, job.reserved):
            return None
        first = 0
        while first < len(self.times):
            nodes, first = self._throughout(job, first)
            if nodes is not None:
                return self.times[first], nodes
        return None

    def _throughout(self, job: Job, first: int) -> tuple[list[int] | None, int]:
        """The nodes of a job that starts with piece `first`, and `first`; or None and the next piece to try."""
        begin, at = self.times[first], self.model.tokens_at
        last = bisect_left(self.times, begin + job.left_of_request)
        for f, count in job.reserved.items() if self.aware else ():
            back = self.model.pools[f].feature.returned(begin, begin + job.left_of_request)
            if any(vector[at + f] < count for vector in self.vectors[first : bisect_left(self.times, back)]):
                return None, first + 1
        low = self.vectors[first]
        nodes = self._fits(low, job)
        if nodes is None:
            return None, first + 1
        for i in range(first + 1, last):
            if self._fits(self.vectors[i], job) is None:
                return None, i + 1
            low = list(map(min, low, self.vectors[i]))
            nodes = self._fits(low, job)
            if nodes is None:
                return None, first + 1
        return nodes, first

    def _fits(self, vector: Vector, job: Job) -> list[int] | None:
        if self.aware and not has_tokens(self.model, vector, job):
            return None
        return place(self.model, vector, job, self.rule, tokens=False)
