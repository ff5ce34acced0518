"""Which paths matter: factorial designs, Morris, Sobol' indices, from the points to the tables."""

import json
from collections.abc import Callable
from pathlib import Path

import centresim as cs
import numpy as np
import pytest
from centresim import _core
from cli_tools import DONE, centresim

UNIT = {"x": (0.0, 1.0), "y": (0.0, 1.0), "z": (0.0, 1.0)}
SHORT = {"replications": 3, "seed": 5, "progress": False}
S2 = "fab.routes.main.steps.s2.time"
RANGES = {"fab.load_factor": (0.5, 0.9), "fab.tool_groups.litho.tools": (1, 2), S2: ("58 min", "62 min")}


def design(sweep: cs.Sweep) -> dict[str, object]:
    found = sweep._described().design
    assert isinstance(found, dict)
    return found


def mini_fab() -> cs.Scenario:
    return cs.load("mini-fab").with_({"horizon": "40 d", "warmup": "5 d"})


def values_at(sweep: cs.Sweep, f: Callable[..., float]) -> list[list[float]]:
    return [[f(*row)] for row in sweep.to_pandas().to_numpy()]


def nonlinear(x: float, y: float, z: float) -> float:
    return float(3 * x + 2 * y**2 * z - np.exp(z))


def test_effects_of_morris_are_those_of_salib() -> None:
    from SALib.analyze import morris

    sweep = cs.Sweep("mm1").morris(UNIT, trajectories=20, levels=6, seed=3)
    outputs = values_at(sweep, nonlinear)
    ours = {row["path"]: row for row in _core.elementary_effects(design(sweep), outputs)}
    problem = {"num_vars": 3, "names": list("xyz"), "bounds": [[0, 1]] * 3}
    points = sweep.to_pandas().to_numpy()
    theirs = morris.analyze(problem, points, np.array(outputs)[:, 0], num_levels=6, num_resamples=10)
    for i, name in enumerate("xyz"):
        assert ours[name]["mu"] == pytest.approx(theirs["mu"][i])
        assert ours[name]["mu_star"] == pytest.approx(theirs["mu_star"][i])
        assert ours[name]["sigma"] == pytest.approx(theirs["sigma"][i], abs=1e-12)


def test_sobol_indices_are_those_of_salib() -> None:
    from SALib.analyze import sobol

    n = 512
    sweep = cs.Sweep("mm1").saltelli(UNIT, samples=n, seed=2)
    outputs = values_at(sweep, nonlinear)
    rows, about = _core.sobol_indices(design(sweep), outputs, 200)
    y = np.array(outputs)[:, 0]
    blocks = [y[:n], *(y[(2 + i) * n : (3 + i) * n] for i in range(3)), y[n : 2 * n]]  # A, AB_i, B, as SALib has them
    problem = {"num_vars": 3, "names": list("xyz"), "bounds": [[0, 1]] * 3}
    theirs = sobol.analyze(problem, np.column_stack(blocks).ravel(), calc_second_order=False, num_resamples=10, seed=1)
    for i, row in enumerate(rows):
        assert row["total"] == pytest.approx(theirs["ST"][i], rel=5e-3)
        assert row["first"] == pytest.approx(theirs["S1"][i], abs=5e-3)
        assert row["first_low"] < row["first"] < row["first_high"]
    assert about["rows"] == n
    assert np.isnan(about["noise_share"])  # one replication


def test_a_factorial_of_a_fab_tells_effects_with_their_interval(tmp_path: Path) -> None:
    values = {"fab.load_factor": [0.6, 0.8], "fab.tool_groups.litho.tools": [1, 2], S2: ["50 min", "70 min"]}
    sweep = cs.Sweep(mini_fab()).factorial(values)
    result = sweep.run(**SHORT)
    table = result.effects("fab.cycle_time")
    assert len(table) == 6  # three paths, three pairs
    assert table.attrs == {"kpi": "fab.cycle_time", "unit": "d"}
    kpi = result.kpi("fab.cycle_time")
    plus, minus = kpi[kpi["fab.load_factor"] == 0.8]["mean"].mean(), kpi[kpi["fab.load_factor"] == 0.6]["mean"].mean()
    row = table.loc["fab.load_factor"]
    assert row["effect"] == pytest.approx(plus - minus)
    assert row["low"] < row["effect"] < row["high"]
    assert row["n"] == 3
    assert (table["effect"].abs().diff().dropna() <= 0).all()
    assert len(result.effects("fab.cycle_time", order=3)) == 7
    half = cs.Sweep(mini_fab()).factorial(values, runs=4).run(**SHORT).effects("fab.cycle_time")
    assert half.loc["fab.load_factor", "same_as"] == f"fab.tool_groups.litho.tools x {S2}"


