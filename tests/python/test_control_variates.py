"""Control variates from Python: exact queues are covered, by smaller intervals, and wrong means are refused."""

import math
from collections.abc import Iterator

import centresim as cs
import numpy as np
import pytest
from centresim import fab

MM1 = "fab.utilisation[tool_group=tool]"


def line(*services: str, every: str = "exponential(10 min)", horizon: str = "13 d", warmup: str = "3 d") -> cs.Scenario:
    names = ["tool"] if len(services) == 1 else [f"tool{i}" for i in range(len(services))]
    steps = [
        fab.Step(f"s{i}", name, time=f"exponential({s})")
        for i, (name, s) in enumerate(zip(names, services, strict=True))
    ]
    return cs.Scenario(
        name="line",
        horizon=horizon,
        warmup=warmup,
        fab=fab.Fab(
            tool_groups=[fab.ToolGroup(name) for name in names],
            routes=[fab.Route("r", steps)],
            products=[fab.Product("A", route="r")],
            releases=[fab.Release("A", every=every)],
        ),
    )


@pytest.fixture(scope="module")
def mm1() -> cs.Result:
    return line("8 min").run(replications=30, seed=1, progress=False)


def experiments(scenario: cs.Scenario, kpi: str, n: int, replications: int) -> Iterator["np.ndarray"]:
    for seed in range(n):
        result = scenario.run(replications=replications, seed=seed, threads=1, progress=False)
        row = result.with_control_variates(kpi).table.iloc[0]
        yield row[["mean", "half_width", "adjusted_mean", "adjusted_half_width"]].to_numpy(float)


# Means in steady state: M/M/1 at 0.8, WIP 4; Jackson line at 0.8, 0.7, 0.75, WIP 4 + 7/3 + 3.
@pytest.mark.parametrize(
    ("services", "n", "replications", "exact", "reduction"),
    [(["8 min"], 120, 10, 4.0, 1.6), (["8 min", "7 min", "7.5 min"], 60, 20, 28 / 3, 1.4)],
    ids=["M/M/1", "Jackson line"],
)
def test_intervals_cover_the_exact_mean(services, n, replications, exact, reduction):
    scenario = line(*services)
    mean, half, adjusted, adjusted_half = np.array(list(experiments(scenario, "fab.wip", n, replications))).T
    assert np.mean(np.abs(adjusted - exact) <= adjusted_half) >= 0.95 - 3 * math.sqrt(0.95 * 0.05 / n)
    assert abs(adjusted.mean() - exact) < 4 * adjusted.std() / math.sqrt(len(adjusted))
    assert np.mean(adjusted_half) < 0.85 * np.mean(half)
    assert mean.var() / adjusted.var() > reduction


def test_the_reduction_is_that_of_theory():
    # Long windows: (1 + rho) / rho for WIP, 2 for cycle times (docs/theory/randomness-and-statistics.md).
    result = line("8 min", horizon="33 d").run(replications=400, seed=5, progress=False)
    table = result.with_control_variates(["fab.wip", "fab.cycle_time"], [MM1]).table.set_index("kpi")
    assert table.loc["fab.wip", "variance_reduction"].iloc[0] == pytest.approx(2.25, rel=0.2)
    assert table.loc["fab.cycle_time", "variance_reduction"].iloc[0] == pytest.approx(2, rel=0.2)


def test_the_table(mm1):
    sharper = mm1.with_control_variates()
    table = sharper.table.set_index("kpi")
    assert list(table.index) == ["fab.cycle_time", "fab.cycle_time_p95", "fab.x_factor", "fab.throughput", "fab.wip"]
    wip = table.loc["fab.wip"]
    plain = mm1.kpi("fab.wip")
    assert (wip["mean"], wip["half_width"]) == pytest.approx((plain.mean, plain.half_width))
    assert wip["controls"] == f"{MM1}, fab.starts"
    assert wip["loss_factor"] == pytest.approx(28 / 26)
    assert (wip["unit"], wip["note"]) == ("lots", "")
    assert sharper.controls.loc[MM1, "expected"] == pytest.approx(0.8)
    assert sharper.controls.loc["fab.starts", "expected"] == pytest.approx(144)
    assert set(sharper.controls["refused"]) == {""}
    assert "5 figures, 30 replications" in repr(sharper)
    assert "<table" in sharper._repr_html_()


def test_a_file_gives_the_same(mm1, tmp_path):
    mm1.save(tmp_path / "r.h5")
    again = cs.open(tmp_path / "r.h5").with_control_variates()
    assert again.table.equals(mm1.with_control_variates().table)


