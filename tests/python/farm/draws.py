"""Parts of small random floors, on coarse grids so that ties abound: classes, features, jobs, policies."""

from random import Random
from typing import Any

from farm.model import Floor

GRID = 10_000  # ticks
MEMORY = 1_000_000  # kB: 1 GB
STATIC_ORDERS = ["sjf_request", "sjf_exact", "ljf", "priority", "priority", "due_date", "least_slack"]
FITS = ["first", "best", "worst", "mix", "licence"]
CLASS_NAMES = ["alpha", "beta", "Gamma"]  # byte order: Gamma first


def node_classes(random: Random, *, memory: bool) -> list[dict[str, Any]]:
    """One to three node classes, six nodes at most."""
    names = random.sample(CLASS_NAMES, random.randint(1, 3))
    return [
        {
            "name": name,
            "nodes": random.randint(1, 2),
            "cores": random.choice([2, 4, 4, 8]),
            "memory": random.choice([4, 8, 8, 16]) * MEMORY if memory else None,
        }
        for name in names
    ]


def one_pool(random: Random) -> list[dict[str, Any]]:
    return [{"name": "pool", "nodes": 1, "cores": random.choice([2, 4, 8, 16]), "memory": None}]


def one_feature(random: Random, name: str, acquire: str, *, delays: bool, most: int = 5) -> dict[str, Any]:
    grid = [0, 0, 1, 2, 5] if delays else [0]
    return {
        "name": name,
        "tokens": random.randint(1, most),
        "acquire": acquire,
        "minimum_hold": random.choice(grid) * GRID,
        "linger": random.choice(grid) * GRID,
        "first_try": 3 * GRID,
        "back_off": 6 * GRID,
        "back_off_max": 180 * GRID,
    }


def some_jobs(random: Random, count: int, most_cores: int) -> list[dict[str, Any]]:
    """Jobs of short lists of values, several a tick; requests may be too short. Rows are shuffled."""
    span = random.choice([count // 4, count, 3 * count])
    names = [str(n) for n in random.sample(range(1, 10 * count), count)]
    if random.random() < 0.5:
        names = [f"job{n}" for n in names]
    longest = random.choice([4, 12, 30])
    few = random.choice([1, 2, 3])  # the more draws, the smaller the jobs
    jobs = []
    for name in names:
        run = random.randint(1, longest) * GRID
        stretch = random.choice([1, 1, 1, 2, 3, 5, 0.5])
        submit = random.randint(0, span) * GRID
        jobs.append({
            "name": name, "submit": submit, "run": run, "ranks": 1,
            "cores": min(random.randint(1, most_cores) for _ in range(few)),
            "memory": 0, "peak_memory": 0, "tokens": {}, "request": max(GRID, int(run * stretch) // GRID * GRID),
            "user": random.choice(["ada", "bo"]), "step": random.choice(["place", "route"]),
            "priority": random.randint(0, 3), "preemptible": False,
            "due": submit + random.randint(1, 60) * GRID if random.random() < 0.7 else None,
        })  # fmt: skip
    return jobs


def job_count(random: Random) -> int:
    return random.randint(10, 60)


def some_policy(random: Random, *, predicted: bool = True, fits: list[str] | None = None) -> dict[str, Any]:
    """Order, blocking, backfill and fit: one of the valid combinations."""
    orders = STATIC_ORDERS + (["sjf_predicted"] * 2 if predicted else [])
    order = random.choice(["fcfs", random.choice(orders)])
    backfill = random.choice(["none", "easy", "easy", "conservative", "conservative_keep"])
    blocking = random.choice(["head", "skip", "shape"]) if backfill == "none" else "head"
    fits = fits or ["first"]
    may_copy = len(fits) > 1 and backfill == "none" and blocking != "shape"
    policy: dict[str, Any] = {
        "order": order,
        "blocking": blocking,
        "backfill": backfill,
        "licence_aware": True,
        "depth": random.choice([None, None, 1, 3, 8]) if backfill == "easy" else None,
        "fit": random.choice([*fits, "max_jobs", "max_jobs"] if may_copy else fits),
        "kill_at_request": random.random() < 0.4,
        "predictor": random.choice(["last", "average_two", "exponential"]),
        "age_weight": 0,
        "class_weight": 1,
        "age_max": 1,
    }
    if order == "priority" and random.random() < 0.6:
        policy |= {"age_weight": random.choice([0.5, 1, 2.5]), "age_max": random.choice([7, 20, 100]) * GRID}
        policy["class_weight"] = random.choice([1, 0.25])
    return policy


def make_floor(
    classes: list[dict[str, Any]], features: list[dict[str, Any]], jobs: list[dict[str, Any]], policy: dict[str, Any]
) -> Floor:
    return {"node_classes": classes, "features": features, "jobs": jobs, "policy": policy}


def add_too_large(random: Random, jobs: list[dict[str, Any]]) -> None:
    """In some floors a job or two can never run and is rejected."""
    if random.random() < 0.25:
        for job in random.sample(jobs, random.randint(1, 2)):
            job["cores"] = 100


def ask_memory(random: Random, jobs: list[dict[str, Any]], classes: list[dict[str, Any]]) -> None:
    """Requests, in quarters of a GB, that fit a node which has the cores; sometimes several ranks."""
    for job in jobs:
        able = [c for c in classes if c["cores"] >= job["cores"]]
        most = max(c["memory"] for c in able) // MEMORY
        job["memory"] = random.choice([0, *range(1, 4 * most + 1)]) * MEMORY // 4
        places = sum(
            c["nodes"] * min(c["cores"] // job["cores"], c["memory"] // max(1, job["memory"]))
            for c in able
            if c["memory"] >= job["memory"]
        )
        if random.random() < 0.2:
            job["ranks"] = random.randint(1, min(4, places))
        job["peak_memory"] = job["memory"]


def ask_tokens(random: Random, jobs: list[dict[str, Any]], features: list[dict[str, Any]], share: float) -> None:
    """Tokens for a share of the jobs, a few features each, never more than there are."""
    for job in jobs:
        if features and random.random() < share:
            some = random.sample(features, random.randint(1, len(features)))
            job["tokens"] = {f["name"]: random.randint(1, min(3, f["tokens"])) for f in some}


def suit_preemption(policy: dict[str, Any]) -> None:
    """Changes what has no meaning together with preemption."""
    if policy["fit"] == "max_jobs":
        policy["fit"] = "best"
    if policy["backfill"] == "conservative_keep":
        policy["backfill"] = "conservative"
    if policy["blocking"] == "shape":
        policy["blocking"] = "head"


def preemption_rule(random: Random, kind: str, *, kept_memory: bool) -> dict[str, Any]:
    keep = kind == "suspend" and random.random() < 0.5
    holds = kind == "suspend" and (kept_memory or keep)  # a suspended job may keep the head out for ever
    return {
        "kind": kind,
        "licence_driven": random.random() < 0.6,
        "min_run": random.choice([0, 0, 1, 3]) * GRID,
        "max_preempt": random.choice([1, 2, 10]),
        "keep_tokens": keep,
        "migrate_after": random.choice([3, 10, 40]) * GRID if holds or random.random() < 0.3 else None,
        "every": random.choice([1, 2, 5]) * GRID if kind == "checkpoint" or random.random() < 0.6 else None,
        "write": random.choice([1, 1, 2]) * GRID,
        "restart": random.choice([0, 1, 2]) * GRID,
    }