def test_elementary_effects_of_a_fab_survive_folder_and_file(tmp_path: Path) -> None:
    sweep = cs.Sweep(mini_fab()).morris(RANGES, trajectories=4)
    result = sweep.run(**SHORT)
    table = result.elementary_effects("fab.cycle_time")
    assert set(table.index) == set(RANGES)
    assert table.index[0] != S2
    assert table.loc["fab.load_factor", "mu"] > 0
    assert table.loc["fab.tool_groups.litho.tools", "mu"] < 0
    assert (table["noise"] >= 0).all()
    assert (table["steps"] == 4).all()

    folder = sweep.run(folder=tmp_path / "plan", **SHORT)
    assert folder.elementary_effects("fab.cycle_time").equals(table)
    folder.save(tmp_path / "all.h5")
    assert cs.SweepResult.open(tmp_path / "all.h5").elementary_effects("fab.cycle_time").equals(table)
    more = cs.Sweep(mini_fab()).morris(RANGES, trajectories=6)
    assert more.to_pandas().head(len(sweep)).equals(sweep.to_pandas())
    assert (more.run(folder=tmp_path / "plan", **SHORT).elementary_effects("fab.wip")["steps"] == 6).all()


def test_an_executor_keeps_the_design() -> None:
    from concurrent.futures import ThreadPoolExecutor

    sweep = cs.Sweep(mini_fab()).morris(RANGES, trajectories=2)
    with ThreadPoolExecutor(1) as pool:
        elsewhere = sweep.run(executor=pool, **SHORT)
    assert elsewhere.elementary_effects("fab.wip").equals(sweep.run(**SHORT).elementary_effects("fab.wip"))


def test_sobol_indices_of_a_fab_tell_the_noise() -> None:
    ranges = {"fab.load_factor": (0.5, 0.8), "fab.tool_groups.litho.tools": (2, 3)}
    result = cs.Sweep(mini_fab()).saltelli(ranges, samples=32).run(**SHORT)
    table = result.sobol_indices("fab.wip", resamples=100)
    assert table.index[0] == "fab.load_factor"
    assert table.loc["fab.load_factor", "total"] > 0.5
    assert 0 < table.attrs["noise_share"] < 0.5
    assert table.attrs["rows"] == 32
    assert table.attrs["unit"] == "lots"


def test_points_that_fail_are_left_out_of_effects() -> None:
    flooding = mini_fab().with_({"fab.max_wip": 20})
    sweep = cs.Sweep(flooding).morris({"fab.load_factor": (0.3, 1.2), S2: ("50 min", "60 min")}, trajectories=8)
    with pytest.warns(UserWarning, match="the line floods"):
        result = sweep.run(**SHORT)
    assert 0 < len(result.failures) < len(sweep)
    steps = result.elementary_effects("fab.wip")["steps"]
    assert (steps < 8).all()
    assert (steps > 0).all()


def changed(table: Path, text: str | None) -> cs.SweepResult:
    """The result with another design in its file."""
    import h5py

    with h5py.File(table, "r+") as file:
        file.attrs["design"] = np.bytes_(text)
    return cs.SweepResult.open(table)


def test_a_design_that_is_not_that_of_the_points_is_refused(tmp_path: Path) -> None:
    sweep = cs.Sweep(mini_fab()).morris(RANGES, trajectories=3)
    result = sweep.run(**SHORT)
    result.save(tmp_path / "all.h5")
    good = json.loads(result.dataset.attrs["design"])
    bad = [
        json.dumps({**good, "seed": 2}),
        json.dumps({**good, "levels": 6}),
        json.dumps({**good, "trajectories": 2}),
        json.dumps({**good, "ranges": {**good["ranges"], "fab.load_factor": [0.1, 0.2]}}),
        json.dumps({**good, "ranges": {"x": [0, 1]}}),
        json.dumps({**good, "ranges": {**good["ranges"], "x": [0, 1]}}),
        json.dumps({"kind": "morris"}),
        *("{", "", "3", "null", "[1]", '"x"', "[" * 5000),
    ]
    for text in bad:
        table = changed(tmp_path / "all.h5", text)
        assert len(table.kpi("fab.wip")) == 12  # figures are there all the same
        with pytest.raises(cs.InputError, match=r"design: (is none|is not that|has 8 points)"):
            table.elementary_effects("fab.wip")
    extra = changed(tmp_path / "all.h5", json.dumps(good))
    assert extra.elementary_effects("fab.wip").equals(result.elementary_effects("fab.wip"))


def test_a_garbled_design_of_a_plan_is_told(tmp_path: Path) -> None:
    sweep = cs.Sweep(mini_fab()).morris({"fab.load_factor": (0.5, 0.6)}, trajectories=2)
    index = sweep.plan(tmp_path / "plan", replications=2, seed=1) / "plan.json"
    for design in ("x", [1], {}, {"kind": "morris", "ranges": {"x": [2, 1]}}):
        index.write_text(json.dumps({**json.loads(index.read_text()), "design": design}))
        with pytest.raises(cs.InputError, match="design"):
            cs.SweepResult.open(tmp_path / "plan")


def test_values_that_mean_the_same_are_no_factor() -> None:
    twice = cs.Sweep(mini_fab()).factorial({"fab.load_factor": [0.5, 0.6], S2: ["60 min", "1 h"]})
    with pytest.raises(cs.InputError, match="is the same scenario as point 0"):
        twice.run(**SHORT)