def test_figures_of_a_tool_group_take_its_own_controls():
    result = line("8 min", "7 min").run(replications=10, seed=1, progress=False)
    table = result.with_control_variates("fab.queue_time").table.set_index("tool_group")
    assert table.loc["tool0", "controls"] == "fab.utilisation[tool_group=tool0]"
    assert table.loc["tool1", "controls"] == "fab.utilisation[tool_group=tool1]"


def test_what_is_known_is_exact(mm1):
    row = mm1.with_control_variates("fab.starts", "fab.starts").table.iloc[0]
    assert row["adjusted_mean"] == pytest.approx(144)
    assert row["adjusted_half_width"] == 0
    assert math.isinf(row["variance_reduction"])


def test_means_that_the_user_knows(mm1):
    given = mm1.with_control_variates("fab.wip", {MM1: 0.8}).table
    assert given.equals(mm1.with_control_variates("fab.wip", [MM1]).table)
    assert mm1.with_control_variates("fab.wip", {"fab.throughput": 144}).table.loc[0, "variance_reduction"] > 1


@pytest.mark.parametrize(
    ("controls", "rule"),
    [
        ({MM1: 0.9}, "standard errors from the expected 0.9"),
        ({MM1: math.nan}, "expected value is no number"),
        (["fab.wip"], "expected value is not known"),
        (["fab.utilisation[tool_group=tol]"], "did you mean 'fab.utilisation"),
        ([MM1, MM1], "the controls before it determine it"),
        ([MM1, "fab.idle_share[tool_group=tool]"], "the controls before it determine it"),
        (["fab.down_share[tool_group=tool]"], "expected value is not known"),
        ({"fab.down_share[tool_group=tool]": 0}, "does not vary"),
    ],
)
def test_controls_that_are_refused(mm1, controls, rule):
    with pytest.raises(cs.InputError, match=r"controls: ") as caught:
        mm1.with_control_variates(controls=controls)
    assert rule in caught.value.issues[-1].rule


def test_all_faults_at_once(mm1):
    with pytest.raises(cs.InputError) as caught:
        mm1.with_control_variates(controls={"fab.wip": math.nan, MM1: 0.5, "fab.nothing": 1})
    assert [issue.value for issue in caught.value.issues] == ["fab.wip", MM1, "fab.nothing"]


def test_what_cannot_be_asked(mm1):
    with pytest.raises(cs.InputError, match="no such key figure"):
        mm1.with_control_variates("fab.cycle_tim")
    with pytest.raises(cs.InputError, match="at least 4"):
        line("8 min").run(replications=3, seed=1, progress=False).with_control_variates()
    few = line("8 min").run(replications=4, seed=1, progress=False)
    assert few.with_control_variates().table["controls"].unique() == [MM1]
    with pytest.raises(cs.InputError, match="too many for 4 replications"):
        few.with_control_variates(controls=[MM1, "fab.starts"])
    with pytest.raises(TypeError):
        mm1.with_control_variates(3)
    with pytest.raises(TypeError):
        mm1.with_control_variates(controls=[3])


def test_a_farm_has_none():
    farm = cs.load("eda-farm").run(horizon="1 d", warmup="0 d", replications=4, seed=1, progress=False)
    with pytest.raises(cs.InputError, match="those of a fab"):
        farm.with_control_variates()


def test_figures_that_are_not_there_in_every_replication():
    rare = line("8 min", every="exponential(10 d)").run(replications=20, seed=1, progress=False)
    table = rare.with_control_variates(["fab.cycle_time", "fab.wip", "fab.on_time"]).table.set_index("kpi")
    assert "of 20 replications" in table.loc["fab.cycle_time", "note"].iloc[0]
    assert table.loc["fab.cycle_time", "adjusted_mean"].iloc[0] == table.loc["fab.cycle_time", "mean"].iloc[0]
    assert "no value in 20" in table.loc["fab.on_time", "note"].iloc[0]


def test_refused_controls_are_left_out_and_named():
    # Overloaded in the window, though not in the long run: the twin's utilisation is not that of the window.
    crowd = [fab.Lot(f"l{i:03}", "A", step="s0") for i in range(600)]
    scenario = line("8 min", every="exponential(10 min)", warmup="0 d").with_({"fab.lots": crowd})
    sharper = scenario.run(replications=20, seed=1, progress=False).with_control_variates()
    assert "standard errors" in sharper.controls.loc[MM1, "refused"]
    assert sharper.table["controls"].unique() == ["fab.starts"]
