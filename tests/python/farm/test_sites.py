"""Worked examples: routing over sites, features at sites, staging of data, outages of links."""

import json
from typing import Any

import pytest

from farm.model import Floor
from farm.reference import simulate
from farm.scenario import to_scenario
from farm.test_reference import S, job, spans


def node_class(site: str, cores: int, **more: Any) -> dict[str, Any]:
    return {"name": f"n{site}", "site": site, "nodes": 1, "cores": cores, "memory": None} | more


def floor(cores: dict[str, int], jobs: list[dict[str, Any]], **more: Any) -> Floor:
    """One node a site; jobs are submitted at `a` if they do not say otherwise."""
    sites = [{"name": name} for name in cores]
    classes = [node_class(name, n) for name, n in cores.items()]
    return {"sites": sites, "node_classes": classes, "jobs": [{"site": "a"} | j for j in jobs]} | more


def outcome(farm: Floor) -> dict[str, tuple[str | None, int, int]]:
    """Site, last start and end in seconds."""
    return {name: (r.site, (r.start or 0) // S, r.end // S) for name, r in simulate(farm).items()}


LINK: dict[str, Any] = {"name": "ab", "sites": ["a", "b"], "bandwidth": 0.8, "rtt": 2 * S}  # 1 GB in 10 s


def test_a_job_with_no_eligible_site_is_rejected() -> None:
    jobs = [job("A", 0, 10, 3), job("B", 0, 10, 2), job("C", 1, 10, 5)]
    home = outcome(floor({"a": 2, "b": 4}, jobs))
    assert home == {"A": (None, 0, 0), "B": ("a", 0, 10), "C": (None, 0, 1)}
    least = outcome(floor({"a": 2, "b": 4}, jobs, policy={"routing": "least_wait"}))
    assert least == {"A": ("b", 0, 10), "B": ("a", 0, 10), "C": (None, 0, 1)}


def test_estimated_wait_for_cores() -> None:
    # At 10 s: a has A on two cores until 100 s and B and C queued: (2x90 + 20 + 30) / 2 = 115 s. b has D on four cores
    # until 120 s: 110 s. E cannot run at a; with it, b has (4x110 + 4x10) / 4 = 120 s. F and G add 7.5 s to
    # the 115 of a: H goes to b.
    jobs = [
        job("A", 0, 100, 2), job("B", 1, 20, tokens={"here": 1}), job("C", 2, 30, tokens={"here": 1}),
        job("D", 0, 120, 4, site="b"), job("E", 10, 10, 4), job("F", 10, 5), job("G", 10, 10), job("H", 10, 1),
    ]  # fmt: skip
    features = [{"name": "here", "tokens": 9, "sites": ["a"]}]
    got = outcome(floor({"a": 2, "b": 4}, jobs, features=features, policy={"routing": "least_wait"}))
    assert {name: got[name] for name in "EFGH"} == {
        "E": ("b", 120, 130), "F": ("a", 120, 125), "G": ("a", 125, 135), "H": ("b", 130, 131),
    }  # fmt: skip


def test_estimated_wait_for_tokens() -> None:
    # One token for a, two for b; cores are plenty. At 10 s: a has 40 s of A and 20 s of B; b has 90 and 100 s for two.
    partitions = [{"site": "a", "tokens": 1}, {"site": "b", "tokens": 2}]
    features = [{"name": "lic", "tokens": 3, "partitions": partitions}]
    want = {"tokens": {"lic": 1}}
    jobs = [
        job("A", 0, 50), job("B", 1, 20), job("C", 0, 100, site="b"), job("D", 0, 110, site="b"),
        job("E", 10, 40), job("F", 10, 10),
    ]  # fmt: skip
    farm = floor({"a": 9, "b": 9}, [j | want for j in jobs], features=features)
    home = outcome(farm)
    assert (home["B"], home["E"], home["F"]) == (("a", 50, 70), ("a", 70, 110), ("a", 110, 120))
    moved = outcome(farm | {"policy": {"routing": "least_wait"}})
    assert moved["B"] == ("a", 50, 70)  # 49 s of A against (99 + 109) / 2
    assert (moved["E"], moved["F"]) == (("a", 70, 110), ("b", 100, 110))  # 60 s against 95; then 100 against 95


def test_local_first_and_least_wait() -> None:
    jobs = [job("A", 0, 50), job("B", 0, 50), job("C", 0, 50), job("D", 1, 10), job("E", 1, 10)]
    local = outcome(floor({"c": 1, "b": 1, "a": 1}, jobs, policy={"routing": "local_first"}))
    # All three are full after C; D and E stay at home.
    assert local == {"A": ("a", 0, 50), "B": ("b", 0, 50), "C": ("c", 0, 50), "D": ("a", 50, 60), "E": ("a", 60, 70)}
    least = outcome(floor({"c": 1, "b": 1, "a": 1}, jobs, policy={"routing": "least_wait"}))
    assert least == local | {"E": ("b", 50, 60)}


def test_cheapest_counts_speed_and_egress() -> None:
    farm = floor({"a": 8, "b": 8}, [job("A", 0, 3600, data="d"), job("B", 0, 3600), job("C", 0, 3600, memory=5)])
    farm["node_classes"] = [
        node_class("a", 8, cost=2, memory=4), node_class("b", 8, cost=3, speed=2, memory=4),
        {**node_class("a", 8, cost=9), "name": "big"},
    ]  # fmt: skip
    farm |= {"links": [LINK], "datasets": [{"name": "d", "site": "a", "size": 1}], "policy": {"routing": "cheapest"}}
    # b costs 1.5 an hour of work of 1, a 2; A would pay egress for its GB. C fits only the big node of a.
    for egress, site in ((0, "b"), (0.25, "b"), (0.75, "a")):
        farm["sites"] = [{"name": "a", "egress_cost": egress}, {"name": "b"}]
        got = outcome(farm)
        assert got["A"] == (site, 0, 3600) if site == "a" else (site, 12, 1812)
        assert got["B"] == ("b", 0, 1800)
        assert got["C"] == ("a", 0, 3600)


def test_burst() -> None:
    policy = {"routing": "burst", "burst_wait": 20 * S, "burst_cost": 0.02}
    jobs = [job("A", 0, 20), job("B", 0, 10), job("C", 0, 10), job("D", 0, 100)]
    farm = floor({"a": 1, "b": 4, "c": 4}, jobs, policy=policy)
    for entry, cost in zip(farm["node_classes"], (1, 7, 6), strict=True):
        entry["cost"] = cost
    # B would wait 20 s, C 30 s: 10 s on c cost 60/3600. D costs 600/3600 on c: too much.
    assert outcome(farm) == {"A": ("a", 0, 20), "B": ("a", 20, 30), "C": ("c", 0, 10), "D": ("a", 30, 130)}


# Features at sites


def test_partitions_of_sites() -> None:
    partitions = [
        {"site": "b", "tokens": 1},
        {"project": "red", "tokens": 1},
        {"project": "red", "site": "b", "tokens": 1},
    ]
    jobs = [job(f"{site}{project}{i}", 0, 10, site=site, project=project, tokens={"lic": 1})
            for i in (0, 1) for site in "ab" for project in ("red", "")]  # fmt: skip
    features = [{"name": "lic", "tokens": 4, "partitions": partitions}]
    got = outcome(floor({"a": 8, "b": 8}, jobs, features=features))
    # Four pools of one: red, red@b, @b and the rest.
    assert all(span[1:] == (10 * int(name[-1]), 10 + 10 * int(name[-1])) for name, span in got.items())


def test_a_feature_for_some_sites() -> None:
    features = [{"name": "lic", "tokens": 1, "sites": ["b"]}]
    jobs = [job("A", 0, 10, tokens={"lic": 1}), job("B", 0, 10, tokens={"lic": 1}), job("C", 0, 10)]
    got = outcome(floor({"a": 8, "b": 8}, jobs, features=features, policy={"routing": "local_first"}))
    assert got == {"A": ("b", 0, 10), "B": ("b", 10, 20), "C": ("a", 0, 10)}


def test_reclaim_at_another_site() -> None:
    partitions = [{"site": "a", "tokens": 1}, {"site": "b", "tokens": 1}]
    features = [{"name": "lic", "tokens": 2, "lend": True, "partitions": partitions}]
    want: dict[str, Any] = {"tokens": {"lic": 1}, "preemptible": True}
    jobs = [job("A", 0, 50, **want), job("B", 1, 50, **want), job("C", 5, 10, site="b", **want)]
    farm = floor({"a": 8, "b": 8}, jobs, features=features, policy={"preemption": {"kind": "kill"}})
    assert outcome(farm) == {"A": ("a", 0, 50), "B": ("a", 15, 65), "C": ("b", 5, 15)}


@pytest.mark.parametrize("acquire", ["reserved", "queue"])
def test_round_trips(acquire: str) -> None:
    features = [{"name": name, "tokens": 2, "server": "b", "acquire": acquire} for name in ("x", "y")]
    jobs = [
        job("A", 0, 10, tokens={"x": 1}), job("B", 0, 10, tokens={"x": 1, "y": 2}), job("C", 0, 10, site="b"),
        job("D", 5, 10, tokens={"x": 2}),
    ]  # fmt: skip
    farm = floor({"a": 8, "b": 8}, jobs, features=features, links=[LINK])
    got = spans(simulate(farm))
    assert got == {"A": (0, 12), "B": (0, 14), "C": (0, 10), "D": (14 if acquire == "reserved" else 5, 26)}
    # The wall-time limit does not wait for round trips.
    assert spans(simulate(farm | {"policy": {"kill_at_request": True}}))["B"] == (0, 10)


# Staging


def data(name: str, site: str, size: float = 1) -> dict[str, Any]:
    return {"name": name, "site": site, "size": size}


def test_transfers_share_a_link() -> None:
    datasets = [data("p", "b"), data("q", "b", 0.5), data("r", "a")]
    jobs = [
        job("A", 0, 10, data="p"), job("B", 4, 10, data="q"), job("C", 5, 10, data="p"),
        job("D", 1, 10, data="r", site="b"), job("E", 50, 10, data="p"),
    ]  # fmt: skip
    farm = floor({"a": 9, "b": 9}, jobs, links=[LINK], datasets=datasets)
    # p moves alone for a second from 2 s on, then shares with r, from 6 s on with q, too. At 6 s p has 10 - 1 - 1.5
    # left, r 8.5, q 5: q ends after 15 s, at 21 s. Then p has 2.5 left and ends at 26 s, and r its last second alone.
    assert outcome(farm) == {
        "A": ("a", 26, 36), "B": ("a", 21, 31), "C": ("a", 26, 36), "D": ("b", 27, 37), "E": ("a", 50, 60),
    }  # fmt: skip


def test_thirds_of_a_link_are_rounded_down() -> None:
    datasets = [data("p", "b"), data("q", "b"), data("r", "b")]
    farm = floor({"a": 9, "b": 9}, [job(n, 0, 10, data=n) for n in "pqr"], links=[LINK], datasets=datasets)
    # 30 s of three transfers at floor(2^32/3) units a tick are a little short: they end one tick later.
    assert {r.start for r in simulate(farm).values()} == {32 * S + 1}


def test_a_small_cache() -> None:
    datasets = [data("p", "b"), data("q", "b"), data("r", "b")]
    rows = [("A", 0, "p"), ("B", 50, "q"), ("C", 100, "p"), ("D", 150, "r"), ("E", 200, "p"), ("F", 250, "q")]
    jobs = [job(name, submit, 10, data=name_of) for name, submit, name_of in rows]
    farm = floor({"a": 9, "b": 9}, jobs, links=[LINK], datasets=datasets)
    farm["sites"] = [{"name": "a", "cache": 2}, {"name": "b"}]
    # r pushes out q, which was used less recently than p.
    starts = {name: r.start for name, r in simulate(farm).items()}
    assert starts == {"A": 12 * S, "B": 62 * S, "C": 100 * S, "D": 162 * S, "E": 200 * S, "F": 262 * S}
    # With room for one, and A still at work: q is used by B and not kept, so C (p) has its data and D fetches q again.
    rows = [("A", 0, "p"), ("B", 50, "q"), ("C", 100, "p"), ("D", 150, "q")]
    jobs = [job(name, submit, 500, data=name_of) for name, submit, name_of in rows]
    farm["jobs"] = [j | {"site": "a"} for j in jobs]
    farm["sites"] = [{"name": "a", "cache": 1}, {"name": "b"}]
    starts = {name: r.start for name, r in simulate(farm).items()}
    assert starts == {"A": 12 * S, "B": 62 * S, "C": 100 * S, "D": 162 * S}


def test_the_begin_of_a_transfer_causes_no_pass() -> None:
    # H waits for two cores. From 20 s on X and Y, both past their estimates, count as ending now, so K may have an
    # extra core: at the next pass, which the submission of D at 30 s is not, but the end of its transfer at 42 s.
    jobs = [
        job("X", 0, 100, request=10), job("Y", 0, 100, 2, request=20), job("H", 1, 10, 2), job("K", 2, 50),
        job("D", 30, 10, data="p"),
    ]  # fmt: skip
    farm = floor({"a": 4, "b": 1}, jobs, links=[LINK], datasets=[data("p", "b")], policy={"backfill": "easy"})
    got = spans(simulate(farm))
    assert (got["K"], got["H"], got["D"]) == ((42, 92), (100, 110), (92, 102))


def test_routing_by_data() -> None:
    datasets = [data("p", "b")]
    jobs = [job("A", 0, 10, data="p"), job("B", 0, 10), job("C", 0, 10, site="c", data="p")]
    farm = floor({"a": 9, "b": 9, "c": 9}, jobs, links=[LINK], datasets=datasets, policy={"routing": "data"})
    assert outcome(farm) == {"A": ("b", 0, 10), "B": ("a", 0, 10), "C": ("b", 0, 10)}
    farm["policy"] = {"routing": "home"}  # c has no link to b
    assert outcome(farm) == {"A": ("a", 12, 22), "B": ("a", 0, 10), "C": (None, 0, 0)}
    farm["policy"] = {"routing": "least_wait"}
    assert outcome(farm)["A"] == ("b", 0, 10)


# Outages


def outage(grace: int, lost: str, acquire: str = "reserved", **more: Any) -> Floor:
    """The link is down from 40 to 60 s and from 100 to 120 s."""
    link = LINK | {"mttf": 40 * S, "mttr": 20 * S, "grace": grace * S, "lost": lost, "rtt": 0}
    feature = {"name": "lic", "tokens": 1, "server": "b", "acquire": acquire, "first_try": S, "back_off": 5 * S}
    jobs = [
        job("A", 20, 30, tokens={"lic": 1}), job("B", 25, 10, tokens={"lic": 1}),
        job("C", 30, 10, tokens={"lic": 1}, site="b"), job("D", 41, 2),
    ]  # fmt: skip
    return floor({"a": 2, "b": 2}, jobs, links=[link], features=[feature], **more)


@pytest.mark.parametrize(
    ("lost", "grace", "expected"),
    [
        # Within the grace A goes on. The token is there for C at 50 s, but not for B, which blocks D.
        ("kill", 20, {"A": (20, 50), "B": (60, 70), "C": (50, 60), "D": (60, 62)}),
        # At 45 s A loses its token, which C takes. A, killed, blocks B and D until 60 s; suspended it does not begin
        # before 60 s either, but has 5 s left.
        ("kill", 5, {"A": (60, 90), "B": (90, 100), "C": (45, 55), "D": (90, 92)}),
        ("suspend", 5, {"A": (20, 65), "B": (65, 75), "C": (45, 55), "D": (65, 67)}),
    ],
)
def test_an_outage(lost: str, grace: int, expected: dict[str, tuple[int, int]]) -> None:
    results = simulate(outage(grace, lost))
    assert spans(results) == expected
    assert results["A"].starts == (2 if (lost, grace) == ("kill", 5) else 1)


def test_nothing_moves_over_a_link_that_is_down() -> None:
    # Half of p has moved when the link goes down at 7 s, the rest from 17 to 22 s.
    link = LINK | {"mttf": 7 * S, "mttr": 10 * S}
    farm = floor({"a": 9, "b": 9}, [job("A", 0, 10, data="p")], links=[link], datasets=[data("p", "b")])
    assert outcome(farm) == {"A": ("a", 22, 32)}


def test_an_outage_holds_up_nobody_else_at_the_server() -> None:
    # B waits at the server on its cores; C, behind it, takes the token at 50 s. D has a core of its own.
    assert spans(simulate(outage(20, "kill", "queue"))) == {"A": (20, 50), "B": (25, 70), "C": (30, 60), "D": (50, 52)}


def test_a_try_fails_over_a_link_that_is_down() -> None:
    # A tries at 21 s. B is denied at 26 (held for 5 s), 32 (10 s), 44 (D had its core until 43 s; 20 s).
    got = simulate(outage(20, "kill", "requeue"))
    # C is denied at 31, 37, 48 and 69 s.
    assert spans(got) == {"A": (20, 51), "B": (64, 75), "C": (109, 120), "D": (41, 43)}


def test_scenario_files() -> None:
    farm = outage(20, "kill") | {"datasets": [data("p", "b", 0.5)], "policy": {"routing": "burst", "burst_wait": 5}}
    farm["node_classes"][0] |= {"boot": 7, "off_after": 9}
    design = json.loads(json.dumps(to_scenario(farm)))["design"]
    assert design["links"][0] == {
        "name": "ab", "sites": ["a", "b"], "bandwidth": 0.8, "rtt": "0 ms", "mttf": "constant(40000 ms)",
        "mttr": "constant(20000 ms)", "grace": "20000 ms", "lost": "kill",
    }  # fmt: skip
    assert design["datasets"] == [{"name": "p", "site": "b", "size": 0.5}]
    assert design["node_classes"][0] | {"boot": "7 ms", "off_after": "9 ms"} == design["node_classes"][0]
    assert design["policy"] == {"memory": {"limit": "none"}, "routing": "burst", "burst_wait": "5 ms"}
    assert design["jobs"][2]["site"] == "b"
