"""The farm at one instant: free resources, queues, running jobs, events; starts and releases."""

import heapq
import itertools
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from farm import storage
from farm.model import Amounts, Floor, Job, Model, add
from farm.order import Predictor
from farm.power import Power
from farm.staging import Staging, Transfer
from farm.timeline import next_end

# Classes of events of one instant, in this order
COMPLETION, TRANSFER, FAILURE, FORCED, CAPACITY, ARRIVAL, RETURN, ATTEMPT = range(8)


@dataclass(order=True)
class Event:
    time: int
    rank: int  # class
    entity: int
    number: int  # order of creation
    kind: str
    version: int = 0
    item: Any = field(default=None, compare=False)


@dataclass
class Claim:
    """A job that starts when its victims have written their checkpoints; nobody else may take its resources."""

    job: Job
    victims: list[Job]
    time: int
    held: Amounts  # taken from the free resources already
    surplus: Amounts  # of the victims, free at `time`


@dataclass(eq=False)
class Lingering:
    """Tokens on their way back."""

    back: int
    pool: int
    count: int
    partition: int


@dataclass
class Waiting:
    """A job at the licence server: since when it waits in the queue of its next tokens."""

    since: int
    job: Job
    next: dict[int, int]  # pool -> tokens: a bundle, or one feature
    later: list[dict[int, int]]


