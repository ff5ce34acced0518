"""Results of a compute farm in Python: observations, pictures, traces."""

from functools import cache

import centresim as cs
import matplotlib as mpl
import pytest
from centresim import design

mpl.use("Agg")


@cache
def result() -> cs.Result:
    """Office hours: tokens of `sim` are used by day, those of `gui` hardly ever."""
    farm = design.Floor(
        node_classes=[design.NodeClass("node", cores=11, memory=64)],
        features=[design.Feature("gui", tokens=4), design.Feature("sim", tokens=2)],
        profiles=[design.Profile("office", rates=[0.0] * 9 + [1.0] * 8 + [0.0] * 7)],
        streams=[
            design.JobStream("day", every="30 min", profile="office", run="20 min", tokens=["sim"]),
            design.JobStream("click", every="6 h", run="1 min", tokens=["gui"]),
            design.JobStream("bulk", every="12 h", jobs=8, run="1 h", cores=4),
        ],
        policy=design.Policy(blocking="shape"),
    )
    scenario = cs.Scenario(design=farm, start="2028-01-03", horizon="28 d", warmup="7 d")
    return scenario.run(replications=2, seed=1, progress=False)


@pytest.fixture(autouse=True)
def closed_figures() -> object:
    import matplotlib.pyplot as plt

    yield
    plt.close("all")


def test_observations_have_the_hours_of_the_week() -> None:
    features = result().design.features.to_xarray()
    assert list(features["feature"].values) == ["gui", "sim"]
    used = features["used_by_hour"].sel(feature="sim").sum("replication").to_numpy().reshape(7, 24)
    assert used[:, 9:17].sum() > 0.9 * used.sum() > 0
    assert used[:, :9].sum() == 0
    window = int(result().design["window_end"][0] - result().design["window_start"][0])
    assert features["share_by_hour"].sel(feature="sim").isel(replication=0).sum().item() == window


def test_licences_shows_the_pool_that_is_used_up() -> None:
    axes = result().plot.licences()
    assert axes.get_title().startswith("sim: ")
    assert "of 2 tokens" in axes.get_title()
    (image,) = axes.get_images()
    shown = image.get_array()
    assert shown is not None
    assert shown.shape == (7, 24)
    assert image.get_clim() == (0, 2)
    share = result().kpi("design.licence_utilisation", feature="sim").mean
    assert shown.mean() / 2 == pytest.approx(share, rel=1e-6)
    assert shown[:, 9:17].min() > shown[:, :9].max()
    (dots,) = axes.get_lines()
    assert set(dots.get_xdata()) <= {hour + 0.5 for hour in range(9, 19)}
    assert f"p95 {result().kpi('design.licence_utilisation_p95', feature='sim').mean:.0%}" in axes.get_title()


def test_licences_of_a_feature() -> None:
    import matplotlib.pyplot as plt

    axes = plt.subplots()[1]
    assert result().plot.licences("gui", ax=axes) is axes
    assert axes.get_title().startswith("gui: ")
    with pytest.raises(ValueError, match="no licence feature 'vcs'; it has gui, sim"):
        result().plot.licences("vcs")


def test_waits_by_kind() -> None:
    axes = result().plot.waits()
    assert axes.get_xscale() == "log"
    lines = {line.get_label(): line for line in axes.get_lines()}
    assert set(lines) == {"day", "click", "bulk"}
    assert list(lines)[-1] == "bulk"  # the longest mean wait
    for line in lines.values():
        share = line.get_ydata()
        assert (share[1:] >= share[:-1]).all()
        assert share[-1] == pytest.approx(1)
    # Eight jobs of 4 cores and an hour on 8 of the cores: two of eight wait for nothing, the last two for three hours.
    seconds, share = lines["bulk"].get_data()
    assert share[seconds < 3000].max() == pytest.approx(0.25, abs=0.01)
    assert share[seconds < 10_000].max() == pytest.approx(0.75, abs=0.01)
    assert [label.get_text() for label in axes.get_xticklabels()][:3] == ["1 s", "1 min", "1 h"]


def test_pictures_of_the_other_room_say_what_is_missing() -> None:
    with pytest.raises(ValueError, match=r"no fab\.cycle_time"):
        result().plot.cycle_time()
    with pytest.raises(AttributeError, match="no design floor"):
        cs.load("mm1").run(horizon="20 d", warmup="1 d", replications=2, seed=1, progress=False).plot.waits()
    plain = design.Floor(node_classes=[design.NodeClass("node")], jobs=[design.Job("a", run="1 h")])
    without = cs.Scenario(design=plain, horizon="1 d").run(replications=1, seed=1, progress=False)
    with pytest.raises(ValueError, match="no licence features"):
        without.plot.licences()
