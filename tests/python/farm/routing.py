"""To which site a job goes, once, at its submission."""

from collections.abc import Callable
from fractions import Fraction

from farm.model import Job, Model
from farm.placement import place
from farm.state import State

Cost = Callable[[int], tuple[object, ...]]


def route(state: State, job: Job) -> int | None:
    """The site by the rule of the policy; None: nowhere."""
    able = [site for site in range(len(state.model.sites)) if eligible(state, job, site)]
    if not able:
        return None
    home = job.home if job.home in able else None
    rules: dict[str, Callable[[State, Job, list[int], int | None], int | None]] = {
        "home": lambda state, job, able, home: home,
        "local_first": local_first,
        "least_wait": lambda state, job, able, home: least_wait(state, job, able),
        "cheapest": lambda state, job, able, home: cheapest(state, job, able),
        "data": by_data,
        "burst": burst,
    }
    return rules[state.policy.routing](state, job, able, home)


def eligible(state: State, job: Job, site: int) -> bool:
    model = state.model
    if not model.may_use(job, site) or place(model, model.capacity, job, "first", tokens=False, site=site) is None:
        return False
    if job.data is None or state.staging.holds(site, job.data):
        return True
    return model.places.link(site, model.datasets[job.data].site) is not None


# What the rules know of a site


def pools(model: Model, job: Job, site: int) -> dict[int, int]:
    """The reserved tokens that the job would take there."""
    return {
        model.pool(job, f, site): count
        for f, count in job.wants.items()
        if model.features[f].acquire == "reserved"
    }  # fmt: skip


def at_once(state: State, job: Job, site: int) -> bool:
    """Whether the job would start at once; its data do not matter for that."""
    wanted, at = pools(state.model, job, site), state.model.tokens_at
    return (
        not state.queues[site]
        and state.model.reachable(site, wanted)
        and all(state.free[at + pool] >= count for pool, count in wanted.items())
        and place(state.model, state.free, job, "first", tokens=False, site=site) is not None
    )


def estimated_wait(state: State, job: Job, site: int) -> Fraction:
    if at_once(state, job, site):
        return Fraction(0)
    model = state.model
    queued = [(other, other.left_of_request) for queue in [*state.queues, state.staged] for other in queue]
    running = [(other, other.estimated_end - state.now) for other in state.running]
    jobs = [*queued, *running]
    cores = sum(other.cores * other.ranks * time for other, time in jobs if other.site == site)
    waits = [Fraction(max(0, cores), sum(model.cores[node] for node in model.nodes_of[site]))]
    for pool in pools(model, job, site):
        tokens = sum(other.reserved.get(pool, 0) * time for other, time in jobs)
        waits.append(Fraction(max(0, tokens), model.pools[pool].tokens))
    return max(waits)


def cost(state: State, job: Job, site: int) -> Fraction:
    """What the job's request costs there, in money; data that must come from another site cost their egress."""
    model = state.model
    able = [n for n in model.nodes_of[site] if model.cores[n] >= job.cores and model.memory[n] >= job.memory]
    price = min(model.cost[node] / model.speed[node] for node in able)
    total = Fraction(job.request, 3_600_000) * job.cores * job.ranks * price
    if job.data is not None and not state.staging.holds(site, job.data):
        data = model.datasets[job.data]
        total += model.sites[data.site].egress_cost * data.size
    return total


# Rules; ties: home, then name


def time_to_begin(state: State, job: Job, site: int) -> tuple[Fraction, bool, int]:
    return (estimated_wait(state, job, site) + state.staging.time(site, job.data), site != job.home, site)


def least_wait(state: State, job: Job, able: list[int]) -> int:
    return min(able, key=lambda site: time_to_begin(state, job, site))


def cheapest(state: State, job: Job, able: list[int]) -> int:
    return min(able, key=lambda site: (cost(state, job, site), time_to_begin(state, job, site)))


def local_first(state: State, job: Job, able: list[int], home: int | None) -> int:
    others = [site for site in able if site != home]
    for site in ([] if home is None else [home]) + others:
        if at_once(state, job, site):
            return site
    return least_wait(state, job, able) if home is None else home


def by_data(state: State, job: Job, able: list[int], home: int | None) -> int:
    if job.data is not None:
        copies = [site for site in able if state.staging.holds(site, job.data)]
        for site in [home, state.model.datasets[job.data].site, *copies]:
            if site is not None and site in copies:
                return site
    return least_wait(state, job, able) if home is None else home


def burst(state: State, job: Job, able: list[int], home: int | None) -> int:
    others = [site for site in able if site != home]
    if home is None:
        return cheapest(state, job, others)
    if estimated_wait(state, job, home) <= state.policy.burst_wait:
        return home
    most = state.policy.burst_cost
    affordable = [site for site in others if most is None or cost(state, job, site) <= Fraction(str(most))]
    return cheapest(state, job, affordable) if affordable else home