class State:
    def __init__(self, floor: Floor) -> None:
        self.model = Model(floor)
        self.policy = self.model.policy
        self.predictor = Predictor(self.policy.predictor)
        self.free = list(self.model.capacity)
        self.power = Power(self.model)
        self.now = 0
        self.here = 0  # the site whose pass it is
        self.queues: list[list[Job]] = [[] for _ in self.model.sites]
        self.staging = Staging(self.model)
        self.staged: list[Job] = []
        self.running: list[Job] = []
        self.suspended: list[Job] = []
        self.claims: list[Claim] = []
        self.lingering: list[Lingering] = []
        self.at_server: list[Waiting] = []
        self.plans: list[dict[Job, tuple[int, Amounts]]] = [{} for _ in self.model.sites]
        self.events: list[Event] = []
        self.again = False  # a job was denied by the server: one more pass at this instant
        self.counts: dict[str, int] = {}  # what happened, for the tests of the workloads
        self.unfinished = len(self.model.jobs)
        self._numbers = itertools.count()

    @property
    def queue(self) -> list[Job]:
        return self.queues[self.here]

    @property
    def reservations(self) -> dict[Job, tuple[int, Amounts]]:
        """conservative_keep: start, resources."""
        return self.plans[self.here]

    def at(self, time: int, rank: int, entity: int, kind: str, version: int = 0, item: Any = None) -> None:
        heapq.heappush(self.events, Event(time, rank, entity, next(self._numbers), kind, version, item))

    def wake(self, after: int, transfer: Transfer, *, end: bool = False) -> None:
        """A transfer begins to move or ends; those of one instant end by name of link, dataset and site."""
        of_link = transfer.link.number * len(self.model.datasets) + transfer.data
        entity = of_link * len(self.model.sites) + transfer.site
        self.at(self.now + after, TRANSFER, entity, "staged" if end else "moves", transfer.version, transfer)

    def arrive(self, job: Job, *, after: int = 0) -> None:
        """The job will join the queue of its site, as an arrival."""
        self.at(self.now + after, RETURN, job.index, "join")

    def count(self, what: str, more: int = 1) -> None:
        self.counts[what] = self.counts.get(what, 0) + more

    def holders(self) -> Iterator[Job]:
        """Jobs that hold cores, memory or tokens."""
        yield from self.running
        yield from self.suspended
        for claim in self.claims:
            yield from claim.victims

    # Starts

    def start(self, job: Job, nodes: list[int]) -> None:
        """Begins a job: it holds its nodes and reserved tokens from now on; waits for or tries the other tokens."""
        if job in self.queues[job.site]:
            self.queues[job.site].remove(job)
        add(self.free, self.model.needs(job, nodes), -1)
        job.state, job.nodes, job.start = "running", nodes, self.now
        job.duration = self.model.duration(job, nodes)
        job.first_start = self.now if job.first_start is None else job.first_start
        job.starts += 1
        job.ran_attempt = 0
        job.check_out = dict.fromkeys(job.reserved, self.now)
        job.trips = self.model.round_trips(job.site, job.reserved)
        job.running_since, job.working_since = self.now, None
        if self.power.occupy(nodes, self.now):
            self.count("boots")
        self.running.append(job)
        if job.queued:
            stepwise = self.policy.check_out == "stepwise"
            steps = [{pool: n} for pool, n in job.queued.items()] if stepwise else [job.queued]
            self.at_server.append(Waiting(self.now, job, steps[0], steps[1:]))
            self.schedule(job)
        elif job.tried:
            self.schedule(job)
            wait = max(self.model.pools[pool].feature.first_try for pool in job.tried)
            self.at(self.now + wait, ATTEMPT, job.index, "attempt", job.version)
        else:
            self.begin_work(job)

    def begin_work(self, job: Job) -> None:
        """Work begins, after what must go before it: a boot, round trips to licence servers, a restart."""
        job.working_since = job.clock_at = self.now
        job.clock = 0
        job.lead = job.warm_up + job.trips + self.power.boot_left(job.nodes, self.now)
        storage.adapt(self, job.site)
        self.schedule(job)

    def schedule(self, job: Job) -> None:
        """Sets the one event that ends the job if it is left alone."""
        job.version += 1
        ends = next_end(job, self.policy)
        if ends is not None:
            time, kind = ends
            self.at(time, COMPLETION if kind == "end" else FORCED, job.index, kind, job.version)

    def take_tokens(self, job: Job, tokens: dict[int, int]) -> bool:
        """Checks tokens out, all or none."""
        at = self.model.tokens_at
        if not self.model.reachable(job.site, tokens) or any(self.free[at + p] < n for p, n in tokens.items()):
            return False
        add(self.free, {at + pool: count for pool, count in tokens.items()}, -1)
        job.check_out |= dict.fromkeys(tokens, self.now)
        job.trips += self.model.round_trips(job.site, tokens)
        return True

    # Releases

    def stop_clock(self, job: Job) -> None:
        """The job no longer runs: its time counts, its events are void."""
        job.ran += self.now - job.running_since
        job.ran_attempt += self.now - job.running_since
        job.version += 1
        job.working_since = None
        self.running.remove(job)
        self.at_server = [entry for entry in self.at_server if entry.job is not job]
        storage.adapt(self, job.site)

    def on_nodes(self, job: Job, *, cores: bool = True, memory: bool = True) -> Amounts:
        amounts: Amounts = {}
        for index, amount in self.model.needs(job, job.nodes).items():
            if (cores and index < self.model.nodes) or (memory and self.model.nodes <= index < self.model.tokens_at):
                amounts[index] = amount
        return amounts

    def return_tokens(self, job: Job) -> None:
        """Each token comes back at max(end, check-out + minimum hold) + linger."""
        for pool, time in job.check_out.items():
            back = self.model.pools[pool].feature.returned(time, self.now)
            count = job.tokens[pool]
            if back <= self.now:
                self.free[self.model.tokens_at + pool] += count
            else:
                tokens = Lingering(back, pool, count, job.partition[pool])
                self.lingering.append(tokens)
                self.at(back, COMPLETION, pool, "token", item=tokens)
        job.check_out = {}

    def release(self, job: Job) -> None:
        add(self.free, self.on_nodes(job))
        self.return_tokens(job)
        self.power.leave(job.nodes, self.now)
        job.nodes = []

    # Ends

    def finish(self, job: Job, state: str) -> None:
        job.state, job.end = state, self.now
        self.unfinished -= 1

    def come_back(self, job: Job, kept: int) -> None:
        """Back to the queue, as an arrival of now, with the progress that was kept; none: a restart from nothing."""
        job.state, job.progress = "away", kept
        job.warm_up = self.policy.preemption.restart if kept > 0 else 0
        if kept == 0:
            job.ran = 0
        self.arrive(job)

    def lose(self, job: Job, progress: int) -> None:
        job.lost += job.cores * job.ranks * progress
