"""Random floors whose licences are shared: partitions that lend or do not, and step by step check-out."""

from random import Random

from farm.draws import (
    FITS,
    GRID,
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

PROJECTS = ["red", "blue"]
KINDS = ["kill", "suspend", "checkpoint", "checkpoint_on_demand"]


def lending(random: Random) -> Floor:
    """Partitions by project, lent and hard, with every kind of preemption and without."""
    nodes = random.random() < 0.4
    kind = random.choice(["none", *KINDS, *KINDS])
    classes = node_classes(random, memory=True) if nodes else one_pool(random)
    delays = random.random() < 0.4
    ways = ["reserved"] if kind != "none" else ["reserved", "reserved", "queue", "requeue"]
    features = []
    for i in range(random.randint(1, 2)):
        feature = one_feature(random, f"feature{i}", random.choice(ways), delays=delays)
        feature["tokens"] = tokens = random.randint(2, 7)
        some = random.sample(PROJECTS, random.randint(1, 2))
        feature["partitions"] = [{"project": name, "tokens": random.randint(1, tokens // len(some))} for name in some]
        feature["lend"] = random.random() < (0.9 if kind != "none" else 0.7)
        features.append(feature)
    most_cores = random.choice([1, 2, max(c["cores"] for c in classes)])  # small jobs lack tokens, not cores
    jobs = some_jobs(random, job_count(random), most_cores)
    if nodes:
        ask_memory(random, jobs, classes)
    sides = [[f for f in features if f["acquire"] in ("reserved", way)] for way in ("queue", "requeue")]
    for job in jobs:
        ask_tokens(random, [job], random.choice(sides), 0.8)
        job["project"] = random.choice([*PROJECTS, *PROJECTS, "green", None])
        job["preemptible"] = random.random() < 0.85
        job["priority"] = random.choice([0, 0, 1, 2])
    policy = some_policy(random, predicted=False, fits=FITS if nodes else None)
    policy["licence_aware"] = random.random() < 0.7
    if policy["backfill"] == "none" and policy["fit"] != "max_jobs" and random.random() < 0.5:
        policy["blocking"] = "shape"
    if kind != "none":
        suit_preemption(policy)
        policy["preemption"] = preemption_rule(random, kind, kept_memory=nodes)
        policy["preemption"]["licence_driven"] = random.random() < 0.85
    return make_floor(classes, features, jobs, policy)


def stepwise(random: Random) -> Floor:
    """Jobs that take several scarce features one after another, in any order; some floors take bundles."""
    classes = one_pool(random) if random.random() < 0.5 else node_classes(random, memory=False)
    delays = random.random() < 0.3
    features = [one_feature(random, f"feature{i}", "queue", delays=delays, most=3) for i in range(random.randint(2, 3))]
    if random.random() < 0.3:
        features.append(one_feature(random, "seat", "reserved", delays=delays))
    for feature in features:
        feature["back_off"] = random.choice([1, 2, 5]) * GRID
        feature["back_off_max"] = random.choice([2, 4]) * feature["back_off"]
        if random.random() < 0.12:
            feature |= {"lend": random.random() < 0.5, "partitions": [{"project": "red", "tokens": 1}]}
    jobs = some_jobs(random, job_count(random), 2)
    ask_tokens(random, jobs, features, 0.95)
    for job in jobs:
        job["project"] = random.choice(["red", None])
    policy = some_policy(random, fits=[fit for fit in FITS if fit != "mix"])
    if policy["fit"] == "max_jobs":
        policy["fit"] = "best"
    policy["licence_aware"] = random.random() < 0.8
    policy["kill_at_request"] = random.random() < 0.25
    policy["check_out"] = "stepwise" if random.random() < 0.85 else "bundle"
    return make_floor(classes, features, jobs, policy)
