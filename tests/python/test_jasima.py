"""Shop models in jasima's text format through Python."""

import centresim as cs
import pytest

SHOP = """
1 # machine group
2 # routes
1;A
1;B
10
20
1
setup
3
DEF_SETUP x 5 5
A x x 8
B x 4 x
"""
JOBS = "jobs\n3\n1 0 60 1 a\n2 0 60 1 b\n1 0 60 1 c\n"


def test_it_reads_runs_and_ends_when_all_is_done(tmp_path):
    (tmp_path / "shop.txt").write_text(SHOP + JOBS, encoding="utf-8")
    shop = cs.fab.read_jasima(tmp_path / "shop.txt")
    assert shop.name == "shop"
    result = shop.run(replications=1, seed=1, progress=False)
    assert result.fab.to_xarray()["lots_finished"].to_numpy().tolist() == [3]
    # 5 min of setup and 10; 8 and 20; 4 and 10: the lots leave after 15, 43 and 57 min
    kpis = result.kpis[(result.kpis["product"] == "") & (result.kpis["kind"] == "")].set_index("kpi")
    assert kpis.loc["fab.cycle_time", "mean"] * 24 * 60 == pytest.approx((15 + 43 + 57) / 3)
    shop.save(tmp_path / "shop.toml")
    assert cs.load(tmp_path / "shop.toml").hash == shop.hash


def test_all_faults_are_told(tmp_path):
    (tmp_path / "shop.txt").write_text(SHOP.replace("10", "-10").replace("numIn", "") + "jbos\n", encoding="utf-8")
    with pytest.raises(cs.InputError) as caught:
        cs.fab.read_jasima(tmp_path / "shop.txt")
    assert [issue.line for issue in caught.value.issues] == [6, 14]


def test_releases_can_be_added_to_a_shop_without_jobs(tmp_path):
    (tmp_path / "shop.txt").write_text(SHOP, encoding="utf-8")
    shop = cs.fab.read_jasima(tmp_path / "shop.txt")
    assert "no jobs" in shop.description
    stream = cs.fab.Release(product="route_1", name="more", every="200 min", wafers=1)
    fuller = shop.with_({"fab.releases": [stream]})
    result = fuller.run(horizon="10 d", warmup="0 d", replications=1, seed=1, progress=False)
    assert result.fab.to_xarray()["lots_released"].to_numpy().tolist() == [72]
