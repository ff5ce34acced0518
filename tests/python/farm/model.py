"""What the reference simulator knows of a floor: jobs, nodes, pools of tokens, and the free resources as one vector.

A vector lists the free cores of every node, then the free memory (kB) of every node, then the free tokens of every
pool. Times are integer ticks of 1 ms.
"""

import math
from dataclasses import dataclass, field
from fractions import Fraction
from typing import Any

from farm.places import UNIT, Link, Pool, by_name, exact, feature_of, nearest, places_of
from farm.policy import policy_of

Vector = list[float]  # integers, but for unlimited memory, which is infinite
Floor = dict[str, Any]
Amounts = dict[int, float]  # index in a vector -> amount

END_STATES = {"completed", "walltime", "rejected", "out_of_memory", "failed"}


@dataclass(eq=False)
class Job:
    """A job as the user gave it (first block), where it was routed to (second) and where it stands (third)."""

    index: int
    name: str
    submit: int
    run: int
    cores: int
    ranks: int
    memory: int  # request a rank; grows when the job is retried after running out of memory
    peak: int
    wants: dict[int, int]  # feature -> tokens, in the order given
    request: int
    user: str
    step: str
    project: str
    priority: int
    due: int | None
    preemptible: bool
    home: int
    data: int | None
    load: int  # kB/s from the storage, undisturbed
    share: Fraction  # of its time that it spends on that

    site: int = 0
    routed: bool = False
    reserved: dict[int, int] = field(default_factory=dict)  # pool -> tokens, by the way they are acquired
    queued: dict[int, int] = field(default_factory=dict)
    tried: dict[int, int] = field(default_factory=dict)
    partition: dict[int, int] = field(default_factory=dict)  # pool -> partition for which its tokens count

    state: str = "pending"
    key: float = 0
    nodes: list[int] = field(default_factory=list)
    duration: int = 0  # of the whole run on these nodes
    check_out: dict[int, int] = field(default_factory=dict)
    first_start: int | None = None
    start: int | None = None
    starts: int = 0
    end: int = 0
    running_since: int = 0  # start or resumption
    working_since: int | None = None  # the check-out that lets the work begin; None while it waits for one
    progress: int = 0  # at working_since
    warm_up: int = 0  # restart cost still to be paid
    trips: int = 0  # round trips to licence servers, still to be paid
    lead: int = 0  # what comes before the work at working_since: boot, round trips, restart
    clock: int = 0  # units of 2^-32 ticks done from working_since to clock_at
    clock_at: int = 0
    rate: int = UNIT  # units a tick
    ran: int = 0  # time run since the last full restart, up to running_since
    ran_attempt: int = 0  # the same since the last start
    version: int = 0  # events of an older version are void
    preempted: int = 0
    denied: int = 0
    retries: int = 0
    lost: int = 0

    @property
    def ended(self) -> bool:
        return self.state in END_STATES

    @property
    def tokens(self) -> dict[int, int]:
        return {**self.reserved, **self.queued, **self.tried}

    @property
    def left_of_request(self) -> int:
        """What a plan reckons with for a job of the queue."""
        return max(1, self.request - self.ran)

    @property
    def estimated_end(self) -> int:
        return self.running_since + self.request - self.ran