def test_paths_that_meet_are_refused() -> None:
    ranges = {"fab.tool_groups.litho.tools": (1, 2), "fab.tool_groups.*.tools": (2, 3)}
    with pytest.raises(cs.InputError, match=r"reaches what 'fab\.tool_groups\.litho\.tools' sets as well"):
        cs.Sweep(mini_fab()).morris(ranges).run(**SHORT)
    with pytest.raises(cs.InputError, match="sets as well"):
        cs.optimise("mini-fab", ranges, minimise="fab.wip", trials=2, progress=False)
    for values in (
        {"fab.tool_groups.*.tools": (3, 5), "fab.tool_groups.litho.tools": (1, 3)},
        {
            "fab.tool_groups.litho.tools": (1, 3),
            "fab.tool_groups.litho": [{"name": "litho", "tools": n} for n in (2, 3)],
        },
    ):
        with pytest.raises(cs.InputError, match="sets as well"):
            cs.optimise("mini-fab", values, minimise="fab.wip", trials=2, progress=False)


def test_equal_points_are_run_once_and_stand_in_all_their_places() -> None:
    ranges = {"fab.tool_groups.litho.tools": (2, 3), "fab.tool_groups.implant.tools": (2, 3)}
    sweep = cs.Sweep(mini_fab()).morris(ranges, trajectories=5)
    total = []
    result = sweep.run(replications=1, seed=1, progress=lambda _, all_of_it: total.append(all_of_it))
    assert len(result) == 15
    assert len(result.points["hash"].unique()) <= 4
    assert total[-1] == len(result.points["hash"].unique())


def test_answers_of_another_design_are_refused() -> None:
    grid = cs.Sweep(mini_fab()).grid({"fab.load_factor": [0.5, 0.6]}).run(**SHORT)
    with pytest.raises(ValueError, match=r"a grid or a list of points: plan them with Sweep\.morris\(\)"):
        grid.elementary_effects("fab.wip")
    morris = cs.Sweep(mini_fab()).morris({"fab.load_factor": (0.5, 0.6)}, trajectories=2).run(**SHORT)
    with pytest.raises(ValueError, match=r"kind 'morris': plan them with Sweep\.saltelli\(\)"):
        morris.sobol_indices("fab.wip")
    with pytest.raises(LookupError, match=r"did you mean 'fab\.wip'"):
        morris.elementary_effects("fab.wpi")


@pytest.mark.parametrize(
    ("make", "rule"),
    [
        (lambda s: s.factorial({"fab.load_factor": [1, 2, 3]}), "must be a list of two values"),
        (lambda s: s.factorial({"a": [1, 2], "b": [1, 2], "c": [1, 2]}, runs=3), "runs"),
        (lambda s: s.morris({"fab.load_factor": (1, 0)}), "lower end comes first"),
        (lambda s: s.morris({}), "is empty"),
        (lambda s: s.morris({"fab.load_factor": (0, 1)}, levels=3), "must be even"),
        (lambda s: s.saltelli({"fab.load_factor": (0, 1)}, samples=0), "samples"),
        (lambda s: s.saltelli({"fab.load_factor": (0, float("nan"))}, samples=4), "finite"),
        (lambda s: s.saltelli({"fab.load_factor": (1e-300, 1e300, "log")}, samples=4), "too wide"),
        (lambda s: s.morris({"fab.tool_groups.litho.tools": (1, 2, "log")}, levels=6), "stays where it is"),
    ],
)
def test_bad_designs_are_refused(make: Callable[[cs.Sweep], cs.Sweep], rule: str) -> None:
    with pytest.raises(cs.InputError, match=rule):
        make(cs.Sweep("mini-fab"))


def test_designs_from_the_command_line(tmp_path: Path) -> None:
    (tmp_path / "sweep.toml").write_text(
        'scenario = "mini-fab"\nreplications = 2\n[design]\nkind = "morris"\ntrajectories = 3\n[design.ranges]\n'
        '"fab.load_factor" = [0.5, 0.8]\n"fab.tool_groups.litho.tools" = [2, 3]\n'
        '"warmup" = ["1 d", "2 d"]\n"horizon" = ["20 d", "21 d"]\n'
    )
    plan, table = tmp_path / "plan", tmp_path / "all.h5"
    assert centresim("plan", tmp_path / "sweep.toml", "-o", plan).returncode == DONE
    assert json.loads((plan / "plan.json").read_text())["design"]["levels"] == 4
    assert centresim("run", plan, "-o", table, "--no-progress").returncode == DONE
    effects = cs.SweepResult.open(table).elementary_effects("fab.wip")
    assert effects.index[0] == "fab.load_factor"
    # A plan of an earlier release has no design in it, and opens.
    index = json.loads((plan / "plan.json").read_text())
    del index["design"]
    (plan / "plan.json").write_text(json.dumps(index))
    with pytest.raises(ValueError, match=r"Sweep\.morris"):
        cs.SweepResult.open(plan).elementary_effects("fab.wip")
