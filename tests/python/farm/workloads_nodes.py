"""Random floors whose jobs share storage, and floors whose nodes are switched off while nobody needs them."""

from random import Random
from typing import Any

from farm.draws import (
    FITS,
    GRID,
    MEMORY,
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
from farm.workloads_sites import classes_at, jobs_at, links_between, routing_policy

SIZE = 8  # GB of every node, so that larger requests fit, too


def storage(random: Random) -> Floor:
    """Jobs that slow one another down, some of them until they reach a limit of time or memory, or are preempted."""
    names = ["york", "brno"][: random.choice([1, 1, 2])]
    places: list[dict[str, Any]] = [{"name": name} for name in names]
    for place in places:
        if random.random() < 0.9:
            place["storage"] = random.choice([0.1, 0.2, 0.25, 0.5])
    kind = random.choice(["none", "none", "none", "kill", "suspend", "checkpoint"])
    classes = classes_at(random, places, memory=True, speeds=[1] if kind == "checkpoint" else [1, 1, 2])
    for node_class in classes:
        node_class["memory"] = SIZE * MEMORY
        if random.random() < 0.15:
            node_class |= {"boot": random.choice([1, 2]) * GRID, "off_after": random.choice([1, 4]) * GRID}
    boots = any("boot" in c for c in classes)
    ways = ["reserved"] if kind != "none" or boots else ["reserved", "queue"]
    features = [
        one_feature(random, f"feature{i}", random.choice(ways), delays=False) for i in range(random.choice([0, 1]))
    ]
    jobs = jobs_at(random, places, max(c["cores"] for c in classes))
    ask_tokens(random, jobs, features, 0.4)
    for job in jobs:
        job["cores"] = min(job["cores"], random.choice([1, 2, 8]))
        job["io"] = random.choice([0, 25, 50, 100, 200, 0.5])
        job["io_share"] = random.choice([0, 0.25, 0.5, 1])
        job["preemptible"] = random.random() < 0.8
        job["memory"] = random.randint(1, 2 * SIZE) * MEMORY // 2
        job["peak_memory"] = min(int(job["memory"] * random.choice([0.5, 1, 1, 1.6, 3])), SIZE * MEMORY)
    policy = routing_policy(random, FITS, ["home", "least_wait", "local_first"])
    if random.random() < 0.6:
        factor = random.choice([2, 1.5])
        policy["memory"] = {"limit": "enforced", "ramp": random.choice([0.6, 1]), "retry_factor": factor, "tries": 3}
        for job in jobs:
            job["ranks"] = 1  # a gang that has grown may fit nowhere
    if kind != "none":
        suit_preemption(policy)
        policy["preemption"] = preemption_rule(random, kind, kept_memory=True)
    return make_floor(classes, features, jobs, policy) | {"sites": places, "links": links_between(random, places)}


def boot(random: Random) -> Floor:
    """Nodes that boot for those who start on them, gangs among them; with every kind of preemption."""
    nodes = random.random() < 0.8
    classes = node_classes(random, memory=True) if nodes else one_pool(random)
    for node_class in classes:
        if random.random() < 0.8:
            node_class |= {"boot": random.choice([0, 1, 2, 5]) * GRID, "off_after": random.choice([1, 3, 10]) * GRID}
    kind = random.choice(["none", "none", "kill", "suspend", "checkpoint", "checkpoint_on_demand"])
    features = [one_feature(random, "feature", "reserved", delays=random.random() < 0.3)] * random.choice([0, 1])
    jobs = some_jobs(random, job_count(random), max(c["cores"] for c in classes))
    if nodes:
        ask_memory(random, jobs, classes)
    ask_tokens(random, jobs, features, 0.4)
    stretch = random.choice([1, 1, 4])
    for job in jobs:
        job["submit"] *= stretch
        job["preemptible"] = random.random() < 0.8
    policy = some_policy(random, predicted=False, fits=FITS if nodes else None)
    if kind != "none":
        suit_preemption(policy)
        policy["preemption"] = preemption_rule(random, kind, kept_memory=nodes)
    return make_floor(classes, features, jobs, policy)
