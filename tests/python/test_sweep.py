"""cs.Sweep: points in Python, in memory and in a folder."""

import warnings
from pathlib import Path

import centresim as cs
import numpy as np
import pytest
import xarray as xr

LOADS = {"fab.load_factor": [0.5, 0.7]}


@pytest.fixture(scope="module")
def small(scenario: cs.Scenario) -> cs.Scenario:
    return scenario.with_({"horizon": "20 d", "warmup": "2 d", "report_every": "5 d"})


@pytest.fixture(scope="module")
def swept(small: cs.Scenario) -> cs.SweepResult:
    grid = {**LOADS, "fab.tool_groups.litho.tools": [2, "+1"]}
    return cs.Sweep(small).grid(grid).run(replications=5, seed=3, threads=2, progress=False)


def test_a_table_has_a_row_a_point(swept: cs.SweepResult, small: cs.Scenario) -> None:
    assert len(swept) == 4
    assert (swept.seed, swept.replications, swept.interrupted, swept.failures) == (3, 5, False, {})
    table = swept.kpi("fab.cycle_time", product="A")
    assert list(table.columns) == ["fab.load_factor", "fab.tool_groups.litho.tools", "mean", "half_width", "low",
                                   "high", "sd", "n"]  # fmt: skip
    assert table["fab.load_factor"].tolist() == [0.5, 0.5, 0.7, 0.7]
    assert table.attrs == {"kpi": "fab.cycle_time[product=A, kind=regular]", "unit": "d"}
    for i, point in enumerate(({}, {"fab.tool_groups.litho.tools": 3}, LOADS, None)):
        if point is None:
            continue
        values = {"fab.load_factor": 0.7 if i > 1 else 0.5} | {k: v for k, v in point.items() if k not in LOADS}
        alone = small.with_(values).run(replications=5, seed=3, progress=False)
        assert swept.result(i) == alone
        assert swept.result(i).digest() == alone.digest()
        estimate = alone.kpi("fab.cycle_time", product="A")
        assert table.loc[i, "mean"] == estimate.mean
        assert table.loc[i, "half_width"] == pytest.approx(estimate.half_width, rel=1e-12)
    assert swept.points["hash"].tolist() == [swept.result(i).attributes["scenario_hash"] for i in swept]


def test_differences_are_paired(swept: cs.SweepResult) -> None:
    """The mean and Student interval of the differences replication by replication, computed here by hand."""
    from_tree = [np.asarray(swept.result(i).to_xarray()["values"].sel(kpi="fab.wip")) for i in (0, 2)]
    by_hand = from_tree[1] - from_tree[0]
    row = swept.difference("fab.wip").loc[2]
    assert row["mean"] == pytest.approx(by_hand.mean())
    # The 97.5 % point of Student's law with 4 degrees of freedom.
    assert row["half_width"] == pytest.approx(2.7764451 * by_hand.std(ddof=1) / np.sqrt(5))
    assert swept.difference("fab.wip").loc[0, ["mean", "half_width"]].tolist() == [0, 0]
    to = swept.difference("fab.wip", to={"fab.load_factor": 0.7, "fab.tool_groups.litho.tools": "+1"})
    assert to.equals(swept.difference("fab.wip", to=3))
    # The number 2 stands as text beside "+1".
    to = swept.difference("fab.wip", to={"fab.load_factor": 0.7, "fab.tool_groups.litho.tools": 2})
    assert to.equals(swept.difference("fab.wip", to=2))
    unpaired = swept.kpi("fab.wip").loc[[0, 2], "half_width"]
    assert row["half_width"] < np.hypot(*unpaired)  # what common random numbers are for


def test_questions_without_an_answer(swept: cs.SweepResult) -> None:
    for ask, words in (
        (lambda: swept.kpi("fab.wipp"), "did you mean 'fab.wip'"),
        (lambda: swept.kpi("fab.wip", product="Z"), "matches no row"),
        (lambda: swept.kpi("fab.utilisation"), "means several rows"),
        (lambda: swept.difference("fab.wip", to=9), "point 9 is not among"),
        (lambda: swept.difference("fab.wip", to={"fab.load": 1}), "none of the paths"),
        (lambda: swept.difference("fab.wip", to={"fab.load_factor": 0.7}), "2 finished points"),
        (lambda: swept.result(9), "no result of point 9"),
    ):
        with pytest.raises(LookupError, match=words):
            ask()
    with pytest.raises(TypeError):
        swept.kpi(3)  # type: ignore[arg-type]


