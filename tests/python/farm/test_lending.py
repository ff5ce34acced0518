"""Worked examples: tokens that are partitioned or lent, and step by step check-out."""

from typing import Any

import pytest

from farm.reference import run, simulate
from farm.test_reference import S, floor, job, spans


def partitioned(lend: bool, tokens: int = 4, **shares: int) -> dict[str, Any]:
    partitions = [{"project": name, "tokens": n} for name, n in shares.items()]
    return {"name": "lic", "tokens": tokens, "lend": lend, "partitions": partitions}


def wants(name: str, submit: float, run: float, project: str, tokens: int = 1, **more: Any) -> dict[str, Any]:
    return job(name, submit, run, project=project, tokens={"lic": tokens}, **more)


@pytest.mark.parametrize(
    ("lend", "expected"),
    [
        # red has 1 of 4, blue 1, the rest is 2. Hard: each its own; lent: whoever comes first, then in order.
        (False, {"A": (0, 10), "B": (10, 20), "C": (1, 11), "D": (2, 12), "E": (12, 22)}),
        (True, {"A": (0, 10), "B": (0, 10), "C": (1, 11), "D": (10, 20), "E": (3, 13)}),
    ],
)
def test_partitions(lend: bool, expected: dict[str, tuple[int, int]]) -> None:
    jobs = [
        wants("A", 0, 10, "red"), wants("B", 0, 10, "red"), wants("C", 1, 10, "blue"),
        wants("D", 2, 10, "green", 2), wants("E", 3, 10, ""),
    ]  # fmt: skip
    farm = floor(8, jobs, features=[partitioned(lend, red=1, blue=1)], policy={"blocking": "skip"})
    assert spans(simulate(farm)) == expected


def test_jobs_that_use_different_partitions_have_different_shapes() -> None:
    jobs = [wants("A", 0, 10, "red"), wants("B", 1, 10, "red"), wants("C", 2, 10, "blue")]
    farm = floor(8, jobs, features=[partitioned(False, red=1, blue=1)], policy={"blocking": "shape"})
    assert spans(simulate(farm)) == {"A": (0, 10), "B": (10, 20), "C": (2, 12)}
    # Where they lend there is one pool, so one shape: with one token for all, in order.
    farm["features"] = [partitioned(True, tokens=2, red=1, blue=1)]
    jobs[1]["tokens"] = jobs[2]["tokens"] = {"lic": 2}
    assert spans(simulate(farm)) == {"A": (0, 10), "B": (10, 20), "C": (20, 30)}


def test_the_owner_gets_lent_tokens_back() -> None:
    # red owns 2 of 4, the rest is 2. C takes the place of B at 5 s. D is not the first in the queue: that is B, which
    # starts at 15 s and makes room for D and E at once.
    jobs = [
        wants("A", 0, 100, "green", 2, preemptible=True, priority=9),
        wants("B", 1, 100, "green", 2, preemptible=True, priority=9),
        wants("C", 5, 10, "red"),
        wants("D", 6, 10, "red"),
        wants("E", 7, 10, "red"),
    ]
    farm = floor(8, jobs, features=[partitioned(True, red=2)], policy={"preemption": {"kind": "kill"}})
    results = simulate(farm)
    assert spans(results) == {"A": (0, 100), "B": (25, 125), "C": (5, 15), "D": (15, 25), "E": (15, 25)}
    assert (results["B"].starts, results["B"].lost) == (3, 4 * S)
    farm["policy"]["preemption"]["licence_driven"] = False
    assert spans(simulate(farm)) == {"A": (0, 100), "B": (1, 101), "C": (100, 110), "D": (100, 110), "E": (101, 111)}


