"""What the reference simulator knows of a floor: jobs, features, policy, and the free resources as one vector.

A vector lists the free cores of every node, then the free memory (kB) of every node, then the free tokens of every
feature. Times are integer ticks of 1 ms.
"""

import math
from dataclasses import dataclass, field
from typing import Any

Vector = list[float]  # integers, but for unlimited memory, which is infinite
Floor = dict[str, Any]
Amounts = dict[int, float]  # index in a vector -> amount


@dataclass(frozen=True)
class Feature:
    name: str
    tokens: int
    acquire: str
    minimum_hold: int
    linger: int
    first_try: int
    back_off: int
    back_off_max: int

    def returned(self, check_out: int, end: int) -> int:
        """When a token taken at `check_out` by a job that ends at `end` is free again."""
        return max(end, check_out + self.minimum_hold) + self.linger


@dataclass(eq=False)
class Job:
    """A job as the user gave it (first block) and where it stands (second block)."""

    index: int
    name: str
    submit: int
    run: int
    cores: int
    ranks: int
    memory: int  # request a rank; grows when the job is retried after running out of memory
    peak: int
    reserved: dict[int, int]  # feature -> tokens, by the way they are acquired
    queued: dict[int, int]
    tried: dict[int, int]
    request: int
    user: str
    step: str
    priority: int
    due: int | None
    preemptible: bool

    state: str = "pending"
    key: float = 0
    nodes: list[int] = field(default_factory=list)
    check_out: dict[int, int] = field(default_factory=dict)
    first_start: int | None = None
    start: int | None = None
    starts: int = 0
    end: int = 0
    running_since: int = 0  # start or resumption
    working_since: int | None = None  # the check-out that lets the work begin; None while it waits for one
    progress: int = 0  # at working_since
    warm_up: int = 0  # restart cost still to be paid at working_since
    ran: int = 0  # time run since the last full restart, up to running_since
    ran_attempt: int = 0  # the same since the last start
    version: int = 0  # events of an older version are void
    preempted: int = 0
    denied: int = 0
    retries: int = 0
    lost: int = 0

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


@dataclass(frozen=True)
class Preemption:
    kind: str = "none"
    licence_driven: bool = True
    min_run: int = 0
    max_preempt: int = 10
    keep_tokens: bool = False
    migrate_after: int | None = None
    every: int | None = None
    write: int = 0
    restart: int = 0

    @property
    def period(self) -> int | None:
        """Progress between periodic checkpoints, if any are written."""
        return self.every if self.kind.startswith("checkpoint") else None


@dataclass(frozen=True)
class Memory:
    limit: str = "none"
    ramp: float = 0.6
    retry_factor: float = 2
    tries: int = 3


@dataclass(frozen=True)
class Policy:
    order: str = "fcfs"
    blocking: str = "head"
    backfill: str = "none"
    licence_aware: bool = True
    depth: int | None = None
    fit: str = "first"
    kill_at_request: bool = False
    predictor: str = "exponential"
    age_weight: float = 0
    class_weight: float = 1
    age_max: int = 1
    preemption: Preemption = Preemption()
    memory: Memory = Memory()

    def check(self) -> None:
        """The combinations the specification gives a meaning to."""
        if self.order == "fairshare":
            raise ValueError("fairshare is not part of this reference")
        if self.backfill != "none" and self.blocking != "head":
            raise ValueError("backfill needs a blocking head")
        if self.depth is not None and self.backfill != "easy":
            raise ValueError("a depth is defined for EASY only")
        if self.fit == "max_jobs" and (self.backfill != "none" or self.blocking == "shape"):
            raise ValueError("max_jobs plans neither backfill nor shapes")
        if self.preemption.kind != "none" and (self.backfill == "conservative_keep" or self.fit == "max_jobs"):
            raise ValueError("preemption has no meaning with kept reservations or max_jobs")


def policy_of(values: dict[str, Any]) -> Policy:
    plain = {k: v for k, v in values.items() if k not in ("preemption", "memory")}
    preemption, memory = Preemption(**values.get("preemption", {})), Memory(**values.get("memory", {}))
    policy = Policy(**plain, preemption=preemption, memory=memory)
    policy.check()
    return policy


def feature_of(values: dict[str, Any]) -> Feature:
    defaults = {
        "acquire": "reserved", "minimum_hold": 0, "linger": 0,
        "first_try": 30_000, "back_off": 60_000, "back_off_max": 1_800_000,
    }  # fmt: skip
    return Feature(**{**defaults, **values})


class Model:
    """A floor, read once: nodes by (class name, number), jobs by (submit, number or row)."""

    def __init__(self, floor: Floor) -> None:
        self.policy = policy_of(floor.get("policy", {}))
        self.features = [feature_of(f) for f in floor.get("features", [])]
        classes = sorted(floor["node_classes"], key=lambda c: str(c["name"]).encode())
        nodes = [c for c in classes for _ in range(c["nodes"])]
        self.nodes = len(nodes)
        self.cores = [int(c["cores"]) for c in nodes]
        self.memory = [math.inf if c.get("memory") is None else float(c["memory"]) for c in nodes]
        self.capacity: Vector = [*self.cores, *self.memory, *(f.tokens for f in self.features)]
        self.tokens_at = 2 * self.nodes  # index of the first feature in a vector
        self.jobs = self._jobs(floor["jobs"])

    def _jobs(self, rows: list[dict[str, Any]]) -> list[Job]:
        numbers = all(str(r["name"]).isdecimal() for r in rows)
        ranked = sorted(enumerate(rows), key=lambda x: (x[1]["submit"], int(x[1]["name"]) if numbers else x[0]))
        return [self._job(index, row) for index, (_, row) in enumerate(ranked)]

    def _job(self, index: int, row: dict[str, Any]) -> Job:
        ways: dict[str, dict[int, int]] = {"reserved": {}, "queue": {}, "requeue": {}}
        by_name = {f.name: i for i, f in enumerate(self.features)}
        for name, count in row.get("tokens", {}).items():
            ways[self.features[by_name[name]].acquire][by_name[name]] = count
        if (ways["queue"] or ways["requeue"]) and self.policy.preemption.kind != "none":
            raise ValueError("preemption is defined for reserved features only")
        if ways["queue"] and ways["requeue"]:
            raise ValueError("the order of queueing and trying in one job is not defined")
        memory = row.get("memory") or 0
        peak = row.get("peak_memory")
        return Job(
            index=index, name=str(row["name"]), submit=row["submit"], run=row["run"], cores=row["cores"],
            ranks=row.get("ranks", 1), memory=memory, peak=memory if peak is None else peak,
            reserved=ways["reserved"], queued=ways["queue"], tried=ways["requeue"], request=row["request"],
            user=row.get("user") or "", step=row.get("step") or "", priority=row.get("priority", 0),
            due=row.get("due"), preemptible=row.get("preemptible", False),
        )  # fmt: skip

    def needs(self, job: Job, nodes: list[int]) -> Amounts:
        """What the job takes at its start on these nodes (one a rank)."""
        amounts: Amounts = {}
        for node in nodes:
            amounts[node] = amounts.get(node, 0) + job.cores
            amounts[self.nodes + node] = amounts.get(self.nodes + node, 0) + job.memory
        for feature, count in job.reserved.items():
            amounts[self.tokens_at + feature] = count
        return amounts


def add(vector: Vector, amounts: Amounts, sign: int = 1) -> None:
    for index, amount in amounts.items():
        vector[index] += sign * amount
