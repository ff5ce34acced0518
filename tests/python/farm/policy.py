"""How the schedulers choose, and the combinations to which the text gives no meaning."""

from dataclasses import dataclass
from typing import Any


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
    routing: str = "home"
    burst_wait: int = 0
    burst_cost: float | None = None
    check_out: str = "bundle"
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
