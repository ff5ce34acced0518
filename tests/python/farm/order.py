"""Queue order: the keys of the policies and the predictor of run times."""

import math

from farm.model import Job
from farm.policy import Policy


class Predictor:
    """Run times of completed jobs by (user, flow step)."""

    def __init__(self, kind: str) -> None:
        self.kind = kind
        self.seen: dict[tuple[str, str], list[int]] = {}

    def completed(self, job: Job) -> None:
        samples = self.seen.setdefault((job.user, job.step), [])
        if self.kind == "exponential" and samples:
            samples[0] = (job.duration + samples[0] + 1) // 2
        else:
            samples.append(job.duration)

    def predict(self, job: Job) -> int:
        samples = self.seen.get((job.user, job.step), [])
        if not samples:
            return job.request
        if self.kind == "average_two" and len(samples) > 1:
            return (samples[-1] + samples[-2]) // 2
        return samples[-1]


def key_at_submission(job: Job, policy: Policy, predictor: Predictor) -> float:
    """The key of every order that does not change while the job waits."""
    due = math.inf if job.due is None else job.due
    keys = {
        "fcfs": job.submit,
        "sjf_request": job.request,
        "sjf_exact": job.run,
        "sjf_predicted": predictor.predict(job),
        "ljf": -job.request,
        "due_date": due,
        "least_slack": due - job.request,
        "priority": 0,
    }
    return keys[policy.order]


def sort_queue(queue: list[Job], policy: Policy, now: int) -> None:
    if policy.order == "priority":
        for job in queue:
            job.key = -(policy.class_weight * job.priority)
            if policy.age_weight != 0:
                age = min(1, (now - job.submit) / policy.age_max)
                job.key = -(policy.class_weight * job.priority + policy.age_weight * age)
    queue.sort(key=lambda job: (job.key, job.submit, job.index))
