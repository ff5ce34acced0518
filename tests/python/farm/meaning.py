"""Floors to which the text gives no meaning, or more than one: the reference refuses them."""

from farm.model import Job, Model


def check(model: Model) -> None:
    rule = model.policy.preemption
    for job in model.jobs:
        _check_ways(model, job)
    fails = [link for link in model.links if link.mttf is not None]
    for feature in model.features:
        sites = range(len(model.sites)) if feature.sites is None else feature.sites
        if feature.server is not None and any(
            site != feature.server and model.places.link(site, feature.server) is None for site in sites
        ):
            raise ValueError("what a site without a link to the server may use is not defined")
    remote = any(feature.server is not None for feature in model.features)
    if rule.kind == "checkpoint_on_demand" and ((fails and remote) or any(s.storage for s in model.sites)):
        raise ValueError("an outage or slow storage while a checkpoint is written on demand is not defined")
    if any(link.lost == "suspend" for link in fails) and rule.kind not in ("none", "kill"):
        raise ValueError("jobs are suspended by a link or by preemption, not by both")
    if rule.period is not None and len(set(model.speed)) > 1:
        raise ValueError("how progress is rounded between nodes of different speed is not defined")


def _check_ways(model: Model, job: Job) -> None:
    ways = {model.features[f].acquire for f in job.wants}
    if ways - {"reserved"} and model.policy.preemption.kind != "none":
        raise ValueError("preemption is defined for reserved features only")
    if {"queue", "requeue"} <= ways:
        raise ValueError("the order of queueing and trying in one job is not defined")
    if ways - {"reserved"} and any(boot > 0 for boot in model.boot):
        raise ValueError("whether a job joins the licence server before its node has booted is not defined")
    if ways - {"reserved"} and any(link.lost == "suspend" and link.mttf is not None for link in model.links):
        raise ValueError("how a suspended job gets tokens back that it had queued for is not defined")