def test_reclaim_takes_the_latest_start_as_far_as_its_partition_is_beyond_its_share() -> None:
    # Shares: red 2, blue 1, rest 1. blue uses 3, green (the rest) 1: only blue is beyond its share, by two.
    jobs = [
        wants("A", 0, 100, "blue", preemptible=True), wants("B", 1, 100, "blue", preemptible=True),
        wants("C", 2, 100, "blue", preemptible=True), wants("D", 3, 100, "green", preemptible=True),
        wants("E", 9, 10, "red", 2),
    ]  # fmt: skip
    farm = floor(8, jobs, features=[partitioned(True, red=2, blue=1)], policy={"preemption": {"kind": "suspend"}})
    assert spans(simulate(farm)) == {"A": (0, 100), "B": (1, 111), "C": (2, 112), "D": (3, 103), "E": (9, 19)}
    jobs[4]["tokens"] = {"lic": 3}  # beyond red's share: it waits until three are free
    assert spans(simulate(farm))["E"] == (102, 112)
    jobs[4]["tokens"] = {"lic": 2}
    jobs[2]["preemptible"] = False  # then those before it
    assert spans(simulate(farm)) == {"A": (0, 110), "B": (1, 111), "C": (2, 102), "D": (3, 103), "E": (9, 19)}


# Stepwise check-out

X = {"name": "x", "tokens": 1, "acquire": "queue", "back_off": 6 * S, "back_off_max": 20 * S}
Y = X | {"name": "y"}
STEPWISE = {"check_out": "stepwise"}


def steps(name: str, submit: float, run: float, tokens: str, **more: Any) -> dict[str, Any]:
    return job(name, submit, run, tokens=dict.fromkeys(tokens, 1), **more)


def test_features_are_taken_one_after_another() -> None:
    jobs = [steps("A", 0, 10, "y"), steps("B", 1, 10, "xy"), steps("C", 2, 5, "x"), steps("D", 3, 5, "y")]
    # B holds x from 1 s and waits for y, so C waits for x; D joined the queue of y after B.
    results = spans(simulate(floor(9, jobs, features=[X, Y], policy=STEPWISE)))
    assert results == {"A": (0, 10), "B": (1, 20), "C": (2, 25), "D": (3, 25)}
    # With bundles B holds nothing while it waits, but it holds up those who want a part of it.
    assert spans(simulate(floor(9, jobs, features=[X, Y]))) == results


def test_the_place_in_the_next_queue_is_that_of_joining_it() -> None:
    jobs = [steps("A", 0, 10, "xy"), steps("B", 1, 10, "xy"), steps("C", 2, 10, "y")]
    # B takes x at 10 s and joins the queue of y then, behind C; with bundles it would have been before C.
    farm = floor(9, jobs, features=[X, Y], policy=STEPWISE)
    assert spans(simulate(farm)) == {"A": (0, 10), "B": (1, 30), "C": (2, 20)}
    assert spans(simulate(farm | {"policy": {}})) == {"A": (0, 10), "B": (1, 20), "C": (2, 30)}


def test_the_youngest_of_a_deadlock_is_denied() -> None:
    # A and B run and have one of the two each as soon as Z gives both back. B is denied at 5 s and back at 11 s.
    features = [X | {"tokens": 1}, Y]
    jobs = [steps("A", 1, 10, "xy"), steps("B", 2, 10, "yx")]
    farm = floor(9, jobs, features=features, policy=STEPWISE)
    assert spans(simulate(farm)) == {"A": (1, 11), "B": (2, 21)}  # A has both already
    jobs.insert(0, steps("Z", 0, 5, "yx"))
    # At 5 s A takes x and waits for y behind B, which takes y: neither can go on. B is denied and back 6 s later.
    results = simulate(farm | {"jobs": jobs})
    assert spans(results) == {"Z": (0, 5), "A": (1, 15), "B": (11, 25)}
    assert results["B"].starts == 2
    assert run(farm | {"jobs": jobs}).counts["deadlocks"] == 1


def test_a_deadlock_by_being_held_up() -> None:
    # At 10 s A takes one of the two x and waits for y, which B holds. B waits for an x that is free, behind C, which
    # wants two. Nobody can go on: B, the youngest, is denied and back at 16 s.
    jobs = [
        job("Q", 0, 10, tokens={"x": 2}),
        job("A", 1, 10, tokens={"x": 1, "y": 1}),
        job("C", 2, 10, tokens={"x": 2}),
        job("B", 3, 10, tokens={"y": 1, "x": 1}),
    ]
    results = simulate(floor(9, jobs, features=[X | {"tokens": 2}, Y], policy=STEPWISE))
    assert spans(results) == {"Q": (0, 10), "A": (1, 20), "C": (2, 30), "B": (16, 40)}
