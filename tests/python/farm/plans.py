"""Dispatch of a queue: in order, EASY and conservative backfill (the plans of one pass)."""

import math
from collections.abc import Iterable

from farm.model import Amounts, Job, Vector, add
from farm.placement import has_tokens, place
from farm.profile import Profile
from farm.state import State

GRACE = 1_000  # a job past its estimate is expected to end so many ticks from now (conservative plans)
Start = tuple[Job, list[int]]


def shape(job: Job) -> tuple[object, ...]:
    memory = 0 if job.memory == 0 else 1 << (job.memory - 1).bit_length()
    return (job.cores, job.ranks, memory, tuple(sorted(job.tokens.items())))


def plan_in_order(state: State, rule: str) -> list[Start]:
    """The starts of a queue in order: the head blocks, or is skipped, or blocks its own shape only."""
    free = list(state.free)
    starts: list[Start] = []

    def try_start(job: Job) -> bool:
        nodes = place(state.model, free, job, rule)
        if nodes is not None:
            add(free, state.model.needs(job, nodes), -1)
            starts.append((job, nodes))
        return nodes is not None

    if state.policy.blocking == "shape":
        waiting = list(state.queue)
        while (started := next((j for j in heads(waiting) if try_start(j)), None)) is not None:
            waiting.remove(started)
        return starts
    for job in state.queue:
        if not try_start(job) and state.policy.blocking == "head":
            break
    return starts


def heads(queue: list[Job]) -> list[Job]:
    """The first job of every shape, in queue order."""
    first: dict[tuple[object, ...], Job] = {}
    for job in queue:
        first.setdefault(shape(job), job)
    return list(first.values())


def start_in_order(state: State) -> None:
    if state.policy.fit == "max_jobs":
        plans = [plan_in_order(state, rule) for rule in ("first", "best", "worst", "mix")]
        plan = max(plans, key=len)  # the first of the longest
    else:
        plan = plan_in_order(state, state.policy.fit)
    for job, nodes in plan:
        state.start(job, nodes)


def releases(state: State, grace: int) -> Iterable[tuple[int, Amounts]]:
    """What becomes free and when, as a scheduler estimates it, at all sites. Suspended jobs release nothing."""
    pools, at = state.model.pools, state.model.tokens_at
    holders = [(job, max(job.estimated_end, state.now + grace), job.nodes, job.check_out) for job in state.running]
    for claim in state.claims:
        yield claim.time, claim.surplus
        for victim in claim.victims:
            for f, time in victim.check_out.items():
                if (back := pools[f].feature.returned(time, claim.time)) > claim.time and f in victim.reserved:
                    yield back, {at + f: victim.reserved[f]}
        job, end = claim.job, claim.time + claim.job.left_of_request
        holders.append((job, max(end, state.now + grace), job.nodes, dict.fromkeys(job.reserved, claim.time)))
    for job, end, nodes, check_out in holders:
        yield end, {i: amount for i, amount in state.model.needs(job, nodes).items() if i < at}
        for f, count in job.reserved.items():
            yield pools[f].feature.returned(check_out[f], end), {at + f: count}
    for tokens in state.lingering:
        yield tokens.back, {at + tokens.pool: tokens.count}


def shadow(state: State, head: Job) -> tuple[float, Vector | None]:
    """The shadow time of a head that does not fit, and what is left beside it then (None: no limit)."""
    aware, rule = state.policy.licence_aware, state.policy.fit
    if not state.model.reachable(head.site, head.reserved):
        return math.inf, None
    later = list(state.free)
    groups: dict[int, list[Amounts]] = {}
    for time, amounts in releases(state, 0):
        groups.setdefault(time, []).append(amounts)
    if not aware and place(state.model, later, head, rule, tokens=False) is not None:
        groups = {state.now: []}  # blocked by a licence alone
    for time in sorted(groups):
        for amounts in groups[time]:
            add(later, amounts)
        nodes = place(state.model, later, head, rule, tokens=aware)
        if nodes is not None:
            add(later, state.model.needs(head, nodes), -1)
            return time, later
    return math.inf, None


def easy(state: State) -> None:
    """Steps 2 to 6, after the starts in order."""
    model, rule, aware = state.model, state.policy.fit, state.policy.licence_aware
    if len(state.queue) < 2:
        return
    time, extra = shadow(state, state.queue[0])
    scanned = list(state.queue)[1:]
    for job in scanned if state.policy.depth is None else scanned[: state.policy.depth]:
        nodes = place(model, state.free, job, rule)
        if nodes is None:
            continue
        if state.now + job.left_of_request > time and extra is not None:
            if aware and not has_tokens(model, extra, job):
                continue
            nodes = place(model, state.free, job, rule, also=extra)
            if nodes is None:
                continue
            add(extra, model.needs(job, nodes), -1)
        state.start(job, nodes)


def conservative(state: State) -> None:
    """Every job gets the earliest start that delays none before it; reservations may outlive the pass."""
    profile = Profile(state.model, state.policy.fit, state.policy.licence_aware, state.now, state.free)
    profile.build(releases(state, GRACE))
    keep = state.policy.backfill == "conservative_keep"
    kept = state.reservations
    for job, (begin, needs) in kept.items():
        profile.plan(job, needs, begin, -1)
    if any(begin < state.now for begin, _ in kept.values()) or profile.is_negative():
        kept.clear()
        profile.build(releases(state, GRACE))
    for job in list(state.queue):
        if job in kept:
            begin, needs = kept.pop(job)
            profile.plan(job, needs, begin, +1)
        earliest = profile.earliest(job)
        if earliest is None:
            continue
        begin, nodes = earliest
        needs = state.model.needs(job, nodes)
        profile.plan(job, needs, begin, -1)
        if begin == state.now and has_tokens(state.model, state.free, job):
            state.start(job, nodes)
        elif keep:
            kept[job] = (begin, needs)
