"""Random floors of two or three sites."""

from random import Random
from typing import Any

from farm.draws import (
    FITS,
    GRID,
    MEMORY,
    add_too_large,
    ask_tokens,
    job_count,
    make_floor,
    one_feature,
    preemption_rule,
    some_jobs,
    some_policy,
    suit_preemption,
)
from farm.model import Floor

SITE_NAMES = ["york", "brno", "Aachen"]  # byte order: Aachen, brno, york
ROUTING = ["home", "local_first", "least_wait", "cheapest", "data", "burst"]


def some_sites(random: Random) -> list[dict[str, Any]]:
    return [{"name": name} for name in random.sample(SITE_NAMES, random.choice([2, 2, 3]))]


def classes_at(
    random: Random, sites: list[dict[str, Any]], *, memory: bool, speeds: list[float]
) -> list[dict[str, Any]]:
    """One or two classes a site; their names do not tell the site."""
    classes: list[dict[str, Any]] = []
    for site in sites:
        for _ in range(random.choice([1, 1, 2])):
            classes.append({
                "name": f"class{random.randint(10, 99)}{len(classes)}",
                "site": site["name"],
                "nodes": random.randint(1, 2),
                "cores": random.choice([2, 4, 4, 8]),
                "memory": random.choice([4, 8]) * MEMORY if memory else None,
                "speed": random.choice(speeds),
                "cost": random.choice([1, 1, 2, 3]),
            })  # fmt: skip
    return classes


def jobs_at(random: Random, sites: list[dict[str, Any]], most_cores: int) -> list[dict[str, Any]]:
    jobs = some_jobs(random, job_count(random), most_cores)
    weights = [random.choice([1, 1, 3]) for _ in sites]
    for job in jobs:
        job["site"] = random.choices([s["name"] for s in sites], weights)[0]
        if random.random() < 0.1:
            job["ranks"] = random.randint(2, 3)
    return jobs


def routing_policy(random: Random, fits: list[str], routing: list[str]) -> dict[str, Any]:
    policy = some_policy(random, fits=fits)
    policy["routing"] = random.choice(routing)
    if policy["routing"] == "burst":
        policy["burst_wait"] = random.choice([0, 1, 4, 15]) * GRID
        policy["burst_cost"] = random.choice([None, 0.0307, 0.0707, 0.2707])  # no cost of a job is just that
    return policy


def features_at(
    random: Random, sites: list[dict[str, Any]], way: str, *, delays: bool, lend: float = 0.5
) -> list[dict[str, Any]]:
    """Features, some of them with partitions of sites, projects or both, some not for every site."""
    features = []
    names = [s["name"] for s in sites]
    for i in range(random.randint(0, 2)):
        feature = one_feature(random, f"feature{i}", random.choice(["reserved", "reserved", way]), delays=delays)
        feature["back_off"], feature["back_off_max"] = 2 * GRID, 8 * GRID
        if random.random() < 0.25:
            feature["sites"] = random.sample(names, random.randint(1, len(names) - 1))
        if random.random() < 0.5:
            keys: list[dict[str, Any]] = [
                {"site": random.choice(names)},
                {"project": "red"},
                {"site": random.choice(names), "project": "red"},
            ]
            some = random.sample(keys, random.randint(1, 2))
            feature["partitions"] = [key | {"tokens": random.randint(1, 2)} for key in some]
            feature["tokens"] = sum(p["tokens"] for p in feature["partitions"]) + random.randint(0, 3)
            feature["lend"] = random.random() < lend
        features.append(feature)
    return features


