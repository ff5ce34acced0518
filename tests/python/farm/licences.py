"""The licence server: jobs that queue for tokens on their cores, jobs that try and are denied, deadlocks."""

from farm.model import Job, Vector, add
from farm.state import State, Waiting


def serve(state: State) -> None:
    """Serves the queue of the server; breaks deadlocks and serves once more until there is none."""
    walk(state)
    while state.policy.check_out == "stepwise" and (stuck := deadlocked(state)):
        while stuck:
            youngest = max(stuck, key=lambda w: (keeps(w.job), w.job.start or 0, w.job.index))
            state.count("deadlocks")
            deny(state, youngest.job, list(youngest.job.queued))
            state.again = True
            stuck = deadlocked(state)
        walk(state)


def walk(state: State) -> None:
    """By (joined, job); one that is not served holds up those behind it that want a part of its next tokens.

    One that is served joins the queue of its next feature now: the walk goes on with it in its new place. One that is
    cut off from the server is passed over and holds up nobody.
    """
    blocked: set[int] = set()
    waiting = list(state.at_server)
    while waiting:
        entry = min(waiting, key=lambda w: (w.since, w.job.index))
        waiting.remove(entry)
        if not state.model.reachable(entry.job.site, entry.next):
            continue
        if not blocked.isdisjoint(entry.next) or not state.take_tokens(entry.job, entry.next):
            blocked |= set(entry.next)
        elif entry.later:
            entry.since, entry.next, entry.later = state.now, entry.later[0], entry.later[1:]
            waiting.append(entry)
        else:
            state.at_server.remove(entry)
            state.begin_work(entry.job)


def deadlocked(state: State) -> list[Waiting]:
    """Jobs at the server that can never go on: everybody else gives back what he holds, then whoever could go on.

    A job that is held up by one before it cannot go on, even if its own tokens are free.
    """
    at = state.model.tokens_at
    free: Vector = list(state.model.capacity)
    left = sorted(state.at_server, key=lambda w: (w.since, w.job.index))
    for entry in left:
        add(free, held(state, entry.job), -1)

    def goes_on(entry: Waiting) -> bool:
        before = [w for w in left[: left.index(entry)] if state.model.reachable(w.job.site, w.next)]
        held_up = any(not set(w.next).isdisjoint(entry.next) for w in before)
        return not held_up and all(free[at + pool] >= count for pool, count in entry.next.items())

    while (entry_or_none := next(filter(goes_on, left), None)) is not None:
        left.remove(entry_or_none)
        add(free, held(state, entry_or_none.job))
    return left


def keeps(job: Job) -> bool:
    """Whether it has tokens of the server while it waits for more."""
    return any(pool in job.queued for pool in job.check_out)


def held(state: State, job: Job) -> dict[int, float]:
    return {state.model.tokens_at + pool: job.tokens[pool] for pool in job.check_out}


def attempt(state: State, job: Job) -> None:
    """Tries to check out; a job that is denied leaves and may come back when it has been held long enough."""
    if state.take_tokens(job, job.tried):
        state.begin_work(job)
    else:
        deny(state, job, list(job.tried))


def deny(state: State, job: Job, pools: list[int]) -> None:
    features = [state.model.pools[pool].feature for pool in pools]
    hold = min(max(f.back_off for f in features) * 2**job.denied, max(f.back_off_max for f in features))
    job.denied += 1
    state.stop_clock(job)
    state.release(job)
    job.state, job.ran = "away", 0
    state.arrive(job, after=hold)
