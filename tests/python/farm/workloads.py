"""Small random floors, on coarse grids so that ties abound, and their scenario files.

A floor depends on its seed and family only. Combinations to which the specification gives no meaning are left out
(see `Policy.check`), and so are floors that would wait for ever.
"""

from random import Random
from typing import Any

from farm.model import Floor

GRID = 10_000  # ticks
MEMORY = 1_000_000  # kB: 1 GB
STATIC_ORDERS = ["sjf_request", "sjf_exact", "ljf", "priority", "priority", "due_date", "least_slack"]
FITS = ["first", "best", "worst", "mix", "licence"]
CLASS_NAMES = ["alpha", "beta", "Gamma"]  # byte order: Gamma first
FAMILIES = ("flat", "nodes", "licences", "preemption", "memory", "modes")


def random_floor(seed: int, family: str) -> Floor:
    """A floor of 10 to 60 jobs: nodes, features, jobs and policy of the family drawn at random."""
    random = Random(f"{family} {seed}")
    make = {
        "flat": _flat, "nodes": _nodes, "licences": _licences,
        "preemption": _preemption, "memory": _memory, "modes": _modes,
    }[family]  # fmt: skip
    return make(random)


def _classes(random: Random, *, memory: bool) -> list[dict[str, Any]]:
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


def _pool(random: Random) -> list[dict[str, Any]]:
    return [{"name": "pool", "nodes": 1, "cores": random.choice([2, 4, 8, 16]), "memory": None}]


def _feature(random: Random, name: str, acquire: str, *, delays: bool, most: int = 5) -> dict[str, Any]:
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


def _jobs(random: Random, count: int, most_cores: int) -> list[dict[str, Any]]:
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


def _count(random: Random) -> int:
    return random.randint(10, 60)


def _policy(random: Random, *, predicted: bool = True, fits: list[str] | None = None) -> dict[str, Any]:
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


def _floor(
    classes: list[dict[str, Any]], features: list[dict[str, Any]], jobs: list[dict[str, Any]], policy: dict[str, Any]
) -> Floor:
    return {"node_classes": classes, "features": features, "jobs": jobs, "policy": policy}


def _too_large(random: Random, jobs: list[dict[str, Any]]) -> None:
    """In some floors a job or two can never run and is rejected."""
    if random.random() < 0.25:
        for job in random.sample(jobs, random.randint(1, 2)):
            job["cores"] = 100


def _flat(random: Random) -> Floor:
    classes = _pool(random)
    jobs = _jobs(random, _count(random), classes[0]["cores"])
    _too_large(random, jobs)
    return _floor(classes, [], jobs, _policy(random))


def _needs_memory(random: Random, jobs: list[dict[str, Any]], classes: list[dict[str, Any]]) -> None:
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


def _nodes(random: Random) -> Floor:
    classes = _classes(random, memory=True)
    jobs = _jobs(random, _count(random), max(c["cores"] for c in classes))
    policy = _policy(random, fits=FITS)
    if policy["blocking"] == "shape":
        for job in jobs:
            job["cores"] = min(job["cores"], 2)  # many jobs of one shape that differ in memory
    _needs_memory(random, jobs, classes)
    _too_large(random, jobs)
    return _floor(classes, [], jobs, policy)


def _ask(random: Random, jobs: list[dict[str, Any]], features: list[dict[str, Any]], share: float) -> None:
    """Tokens for a share of the jobs, a few features each, never more than there are."""
    for job in jobs:
        if features and random.random() < share:
            some = random.sample(features, random.randint(1, len(features)))
            job["tokens"] = {f["name"]: random.randint(1, min(3, f["tokens"])) for f in some}


def _licences(random: Random) -> Floor:
    """Features reserved by the scheduler, with minimum hold and linger, aware and naive."""
    nodes = random.random() < 0.5
    classes = _classes(random, memory=True) if nodes else _pool(random)
    delays = random.random() < 0.6
    features = [_feature(random, f"feature{i}", "reserved", delays=delays) for i in range(random.randint(1, 3))]
    jobs = _jobs(random, _count(random), max(c["cores"] for c in classes))
    if nodes:
        _needs_memory(random, jobs, classes)
    _ask(random, jobs, features, 0.6)
    policy = _policy(random, fits=FITS if nodes else None)
    policy["licence_aware"] = random.random() < 0.6
    return _floor(classes, features, jobs, policy)


