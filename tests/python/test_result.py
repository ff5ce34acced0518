"""Results: key figures, observations as arrays and tables, files, pickling, pictures."""

import copy
import math
import pickle
import warnings

import centresim as cs
import numpy as np
import pandas as pd
import pytest
import xarray as xr
from centresim import _core


@pytest.fixture(scope="module")
def file(result, tmp_path_factory):
    path = tmp_path_factory.mktemp("results") / "small.h5"
    result.save(path)
    return path


def test_a_kpi_is_an_estimate_with_an_interval(result):
    estimate = result.kpi("fab.cycle_time", product="A")
    assert estimate.low < estimate.mean < estimate.high
    assert estimate.n == 4
    assert estimate.unit == "d"
    values = result.to_xarray()["values"].sel(kpi="fab.cycle_time[product=A, kind=regular]").to_numpy()
    assert estimate.mean == pytest.approx(values.mean())
    assert estimate.sd == pytest.approx(values.std(ddof=1))
    assert estimate.half_width == pytest.approx(3.182446305284263 * values.std(ddof=1) / 2)  # t of 3 degrees of freedom
    assert str(estimate).startswith(f"{estimate.mean:.4g} [")


def test_labels_say_which(result):
    assert result.kpi("fab.utilisation", tool_group="litho").mean < 1
    with pytest.raises(LookupError, match="litho"):
        result.kpi("fab.utilisation")
    with pytest.raises(LookupError, match="litho"):
        result.kpi("fab.utilisation", tool_group="lito")
    with pytest.raises(LookupError, match=r"did you mean 'fab\.cycle_time'"):
        result.kpi("fab.cycletime")
    with pytest.raises(TypeError, match=r"text such as 'fab\.cycle_time', not 1"):
        result.kpi(1)


def test_littles_law_against_the_integrated_wip(result):
    counts = result.fab.to_xarray()
    window = counts["window_end"] - counts["window_start"]
    wip = float((counts["wip_integral"] / window).mean())
    assert result.kpi("fab.wip").mean == pytest.approx(wip, rel=1e-12)
    assert wip == pytest.approx(result.kpi("fab.throughput").mean * result.kpi("fab.cycle_time").mean, rel=0.01)


def test_lots_and_times_are_conserved(result):
    counts = result.fab.to_xarray()
    out = counts["lots_finished"] + counts["lots_in_process"] + counts["lots_scrapped"]
    assert (counts["lots_initial"] + counts["lots_released"] == out).all()
    groups = result.fab.tool_groups.to_xarray()
    window = counts["window_end"] - counts["window_start"]
    assert (groups["state_time"].sum("tool_state") == window * groups["tools"]).all()


def test_kpis_as_a_table(result):
    table = result.kpis
    assert {"kpi", "product", "kind", "tool_group", "mean", "low", "high", "n", "unit"} <= set(table.columns)
    row = table[(table.kpi == "fab.utilisation") & (table.tool_group == "etch")].iloc[0]
    assert row["mean"] == result.kpi("fab.utilisation", tool_group="etch").mean


def test_groups_as_tables(result):
    table = result.fab.tool_groups.to_pandas()
    assert isinstance(table, pd.DataFrame)
    assert table.index.names == ["replication", "tool_group"]
    assert len(table) == 4 * 2
    assert table.loc[(0, "litho"), "tools"] == 2
    assert {"state_time_idle", "state_time_down", "visits"} <= set(table.columns)
    assert len(result.fab.lots.to_pandas()) == result.fab.flows["finished"].sum()
    assert result.fab.trace.lots.to_pandas().columns.tolist()[:4] == ["replication_index", "lot", "step", "tool"]
    assert "tool_groups" in dir(result.fab)
    with pytest.raises(AttributeError, match="tool_groups"):
        _ = result.fab.toolgroups
    with pytest.raises(AttributeError, match=r'\["lot_steps"\]'):
        _ = result.fab.lot_steps


def test_a_group_without_variables_names_those_that_have_some(result):
    with pytest.raises(ValueError, match=r"fab/trace has no variables .* fab/trace/lots, fab/trace/tools"):
        result.fab.trace.to_pandas()
    assert not result.fab.trace.to_xarray().data_vars


