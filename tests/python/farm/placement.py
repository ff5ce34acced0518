"""Where a job goes: the fit rules."""

from collections.abc import Callable
from fractions import Fraction

from farm.model import Job, Model, Vector

Key = Callable[[int], tuple[float | Fraction, ...]]


def key_of(model: Model, vector: Vector, job: Job, rule: str) -> Key:
    """What the rule makes smallest, by node; ties go to the first node."""
    n, sign = model.nodes, -1 if job.wants else 1

    def best(node: int) -> tuple[float, ...]:
        return (vector[node] - job.cores, vector[n + node] - job.memory)

    def mix(node: int) -> tuple[float, ...]:
        cores = (vector[node] - job.cores) / model.cores[node]
        memory = (
            1.0 if model.memory[node] in (0, float("inf")) else (vector[n + node] - job.memory) / model.memory[node]
        )
        return (abs(cores - memory), cores + memory)

    rules: dict[str, Key] = {
        "first": lambda node: (node,),
        "best": best,
        "licence": lambda node: (sign * model.speed[node], *best(node)),
        "worst": lambda node: (-vector[node],),
        "mix": mix,
    }
    return rules[rule]


def has_tokens(model: Model, vector: Vector, job: Job) -> bool:
    """Whether the reserved tokens are there; they are not while a link to their server is down."""
    return model.reachable(job.site, job.reserved) and all(
        vector[model.tokens_at + pool] >= count for pool, count in job.reserved.items()
    )


def _rank(model: Model, vector: Vector, job: Job, rule: str, also: Vector | None, site: int) -> int | None:
    n = model.nodes
    nodes = [
        node
        for node in model.nodes_of[site]
        if vector[node] >= job.cores
        and vector[n + node] >= job.memory
        and (also is None or (also[node] >= job.cores and also[n + node] >= job.memory))
    ]
    if len(nodes) < 2:
        return nodes[0] if nodes else None
    return min(nodes, key=key_of(model, vector, job, rule))


def place(
    model: Model,
    vector: Vector,
    job: Job,
    rule: str,
    *,
    tokens: bool = True,
    also: Vector | None = None,
    site: int | None = None,
) -> list[int] | None:
    """The nodes of the job's ranks, chosen by the rule in `vector` among nodes where it fits in `also`, too.

    `tokens` tells whether tokens of `vector` must suffice; those of `also` are the caller's. The nodes are those of
    the job's site, or of one that it might be routed to.
    """
    site = job.site if site is None else site
    if tokens and not has_tokens(model, vector, job):
        return None
    if job.ranks == 1:
        node = _rank(model, vector, job, rule, also, site)
        return None if node is None else [node]
    vector, also = list(vector), None if also is None else list(also)
    nodes: list[int] = []
    for _ in range(job.ranks):
        node = _rank(model, vector, job, rule, also, site)
        if node is None:
            return None
        nodes.append(node)
        for state in (vector, also):
            if state is not None:
                state[node] -= job.cores
                state[model.nodes + node] -= job.memory
    return nodes
