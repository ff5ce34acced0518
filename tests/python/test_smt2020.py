"""The public testbed through Python, where its data is at hand."""

import os
from pathlib import Path

import centresim as cs
import pytest

SHARED = Path(os.environ.get("CENTRESIM_SHARED") or Path(__file__).resolve().parents[3] / "shared")
HVLM = SHARED / "data" / "smt2020" / "HVLM"


@pytest.fixture(scope="module")
def hvlm():
    if not HVLM.is_dir():
        pytest.skip(f"no data set in {HVLM}: set CENTRESIM_SHARED")
    return cs.fab.read_smt2020(HVLM)


def test_it_reads_runs_and_conserves_lots(hvlm):
    result = hvlm.run(horizon="60 d", warmup="20 d", replications=2, seed=1, threads=2, progress=False)
    counts = result.fab.to_xarray()
    out = counts["lots_finished"] + counts["lots_in_process"] + counts["lots_scrapped"]
    assert (counts["lots_initial"] + counts["lots_released"] == out).all()
    assert (counts["lot_steps"] > 100_000).all()
    assert set(result.kpis.kind) >= {"PRL"}


def test_a_large_scenario_keeps_its_value(hvlm, tmp_path):
    import pickle

    assert pickle.loads(pickle.dumps(hvlm)) == hvlm
    hvlm.save(tmp_path / "hvlm.toml")
    again = cs.load(tmp_path / "hvlm.toml")
    assert again == hvlm
    assert again.hash == hvlm.hash
    more = hvlm.with_({"fab.tool_groups.*.tools": "+1"})
    assert [g.tools for g in more.fab.tool_groups] == [g.tools + 1 for g in hvlm.fab.tool_groups]


def test_a_missing_folder_is_named(tmp_path):
    with pytest.raises((cs.IoError, cs.InputError), match="nowhere"):
        cs.fab.read_smt2020(tmp_path / "nowhere")
