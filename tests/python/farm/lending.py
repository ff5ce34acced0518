"""Lent tokens: what each partition uses of the common pool, and whose tokens their owner gets back."""

from farm.model import Job
from farm.state import State


def use(state: State, pool: int, without: list[Job]) -> dict[int, int]:
    """Tokens in use by partition: held, or on their way back."""
    tokens: dict[int, int] = {}
    for job in state.holders():
        if pool in job.check_out and job not in without:
            tokens[job.partition[pool]] = tokens.get(job.partition[pool], 0) + job.tokens[pool]
    for late in state.lingering:
        if late.pool == pool:
            tokens[late.partition] = tokens.get(late.partition, 0) + late.count
    return tokens


def reclaimed(state: State, head: Job, able: list[Job]) -> list[Job]:
    """Those of the jobs that may be preempted which hold tokens that the head's partitions lent and now want back."""
    listed: list[Job] = []
    for pool, wanted in sorted(head.reserved.items(), key=lambda p: state.model.pools[p[0]].feature.name.encode()):
        feature = state.model.pools[pool].feature
        own = head.partition[pool]
        lacks = state.free[state.model.tokens_at + pool] < wanted
        if not feature.lend or not lacks:
            continue
        if use(state, pool, []).get(own, 0) + wanted > feature.partitions[own].tokens:
            continue
        for job in sorted(able, key=lambda j: (-(j.start or 0), -j.index)):
            if pool not in job.check_out or job in listed:
                continue
            partition = job.partition[pool]
            if use(state, pool, listed).get(partition, 0) > feature.partitions[partition].tokens:
                listed.append(job)
    return listed