def links_between(random: Random, sites: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """One between any two; a transfer of 1 GB takes 8 s or more."""
    pairs = [(a["name"], b["name"]) for i, a in enumerate(sites) for b in sites[:i]]
    return [
        {
            "name": f"link{n}",
            "sites": random.sample(pair, 2),
            "bandwidth": random.choice([0.25, 0.5, 1]),
            "rtt": random.choice([0, 0, 500, 5_000, GRID]),
        }
        for n, pair in enumerate(random.sample(pairs, len(pairs)))
    ]


def sites(random: Random) -> Floor:
    """Every rule of routing with backfill, features and partitions of sites; some floors preempt."""
    places = some_sites(random)
    memory = random.random() < 0.5
    kind = random.choice(["none", "none", "none", "kill", "suspend", "checkpoint"])
    speeds: list[float] = [1] if kind == "checkpoint" else [1, 1, 2, 0.5, 1.5]
    classes = classes_at(random, places, memory=memory, speeds=speeds)
    way = "reserved" if kind != "none" else random.choice(["reserved", "queue", "requeue"])
    preempts = kind != "none"
    features = features_at(random, places, way, delays=random.random() < 0.2, lend=0.9 if preempts else 0.5)
    jobs = jobs_at(random, places, random.choice([1, max(c["cores"] for c in classes)]))
    ask_tokens(random, jobs, features, 0.8 if preempts else 0.6)
    for job in jobs:
        job["project"] = random.choice(["red", "blue", None])
        job["preemptible"] = random.random() < 0.8
        if memory:
            job["memory"] = job["peak_memory"] = random.choice([0, 1, 2, 4, 4, 7]) * MEMORY
    add_too_large(random, jobs)
    policy = routing_policy(random, FITS, ROUTING)
    policy["licence_aware"] = random.random() < 0.8
    if kind != "none":
        suit_preemption(policy)
        policy["preemption"] = preemption_rule(random, kind, kept_memory=memory)
    return make_floor(classes, features, jobs, policy) | {"sites": places}


def staging(random: Random) -> Floor:
    """Datasets that follow the jobs over links that never fail, into caches of every size; no licence servers."""
    places = some_sites(random)
    for place in places:
        place["egress_cost"] = random.choice([0, 0, 0.0371, 0.5171])
        if random.random() < 0.6:
            place["cache"] = random.choice([1, 1.5, 2, 2.5, 4])
    links = links_between(random, places)
    if len(links) > 1 and random.random() < 0.3:
        links.pop()
    names = [f"data{i}" for i in range(random.randint(3, 8))]
    random.shuffle(names)
    datasets = [
        {"name": name, "site": random.choice(places)["name"], "size": random.choice([0.5, 1, 1.25, 2.5])}
        for name in names
    ]
    classes = classes_at(random, places, memory=False, speeds=[1])
    features = features_at(random, places, "reserved", delays=False) if random.random() < 0.3 else []
    jobs = jobs_at(random, places, max(c["cores"] for c in classes))
    ask_tokens(random, jobs, features, 0.5)
    stretch = random.choice([1, 1, 4])
    for job in jobs:
        job["submit"] *= stretch
        if random.random() < 0.85:
            job["data"] = random.choice(names)
    policy = routing_policy(random, FITS[:3], [*ROUTING, "least_wait", "cheapest"])
    return make_floor(classes, features, jobs, policy) | {"sites": places, "links": links, "datasets": datasets}


def links(random: Random) -> Floor:
    """Licence servers at one site for jobs at all, over links that fail; no data."""
    places = some_sites(random)
    lost = random.choice(["kill", "kill", "suspend"])
    between = links_between(random, places)
    for link in between:
        if random.random() < 0.85:
            link |= {"mttf": random.choice([35, 40, 60]) * GRID, "mttr": random.choice([1, 3, 6, 20]) * GRID}
            link |= {"grace": random.choice([0, 0, 1, 3, 5]) * GRID, "lost": lost}
    kinds = ["none", "none", "kill"] if lost == "suspend" else ["none", "none", "none", "kill", "suspend", "checkpoint"]
    kind = random.choice(kinds)
    way = "reserved" if kind != "none" or lost == "suspend" else random.choice(["queue", "queue", "requeue"])
    classes = classes_at(random, places, memory=False, speeds=[1])
    features = features_at(random, places, way, delays=random.random() < 0.2)
    features += [one_feature(random, "tool", random.choice(["reserved", way]), delays=False)]
    for feature in features:
        feature["server"] = random.choice(places)["name"]
        feature |= {"back_off": 2 * GRID, "back_off_max": 8 * GRID}
    jobs = jobs_at(random, places, max(c["cores"] for c in classes))
    ask_tokens(random, jobs, features, 0.85)
    for job in jobs:
        job["project"] = random.choice(["red", "blue", None])
        job["preemptible"] = random.random() < 0.8
    policy = routing_policy(random, FITS[:3], ROUTING)
    policy["licence_aware"] = random.random() < 0.8
    if way == "queue" and random.random() < 0.6:
        policy["check_out"] = "stepwise"
    if kind != "none":
        suit_preemption(policy)
        policy["preemption"] = preemption_rule(random, kind, kept_memory=False)
    return make_floor(classes, features, jobs, policy) | {"sites": places, "links": between}
