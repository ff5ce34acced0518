"""Result files of earlier releases, kept in tests/formats, still open and say what they said then."""

import pickle
import subprocess
import sys
from pathlib import Path

import centresim as cs
import pytest
import xarray as xr

FORMATS = Path(__file__).resolve().parents[1] / "formats"
# Noted when the file was written.
FIRST = {
    "fab.cycle_time": (0.07941813237847221, 0.019582645475872767, 0.13925361928107166),
    "fab.throughput": (28.0, 11.058393685100427, 44.94160631489957),
    "fab.wip": (2.2272226851851853, -0.60762502519855, 5.06207039556892),
}
FIRST_DIGEST = "6eed4bac23a1f3f53b869afccfd8964899ef5efb9d00f41d9b307e4df0a3b1fe"


@pytest.fixture(scope="module")
def first() -> cs.Result:
    return cs.open(FORMATS / "results-1.0.h5")


def test_every_kept_file_is_tested():
    assert [path.name for path in sorted(FORMATS.iterdir())] == ["results-1.0.h5"]


def test_the_answers_of_1_0(first):
    for name, numbers in FIRST.items():
        estimate = first.kpi(name)
        assert (estimate.mean, estimate.low, estimate.high) == numbers
        assert estimate.n == 2
    assert (first.seed, first.replications, first.interrupted) == (1, 2, False)
    assert len(first.kpis) == 68
    assert "2 replications, seed 1" in first.summary()


def test_the_observations_of_1_0(first):
    assert first.fab.tool_groups["visits"].to_numpy().tolist() == [[87, 87], [81, 81]]
    assert len(first.fab.lots.to_pandas()) == first.fab.flows["finished"].sum() > 0
    tree = first.to_xarray()
    assert {"fab/tool_groups", "fab/periods", "fab/queue_times", "fab/trace/lots", "fab/trace/tools", "run"} <= {
        node.path.strip("/") for node in tree.subtree
    }
    with xr.open_datatree(FORMATS / "results-1.0.h5") as opened:
        assert opened.attrs["format_version"].tolist() == [1, 0]
        opened.attrs["format_version"] = tree.attrs["format_version"]  # of this release
        assert opened.load().identical(tree)


def test_the_digest_in_the_file_stays_and_digest_is_computed_anew(first):
    """The attribute is of the release that made the file; the method follows the rule of this release, which may differ
    (traces counted once), with the model version that the file names."""
    assert first.attributes["digest"] == FIRST_DIGEST
    assert first.attributes["model_version"] == "fab-1"
    state = first._tree.__getstate__()
    dimensions, variables, attributes = state[""]

    def digest(**changes):
        changed = [(name, changes.get(name, value)) for name, value in attributes]
        tree = cs._core.Tree.__new__(cs._core.Tree)
        tree.__setstate__({**state, "": (dimensions, variables, changed)})
        return tree.digest()

    assert digest() == first.digest() == pickle.loads(pickle.dumps(first)).digest()
    assert digest(digest="other") == first.digest()  # what is stored takes no part
    assert digest(model_version="fab-2") != first.digest()


def test_a_file_of_1_0_saved_again_is_the_same(first, tmp_path):
    first.save(tmp_path / "again.h5")
    again = cs.open(tmp_path / "again.h5")
    assert again == first
    assert again.digest() == first.digest()
    assert again.attributes == first.attributes


def test_the_scenario_of_1_0_can_be_run_again(first):
    again = first.scenario.run(horizon="3 d", replications=1, seed=1, progress=False)
    assert again.scenario.name == first.scenario.name == "tiny"


@pytest.mark.parametrize("arguments", [[], ["--format", "json"], ["--format", "csv"]], ids=["text", "json", "csv"])
def test_the_command_line_shows_a_summary_of_1_0(arguments):
    command = [sys.executable, "-m", "centresim", "summary", FORMATS / "results-1.0.h5", *arguments]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert "fab.cycle_time" in done.stdout
    assert "0.0794" in done.stdout
