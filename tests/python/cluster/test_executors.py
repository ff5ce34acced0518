"""One sweep on pools of threads and processes, on Dask, MPI and submitit: the same bits; workers that die."""

import multiprocessing
import os
import signal
import subprocess
import sys
import threading
import time
import warnings
from collections.abc import Callable
from concurrent.futures import Executor, Future, ProcessPoolExecutor, ThreadPoolExecutor
from pathlib import Path
from typing import Any

import centresim as cs
import pytest
from loads import agree, agrees, loads, needed, needed_program
from sweep_tools import records

RUN = {"replications": 2, "seed": 5, "progress": False}


def spawning(workers: int) -> ProcessPoolExecutor:
    return ProcessPoolExecutor(workers, mp_context=multiprocessing.get_context("spawn"))


@pytest.mark.parametrize("make", [ThreadPoolExecutor, spawning])
def test_pools_give_the_same_bits(
    make: Callable[[int], Executor], sweep: cs.Sweep, reference: Path, tmp_path: Path
) -> None:
    with make(2) as pool:
        agrees(reference, sweep.run(executor=pool, **RUN))
        agrees(reference, sweep.run(executor=pool, folder=tmp_path / "plan", **RUN))
        assert len(list((tmp_path / "plan" / "results").iterdir())) == 1
    again = sweep.run(folder=tmp_path / "plan", executor=Refusing(), **RUN)  # all is there
    agrees(reference, again)
    assert again.result(7).digest() == sweep.run(executor=None, **RUN).result(7).digest()


class Refusing(Executor):
    def submit(self, fn: object, /, *args: object, **kwargs: object) -> Future:  # type: ignore[override]
        raise AssertionError("nothing is left to do")


def test_progress_counts_replications_and_can_stop(sweep: cs.Sweep, tmp_path: Path) -> None:
    seen: list[tuple[float, float]] = []

    def enough(done: float, total: float) -> bool:
        seen.append((done, total))
        return done < 20

    with ThreadPoolExecutor(2) as pool:
        part = sweep.run(executor=pool, folder=tmp_path / "plan", replications=2, seed=5, progress=enough)
    assert part.interrupted
    assert seen[-1][0] >= 20
    assert {total for _, total in seen} == {120.0}
    assert [done for done, _ in seen] == sorted(done for done, _ in seen)
    assert 10 <= len(part.points) < 60


def test_equal_points_are_run_once_and_stand_in_every_row(tmp_path: Path) -> None:
    few = cs.Sweep("mm1").grid({"fab.load_factor": [0.5, "=0.5", 0.6], "horizon": ["30 d"], "warmup": ["2 d"]})
    with ThreadPoolExecutor(2) as pool:
        both = [few.run(executor=pool, folder=folder, **RUN) for folder in (None, tmp_path / "plan")]
    for result in both:
        wip = result.kpi("fab.wip")["mean"].tolist()
        assert wip[0] == wip[1] != wip[2]
    assert both[0].kpi("fab.wip").equals(both[1].kpi("fab.wip"))
    assert len(records(tmp_path / "plan")) == 2


def test_a_point_that_fails_leaves_the_others_alone(tmp_path: Path) -> None:
    mixed = cs.Sweep("mm1").grid({"fab.max_wip": [1, 100_000], "horizon": ["30 d"], "warmup": ["2 d"]})
    with ThreadPoolExecutor(2) as pool:
        for folder in (None, tmp_path / "plan", tmp_path / "plan"):
            with pytest.warns(UserWarning, match="point 0 .*max_wip"):
                result = mixed.run(executor=pool, folder=folder, **RUN)
            assert list(result.failures) == [0]
            assert len(result.points) == 1
        with pytest.warns(UserWarning, match="point 0"):
            mixed.run(executor=pool, folder=tmp_path / "plan", retry=True, **RUN)


