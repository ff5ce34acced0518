"""Files are whole or absent: full disks, read-only folders, interrupted and killed runs; SMT2020 in and out."""

import hashlib
import json
import os
import resource
import signal
import subprocess
import time
from pathlib import Path

import h5py
import pytest
from cli_tools import CTRL_C, DONE, EXE, FILES, INPUT, ROOT, TINY, TINY_FARM, centresim, refused


def test_outputs_are_checked_before_the_run(tiny: Path, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("", encoding="utf-8")
    long_run = ["run", tiny, "--horizon", "30000 d", "--replications", "1000"]
    for options, status, part in (
        (["-o", "no/r.h5"], FILES, "does not exist"),
        (["-o", "."], FILES, "is a folder"),
        (["-o", "file/r.h5"], FILES, "Not a directory"),
        (["-o", "/dev/null"], FILES, "not a regular file"),
        (["--summary", "no/r.json"], FILES, "does not exist"),
        (["-o", "a", "--summary", "a"], INPUT, "two different outputs"),
        (["-o", tiny], INPUT, "is the scenario itself"),
        (["-o", "a.h5", "--trace", "lots=no/lots.csv"], FILES, "does not exist"),
    ):
        start = time.monotonic()
        refused(centresim(*long_run, *options, cwd=tmp_path), status, part)
        assert time.monotonic() - start < 20
    assert [p.name for p in tmp_path.iterdir()] == ["file"]
    assert tiny.read_text(encoding="utf-8") == TINY


def test_a_full_disk_leaves_nothing(tiny: Path, tmp_path: Path) -> None:
    def small_files() -> None:
        resource.setrlimit(resource.RLIMIT_FSIZE, (5000, 5000))

    (tmp_path / "r.h5").write_text("old", encoding="utf-8")
    run = centresim("run", tiny, "-o", tmp_path / "r.h5", preexec_fn=small_files)
    refused(run, FILES, "r.h5", "File too large")
    assert [p.name for p in tmp_path.iterdir()] == ["r.h5"]
    assert (tmp_path / "r.h5").read_text(encoding="utf-8") == "old"


def test_a_full_standard_output_is_noticed(result: Path) -> None:
    with Path("/dev/full").open("w", encoding="utf-8") as full:
        run = subprocess.run([*EXE, "summary", str(result)], stdout=full, stderr=subprocess.PIPE, text=True, timeout=60)
    assert run.returncode == FILES
    assert "No space left" in run.stderr


def test_a_read_only_folder(tiny: Path, tmp_path: Path) -> None:
    if os.geteuid() == 0:
        pytest.skip("root may write anywhere; the C++ tests try as another user")
    tmp_path.chmod(0o555)
    refused(centresim("run", tiny, "-o", tmp_path / "r.h5"), FILES, "Permission denied")


def wait_until_busy(process: subprocess.Popen[str], seconds: float) -> None:
    """Until the process has computed for so long: on a busy machine the clock says little about how far it is."""
    cpu_clock = (~process.pid << 3) | 2  # what clock_getcpuclockid(3) gives on Linux; /proc need not be mounted
    deadline = time.monotonic() + 120
    while time.monotonic() < deadline:
        try:
            if time.clock_gettime(cpu_clock) >= seconds:
                return
        except OSError:
            break
        time.sleep(0.05)
    process.kill()
    process.communicate()
    pytest.fail("the run does not get going")


def start(*args: object) -> subprocess.Popen[str]:
    def heed_signals() -> None:  # a shell starts what runs in the background with Ctrl-C ignored
        signal.signal(signal.SIGINT, signal.SIG_DFL)

    return subprocess.Popen(
        [*EXE, *map(str, args)], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, preexec_fn=heed_signals
    )


def start_long_run(scenario: Path, *options: object) -> subprocess.Popen[str]:
    return start("run", scenario, "--horizon", "3000 d", "--replications", "100000", *options)


def last_words(process: subprocess.Popen[str]) -> str:
    """What an ending process says on standard error; one that does not end is killed."""
    try:
        return process.communicate(timeout=30)[1]
    except subprocess.TimeoutExpired:
        process.kill()
        process.communicate()
        raise


@pytest.mark.parametrize(("number", "status"), [(signal.SIGINT, CTRL_C), (signal.SIGTERM, 128 + signal.SIGTERM)])
def test_an_interrupted_run_keeps_what_is_done(number: signal.Signals, status: int, tiny: Path, tmp_path: Path) -> None:
    process = start_long_run(tiny, "-o", tmp_path / "r.h5", "--summary", tmp_path / "r.json")
    wait_until_busy(process, 3)
    process.send_signal(number)
    process.send_signal(number)  # as timeout(1) does: to the process, and to its group
    start = time.monotonic()
    err = last_words(process)
    assert time.monotonic() - start < 15
    assert process.returncode == status, err
    assert "interrupted: the results rest on the first" in err
    summary = json.loads((tmp_path / "r.json").read_text(encoding="utf-8"))
    assert 1 <= summary["replications"] < 100_000
    with h5py.File(tmp_path / "r.h5") as file:
        assert file["run"].attrs["interrupted"] == 1
        assert file["run"].attrs["replications_asked"] == 100_000
        assert file["fab/events"].shape == (summary["replications"],)


def test_an_interrupted_run_without_a_replication_writes_nothing(tiny: Path, tmp_path: Path) -> None:
    process = start_long_run(tiny, "--set", 'horizon="36000 d"', "--set", "fab.tool_groups.*.tools=1000",
                             "--set", "fab.releases.*.every=exponential(10 s)", "-o", tmp_path / "r.h5")  # fmt: skip
    wait_until_busy(process, 3)
    process.send_signal(signal.SIGINT)
    err = last_words(process)
    assert process.returncode == CTRL_C, err
    assert "nothing is written" in err
    assert not list(tmp_path.iterdir())


def test_an_interrupted_run_keeps_no_half_of_its_jobs(tiny_farm: Path, tmp_path: Path) -> None:
    (tmp_path / "jobs.csv").write_text("of an earlier run", encoding="utf-8")
    process = start_long_run(tiny_farm, "--jobs", tmp_path / "jobs.csv", "--swf", tmp_path / "jobs.swf",
                             "-o", tmp_path / "r.h5")  # fmt: skip
    wait_until_busy(process, 3)
    process.send_signal(signal.SIGINT)
    err = last_words(process)
    assert process.returncode == CTRL_C, err
    assert "jobs.csv is not written: an interrupted run keeps no traces" in err
    assert "jobs.swf is not written" in err
    assert sorted(p.name for p in tmp_path.iterdir()) == ["jobs.csv", "r.h5"]
    assert (tmp_path / "jobs.csv").read_text(encoding="utf-8") == "of an earlier run"


@pytest.mark.parametrize("name", ["jobs.csv", "jobs.swf"])
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_writing_jobs_can_be_interrupted(number: signal.Signals, name: str, tmp_path: Path) -> None:
    (tmp_path / name).write_text("of an earlier run", encoding="utf-8")
    process = start("jobs", "netbatch-month", "-o", tmp_path / name)  # nine million
    wait_until_busy(process, 1)
    process.send_signal(number)
    err = last_words(process)
    assert process.returncode == CTRL_C, err
    assert err.endswith("centresim: interrupted: nothing is written\n")
    assert [p.name for p in tmp_path.iterdir()] == [name]
    assert (tmp_path / name).read_text(encoding="utf-8") == "of an earlier run"


def test_reading_records_can_be_interrupted(tmp_path: Path) -> None:
    rows = "".join(f"{n}|2025-01-01T00:00:00|100|1|COMPLETED\n" for n in range(1, 1_000_001))
    (tmp_path / "records").write_text("JobIDRaw|Submit|ElapsedRaw|AllocCPUS|State\n" + rows, encoding="utf-8")
    process = start("convert", "sacct", tmp_path / "records", "-o", tmp_path / "jobs.csv")
    wait_until_busy(process, 0.5)
    process.send_signal(signal.SIGINT)
    err = last_words(process)
    assert process.returncode in (-signal.SIGINT, CTRL_C), err  # before it writes Ctrl-C ends it at once
    assert "interrupted: nothing is written" in err
    assert [p.name for p in tmp_path.iterdir()] == ["records"]


def test_a_killed_run_leaves_no_half_file(tiny: Path, tmp_path: Path) -> None:
    process = start_long_run(tiny, "-o", tmp_path / "r.h5")
    wait_until_busy(process, 2)
    process.kill()
    process.communicate(timeout=30)
    assert not (tmp_path / "r.h5").exists()


def shared(name: str) -> Path:
    base = Path(os.environ.get("CENTRESIM_SHARED", ROOT.parent / "shared"))
    if not (base / name).exists():
        pytest.skip(f"needs {base / name} (set CENTRESIM_SHARED)")
    return base / name


def test_smt2020_from_its_files_to_a_result(tmp_path: Path) -> None:
    folder = shared("data/smt2020/HVLM")
    hashes = [hashlib.sha256(p.read_bytes()).hexdigest() for p in sorted(folder.iterdir()) if p.is_file()]
    converted = centresim("convert", "smt2020", folder, "-o", tmp_path / "hvlm.toml")
    assert converted.returncode == DONE, converted.stderr
    assert sorted(p.name for p in tmp_path.iterdir()) == ["hvlm.tables", "hvlm.toml"]
    assert centresim("validate", tmp_path / "hvlm.toml").returncode == DONE
    run = centresim("run", tmp_path / "hvlm.toml", "--horizon", "40 d", "--warmup", "10 d", "--replications", 2,
                    "--seed", 1, "-q", "--summary", tmp_path / "hvlm.json")  # fmt: skip
    assert run.returncode == DONE, run.stderr
    kpis = json.loads((tmp_path / "hvlm.json").read_text(encoding="utf-8"))["kpis"]
    assert {"PRL", "PHL", "SHL"} & {k.get("kind") for k in kpis}
    assert hashes == [hashlib.sha256(p.read_bytes()).hexdigest() for p in sorted(folder.iterdir()) if p.is_file()]


def test_smt2020_faults(tmp_path: Path) -> None:
    assert centresim("convert", "smt2020", tmp_path / "nowhere").returncode == FILES
    refused(
        centresim("convert", "smt2020", tmp_path, "-o", tmp_path / "x.toml"), INPUT, "order.txt: the file is missing"
    )
    assert not list(tmp_path.iterdir())


def test_more_threads_than_memory_allows_do_not_end_the_run(tiny: Path) -> None:
    def little_memory() -> None:
        resource.setrlimit(resource.RLIMIT_AS, (1_500_000 * 1024,) * 2)

    run = centresim("run", tiny, "--replications", 1024, "--threads", 1024, "-q", preexec_fn=little_memory)
    assert run.returncode == DONE, run.stderr


def test_a_pipe_is_refused_without_waiting_for_its_reader(tiny: Path, tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    refused(centresim("run", tiny, "-o", tmp_path / "pipe", timeout=30), FILES, "not a regular file")


@pytest.mark.parametrize("name", ["base.toml", "other.JSON", "rows.csv"])
def test_results_do_not_go_over_inputs(name: str, tiny: Path, tmp_path: Path) -> None:
    (tmp_path / name).write_text("precious", encoding="utf-8")
    refused(centresim("run", tiny, "-o", tmp_path / name), INPUT, name, "HDF5")
    assert (tmp_path / name).read_text(encoding="utf-8") == "precious"


def test_jobs_do_not_go_over_inputs(tmp_path: Path) -> None:
    table = "name,submit,run\n1,0,60\n2,10,60\n"
    (tmp_path / "jobs.csv").write_text(table, encoding="utf-8")
    scenario = TINY_FARM.partition("[[design.features]]")[0] + '[design.trace]\nfile = "jobs.csv"\n'
    (tmp_path / "farm.toml").write_text(scenario, encoding="utf-8")
    for command in (
        ["jobs", "farm.toml", "-o", "jobs.csv"],
        ["run", "farm.toml", "--replications", "1", "--jobs", "jobs.csv"],
        ["run", "farm.toml", "--replications", "1", "-o", "x.h5", "--jobs", "./jobs.csv"],
    ):
        refused(centresim(*command, cwd=tmp_path), INPUT, "jobs.csv", "is the trace that the scenario names")
    (tmp_path / "records").write_text("JobID|Submit|Elapsed|AllocCPUS\n", encoding="utf-8")
    refused(centresim("convert", "sacct", "records", "-o", "records", cwd=tmp_path), INPUT, "the records themselves")
    assert (tmp_path / "jobs.csv").read_text(encoding="utf-8") == table
    assert sorted(p.name for p in tmp_path.iterdir()) == ["farm.toml", "jobs.csv", "records"]


@pytest.mark.parametrize(
    "options", [["run", "-o", ""], ["run", "--summary", ""], ["run", "--trace", "lots="], ["show", "-o", ""]]
)
def test_empty_names_of_files_are_refused(options: list[str], tiny: Path) -> None:
    refused(centresim(options[0], tiny, *options[1:]), INPUT, "names no file")


def test_links_are_followed(tiny: Path, tmp_path: Path) -> None:
    for name in ("there.toml", "there.h5"):
        (tmp_path / f"link-{name}").symlink_to(name)
    assert centresim("show", tiny, "-o", tmp_path / "link-there.toml").returncode == DONE
    assert centresim("run", tiny, "-q", "--replications", 1, "-o", tmp_path / "link-there.h5").returncode == DONE
    assert sorted(p.name for p in tmp_path.iterdir() if not p.is_symlink()) == ["there.h5", "there.toml"]
    refused(centresim("run", tiny, "-o", tmp_path / "link-there.h5", "--summary", tmp_path / "there.h5"), INPUT,
            "two different outputs")  # fmt: skip
    (tmp_path / "x.h5").symlink_to("x.h5")
    refused(centresim("run", tiny, "-o", tmp_path / "x.h5"), FILES, "circle")
    assert (tmp_path / "x.h5").is_symlink()


def test_a_folder_does_not_hide_a_built_in_scenario(tmp_path: Path) -> None:
    (tmp_path / "mm1").mkdir()
    assert centresim("validate", "mm1", cwd=tmp_path).returncode == DONE


def test_one_broken_scenario_does_not_hide_the_others(tmp_path: Path) -> None:
    (tmp_path / "good.toml").write_text(TINY.replace('name = "tiny"', 'title = "Fine"'), encoding="utf-8")
    (tmp_path / "broken.toml").write_text("x = = 1", encoding="utf-8")
    run = centresim("list", env={**os.environ, "CENTRESIM_DATA": str(tmp_path)})
    assert run.returncode == DONE, run.stderr
    assert "Fine" in run.stdout
    assert "broken.toml:1" in run.stdout
