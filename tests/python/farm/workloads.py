"""Small random floors by family, and their parameters: a floor depends on its seed and family only.

Combinations to which the specification gives no meaning are left out (see `Policy.check` and `meaning`), and so are
floors that would wait for ever.
"""

from random import Random

from farm.draws import (
    FITS,
    GRID,
    MEMORY,
    add_too_large,
    ask_memory,
    ask_tokens,
    job_count,
    make_floor,
    node_classes,
    one_feature,
    one_pool,
    preemption_rule,
    some_jobs,
    some_policy,
    suit_preemption,
)
from farm.model import Floor
from farm.workloads_licences import lending, stepwise
from farm.workloads_nodes import boot, storage
from farm.workloads_sites import links, sites, staging

FAMILIES = ("flat", "nodes", "licences", "preemption", "memory", "modes")
SITE_FAMILIES = ("lending", "stepwise", "sites", "staging", "links", "storage", "boot")


def random_floor(seed: int, family: str) -> Floor:
    """A floor of 10 to 60 jobs: nodes, features, jobs and policy of the family drawn at random."""
    random = Random(f"{family} {seed}")
    make = {
        "flat": _flat, "nodes": _nodes, "licences": _licences,
        "preemption": _preemption, "memory": _memory, "modes": _modes,
        "lending": lending, "stepwise": stepwise, "sites": sites, "staging": staging, "links": links,
        "storage": storage, "boot": boot,
    }[family]  # fmt: skip
    return make(random)


def _flat(random: Random) -> Floor:
    classes = one_pool(random)
    jobs = some_jobs(random, job_count(random), classes[0]["cores"])
    add_too_large(random, jobs)
    return make_floor(classes, [], jobs, some_policy(random))


def _nodes(random: Random) -> Floor:
    classes = node_classes(random, memory=True)
    jobs = some_jobs(random, job_count(random), max(c["cores"] for c in classes))
    policy = some_policy(random, fits=FITS)
    if policy["blocking"] == "shape":
        for job in jobs:
            job["cores"] = min(job["cores"], 2)  # many jobs of one shape that differ in memory
    ask_memory(random, jobs, classes)
    add_too_large(random, jobs)
    return make_floor(classes, [], jobs, policy)


def _licences(random: Random) -> Floor:
    """Features reserved by the scheduler, with minimum hold and linger, aware and naive."""
    nodes = random.random() < 0.5
    classes = node_classes(random, memory=True) if nodes else one_pool(random)
    delays = random.random() < 0.6
    features = [one_feature(random, f"feature{i}", "reserved", delays=delays) for i in range(random.randint(1, 3))]
    jobs = some_jobs(random, job_count(random), max(c["cores"] for c in classes))
    if nodes:
        ask_memory(random, jobs, classes)
    ask_tokens(random, jobs, features, 0.6)
    policy = some_policy(random, fits=FITS if nodes else None)
    policy["licence_aware"] = random.random() < 0.6
    return make_floor(classes, features, jobs, policy)


def _preemption(random: Random) -> Floor:
    nodes = random.random() < 0.5
    kind = random.choice(["kill", "suspend", "checkpoint", "checkpoint_on_demand"])
    classes = node_classes(random, memory=True) if nodes else one_pool(random)
    scarce = random.choice([1, 3, 5])
    delays = random.random() < 0.2
    features = [
        one_feature(random, f"feature{i}", "reserved", delays=delays, most=scarce) for i in range(random.randint(0, 2))
    ]
    jobs = some_jobs(random, job_count(random), max(c["cores"] for c in classes))
    for job in jobs:
        job["preemptible"] = random.random() < 0.8
    if nodes:
        ask_memory(random, jobs, classes)
    ask_tokens(random, jobs, features, 0.6)
    policy = some_policy(random, predicted=False, fits=FITS if nodes else None)
    suit_preemption(policy)
    if random.random() < 0.3:
        policy["order"] = "priority"
    policy["preemption"] = preemption_rule(random, kind, kept_memory=nodes)
    return make_floor(classes, features, jobs, policy)


def _memory(random: Random) -> Floor:
    """Jobs that may run out of memory; every node has the same size, so that a larger request fits, too."""
    size = random.choice([8, 16])
    classes = node_classes(random, memory=True)
    for node_class in classes:
        node_class["memory"] = size * MEMORY
    jobs = some_jobs(random, job_count(random), max(c["cores"] for c in classes))
    for job in jobs:
        job["memory"] = random.randint(1, 4 * size) * MEMORY // 4
        growth = random.choice([0.3, 0.8, 1, 1, 1.25, 1.6, 2, 3.1, 5])
        peak = int(job["memory"] * growth)
        job["peak_memory"] = peak if random.random() < 0.15 else min(peak, size * MEMORY)  # the others end well
    policy = some_policy(random, predicted=False, fits=FITS)
    tries, factor = random.choice([1, 3, 3]), random.choice([2, 2, 1.5])
    policy["memory"] = {
        "limit": "enforced",
        "ramp": random.choice([0.6, 0.5, 1]),
        "retry_factor": factor,
        "tries": tries,
    }
    return make_floor(classes, [], jobs, policy)


def _modes(random: Random) -> Floor:
    """All ways of acquiring tokens; one job never both queues and tries."""
    classes = one_pool(random) if random.random() < 0.5 else node_classes(random, memory=False)
    delays = random.random() < 0.4
    ways = [random.choice(["reserved", "queue", "queue", "requeue"]) for _ in range(random.randint(1, 3))]
    features = [one_feature(random, f"feature{i}", way, delays=delays) for i, way in enumerate(ways)]
    tried = {key: random.choice([1, 2, 5]) * GRID for key in ("first_try", "back_off")}
    for feature in features:
        feature |= {**tried, "back_off_max": 4 * tried["back_off"]}
    jobs = some_jobs(random, job_count(random), max(c["cores"] for c in classes))
    sides = [[f for f in features if f["acquire"] in ("reserved", way)] for way in ("queue", "requeue")]
    for job in jobs:
        ask_tokens(random, [job], random.choice(sides), 0.7)
    policy = some_policy(random, fits=[fit for fit in FITS if fit != "mix"])
    if policy["fit"] == "max_jobs":
        policy["fit"] = "best"
    policy["licence_aware"] = random.random() < 0.8
    return make_floor(classes, features, jobs, policy)
