"""Preemption: choice of the victims, what each kind does to them, and how suspended jobs go on."""

from farm.lending import reclaimed
from farm.model import Amounts, Job, Vector, add
from farm.placement import place
from farm.state import COMPLETION, FORCED, Claim, State
from farm.timeline import elapsed, reached


def freed(state: State, job: Job) -> Amounts:
    """What the preemption of a running job frees for the head (for an on-demand checkpoint: once it is written)."""
    rule, model = state.policy.preemption, state.model
    suspends = rule.kind == "suspend"
    when = free_at(state)
    amounts = state.on_nodes(job, memory=not suspends)
    if not (suspends and rule.keep_tokens):
        for f, time in job.check_out.items():
            if model.pools[f].feature.returned(time, when) <= when:
                amounts[model.tokens_at + f] = job.tokens[f]
    return amounts


def free_at(state: State) -> int:
    rule = state.policy.preemption
    return state.now + (rule.write if rule.kind == "checkpoint_on_demand" else 0)


def candidates(state: State, head: Job) -> list[Job]:
    rule = state.policy.preemption
    able = [
        job
        for job in state.running
        if job.preemptible
        and job.ran_attempt + state.now - job.running_since >= rule.min_run
        and job.preempted < rule.max_preempt
    ]
    first = reclaimed(state, head, able) if rule.licence_driven else []
    lower = [job for job in able if job.site == head.site and job.priority < head.priority and job not in first]
    return [*first, *sorted(lower, key=lambda job: (job.priority, -(job.start or 0), -job.index))]


def with_freed(state: State, jobs: list[Job]) -> Vector:
    vector = list(state.free)
    for job in jobs:
        add(vector, freed(state, job))
    return vector


def choose(state: State, head: Job) -> list[Job]:
    """The jobs to preempt for the head; none if it would not start then."""

    def fits(jobs: list[Job], tokens: bool) -> bool:
        return place(state.model, with_freed(state, jobs), head, state.policy.fit, tokens=tokens) is not None

    driven = state.policy.preemption.licence_driven
    chosen: list[Job] = []
    for job in candidates(state, head):
        if fits(chosen, driven):
            break
        chosen.append(job)
    if not fits(chosen, driven):
        return []
    for job in list(chosen):
        rest = [other for other in chosen if other is not job]
        if fits(rest, driven):
            chosen = rest
    # Blind to licences, the choice may not help a head that lacks tokens, too: then nobody is preempted.
    return chosen if fits(chosen, True) else []


def preempt_for(state: State, head: Job) -> bool:
    """Starts the head of the queue, which does not fit, in the place of others (or claims it); False: cannot."""
    rule = state.policy.preemption
    if rule.kind == "none":
        return False
    victims = choose(state, head)
    if not victims:
        return False
    state.count("preemptions", len(victims))
    state.count("reclaims", sum(job.priority >= head.priority or job.site != head.site for job in victims))
    if rule.kind == "checkpoint_on_demand":
        claim(state, head, victims)
        return True
    for job in victims:
        progress, checkpoint = reached(job, rule, state.now)
        job.preempted += 1
        if rule.kind == "suspend":
            before = state.free[state.model.tokens_at :]
            suspend(state, job, keep_tokens=rule.keep_tokens)
            tokens = any(now > then for now, then in zip(state.free[state.model.tokens_at :], before, strict=True))
            # A site whose pass is over at this instant has something to start with: all make one more.
            state.again |= job.site < state.here or (tokens and state.here > 0)
            if rule.migrate_after is not None:
                state.at(state.now + rule.migrate_after, FORCED, job.index, "migrate", job.version)
            continue
        state.stop_clock(job)
        kept = checkpoint if rule.kind == "checkpoint" else 0
        state.lose(job, progress - kept)
        state.release(job)
        state.come_back(job, kept)
    nodes = place(state.model, state.free, head, state.policy.fit)
    assert nodes is not None
    state.start(head, nodes)
    return True


def claim(state: State, head: Job, victims: list[Job]) -> None:
    """The victims write; what the head needs beyond theirs is held for it from now on."""
    when = free_at(state)
    coming: Amounts = {}
    for job in victims:
        add_up(coming, freed(state, job))
    nodes = place(state.model, with_freed(state, victims), head, state.policy.fit)
    assert nodes is not None
    needs = state.model.needs(head, nodes)
    held = {i: max(0, amount - coming.get(i, 0)) for i, amount in needs.items()}
    surplus = {i: amount - min(amount, needs.get(i, 0)) for i, amount in coming.items()}
    for job in victims:
        progress, _ = reached(job, state.policy.preemption, state.now)
        job.preempted += 1
        state.stop_clock(job)
        job.state, job.progress = "writing", progress
    add(state.free, held, -1)
    state.queue.remove(head)
    head.state, head.nodes = "claimed", nodes
    state.claims.append(Claim(head, victims, when, held, surplus))
    state.at(when, COMPLETION, head.index, "written")


def add_up(total: Amounts, amounts: Amounts) -> None:
    for index, amount in amounts.items():
        total[index] = total.get(index, 0) + amount


def written(state: State, head: Job) -> None:
    """The checkpoints are there: the victims leave and the head starts."""
    done = next(c for c in state.claims if c.job is head)
    state.claims.remove(done)
    add(state.free, done.held)
    for job in done.victims:
        state.release(job)
        state.come_back(job, job.progress)
    state.start(head, head.nodes)


def suspend(state: State, job: Job, *, keep_tokens: bool) -> None:
    """The job stays in the memory of its nodes; what it has not yet paid of its round trips is still to be paid."""
    job.progress, _ = reached(job, state.policy.preemption, state.now)
    if job.working_since is not None:
        job.trips = min(job.trips, max(0, job.lead - elapsed(job, state.now)))
    state.stop_clock(job)
    job.state = "suspended"
    add(state.free, state.on_nodes(job, memory=False))
    if not keep_tokens:
        job.trips = 0
        state.return_tokens(job)
    state.suspended.append(job)


def resume(state: State) -> None:
    """Step 0 of a pass: suspended jobs go on where they are, unless a job of a higher class waits."""
    here = [job for job in state.suspended if job.site == state.here]
    for job in sorted(here, key=lambda j: (-j.priority, j.submit, j.index)):
        if any(waiting.priority > job.priority for waiting in state.queue):
            continue
        cores = state.on_nodes(job, memory=False)
        missing = {pool: count for pool, count in job.tokens.items() if pool not in job.check_out}
        if any(state.free[index] < amount for index, amount in cores.items()) or not state.take_tokens(job, missing):
            continue
        add(state.free, cores, -1)
        state.suspended.remove(job)
        job.state, job.running_since = "running", state.now
        state.running.append(job)
        state.begin_work(job)


def migrate(state: State, job: Job) -> None:
    """A job suspended for too long is killed and queues again."""
    state.suspended.remove(job)
    state.lose(job, job.progress)
    add(state.free, state.on_nodes(job, memory=False), -1)  # its cores are free already
    state.release(job)
    job.version += 1
    state.come_back(job, 0)
