"""Preemption: choice of the victims, what each kind does to them, and how suspended jobs go on."""

from farm.model import Amounts, Job, Vector, add
from farm.placement import place
from farm.state import COMPLETION, FORCED, Claim, State
from farm.timeline import reached


def freed(state: State, job: Job) -> Amounts:
    """What the preemption of a running job frees for the head (for an on-demand checkpoint: once it is written)."""
    rule, model = state.policy.preemption, state.model
    suspends = rule.kind == "suspend"
    when = free_at(state)
    amounts = state.on_nodes(job, memory=not suspends)
    if not (suspends and rule.keep_tokens):
        for f, time in job.check_out.items():
            if model.features[f].returned(time, when) <= when:
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
        and job.priority < head.priority
        and job.ran_attempt + state.now - job.running_since >= rule.min_run
        and job.preempted < rule.max_preempt
    ]
    return sorted(able, key=lambda job: (job.priority, -(job.start or 0), -job.index))


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
    if rule.kind == "checkpoint_on_demand":
        claim(state, head, victims)
        return True
    for job in victims:
        progress, checkpoint = reached(job, rule, state.now)
        job.preempted += 1
        state.stop_clock(job)
        if rule.kind == "suspend":
            suspend(state, job, progress)
            continue
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


def suspend(state: State, job: Job, progress: int) -> None:
    rule = state.policy.preemption
    job.state, job.progress = "suspended", progress
    add(state.free, state.on_nodes(job, memory=False))
    if not rule.keep_tokens:
        state.return_tokens(job)
    state.suspended.append(job)
    if rule.migrate_after is not None:
        state.at(state.now + rule.migrate_after, FORCED, job.index, "migrate", job.version)


def resume(state: State) -> None:
    """Step 0 of a pass: suspended jobs go on where they are, unless a job of a higher class waits."""
    for job in sorted(state.suspended, key=lambda j: (-j.priority, j.submit, j.index)):
        if any(waiting.priority > job.priority for waiting in state.queue):
            continue
        needs = state.on_nodes(job, memory=False)
        if not state.policy.preemption.keep_tokens:
            needs |= {state.model.tokens_at + f: count for f, count in job.reserved.items()}
        if any(state.free[index] < amount for index, amount in needs.items()):
            continue
        add(state.free, needs, -1)
        if not state.policy.preemption.keep_tokens:
            job.check_out = dict.fromkeys(job.reserved, state.now)
        state.suspended.remove(job)
        job.state, job.running_since = "running", state.now
        state.running.append(job)
        state.begin_work(job)


def migrate(state: State, job: Job) -> None:
    """A job suspended for too long is killed and queues again."""
    state.suspended.remove(job)
    state.lose(job, job.progress)
    add(state.free, state.on_nodes(job, cores=False))
    state.return_tokens(job)
    job.version += 1
    state.come_back(job, 0)