def _preemption(random: Random) -> Floor:
    nodes = random.random() < 0.5
    kind = random.choice(["kill", "suspend", "checkpoint", "checkpoint_on_demand"])
    classes = _classes(random, memory=True) if nodes else _pool(random)
    scarce = random.choice([1, 3, 5])
    delays = random.random() < 0.2
    features = [
        _feature(random, f"feature{i}", "reserved", delays=delays, most=scarce) for i in range(random.randint(0, 2))
    ]
    jobs = _jobs(random, _count(random), max(c["cores"] for c in classes))
    for job in jobs:
        job["preemptible"] = random.random() < 0.8
    if nodes:
        _needs_memory(random, jobs, classes)
    _ask(random, jobs, features, 0.6)
    policy = _policy(random, predicted=False, fits=FITS if nodes else None)
    if policy["fit"] == "max_jobs":
        policy["fit"] = "best"
    if policy["backfill"] == "conservative_keep":
        policy["backfill"] = "conservative"
    if policy["blocking"] == "shape":
        policy["blocking"] = "head"
    if random.random() < 0.3:
        policy["order"] = "priority"
    keep = kind == "suspend" and random.random() < 0.5
    holds = kind == "suspend" and (nodes or keep)  # a suspended job may keep the head out for ever
    policy["preemption"] = {
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
    return _floor(classes, features, jobs, policy)


def _memory(random: Random) -> Floor:
    """Jobs that may run out of memory; every node has the same size, so that a larger request fits, too."""
    size = random.choice([8, 16])
    classes = _classes(random, memory=True)
    for node_class in classes:
        node_class["memory"] = size * MEMORY
    jobs = _jobs(random, _count(random), max(c["cores"] for c in classes))
    for job in jobs:
        job["memory"] = random.randint(1, 4 * size) * MEMORY // 4
        growth = random.choice([0.3, 0.8, 1, 1, 1.25, 1.6, 2, 3.1, 5])
        peak = int(job["memory"] * growth)
        job["peak_memory"] = peak if random.random() < 0.15 else min(peak, size * MEMORY)  # the others end well
    policy = _policy(random, predicted=False, fits=FITS)
    tries, factor = random.choice([1, 3, 3]), random.choice([2, 2, 1.5])
    policy["memory"] = {
        "limit": "enforced",
        "ramp": random.choice([0.6, 0.5, 1]),
        "retry_factor": factor,
        "tries": tries,
    }
    return _floor(classes, [], jobs, policy)


def _modes(random: Random) -> Floor:
    """All ways of acquiring tokens; one job never both queues and tries."""
    classes = _pool(random) if random.random() < 0.5 else _classes(random, memory=False)
    delays = random.random() < 0.4
    ways = [random.choice(["reserved", "queue", "queue", "requeue"]) for _ in range(random.randint(1, 3))]
    features = [_feature(random, f"feature{i}", way, delays=delays) for i, way in enumerate(ways)]
    tried = {key: random.choice([1, 2, 5]) * GRID for key in ("first_try", "back_off")}
    for feature in features:
        feature |= {**tried, "back_off_max": 4 * tried["back_off"]}
    jobs = _jobs(random, _count(random), max(c["cores"] for c in classes))
    sides = [[f for f in features if f["acquire"] in ("reserved", way)] for way in ("queue", "requeue")]
    for job in jobs:
        _ask(random, [job], random.choice(sides), 0.7)
    policy = _policy(random, fits=[fit for fit in FITS if fit != "mix"])
    if policy["fit"] == "max_jobs":
        policy["fit"] = "best"
    policy["licence_aware"] = random.random() < 0.8
    return _floor(classes, features, jobs, policy)
