"""A floor as a scenario file of the library (JSON): times as text in ms, memory in GB, what is absent left out."""

from collections.abc import Collection
from typing import Any

from farm.model import Floor

KB_IN_GB = 1e6
FEATURE_TIMES = {"minimum_hold", "linger", "first_try", "back_off", "back_off_max"}
JOB_TIMES = {"submit", "run", "request", "due"}
PREEMPTION_TIMES = {"min_run", "migrate_after", "every", "write", "restart"}
CLASS_TIMES = {"boot", "off_after"}
POLICY_TIMES = {"age_max", "burst_wait"}
MEMORY = {"memory", "peak_memory"}


def _entry(values: dict[str, Any], times: Collection[str], memory: Collection[str] = ()) -> dict[str, Any]:
    entry: dict[str, Any] = {}
    for key, value in values.items():
        if value is None:
            continue
        if key in times:
            entry[key] = f"{value} ms"
        elif key in memory:
            entry[key] = value / KB_IN_GB
        else:
            entry[key] = value
    return entry


def _job(values: dict[str, Any]) -> dict[str, Any]:
    entry = _entry(values, JOB_TIMES, MEMORY)
    entry["tokens"] = [f"{feature}:{count}" for feature, count in values.get("tokens", {}).items()]
    return entry


def _policy(values: dict[str, Any]) -> dict[str, Any]:
    entry = {"memory": {"limit": "none"}} | _entry(values, POLICY_TIMES)
    if "preemption" in entry:
        entry["preemption"] = _entry(values["preemption"], PREEMPTION_TIMES)
    return entry


def _link(values: dict[str, Any]) -> dict[str, Any]:
    """Outages come by laws: here constant ones."""
    entry = _entry(values, {"rtt", "grace"})
    for key in ("mttf", "mttr"):
        if key in entry:
            entry[key] = f"constant({entry[key]} ms)"
    return entry


def _places(floor: Floor) -> dict[str, Any]:
    """Sites and what lies between them; nothing in a floor of one site."""
    lists = {
        "sites": [_entry(s, ()) for s in floor.get("sites", [])],
        "links": [_link(link) for link in floor.get("links", [])],
        "datasets": [_entry(d, ()) for d in floor.get("datasets", [])],
    }
    return {key: rows for key, rows in lists.items() if rows}


def to_scenario(floor: Floor) -> dict[str, Any]:
    """The horizon lies behind the last submission; the run goes on until all jobs have ended."""
    last = max(job["submit"] for job in floor["jobs"])
    return {
        "format": "centresim/1",
        "horizon": f"{last + 3_600_000} ms",
        "end": "drain",
        "design": {
            **_places(floor),
            "node_classes": [_entry(c, CLASS_TIMES, MEMORY) for c in floor["node_classes"]],
            "features": [_entry(f, FEATURE_TIMES) for f in floor.get("features", [])],
            "jobs": [_job(j) for j in floor["jobs"]],
            "policy": _policy(floor.get("policy", {})),
        },
    }