@pytest.mark.parametrize("again", [copy.copy, copy.deepcopy, lambda value: pickle.loads(pickle.dumps(value))])
def test_groups_can_be_copied_and_pickled(result, again):
    for group in (result.fab, result.fab.tool_groups, result.fab.trace.lots):
        clone = again(group)
        assert type(clone) is type(group)
        assert repr(clone) == repr(group)
        assert clone.to_xarray().identical(group.to_xarray())
    assert again(result.fab).tool_groups.to_xarray().identical(result.fab.tool_groups.to_xarray())
    with pytest.raises(AttributeError, match="_nothing"):
        _ = again(result.fab)._nothing


def test_notebooks_complete_the_names_of_variables(result):
    assert result.fab._ipython_key_completions_() == list(result.fab)
    assert "lot_steps" in result.fab._ipython_key_completions_()


def test_arrays_are_views_that_cannot_be_changed(result):
    values = result._tree.variable("fab/lots", "cycle_time").values
    assert not values.flags.writeable
    assert not values.flags.owndata
    with pytest.raises(ValueError, match="read-only"):
        values[0] = 1


def test_xarray_has_units_and_meanings(result):
    tree = result.to_xarray()
    assert tree["fab/tool_groups/state_time"].attrs["units"] == "ms"
    assert tree["fab/tool_groups"].coords["tool_group"].values.tolist() == ["etch", "litho"]
    assert tree.attrs["seed"] == 1


@pytest.mark.parametrize("engine", [None, "h5netcdf", "netcdf4"])
def test_every_engine_of_xarray_opens_the_file_without_options(result, file, engine):
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        with xr.open_dataset(file, engine=engine) as table:
            np.testing.assert_array_equal(table["mean"], result.to_xarray()["mean"])
        with xr.open_dataset(file, group="fab/tool_groups", engine=engine) as groups:
            xr.testing.assert_equal(groups.load(), result.fab.tool_groups.to_xarray().drop_vars("replication"))
        with xr.open_datatree(file, engine=engine) as tree:
            assert {node.path.strip("/") for node in tree.subtree} == set(result._tree.paths())


@pytest.mark.parametrize("engine", ["h5netcdf", "netcdf4"])
def test_the_tree_in_memory_is_the_tree_of_the_file(result, file, engine):
    with xr.open_datatree(file, engine=engine) as opened:
        assert opened.load().identical(result.to_xarray())


@pytest.mark.parametrize("engine", ["h5netcdf", "netcdf4"])
def test_a_copy_that_xarray_wrote_opens(result, engine, tmp_path):
    result.to_xarray().to_netcdf(tmp_path / "copy.h5", engine=engine)
    again = cs.open(tmp_path / "copy.h5")
    assert again.kpi("fab.cycle_time", product="A") == result.kpi("fab.cycle_time", product="A")
    assert again.digest() == result.digest() == again.attributes["digest"]
    assert again.scenario == result.scenario
    assert again.attributes == result.attributes


def test_attributes_are_those_of_the_file(result, file):
    with xr.open_dataset(file) as table:
        in_file = {name: getattr(value, "tolist", lambda v=value: v)() for name, value in table.attrs.items()}
    assert in_file == result.attributes
    assert result.attributes["filetype"] == "centresim-results"
    assert "Conventions" not in result.fab.to_xarray().attrs


@pytest.mark.parametrize("name", ["seed", "replications", "scenario_json"])
@pytest.mark.parametrize("change", ["missing", "another type"])
def test_a_result_that_lacks_an_attribute_says_which(result, name, change):
    state = result._tree.__getstate__()
    dimensions, variables, attributes = state[""]
    kept = [(key, value) for key, value in attributes if key != name]
    if change != "missing":
        kept.append((name, 1.5))
    tree = _core.Tree.__new__(_core.Tree)
    tree.__setstate__({**state, "": (dimensions, variables, kept)})
    with pytest.raises(LookupError, match=f"not whole.*'{name}'"):
        _ = getattr(cs.Result(tree), name.removesuffix("_json"))


def test_a_file_gives_the_same_object_back(result, file):
    again = cs.open(file)
    assert again == result
    assert again.digest() == result.digest() == again.attributes["digest"]
    assert again.scenario == result.scenario
    assert again.kpi("fab.cycle_time", product="A") == result.kpi("fab.cycle_time", product="A")
    assert again.summary() == result.summary()
    pd.testing.assert_frame_equal(again.kpis, result.kpis)