def test_what_comes_back_is_checked(tmp_path: Path) -> None:
    """A worker that ran something else: another seed, another point."""

    class OtherSeed(ThreadPoolExecutor):
        def submit(self, fn: Any, job: Any, points: Any) -> Future:  # type: ignore[override]
            return super().submit(fn, job._replace(seed=99), points)

    class OtherPoint(ThreadPoolExecutor):
        def submit(self, fn: Any, job: Any, points: Any) -> Future:  # type: ignore[override]
            done = super().submit(fn, job, points).result()
            mixed: Future = Future()
            mixed.set_result((self.last * len(done[0]) if hasattr(self, "last") else done[0], done[1]))
            self.last = done[0][:1]
            return mixed

    few = cs.Sweep("mm1").grid({"fab.load_factor": [0.5, 0.6, 0.7], "horizon": ["30 d"], "warmup": ["2 d"]})
    for kind, reason, good in ((OtherSeed, "another seed", 0), (OtherPoint, "another point", 1)):
        for folder in (None, tmp_path / kind.__name__):
            with kind(1) as pool, warnings.catch_warnings():
                warnings.simplefilter("ignore")
                result = few.run(executor=pool, folder=folder, **RUN)
            assert len(result.failures) == 3 - good
            assert all(reason in text for text in result.failures.values())
            assert len(result.points) == good
            assert folder is None or len(records(folder)) == good


def test_an_executor_that_is_shut_down_loses_nothing(sweep: cs.Sweep, reference: Path, tmp_path: Path) -> None:
    class ShutDown(ThreadPoolExecutor):
        left = 9

        def submit(self, fn: Any, /, *args: Any, **kwargs: Any) -> Future:
            if self.left == 0:
                raise RuntimeError("cannot schedule new futures after shutdown")
            self.left -= 1
            return super().submit(fn, *args, **kwargs)

    with ShutDown(2) as pool, pytest.warns(UserWarning, match="takes no more work.*after shutdown"):
        part = sweep.run(executor=pool, folder=tmp_path / "plan", **RUN)
    assert part.interrupted
    assert 3 <= len(part.points) < 60
    with ShutDown(2) as pool, warnings.catch_warnings():
        warnings.simplefilter("error")
        with pytest.raises(UserWarning, match="takes no more work") as caught:
            sweep.run(executor=pool, **RUN)
    assert len(caught.value.result.points) >= 3  # type: ignore[attr-defined]
    agrees(reference, sweep.run(folder=tmp_path / "plan", **RUN))


def test_equal_points_fail_alike(tmp_path: Path) -> None:
    values = {"fab.max_wip": [1, "=1", 100_000], "horizon": ["30 d"], "warmup": ["2 d"]}
    for run in range(2):
        for folder in (None, tmp_path / "plan"):
            with ThreadPoolExecutor(2) as pool, warnings.catch_warnings():
                warnings.simplefilter("ignore")
                result = cs.Sweep("mm1").grid(values).run(executor=pool, folder=folder, **RUN)
            assert list(result.failures) == [0, 1], (run, folder)
    assert list(cs.SweepResult.open(tmp_path / "plan").failures) == [0, 1]
    wrong = cs.Sweep("mm1").grid({"fab.load_factor": [0.5], "horizon": ["30 d"], "warmup": ["2 d"]})
    with ThreadPoolExecutor(1) as pool:  # what is wrong with the call is no trait of the point
        with pytest.warns(UserWarning, match="threads"):
            wrong.run(executor=pool, folder=tmp_path / "threads", threads=2000, **RUN)
        assert not wrong.run(executor=pool, folder=tmp_path / "threads", **RUN).failures


def broken_work(*args: object, **kwargs: object) -> object:
    raise OSError("no network")


def test_a_worker_that_raises_is_told_point_by_point(sweep: cs.Sweep) -> None:
    class Broken(ThreadPoolExecutor):
        def submit(self, fn: object, /, *args: object, **kwargs: object) -> Future:  # type: ignore[override]
            return super().submit(broken_work)

    with Broken(2) as pool, warnings.catch_warnings():
        warnings.simplefilter("ignore")
        result = sweep.run(executor=pool, **RUN)
    assert len(result.failures) == 60
    assert set(result.failures.values()) == {"OSError: no network"}


def test_a_worker_of_another_release_is_refused(monkeypatch: pytest.MonkeyPatch, sweep: cs.Sweep) -> None:
    from centresim import _executors

    job = _executors.make_job(b"{}", 2, 1, 0)
    monkeypatch.setattr(_executors, "release", lambda: "centresim 99")
    with pytest.raises(RuntimeError, match=r"the worker has centresim 99, it is asked by centresim \d"):
        _executors.work(job, [])


