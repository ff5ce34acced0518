"""The farm at one instant: free resources, queue, running jobs, events; starts and releases."""

import heapq
import itertools
from dataclasses import dataclass

from farm.model import Amounts, Floor, Job, Model, add
from farm.order import Predictor
from farm.timeline import next_end, time_to

COMPLETION, FORCED, ARRIVAL = 0, 1, 4  # classes of events of one instant, in this order


@dataclass(order=True)
class Event:
    time: int
    rank: int  # class
    entity: int
    number: int  # order of creation
    kind: str
    version: int = 0
    count: int = 0


@dataclass
class Claim:
    """A job that starts when its victims have written their checkpoints; nobody else may take its resources."""

    job: Job
    victims: list[Job]
    time: int
    held: Amounts  # taken from the free resources already
    surplus: Amounts  # of the victims, free at `time`


class State:
    def __init__(self, floor: Floor) -> None:
        self.model = Model(floor)
        self.policy = self.model.policy
        self.predictor = Predictor(self.policy.predictor)
        self.free = list(self.model.capacity)
        self.now = 0
        self.queue: list[Job] = []
        self.running: list[Job] = []
        self.suspended: list[Job] = []
        self.claims: list[Claim] = []
        self.lingering: list[tuple[int, int, int]] = []  # tokens on their way back: (time, feature, count)
        self.check_outs: list[tuple[int, int, Job]] = []  # jobs that wait for tokens while they run
        self.reservations: dict[Job, tuple[int, Amounts]] = {}  # conservative_keep: start, resources
        self.events: list[Event] = []
        self._numbers = itertools.count()

    def at(self, time: int, rank: int, entity: int, kind: str, version: int = 0, count: int = 0) -> None:
        event = Event(time, rank, entity, next(self._numbers), kind, version, count)
        heapq.heappush(self.events, event)

    # Starts

    def start(self, job: Job, nodes: list[int]) -> None:
        """Begins a job: it holds its nodes and reserved tokens from now on; waits for or tries the other tokens."""
        if job in self.queue:
            self.queue.remove(job)
        add(self.free, self.model.needs(job, nodes), -1)
        job.state, job.nodes, job.start = "running", nodes, self.now
        job.first_start = self.now if job.first_start is None else job.first_start
        job.starts += 1
        job.ran_attempt = 0
        job.check_out = dict.fromkeys(job.reserved, self.now)
        job.running_since, job.working_since = self.now, None
        self.running.append(job)
        if job.queued:
            self.check_outs.append((self.now, job.index, job))
            self.schedule(job)
        elif job.tried:
            self.schedule(job)
            wait = max(self.model.features[f].first_try for f in job.tried)
            self.at(self.now + wait, ARRIVAL, job.index, "attempt", job.version)
        else:
            self.begin_work(job)

    def begin_work(self, job: Job) -> None:
        job.working_since = self.now
        self.schedule(job)

    def schedule(self, job: Job) -> None:
        """Sets the one event that ends the job if it is left alone."""
        job.version += 1
        ends = next_end(job, self.policy)
        if ends is not None:
            time, kind = ends
            self.at(time, COMPLETION if kind == "end" else FORCED, job.index, kind, job.version)

    def take_tokens(self, job: Job, tokens: dict[int, int]) -> bool:
        """Checks a bundle out, all or none."""
        at = self.model.tokens_at
        if any(self.free[at + f] < count for f, count in tokens.items()):
            return False
        add(self.free, {at + f: count for f, count in tokens.items()}, -1)
        job.check_out |= dict.fromkeys(tokens, self.now)
        return True

    def serve_check_outs(self) -> None:
        """First come, first served by (time, job); one that cannot be served blocks those that share a feature."""
        blocked: set[int] = set()
        for entry in sorted(self.check_outs, key=lambda e: e[:2]):
            job = entry[2]
            if blocked.isdisjoint(job.queued) and self.take_tokens(job, job.queued):
                self.check_outs.remove(entry)
                self.begin_work(job)
            else:
                blocked |= set(job.queued)

    # Releases

    def stop_clock(self, job: Job) -> None:
        """The job no longer runs: its time counts, its events are void."""
        job.ran += self.now - job.running_since
        job.ran_attempt += self.now - job.running_since
        job.version += 1
        job.working_since = None
        self.running.remove(job)
        self.check_outs = [entry for entry in self.check_outs if entry[2] is not job]

    def on_nodes(self, job: Job, *, cores: bool = True, memory: bool = True) -> Amounts:
        amounts: Amounts = {}
        for index, amount in self.model.needs(job, job.nodes).items():
            if (cores and index < self.model.nodes) or (memory and self.model.nodes <= index < self.model.tokens_at):
                amounts[index] = amount
        return amounts

    def return_tokens(self, job: Job) -> None:
        """Each token comes back at max(end, check-out + minimum hold) + linger."""
        for feature, time in job.check_out.items():
            back = self.model.features[feature].returned(time, self.now)
            count = job.tokens[feature]
            if back <= self.now:
                self.free[self.model.tokens_at + feature] += count
            else:
                self.lingering.append((back, feature, count))
                self.at(back, COMPLETION, feature, "token", count=count)
        job.check_out = {}

    def release(self, job: Job) -> None:
        add(self.free, self.on_nodes(job))
        self.return_tokens(job)
        job.nodes = []

    # Ends

    def finish(self, job: Job, state: str) -> None:
        job.state, job.end = state, self.now

    def come_back(self, job: Job, kept: int) -> None:
        """Back to the queue, as an arrival of now, with the progress that was kept; none: a restart from nothing."""
        job.state, job.progress = "away", kept
        job.warm_up = self.policy.preemption.restart if kept > 0 else 0
        if kept == 0:
            job.ran = 0
        self.at(self.now, ARRIVAL, job.index, "requeue")

    def lose(self, job: Job, progress: int) -> None:
        job.lost += job.cores * job.ranks * progress

    def check(self) -> None:
        """Conservation: what is free, held and on its way back makes up the farm."""
        total = list(self.free)
        for job in [*self.running, *self.suspended, *(v for c in self.claims for v in c.victims)]:
            held = self.on_nodes(job, cores=job.state != "suspended")
            add(total, held)
            add(total, {self.model.tokens_at + f: job.tokens[f] for f in job.check_out})
        for claim in self.claims:
            add(total, claim.held)
        for _, feature, count in self.lingering:
            total[self.model.tokens_at + feature] += count
        assert total == self.model.capacity, (self.now, total)
        assert min(self.free) >= 0, (self.now, self.free)
        for job in self.running:
            assert job.start is not None
            assert job.start >= job.submit
            assert job.working_since is None or self.now < job.working_since + time_to(
                job, self.policy.preemption, job.run
            )
