"""`centresim capacity`: the closed-form twin on the command line."""

import csv
import io
import json
from pathlib import Path

import pytest
from cli_tools import DONE, INPUT, centresim, refused


def test_the_table_names_what_limits_the_line(tiny: Path) -> None:
    answer = centresim("capacity", tiny)
    assert answer.returncode == DONE, answer.stderr
    first = answer.stdout.splitlines()[0]
    assert "lots a day;" in first
    assert "is full first" in first
    assert "one more of" in answer.stdout
    assert "one of a kind" not in answer.stdout
    assert "rounded up" in centresim("capacity", tiny, "--start-rate", 3, "--target", 0.7).stdout


def test_json_holds_every_table(tiny: Path) -> None:
    answer = json.loads(centresim("capacity", tiny, "--format", "json").stdout)
    assert answer["format"] == "centresim-capacity/1"
    assert answer["max_starts"] == min(row["max_starts"] for row in answer["groups"] if row["max_starts"] is not None)
    assert answer["groups"][0]["max_starts"] == answer["max_starts"]
    parts = ["process", "load_unload", "setup", "rework", "batching_loss", "cascading_loss", "breakdown", "maintenance"]
    for row in answer["groups"]:
        assert sum(row[part] for part in parts) + row["idle"] == pytest.approx(1)
    assert {row["tool_group"] for row in answer["needs"]} == {row["tool_group"] for row in answer["groups"]}
    assert answer["products"][0]["x_factor"] >= 1
    assert len(answer["sensitivity"]) == len(answer["groups"])


def test_csv_gives_one_table(tiny: Path) -> None:
    for table, column in (
        ("groups", "load"),
        ("products", "cycle_time"),
        ("sensitivity", "cycle_time_change"),
        ("needs", "need"),
    ):
        text = centresim("capacity", tiny, "--format", "csv", "--table", table).stdout
        rows = list(csv.DictReader(io.StringIO(text)))
        assert rows
        assert all(float(row[column]) == float(row[column]) for row in rows)


def test_more_starts_load_more(tiny: Path) -> None:
    def load(*options: object) -> float:
        answer = centresim("capacity", tiny, "--format", "json", *options)
        return float(json.loads(answer.stdout)["groups"][0]["load"])

    assert load("--load-factor", "0.5") == pytest.approx(load("--set", "fab.load_factor=0.5"))
    assert load("--load-factor", "0.5") < load()
    assert load("--load-factor", "*1.1") > load()


def test_an_overloaded_line_is_answered(tiny: Path) -> None:
    answer = centresim("capacity", tiny, "--load-factor", 1000)
    assert answer.returncode == DONE, answer.stderr
    assert "no limit" in answer.stdout
    assert "nan" not in answer.stdout
    assert ",inf" in centresim("capacity", tiny, "--load-factor", 1000, "--format", "csv").stdout
    assert (
        json.loads(centresim("capacity", tiny, "--load-factor", 1000, "--format", "json").stdout)["cycle_time"] is None
    )


ALWAYS_DOWN = """format = "centresim/1"
horizon = "10 d"
[[fab.tool_groups]]
name = "a"
breakdowns = [{ mttf = "1 h", mttr = "1 h" }]
maintenance = [{ name = "m", every = "2 h", duration = "1 h" }]
[[fab.routes]]
name = "r"
steps = [{ name = "s", tool_group = "a", time = "1 min" }]
[[fab.products]]
name = "A"
route = "r"
[[fab.releases]]
product = "A"
every = "1 d"
"""


def test_no_number_of_tools_is_enough(tmp_path: Path) -> None:
    down = tmp_path / "down.toml"
    down.write_text(ALWAYS_DOWN, encoding="utf-8")
    answer = centresim("capacity", down, "--format", "json")
    assert answer.returncode == DONE, answer.stderr
    assert json.loads(answer.stdout)["needs"] is None
    answer = centresim("capacity", down, "--format", "json", "--start-rate", 1)
    assert answer.returncode == 2
    assert "no number of tools is enough" in answer.stderr


@pytest.mark.parametrize(
    ("options", "words"),
    [
        (("--target", "0"), "share above 0"),
        (("--target", "1.5"), "share above 0"),
        (("--target", "nan"), "share above 0"),
        (("--start-rate", "-1"), "number of lots"),
        (("--start-rate", "inf"), "number of lots"),
        (("--load-factor", "0"), "load_factor"),
        (("--load-factor", "nan"), "load_factor"),
        (("--load-factor", ""), "names no"),
        (("--format", "xml"), "xml"),
        (("--table", "tools"), "tools"),
    ],
)
def test_wrong_options_are_refused(tiny: Path, options: tuple[str, str], words: str) -> None:
    refused(centresim("capacity", tiny, *options), INPUT, words)


def test_what_has_no_capacity_is_refused(tiny_farm: Path, tmp_path: Path) -> None:
    refused(centresim("capacity", tiny_farm), INPUT, "no fab")
    empty = tmp_path / "empty.toml"
    empty.write_text('format = "centresim/1"\n', encoding="utf-8")
    refused(centresim("capacity", empty), INPUT, "fab")
