"""Scenarios: overrides by path, files, built-in ones, checks."""

import datetime as dt
import json
from pathlib import Path

import centresim as cs
import jsonschema
import numpy as np
import pytest
from centresim import _core, fab


def issues(call, *args, **kwargs):
    with pytest.raises(cs.InputError) as caught:
        call(*args, **kwargs)
    return caught.value.issues


def test_overrides_by_name_wildcard_and_relative_change(scenario):
    changed = scenario.with_(
        {
            "horizon": "100 d",
            "fab.tool_groups.*.tools": "+1",
            "fab.tool_groups.litho.breakdowns[0].mttf": "*2",
            "fab.routes.r.steps.expose.time": cs.uniform("45 min", "5 min"),
            "fab.load_factor": 0.5,
        }
    )
    assert type(changed) is cs.Scenario
    assert [group.tools for group in changed.fab.tool_groups] == [3, 2]
    assert changed.fab.tool_groups[0].breakdowns[0].mttf == cs.exponential("14 d")
    assert changed.fab.routes[0].steps[0].time == cs.uniform("45 min", "5 min")
    assert changed.horizon == cs.Duration("100 d")
    assert scenario.fab.tool_groups[0].tools == 2  # the first one stays as it was


@pytest.mark.parametrize("value", [cs.Duration("-3 d"), dt.timedelta(days=-3), "=-3 d", -3])
def test_a_value_with_a_sign_is_no_change_unless_it_is_text(scenario, value):
    lot = fab.Lot("l", "A", due="2 d")
    planned = scenario.with_({"fab.lots": [lot]})
    assert planned.with_({"fab.lots.l.due": value}).fab.lots[0].due == cs.Duration("-3 d")
    assert planned.with_({"fab.lots.l.due": "-3 d"}).fab.lots[0].due == cs.Duration("-1 d")


@pytest.mark.parametrize("path", [1, None, b"horizon", ("horizon",)])
def test_paths_are_text(scenario, path):
    with pytest.raises(TypeError, match="paths must be text"):
        scenario.with_({path: 2})
    with pytest.raises(ValueError, match="half a character"):
        scenario.with_({"\ud800": 2})


@pytest.mark.parametrize("start", [dt.date(2027, 3, 1), np.datetime64("2027-03-01"), "2027-03-01"])
def test_the_start_may_be_a_date(scenario, start):
    assert scenario.replace(start=start).start == "2027-03-01"
    assert scenario.with_({"start": start}).start == "2027-03-01"
    with pytest.raises(TypeError, match="datetime"):
        scenario.replace(start=dt.datetime(2027, 3, 1, 12))


def test_overrides_take_whole_values(scenario):
    changed = scenario.with_({"fab.tool_groups.etch": fab.ToolGroup("etch", tools=7)})
    assert changed.fab.tool_groups[1].tools == 7
    assert scenario.with_({"fab": scenario.fab.replace(load_factor=2)}).fab.load_factor == 2


@pytest.mark.parametrize(
    ("path", "value", "says"),
    [
        ("fab.tool_groups.lito.tools", 3, "litho"),
        ("fab.tool_groups.litho.tool", 3, "tools"),
        ("fab.tool_groups.nothing*.tools", 3, "nothing"),
        ("horizn", "3 d", "horizon"),
        ("fab.tool_groups.litho.tools", "-5", "tools"),
        ("fab.tool_groups.litho.name", "+1", ""),
        ("warmup", "61 d", "warmup"),
        ("", 3, ""),
        ("fab..tools", 3, ""),
        ("fab.tool_groups[7].tools", 3, ""),
        ("fab.routes.r.steps.expose.tool_group", "nowhere", "nowhere"),
    ],
)
def test_wrong_overrides_are_refused_with_a_hint(scenario, path, value, says):
    found = issues(scenario.with_, {path: value})
    assert any(says in f"{fault.path} {fault.value} {fault.rule}" for fault in found)


def test_replace_and_with_agree(scenario):
    assert scenario.replace(horizon="90 d") == scenario.with_({"horizon": "90 d"})
    assert type(scenario.replace(horizon="90 d")) is cs.Scenario


@pytest.mark.parametrize("name", ["small.toml", "small.json"])
def test_files_give_the_same_scenario_back(scenario, tmp_path, name):
    scenario.save(tmp_path / name)
    assert cs.load(tmp_path / name) == scenario
    assert cs.load(str(tmp_path / name)).hash == scenario.hash


def test_text_forms(scenario):
    assert cs.Scenario(**json.loads(scenario.to_json())) == scenario
    assert 'format = "centresim/1"' in scenario.to_toml() or scenario.to_toml().startswith("name")
    assert "[[fab.tool_groups]]" in scenario.to_toml()
    jsonschema.validate(json.loads(scenario.to_json()), _core.json_schema())