def test_the_dataset_is_that_of_the_file(swept: cs.SweepResult, tmp_path: Path) -> None:
    swept.save(tmp_path / "all.h5")
    with xr.open_dataset(tmp_path / "all.h5") as data:
        xr.testing.assert_equal(data, swept.dataset)
        assert set(data.coords) == set(swept.to_xarray().coords)
    again = cs.SweepResult.open(tmp_path / "all.h5")
    assert again.kpi("fab.wip").equals(swept.kpi("fab.wip"))
    assert again.points.equals(swept.points)
    with pytest.raises(LookupError, match="no results of single points"):
        again.result(0)
    with pytest.raises(cs.IoError, match="key figures of a plan"):
        cs.open(tmp_path / "all.h5")
    swept.result(0).save(tmp_path / "one.h5")
    with pytest.raises(cs.IoError, match="result of one run"):
        cs.SweepResult.open(tmp_path / "one.h5")


def test_a_folder_is_gone_on_with(small: cs.Scenario, swept: cs.SweepResult, tmp_path: Path) -> None:
    folder = tmp_path / "plan"
    assert cs.Sweep(small).grid(LOADS).plan(folder, replications=5, seed=3) == folder
    one = cs.Sweep(small).grid(LOADS).run(replications=5, seed=3, folder=folder, progress=False)
    times = {p: p.stat().st_mtime_ns for p in (folder / "results").iterdir()}
    assert len(times) == 1
    more = cs.Sweep(small).grid({"fab.load_factor": [0.4, 0.5, 0.7]})
    three = more.run(replications=5, seed=3, folder=folder, progress=False)
    assert {p: p.stat().st_mtime_ns for p in times} == times
    assert three.kpi("fab.wip")["mean"].tolist()[1:] == one.kpi("fab.wip")["mean"].tolist()
    assert one.result(1) == swept.result(2)
    assert cs.SweepResult.open(folder).kpi("fab.wip").equals(three.kpi("fab.wip"))
    with pytest.raises(cs.InputError, match="another plan"):
        more.run(replications=5, seed=4, folder=folder, progress=False)


def test_a_file_is_read(scenario: cs.Scenario, tmp_path: Path) -> None:
    scenario.save(tmp_path / "line.toml")
    (tmp_path / "s.toml").write_text(
        'scenario = "line.toml"\nreplications = 2\nseed = 9\n[grid]\n"horizon" = ["20 d", "30 d"]\n', encoding="utf-8"
    )
    sweep = cs.Sweep.read(tmp_path / "s.toml")
    assert sweep.to_pandas()["horizon"].tolist() == ["20 d", "30 d"]
    result = sweep.run(progress=False)
    assert (result.replications, result.seed) == (2, 9)
    assert str(result.result(1).scenario.horizon) == "30 d"
    (tmp_path / "s.toml").write_text('scenario = "mm1"\n[grid]\n"horizon" = 3\n', encoding="utf-8")
    with pytest.raises(cs.InputError, match=r"s\.toml:3: grid\.horizon"):
        cs.Sweep.read(tmp_path / "s.toml")