def test_what_is_no_executor_is_refused(sweep: cs.Sweep) -> None:
    for wrong in (3, "processes", object()):
        with pytest.raises(TypeError, match="executor: must have a method submit"):
            sweep.run(executor=wrong, **RUN)  # type: ignore[arg-type]


def test_a_killed_process_breaks_the_pool_and_loses_nothing(sweep: cs.Sweep, reference: Path, tmp_path: Path) -> None:
    folder = tmp_path / "plan"
    with spawning(2) as pool:
        pool.submit(os.getpid).result()

        def kill_one() -> None:
            while not list(folder.glob("results/*.rec")):
                time.sleep(0.005)
            os.kill(next(iter(pool._processes)), signal.SIGKILL)

        killer = threading.Thread(target=kill_one)
        killer.start()
        with pytest.warns(UserWarning, match="takes no more work.*run again"):
            part = sweep.run(executor=pool, folder=folder, **RUN)
        killer.join()
    assert part.interrupted
    assert 0 < len(part.points) < 60
    with spawning(2) as pool:
        agrees(reference, sweep.run(executor=pool, folder=folder, **RUN))


def test_dask_and_a_worker_that_is_killed(sweep: cs.Sweep, reference: Path, tmp_path: Path) -> None:
    distributed = needed("distributed")
    with (
        warnings.catch_warnings(),
        distributed.LocalCluster(n_workers=2, threads_per_worker=1, processes=True, host="127.0.0.1",
                                 dashboard_address=None, silence_logs=50) as cluster,
        distributed.Client(cluster) as client,
    ):  # fmt: skip
        warnings.simplefilter("ignore")
        agrees(reference, sweep.run(executor=client, **RUN))
        three = cs.Sweep("mm1").grid({**loads(), "fab.load_factor": [0.5, 0.6, 0.62]})
        asked: dict[str, Any] = {"indifference": 0.005, "better": "higher", "seed": 5, "progress": False}
        there = three.select("fab.cycle_time", executor=client, **asked)
        assert there.table.equals(three.select("fab.cycle_time", **asked).table)
        pids = list(client.run(os.getpid).values())
        folder = tmp_path / "plan"

        def kill_one() -> None:
            while not list(folder.glob("results/*.rec")):
                time.sleep(0.005)
            os.kill(pids[0], signal.SIGKILL)

        killer = threading.Thread(target=kill_one)
        killer.start()
        result = sweep.run(executor=client.get_executor(), folder=folder, **RUN)
        killer.join()
        assert not result.failures
        agrees(reference, result)


def test_submitit_on_this_machine(reference: Path, tmp_path: Path) -> None:
    submitit = needed("submitit")
    executor = submitit.LocalExecutor(folder=tmp_path / "jobs")
    executor.update_parameters(timeout_min=5)
    few = cs.Sweep("mm1").grid({**loads(), "fab.load_factor": loads()["fab.load_factor"][:3]})
    result = few.run(executor=executor, **RUN)
    whole = cs.SweepResult.open(reference)
    assert result.kpi("fab.wip")["mean"].tolist() == whole.kpi("fab.wip")["mean"].tolist()[:3]


def test_mpi(reference: Path, tmp_path: Path) -> None:
    needed("mpi4py")
    mpirun = needed_program("mpirun")
    env = {**os.environ, "OMPI_ALLOW_RUN_AS_ROOT": "1", "OMPI_ALLOW_RUN_AS_ROOT_CONFIRM": "1",
           "OMPI_MCA_rmaps_base_oversubscribe": "1", "OMPI_MCA_btl": "self,vader,tcp",
           "OMPI_MCA_btl_tcp_if_include": "lo", "OMPI_MCA_oob_tcp_if_include": "lo"}  # fmt: skip
    script = Path(__file__).with_name("sweep_on_mpi.py")
    done = subprocess.run([mpirun, "-n", "3", sys.executable, "-m", "mpi4py.futures", script, tmp_path / "mpi.h5"],
                          env=env, capture_output=True, text=True, timeout=200, check=False)  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert done.stdout == "2 workers\n"
    agree(reference, tmp_path / "mpi.h5")