class Model:
    """A floor, read once: nodes by (site, class, number), jobs by (submit, number or row)."""

    def __init__(self, floor: Floor) -> None:
        self.policy = policy_of(floor.get("policy", {}))
        places = places_of(floor)
        self.places, self.sites, self.links, self.datasets = places, places.sites, places.links, places.datasets
        self._site = {site.name: i for i, site in enumerate(self.sites)}
        self.features = [feature_of(f, self._site) for f in floor.get("features", [])]
        self._pools()
        self._nodes(floor["node_classes"])
        self.capacity: Vector = [*self.cores, *self.memory, *(pool.tokens for pool in self.pools)]
        self.tokens_at = 2 * self.nodes  # index of the first pool in a vector
        self.jobs = self._jobs(floor["jobs"], floor.get("datasets") or [])

    def _pools(self) -> None:
        self.pools: list[Pool] = []
        self.pool_of: dict[tuple[int, int], int] = {}  # feature, partition
        for f, feature in enumerate(self.features):
            for p, partition in enumerate(feature.partitions):
                if p == 0 or not feature.lend:
                    self.pools.append(Pool(feature, feature.tokens if feature.lend else partition.tokens))
                self.pool_of[f, p] = len(self.pools) - 1

    def _nodes(self, rows: list[dict[str, Any]]) -> None:
        classes = sorted(by_name(rows), key=lambda row: self._site[row.get("site") or self.sites[0].name])
        nodes = [c for c in classes for _ in range(c["nodes"])]
        self.nodes = len(nodes)
        self.cores = [int(c["cores"]) for c in nodes]
        self.memory = [math.inf if c.get("memory") is None else float(c["memory"]) for c in nodes]
        self.speed = [exact(c.get("speed") or 1) for c in nodes]
        self.cost = [exact(c.get("cost") or 0) for c in nodes]  # of a core for an hour
        self.boot = [int(c.get("boot") or 0) for c in nodes]
        self.off_after: list[int | None] = [c.get("off_after") for c in nodes]
        sites = [self._site[c.get("site") or self.sites[0].name] for c in nodes]
        self.nodes_of = [[n for n, at in enumerate(sites) if at == site] for site in range(len(self.sites))]

    def _jobs(self, rows: list[dict[str, Any]], datasets: list[dict[str, Any]]) -> list[Job]:
        self._features = {f.name: i for i, f in enumerate(self.features)}
        self._datasets = {d.name: i for i, d in enumerate(self.datasets)}
        numbers = all(str(r["name"]).isdecimal() for r in rows)
        ranked = sorted(enumerate(rows), key=lambda x: (x[1]["submit"], int(x[1]["name"]) if numbers else x[0]))
        return [self._job(index, row) for index, (_, row) in enumerate(ranked)]

    def _job(self, index: int, row: dict[str, Any]) -> Job:
        memory = row.get("memory") or 0
        peak, data, site = row.get("peak_memory"), row.get("data"), row.get("site")
        return Job(
            index=index, name=str(row["name"]), submit=row["submit"], run=row["run"], cores=row["cores"],
            ranks=row.get("ranks", 1), memory=memory, peak=memory if peak is None else peak,
            wants={self._features[name]: count for name, count in row.get("tokens", {}).items()},
            request=row["request"], user=row.get("user") or "", step=row.get("step") or "",
            project=row.get("project") or "", priority=row.get("priority", 0), due=row.get("due"),
            preemptible=row.get("preemptible", False), home=0 if site is None else self._site[site],
            data=None if data is None else self._datasets[data],
            load=nearest(exact(row.get("io") or 0) * 1000), share=exact(row.get("io_share") or 0),
        )  # fmt: skip

    # Jobs at sites

    def pool(self, job: Job, feature: int, site: int) -> int:
        """The pool from which the job would take tokens of a feature at a site."""
        return self.pool_of[feature, self.features[feature].partition(job.project, site)]

    def may_use(self, job: Job, site: int) -> bool:
        """Whether the features of the job have the tokens there at all."""
        for f, count in job.wants.items():
            sites = self.features[f].sites
            if (sites is not None and site not in sites) or self.pools[self.pool(job, f, site)].tokens < count:
                return False
        return True

    def settle(self, job: Job, site: int) -> None:
        """The job is routed to the site: from now on its tokens come from the pools that it uses there."""
        job.site, job.routed = site, True
        for f, count in job.wants.items():
            pool = self.pool(job, f, site)
            way = {"reserved": job.reserved, "queue": job.queued, "requeue": job.tried}[self.features[f].acquire]
            way[pool] = count
            job.partition[pool] = self.features[f].partition(job.project, site)

    def needs(self, job: Job, nodes: list[int]) -> Amounts:
        """What the job takes at its start on these nodes (one a rank)."""
        amounts: Amounts = {}
        for node in nodes:
            amounts[node] = amounts.get(node, 0) + job.cores
            amounts[self.nodes + node] = amounts.get(self.nodes + node, 0) + job.memory
        for pool, count in job.reserved.items():
            amounts[self.tokens_at + pool] = count
        return amounts

    def duration(self, job: Job, nodes: list[int]) -> int:
        """The run time on these nodes: the slowest sets the pace."""
        return max(1, nearest(job.run / min(self.speed[node] for node in nodes)))

    # Licence servers elsewhere

    def way(self, pool: int, site: int) -> Link | None:
        """The link over which jobs at a site check tokens out; None: there is nothing between."""
        server = self.pools[pool].feature.server
        return None if server is None or server == site else self.places.link(server, site)

    def reachable(self, site: int, pools: dict[int, int]) -> bool:
        """Whether no link to a licence server of these pools is down."""
        return all((link := self.way(pool, site)) is None or link.up for pool in pools)

    def round_trips(self, site: int, pools: dict[int, int]) -> int:
        return sum(link.rtt for pool in pools if (link := self.way(pool, site)) is not None)


def add(vector: Vector, amounts: Amounts, sign: int = 1) -> None:
    for index, amount in amounts.items():
        vector[index] += sign * amount