def test_the_scenario_of_a_file_lies_beside_it(
    small: cs.Scenario, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As on the command line: a file of the same name in the working directory is another."""
    (tmp_path / "here").mkdir()
    (tmp_path / "there").mkdir()
    monkeypatch.chdir(tmp_path / "here")
    for name in ("line.toml", "line"):
        small.save(tmp_path / "here" / "line.toml")
        (tmp_path / "here" / "line").write_bytes((tmp_path / "here" / "line.toml").read_bytes())
        file = tmp_path / "there" / "s.toml"
        file.write_text(f'# of\n\nscenario = "{name}"\n[grid]\n"horizon" = ["20 d"]\n', encoding="utf-8")
        with pytest.raises((cs.InputError, cs.IoError)) as fault:
            cs.Sweep.read(file)
        assert f"{file}:3" in "".join([str(fault.value), *getattr(fault.value, "__notes__", [])])
    (tmp_path / "there" / "s.json").write_text(
        '{"replications": 2,\n "grid": {"horizon": ["20 d"]}, "scenario": "line"}', encoding="utf-8"
    )
    with pytest.raises(cs.InputError, match=r"s\.json:2: scenario: line: is neither"):
        cs.Sweep.read(tmp_path / "there" / "s.json")
    small.with_({"name": "beside"}).save(tmp_path / "there" / "line.toml")
    file.write_text('scenario = "line.toml"\n[grid]\n"horizon" = ["20 d"]\n', encoding="utf-8")
    assert cs.Sweep.read(file).base.name == "beside"
    small.with_({"name": "of a result"}).run(replications=1, progress=False).save(tmp_path / "there" / "r.h5")
    file.write_text('scenario = "r.h5"\n[grid]\n"horizon" = ["20 d"]\n', encoding="utf-8")
    assert cs.Sweep.read(file).base.name == "of a result"


def test_names_with_blanks_of_all_kinds(small: cs.Scenario, tmp_path: Path) -> None:
    blanks = "a\u00a0b\u2003c\u3000d\u0085e f"
    text = small.to_toml().replace("litho", blanks)
    (tmp_path / "s.toml").write_text(text, encoding="utf-8")
    path = f'fab.tool_groups."{blanks}".tools'
    result = cs.Sweep(tmp_path / "s.toml").grid({path: [2, 3]}).run(replications=1, progress=False)
    result.save(tmp_path / "all.h5")
    again = cs.SweepResult.open(tmp_path / "all.h5")
    assert again.points[path].tolist() == [2, 3]
    assert again.points.equals(result.points)
    assert not any(blank in str(name) for name in again.dataset.coords for blank in blanks if not blank.isalpha())


def test_drawn_points(small: cs.Scenario) -> None:
    ranges = {
        "fab.load_factor": (0.4, 0.8),
        "fab.tool_groups.litho.tools": (2, 4),
        "fab.tool_groups.etch.tools": (1, 2),
    }
    for sweep in (cs.Sweep(small).latin_hypercube(ranges, points=8), cs.Sweep(small).sobol(ranges, points=8)):
        table = sweep.to_pandas()
        assert sorted(((table["fab.load_factor"] - 0.4) / 0.4 * 8).astype(int)) == list(range(8))
        assert set(table["fab.tool_groups.litho.tools"]) == {2, 3, 4}
        assert sorted(table["fab.tool_groups.etch.tools"]) == [1, 1, 1, 1, 2, 2, 2, 2]
    other = cs.Sweep(small).latin_hypercube(ranges, points=8, seed=2).to_pandas()
    assert not other.equals(cs.Sweep(small).latin_hypercube(ranges, points=8).to_pandas())


def test_what_makes_no_sense_is_refused(small: cs.Scenario) -> None:
    sweep = cs.Sweep(small)
    for error, make in (
        (ValueError, lambda: sweep.run()),
        (ValueError, lambda: sweep.grid(LOADS).grid(LOADS)),
        (cs.InputError, lambda: sweep.grid({})),
        (cs.InputError, lambda: sweep.grid({"fab.load_factor": []})),
        (cs.InputError, lambda: sweep.grid({"fab..x": [1]})),
        (TypeError, lambda: sweep.grid({"fab.load_factor": 0.5})),  # type: ignore[dict-item]
        (TypeError, lambda: sweep.grid({"fab.load_factor": "0.5"})),
        (TypeError, lambda: sweep.grid({"fab.load_factor": [object()]})),
        (cs.InputError, lambda: sweep.points([])),
        (cs.InputError, lambda: sweep.points([{}])),
        (cs.InputError, lambda: sweep.points([{"horizon": "9 d"}, {"horizon": "9 d"}])),
        (cs.InputError, lambda: sweep.latin_hypercube({"x": (1, 0)}, points=3)),
        (cs.InputError, lambda: sweep.latin_hypercube({"x": (0, 1)}, points=0)),
        (cs.InputError, lambda: sweep.grid({"fab.load_fcator": [0.5]}).run()),
        (cs.InputError, lambda: sweep.grid({"fab.load_factor": [0.5, float("nan")]}).run()),
        (cs.InputError, lambda: sweep.grid({"fab.load_factor": [0.5, 99]}).run()),
        (cs.InputError, lambda: sweep.points([{"fab.load_factor": float("nan")}]).run()),
        (cs.InputError, lambda: sweep.grid(LOADS).run(replications=0)),
        (TypeError, lambda: sweep.grid(LOADS).run(seed=1.5)),  # type: ignore[arg-type]
        (TypeError, lambda: sweep.grid(LOADS).run(progress="yes")),  # type: ignore[arg-type]
        (cs.InputError, lambda: sweep.grid(LOADS).run(threads=5000)),
    ):
        with pytest.raises(error):
            make()


def test_a_point_that_fails_is_warned_of(small: cs.Scenario, tmp_path: Path) -> None:
    sweep = cs.Sweep(small).points([{"fab.max_wip": 1}, {"fab.max_wip": 100_000}])
    with pytest.warns(UserWarning, match=r"point 0 \(fab.max_wip = 1\)"):
        result = sweep.run(replications=2, progress=False)
    assert list(result) == [1]
    assert list(result.failures) == [0]
    assert result.kpi("fab.wip").index.tolist() == [1]
    with pytest.raises(LookupError, match="no result of point 0"):
        result.result(0)
    # The others keep their numbers in a file.
    result.save(tmp_path / "some.h5")
    again = cs.SweepResult.open(tmp_path / "some.h5")
    assert list(again) == [1]
    assert again.points.equals(result.points)
    assert again.difference("fab.wip", to=1)["mean"].tolist() == [0]
    with xr.open_dataset(tmp_path / "some.h5") as data:
        assert data["point"].to_numpy().tolist() == [1]
    with pytest.warns(UserWarning, match="point 0"):
        in_folder = sweep.run(replications=2, folder=tmp_path / "plan", progress=False)
    in_folder.save(tmp_path / "other.h5")
    assert list(cs.SweepResult.open(tmp_path / "other.h5")) == list(in_folder) == [1]


def test_warnings_as_errors_keep_the_results(small: cs.Scenario, tmp_path: Path) -> None:
    sweep = cs.Sweep(small).points([{"fab.max_wip": 1}, {"fab.max_wip": 100_000}])
    for folder in (None, tmp_path / "plan"):
        with warnings.catch_warnings():
            warnings.simplefilter("error")
            with pytest.raises(UserWarning, match="point 0") as told:
                sweep.run(replications=2, folder=folder, progress=False)
        assert list(told.value.result) == [1]  # type: ignore[attr-defined]
        assert told.value.result.kpi("fab.wip").index.tolist() == [1]  # type: ignore[attr-defined]


def test_where_all_points_fail_the_reason_is_theirs(small: cs.Scenario) -> None:
    with pytest.warns(UserWarning, match="point 0"):
        result = cs.Sweep(small).points([{"fab.max_wip": 1}]).run(replications=2, progress=False)
    assert len(result) == 0
    with pytest.raises(LookupError, match=r"no point is finished; point 0: the line floods"):
        result.kpi("fab.wip")


def test_stopping_keeps_what_is_finished(small: cs.Scenario, tmp_path: Path) -> None:
    sweep = cs.Sweep(small.with_({"horizon": "2000 d"})).grid({"fab.load_factor": [0.4, 0.5, 0.6, 0.7]})
    seen: list[tuple[float, float]] = []

    def stop_before_the_third(done: float, total: float) -> bool:
        seen.append((done, total))
        return done < 4

    for folder in (None, tmp_path / "plan"):
        result = sweep.run(replications=2, threads=1, progress=stop_before_the_third, folder=folder)
        assert result.interrupted
        assert list(result) == [0, 1]
        assert len(result.kpi("fab.wip")) == 2
    assert all(total == 8 for _, total in seen)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert len(sweep.run(replications=2, folder=tmp_path / "plan", progress=False)) == 4


def test_a_callback_that_raises(small: cs.Scenario) -> None:
    def fail(done: float, total: float) -> None:
        raise RuntimeError("from the callback")

    for threads in (1, 2):
        with pytest.raises(RuntimeError, match="from the callback"):
            cs.Sweep(small).grid(LOADS).run(replications=2, threads=threads, progress=fail)


def test_shown(swept: cs.SweepResult, small: cs.Scenario) -> None:
    assert repr(cs.Sweep(small).grid(LOADS)) == "<centresim.Sweep of 'small': 2 points over fab.load_factor>"
    assert repr(swept) == "<centresim.SweepResult small: 4 points, 5 replications each, seed 3>"