def test_the_scenario_of_a_result_can_be_run_again(result, scenario):
    assert result.scenario.hash == scenario.hash
    again = result.scenario.run(replications=4, seed=result.seed, trace=["lots", "tools"], progress=False)
    assert again.digest() == result.digest()


def test_pickling(result):
    clone = pickle.loads(pickle.dumps(result))
    assert clone == result
    assert clone.digest() == result.digest()


def test_equality_looks_at_everything_but_the_run(result, scenario):
    same = scenario.run(replications=4, seed=1, threads=1, trace=["lots", "tools"], progress=False)
    assert same == result
    assert same.attributes["seed"] == 1
    assert scenario.run(replications=4, seed=2, progress=False) != result
    assert result != 3


def test_texts(result):
    text = result.summary()
    assert "fab.cycle_time" in text
    assert "95 % interval" in text
    assert repr(text) == str(text)
    assert "tool_group" not in text
    html = result._repr_html_()
    assert "<table>" in html
    assert "fab.cycle_time" in html
    assert "4 replications" in repr(result)


def test_names_are_escaped_in_html(scenario):
    html = scenario.replace(title="<b>&", horizon="20 d").run(replications=2, seed=1, progress=False)._repr_html_()
    assert "&lt;b&gt;&amp;" in html


def test_one_replication_has_no_interval(scenario):
    single = scenario.run(horizon="20 d", replications=1, seed=1, progress=False)
    estimate = single.kpi("fab.cycle_time")
    assert math.isnan(estimate.low)
    assert math.isnan(estimate.high)
    assert str(estimate).endswith("- d")
    assert single == pickle.loads(pickle.dumps(single))  # NaN equals NaN


@pytest.mark.parametrize("kind", ["text", "cut", "missing", "folder", "empty", "foreign"])
def test_files_that_are_no_results_are_refused(file, tmp_path, kind):
    path = tmp_path / "bad.h5"
    if kind == "text":
        path.write_text("hello")
    elif kind == "cut":
        path.write_bytes(file.read_bytes()[:5000])
    elif kind == "folder":
        path.mkdir()
    elif kind == "empty":
        path.touch()
    elif kind == "foreign":
        xr.Dataset({"a": ("x", [1.0])}).to_netcdf(path, engine="h5netcdf")
    with pytest.raises(cs.IoError, match=r"bad\.h5"):
        cs.open(path)


def test_saving_where_nothing_can_be_saved(result, tmp_path):
    with pytest.raises(cs.IoError, match="nowhere"):
        result.save(tmp_path / "nowhere" / "x.h5")
    assert not list(tmp_path.iterdir())


def test_saving_over_a_file_that_xarray_holds_open(result, tmp_path):
    path = tmp_path / "x.h5"
    result.save(path)
    with xr.open_dataset(path) as held:
        result.save(path)
        assert held["mean"].size == len(result.kpis)
    assert cs.open(path) == result
    assert [p.name for p in tmp_path.iterdir()] == ["x.h5"]


class TestPictures:
    @pytest.fixture(autouse=True)
    def _no_window(self):
        import matplotlib as mpl

        mpl.use("Agg")
        yield
        import matplotlib.pyplot as plt

        plt.close("all")

    def test_tool_groups(self, result):
        axes = result.plot.tool_groups()
        assert [label.get_text() for label in axes.get_yticklabels()] == ["etch", "litho"]  # the busiest first
        assert "available" in axes.get_xlabel()  # says by what the bars are sorted
        widths = sum(bar.get_width() for bar in axes.patches if bar.get_y() < 0.5)
        assert widths == pytest.approx(1)

    def test_cycle_time(self, result):
        axes = result.plot.cycle_time()
        assert [label.get_text() for label in axes.get_yticklabels()] == ["A regular"]

    def test_wip(self, result, scenario):
        axes = result.plot.wip()
        drawn = axes.lines[0].get_ydata()
        assert len(drawn) == 5
        assert drawn.mean() == pytest.approx(result.kpi("fab.wip").mean, rel=1e-9)
        plain = scenario.replace(report_every=None, horizon="20 d").run(replications=2, seed=1, progress=False)
        with pytest.raises(ValueError, match="report_every"):
            plain.plot.wip()

    def test_axes_may_be_given(self, result):
        import matplotlib.pyplot as plt

        axes = plt.subplots()[1]
        assert result.plot.cycle_time(ax=axes) is axes