def test_hash_ignores_how_a_value_is_written(scenario):
    same = scenario.with_({"fab.routes.r.steps.expose.time": "0.75 h", "fab.tool_groups.etch.tools": 1})
    assert same.hash == scenario.hash
    assert scenario.with_({"fab.tool_groups.etch.tools": 2}).hash != scenario.hash


@pytest.mark.parametrize("name", cs.scenarios())
def test_every_built_in_scenario_loads_and_can_keep_up(name):
    scenario = cs.load(name)
    assert scenario.name == name
    assert scenario.title
    scenario.validate()


def test_built_in_names():
    assert {"eda-farm", "mm1", "pilot-line", "mini-fab", "reentrant-line"} <= set(cs.scenarios())
    with pytest.raises(ValueError, match="did you mean 'pilot-line'"):
        cs.load("pilot-lne")


@pytest.mark.parametrize("name", ["missing.toml", "missing.json", "missing.h5x"])
def test_a_missing_file_is_named(tmp_path, name):
    with pytest.raises((cs.IoError, cs.InputError), match=name.split(".")[0]):
        cs.load(tmp_path / name)


HOSTILE = {
    "empty.toml": b"",
    "junk.toml": bytes(range(256)) * 20,
    "cut.toml": b'format = "centresim/1"\nhorizon = "3',
    "deep.json": b"[" * 100_000,
    "deep.toml": b"a = " + b"[" * 100_000,
    "line.toml": b'format = "centresim/1"\nname = "' + b"x" * 10_000_000 + b'"\nhorizn = 3\n',
    "twice.toml": b"horizon = 3\nhorizon = 4\n",
    "list.json": b"[1, 2]",
    "nan.toml": b'format = "centresim/1"\nhorizon = nan\n',
    "other.toml": b'format = "centresim/9"\n',
    "latin.toml": b'format = "centresim/1"\nname = "caf\xe9"\n',
    "none.json": b'{"format": "centresim/1", "horizon": null, "warmup": "2 x"}',
}


@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_files_are_refused_with_their_name(tmp_path, name):
    path = tmp_path / name
    path.write_bytes(HOSTILE[name])
    with pytest.raises((cs.InputError, cs.IoError)) as caught:
        cs.load(path).run(replications=1, seed=1, progress=False)
    assert len(str(caught.value)) < 3000
    if name not in {"empty.toml"}:  # an empty file is a scenario with nothing in it: the run refuses it
        assert name in str(caught.value)


def test_file_errors_have_lines(tmp_path):
    path = tmp_path / "two.toml"
    path.write_text('format = "centresim/1"\nhorizon = "-3 d"\n\n[[fab.tool_groups]]\nname = "a"\ntools = 0\n')
    found = issues(cs.load, path)
    assert {(Path(f.file).name, f.line) for f in found} >= {("two.toml", 2), ("two.toml", 6)}


def test_a_line_that_cannot_keep_up_is_refused(scenario):
    slow = scenario.with_({"fab.routes.r.steps.etch.time": "60 min"})
    for fault in (issues(slow.validate)[0], issues(slow.run, replications=1, seed=1)[0]):
        assert "etch" in f"{fault.path} {fault.rule}"


def test_static_load_is_a_table(scenario):
    load = scenario.static_load()
    assert load.loc["etch", "load"] == pytest.approx(30 / 50)
    assert load.loc["litho", "load"] == pytest.approx(45 / 50 / 2)
    assert load.loc["litho", "down_share"] == pytest.approx(4 / 172)


def test_sources_of_the_values_are_a_table():
    line = cs.load("pilot-line")
    table = line.sources()
    assert len(table) == len(line.provenance) > 0
    estimates = line.sources(basis="estimate")
    assert 0 < len(estimates) < len(table)
    assert set(estimates.basis) == {"estimate"}


def test_a_part_taken_out_takes_its_sources_with_it():
    floor = cs.load("design-floor")
    stream = floor.design.streams[0].name
    told = [row.path for row in floor.provenance if row.path.startswith("design.streams")]
    assert told
    bare = floor.with_({"design.streams": []})
    assert [row.path for row in bare.provenance] == [row.path for row in floor.provenance if row.path not in told]
    with pytest.raises(cs.InputError, match="names no value that this scenario gives"):  # but a wrong row stays wrong
        floor.with_({"provenance": [{"path": f"design.streams.{stream}.jobz", "basis": "estimate"}]})


def test_it_shows_itself(scenario):
    assert "60 d" in str(scenario)
    assert "2 tool groups" in scenario._repr_html_()
    assert "<script" not in scenario.replace(title="<script>")._repr_html_()


def test_large_lists_go_to_tables_beside_the_file(scenario, tmp_path):
    steps = [fab.Step(f"s{i}", "etch", time="1 min") for i in range(120)]
    long = scenario.with_({"fab.routes.r.steps": steps, "fab.releases.A.every": "1 d"})
    long.save(tmp_path / "long.toml")
    assert list(tmp_path.rglob("*.csv"))
    assert cs.load(tmp_path / "long.toml") == long
