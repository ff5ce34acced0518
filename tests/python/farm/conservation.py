"""What must hold after every pass: what is free, held and on its way back makes up the farm; clocks are right."""

from farm import lending, storage
from farm.model import add
from farm.places import UNIT
from farm.state import State
from farm.timeline import elapsed, time_to


def check(state: State) -> None:
    model = state.model
    total = list(state.free)
    for job in state.holders():
        held = state.on_nodes(job, cores=job.state != "suspended")
        add(total, held)
        add(total, {model.tokens_at + pool: job.tokens[pool] for pool in job.check_out})
    for claim in state.claims:
        add(total, claim.held)
    for tokens in state.lingering:
        total[model.tokens_at + tokens.pool] += tokens.count
    assert total == model.capacity, (state.now, total)
    assert min(state.free) >= 0, (state.now, state.free)
    for pool, whole in enumerate(model.pools):
        used = lending.use(state, pool, [])
        promised = sum(claim.held.get(model.tokens_at + pool, 0) for claim in state.claims)
        assert sum(used.values()) + promised + state.free[model.tokens_at + pool] == whole.tokens
    _check_jobs(state)
    _check_caches(state)
    _check_nodes(state)


def _check_jobs(state: State) -> None:
    queued = [job for queue in state.queues for job in queue]
    for job in queued:
        assert job.state == "queued"
        assert job in state.queues[job.site]
    for entry in state.at_server:
        assert entry.job.state == "running"
        assert entry.job.working_since is None
        later = {pool for step in [entry.next, *entry.later] for pool in step}
        assert later | set(entry.job.check_out) == set(entry.job.tokens)
        assert later.isdisjoint(entry.job.check_out)
    for job in state.running:
        assert job.start is not None
        assert job.start >= job.submit
        if job.working_since is not None:
            assert set(job.check_out) == set(job.tokens)
            assert elapsed(job, state.now) < time_to(job, state.policy.preemption, job.duration)
    for site in range(len(state.model.sites)):
        working = storage.at_work(state, site)
        load = sum(job.load for job in working)
        assert all(job.rate == storage.rate(job, load, state.model.sites[site].storage) for job in working)
    for link in state.model.links:
        moving = [t for t in state.staging.transfers if t.link is link and t.moving]
        assert all(t.rate == (UNIT // len(moving) if link.up else 0) for t in moving)
    assert sorted(job.index for t in state.staging.transfers for job in t.jobs) == sorted(j.index for j in state.staged)


def _check_caches(state: State) -> None:
    """No site keeps more than it has room for, nor what is its own anyway."""
    for site, kept, place in zip(range(len(state.model.sites)), state.staging.kept, state.model.sites, strict=True):
        assert all(state.model.datasets[data].site != site for data in kept)
        assert place.cache is None or sum(state.model.datasets[data].size for data in kept) <= place.cache
        arriving = [t.data for t in state.staging.transfers if t.site == site]
        assert len(set(arriving)) == len(arriving)
        assert kept.isdisjoint(arriving)


def _check_nodes(state: State) -> None:
    ranks = [0] * state.model.nodes
    for job in state.holders():
        assert all(node in state.model.nodes_of[job.site] for node in job.nodes)
        for node in job.nodes:
            ranks[node] += 1
    assert ranks == state.power.jobs
