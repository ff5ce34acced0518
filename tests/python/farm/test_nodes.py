"""Worked examples: storage that jobs share, and nodes that are switched off."""

from typing import Any

import pytest

from farm.model import Floor
from farm.reference import run, simulate
from farm.test_reference import GB, S, job, spans

ALONE: dict[str, Any] = {"io": 100, "io_share": 1}  # as much as the storage delivers, all the time


def shared(jobs: list[dict[str, Any]], **more: Any) -> Floor:
    """Eight cores of a site whose storage delivers 0.1 GB/s."""
    site = {"name": "a", "storage": 0.1}
    return {"sites": [site], "node_classes": [{"name": "n", "site": "a", "nodes": 1, "cores": 8}], "jobs": jobs} | more


def ends(farm: Floor) -> dict[str, int]:
    return {name: r.end for name, r in simulate(farm).items()}


def test_two_jobs_share_the_storage() -> None:
    # A has 6 s left at 4 s, and takes 12 s for them; then B has 4 s left and is alone.
    assert spans(simulate(shared([job("A", 0, 10, **ALONE), job("B", 4, 10, **ALONE)]))) == {"A": (0, 16), "B": (4, 20)}


def test_thirds_are_rounded_to_units() -> None:
    # 2^32 / 3 is rounded down, so a tick more; two thirds are rounded up.
    assert set(ends(shared([job(n, 0, 10, **ALONE) for n in "ABC"])).values()) == {30 * S + 1}
    half = [job(n, 0, 10, io=100, io_share=0.5) for n in "AB"]
    assert set(ends(shared(half)).values()) == {15 * S}


def test_a_job_that_does_not_wait_for_the_storage_loads_it() -> None:
    jobs = [job("A", 0, 10, io=100, io_share=0), job("B", 0, 10, **ALONE), job("C", 0, 10, io=0, io_share=1)]
    # C asks for nothing, but it is slowed as it waits for the storage all the time: half a rate, as B, until 10 s.
    assert ends(shared(jobs)) == {"A": 10 * S, "B": 15 * S, "C": 15 * S}


def test_below_its_bandwidth_the_storage_slows_nobody() -> None:
    jobs = [job("A", 0, 10, io=60, io_share=1), job("B", 0, 10, io=40, io_share=1)]
    assert set(ends(shared(jobs)).values()) == {10 * S}
    jobs[1]["io"] = 65  # 1.25 times what there is
    assert set(ends(shared(jobs)).values()) == {12 * S + 500}


def test_waiting_for_a_licence_is_no_load() -> None:
    jobs = [job(n, 0, 10, tokens={"lic": 1}, **ALONE) for n in "AB"]
    farm = shared(jobs, features=[{"name": "lic", "tokens": 1, "acquire": "queue"}])
    assert spans(simulate(farm)) == {"A": (0, 10), "B": (0, 20)}


def test_limits_of_time_and_memory() -> None:
    jobs = [job("A", 0, 10, **ALONE), job("B", 0, 10, request=15, **ALONE)]
    got = simulate(shared(jobs, policy={"kill_at_request": True}))
    # A ends at its limit with half of its work done; B has 10 s of its work done at 15 s: a completion goes first.
    assert {name: (r.end // S, r.state) for name, r in got.items()} == {"A": (10, "walltime"), "B": (15, "completed")}
    jobs = [job("A", 0, 10, memory=GB, peak_memory=2 * GB, **ALONE), job("B", 0, 10, **ALONE)]
    got = simulate(shared(jobs, policy={"memory": {"limit": "enforced", "ramp": 0.6, "tries": 1}}))
    # A runs out after 3 s of its work, at 6 s, and starts again: both end together after B's 7 s, A's 10 s at half.
    assert {name: (r.start, r.end) for name, r in got.items()} == {"A": (6 * S, 23 * S), "B": (0, 20 * S)}


def test_checkpoints_are_slowed_as_work_is() -> None:
    rule = {"kind": "checkpoint", "every": 4 * S, "write": 1 * S, "restart": 2 * S}
    jobs = [job("A", 0, 10, 4, preemptible=True, **ALONE), job("B", 0, 100, 2, io=100, io_share=0)]
    farm = shared(jobs, policy={"preemption": rule})
    assert spans(simulate(farm))["A"] == (0, 24)  # 10 s of work, two checkpoints
    jobs.append(job("C", 13, 10, 4, priority=1))
    # At 13 s A has done 6.5 s: 4 of work, 1 of writing, 1.5 to lose. It goes on at 25 s, when C has
    # written two of its own: 2 + 6 + 1 at half.
    got = simulate(farm)
    assert spans(got) == {"A": (25, 43), "B": (0, 124), "C": (13, 25)}
    assert got["A"].lost == 4 * 1500


# Nodes that are switched off


def switched(jobs: list[dict[str, Any]], nodes: int = 1, cores: int = 2, **more: Any) -> Floor:
    node_class = {"name": "n", "nodes": nodes, "cores": cores, "boot": 5 * S, "off_after": 20 * S}
    return {"node_classes": [node_class], "jobs": jobs} | more


def test_a_node_boots_for_those_who_start_on_it() -> None:
    jobs = [
        job("A", 0, 10), job("B", 2, 10), job("C", 34, 10), job("D", 64, 10), job("E", 84, 10), job("F", 70, 1),
    ]  # fmt: skip
    # The node is up from 5 to 35 s without a break; E finds it on; after E it is off at 114 s.
    jobs.append(job("G", 114, 10))
    farm = switched(jobs)
    assert spans(simulate(farm)) == {
        "A": (0, 15), "B": (2, 15), "C": (34, 44), "D": (64, 79), "F": (70, 71), "E": (84, 94), "G": (114, 129),
    }  # fmt: skip
    assert run(farm).counts["boots"] == 3


def test_a_gang_waits_for_the_last_of_its_nodes() -> None:
    jobs = [job("A", 0, 10), job("B", 7, 10, 1, ranks=3)]
    assert spans(simulate(switched(jobs, nodes=2))) == {"A": (0, 15), "B": (7, 22)}
    jobs = [job("A", 0, 10), job("B", 7, 10, 1, ranks=1)]
    assert spans(simulate(switched(jobs, nodes=2))) == {"A": (0, 15), "B": (7, 17)}


def test_booting_uses_up_the_request() -> None:
    got = simulate(switched([job("A", 0, 10)], policy={"kill_at_request": True}))
    assert (got["A"].end, got["A"].state) == (10 * S, "walltime")


@pytest.mark.parametrize(("kind", "end_of_a"), [("kill", 38), ("suspend", 38)])
def test_a_job_that_is_preempted_while_its_node_boots(kind: str, end_of_a: int) -> None:
    jobs = [job("A", 0, 20, 2, preemptible=True), job("B", 2, 13, 2, priority=1)]
    got = simulate(switched(jobs, policy={"preemption": {"kind": kind}}))
    # B waits for the rest of the boot, 3 s, and works until 18 s; then A begins on a node that is up.
    assert spans(got) == {"A": (0 if kind == "suspend" else 18, end_of_a), "B": (2, 18)}
    assert got["A"].lost == 0


def test_booting_is_slowed_by_the_storage_as_all_that_a_job_does() -> None:
    farm = shared([job("A", 0, 10, **ALONE), job("B", 0, 10, **ALONE)])
    farm["node_classes"][0] |= {"boot": 5 * S, "off_after": 20 * S}
    assert spans(simulate(farm)) == {"A": (0, 30), "B": (0, 30)}
