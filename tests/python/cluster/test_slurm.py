"""The same sweep through a real Slurm: the job array of a plan, signals, killed tasks, nodes and controllers, Dask."""

import subprocess
import sys
import time
import warnings
import zlib
from pathlib import Path

import centresim as cs
import pytest
from cli_tools import DONE, centresim
from loads import agree, agrees, loads, needed
from slurm_here import Slurm
from sweep_tools import STOPPED, records

pytestmark = pytest.mark.timeout(300)


def planned(folder: Path, sweep: cs.Sweep) -> Path:
    folder.chmod(0o755)
    folder = folder / "a b #1 50% d'"  # of any name
    folder.mkdir()
    return sweep.plan(folder / "plan", replications=2, seed=5)


def submit(cluster: Slurm, plan: Path, program: str, *options: str) -> str:
    return cluster.submit(f"--export=ALL,CENTRESIM={program}", *options, plan / "job.sh")


def collected(plan: Path) -> Path:
    path = plan.with_name("all.h5")
    done = centresim("collect", plan, "-o", path)
    assert done.returncode == DONE, done.stderr
    return path


def until_begun(plan: Path, tasks: set[str], seconds: float = 60) -> None:
    """Until these have finished a point."""
    deadline = time.monotonic() + seconds
    while not tasks <= {record.file.name.split("-")[1] for record in records(plan)}:
        assert time.monotonic() < deadline, [p.read_text() for p in (plan / "log").iterdir()]
        time.sleep(0.02)


def test_the_job_of_a_plan(
    slurm_cluster: Slurm, program: str, sweep: cs.Sweep, reference: Path, tmp_path: Path
) -> None:
    plan = planned(tmp_path, sweep)
    job = submit(slurm_cluster, plan, program)
    tasks = slurm_cluster.wait(job)
    assert [task["ExitCode"] for task in tasks] == ["0:0"] * 60
    assert {task["NumCPUs"] for task in tasks} == {"1"}
    assert len(list((plan / "results").iterdir())) == 60
    assert len(list((plan / "log").iterdir())) == 60
    result = cs.SweepResult.open(plan).result(0)
    assert result.to_xarray()["run"].attrs["threads"] == 1  # as the allocation says
    agree(reference, collected(plan))
    again = submit(slurm_cluster, plan, program, "--array=0-3")
    slurm_cluster.wait(again)
    assert len(records(plan)) == 60


def long_plan(folder: Path) -> Path:
    """Points of some tenths of a second, so that there is something to end."""
    return planned(folder, cs.Sweep("mm1").grid({**loads(), "horizon": ["4000 d"]}))


@pytest.fixture(scope="module")
def long_reference(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("long") / "all.h5"
    cs.Sweep("mm1").grid({**loads(), "horizon": ["4000 d"]}).run(replications=2, seed=5, progress=False).save(path)
    return path


def test_what_is_killed_goes_on_and_ends_with_the_same_file(
    slurm_cluster: Slurm, program: str, long_reference: Path, tmp_path: Path
) -> None:
    plan = long_plan(tmp_path)
    script = plan / "job.sh"
    script.write_text(script.read_text().replace("--of 60", "--of 6").replace("--array=0-59", "--array=0-5"))
    job = submit(slurm_cluster, plan, program)
    until_begun(plan, {"0", "1"})
    slurm_cluster.run("scancel", "--batch", "--signal=USR1", f"{job}_0")  # as before the end of the time
    slurm_cluster.run("scancel", "--batch", "--signal=TERM", f"{job}_1")
    codes = slurm_cluster.exit_codes(job, ["0", "1"])
    assert codes == {"0": "75:0", "1": "75:0"}
    slurm_cluster.run("scancel", "--signal=KILL", "--full", f"{job}_2")
    slurm_cluster.kill_controller()
    slurm_cluster.start_controller()
    slurm_cluster.kill_node(2)  # its tasks are begun again elsewhere, while the first attempts run to their end
    slurm_cluster.start_node(2)
    slurm_cluster.run("scontrol", "update", "nodename=n2", "state=resume", check=False)
    slurm_cluster.wait(job, 200)
    marks = [zlib.decompress(record.body).decode() for record in records(plan, STOPPED)]
    assert {mark.partition(":")[0] for mark in marks} == {"SIGUSR1", "SIGTERM"}
    missing = 60 - len({record.hash for record in records(plan)})  # a controller that forgot may have begun them again
    assert f"{60 - missing} of 60 points finished" in centresim("status", plan).stdout
    again = submit(slurm_cluster, plan, program)
    slurm_cluster.wait(again, 200)
    agree(long_reference, collected(plan))


def test_dask_on_slurm(
    slurm_cluster: Slurm,
    sweep: cs.Sweep,
    reference: Path,
    long_reference: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Workers by dask-jobqueue; one of them is killed by Slurm."""
    distributed = needed("distributed")
    jobqueue = needed("dask_jobqueue")
    for name in ("SLURM_CONF", "PATH"):
        monkeypatch.setenv(name, slurm_cluster.env[name])
    options = {"cores": 1, "processes": 1, "memory": "1GB", "walltime": "00:10:00", "python": sys.executable,
               "interface": None, "log_directory": str(tmp_path), "local_directory": str(tmp_path),
               "scheduler_options": {"host": "127.0.0.1", "dashboard_address": None},
               "worker_extra_args": ["--host", "127.0.0.1"]}  # fmt: skip
    with (
        warnings.catch_warnings(),
        jobqueue.SLURMCluster(**options) as cluster,
        distributed.Client(cluster) as client,
    ):
        warnings.simplefilter("ignore")
        cluster.scale(jobs=3)
        client.wait_for_workers(3, timeout=120)
        agrees(reference, sweep.run(executor=client, replications=2, seed=5, progress=False))
        folder = tmp_path / "plan"
        running = slurm_cluster.run("squeue", "-h", "-t", "R", "-o", "%A").split()
        killer = subprocess.Popen(["sh", "-c", f"sleep 1; scancel {running[0]}"], env=slurm_cluster.env)
        slow = cs.Sweep("mm1").grid({**loads(), "horizon": ["4000 d"]})
        result = slow.run(executor=client, folder=folder, replications=2, seed=5, progress=False)
        assert killer.wait() == 0
        assert running[0] not in slurm_cluster.run("squeue", "-h", "-t", "R", "-o", "%A").split()
        assert not result.failures
        result.save(tmp_path / "dask.h5")
    agree(long_reference, tmp_path / "dask.h5")
