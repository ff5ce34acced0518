"""Running: threads, progress, Ctrl-C, forks, wrong arguments."""

import datetime as dt
import multiprocessing
import os
import signal
import subprocess
import sys
import textwrap
import threading
import time

import centresim as cs
import numpy as np
import pytest


def test_any_number_of_threads_gives_the_same_bits(scenario):
    digests = {scenario.run(replications=8, seed=3, threads=n, progress=False).digest() for n in (1, 2, 4)}
    assert len(digests) == 1
    assert scenario.run(replications=8, seed=4, progress=False).digest() not in digests


def test_the_order_of_rows_does_not_matter_and_names_do(scenario):
    fab = scenario.fab
    shuffled = scenario.replace(fab=fab.replace(tool_groups=fab.tool_groups[::-1]))
    first, second = (s.run(replications=2, seed=1, progress=False) for s in (scenario, shuffled))
    assert first.digest() == second.digest()


def test_a_seed_is_drawn_and_recorded(scenario):
    short = scenario.replace(horizon="20 d")
    first, second = (short.run(replications=2, progress=False) for _ in range(2))
    assert first.seed != second.seed
    assert 0 <= first.seed < 2**63
    assert short.run(replications=2, seed=first.seed, progress=False) == first


def test_horizon_and_warmup_may_be_given(scenario):
    result = scenario.run(horizon="30 d", warmup="5 d", replications=2, seed=1, progress=False)
    assert result.scenario.horizon == cs.Duration("30 d")
    assert int(result.fab["window_start"][0]) == cs.Duration("5 d").ticks


@pytest.mark.parametrize("value", ["-1 d", "+1 d", " -1 d", "*0", "-10 %"])
@pytest.mark.parametrize("name", ["horizon", "warmup"])
def test_horizon_and_warmup_are_no_changes(scenario, name, value):
    with pytest.raises(cs.InputError, match=name):
        scenario.run(**{name: value}, replications=1, seed=1, progress=False)


@pytest.mark.parametrize("value", [cs.Duration("-1 d"), dt.timedelta(days=-1), -1])
def test_a_warmup_below_zero_is_refused(scenario, value):
    with pytest.raises(cs.InputError, match="warmup"):
        scenario.run(warmup=value, replications=1, seed=1, progress=False)


def test_progress_is_called_and_ends_at_the_total(scenario):
    seen = []
    scenario.run(horizon="3000 d", replications=4, seed=1, progress=lambda done, total: seen.append((done, total)))
    assert seen[-1] == (4, 4)
    assert [done for done, _ in seen] == sorted(done for done, _ in seen)


def test_progress_runs_on_the_calling_thread(scenario):
    threads = set()
    scenario.run(replications=8, seed=1, threads=2, progress=lambda *_: threads.add(threading.get_ident()))
    assert threads == {threading.get_ident()}


def test_a_callback_that_fails_ends_the_run(scenario):
    def fail(done, total):
        raise ZeroDivisionError("mine")

    with pytest.raises(ZeroDivisionError, match="mine"):
        scenario.run(replications=4, seed=1, threads=2, progress=fail)


def test_a_callback_that_says_false_keeps_the_first_replications(scenario):
    stopped = scenario.run(horizon="4000 d", replications=200, seed=1, threads=2, progress=lambda done, total: done < 3)
    assert stopped.interrupted
    assert 1 <= stopped.replications < 200
    whole = scenario.run(horizon="4000 d", replications=stopped.replications, seed=1, progress=False)
    assert stopped.digest() == whole.digest()


@pytest.mark.parametrize("answer", [False, np.False_, 0], ids=["False", "numpy", "0"])
def test_what_is_false_stops_the_run(scenario, answer):
    stopped = scenario.run(horizon="20 d", replications=20_000, seed=1, threads=2, progress=lambda *_: answer)
    assert stopped.interrupted
    assert stopped.replications < 20_000


def test_a_callback_whose_answer_is_neither_true_nor_false_ends_the_run(scenario):
    with pytest.raises(ValueError, match="ambiguous"):
        scenario.run(replications=4, seed=1, progress=lambda *_: np.zeros(2))


def test_a_run_that_is_stopped_before_the_first_replication_says_so(scenario):
    nothing = scenario.run(horizon="30000 d", replications=4, seed=1, progress=lambda *_: False)
    assert (nothing.replications, nothing.interrupted) == (0, True)
    with pytest.raises(LookupError, match="before any replication was done"):
        nothing.kpi("fab.cycle_time")
    assert "0 replications" in nothing.summary()


@pytest.mark.parametrize("progress", [5, "yes", np.ones(2), []])
def test_progress_is_a_yes_a_no_or_a_callable(scenario, progress):
    with pytest.raises(TypeError, match="progress"):
        scenario.run(replications=1, seed=1, progress=progress)


def test_the_bar(scenario, capsys):
    scenario.run(replications=2, seed=1, progress=True)
    assert "replications" in capsys.readouterr().err
    scenario.run(replications=2, seed=1, progress=False)
    scenario.run(replications=2, seed=1)  # nobody is looking
    assert capsys.readouterr() == ("", "")


def test_the_bar_of_a_notebook_without_ipywidgets_does_not_warn():
    code = (
        "import sys, types, centresim._progress as progress\n"
        "kernel = type('ZMQInteractiveShell', (), {'config': {'IPKernelApp': {}}})()\n"
        "sys.modules['IPython'] = types.SimpleNamespace(get_ipython=lambda: kernel)\n"
        "sys.modules['ipykernel.zmqshell'] = kernel\n"
        "sys.modules['ipywidgets'] = None\n"
        "assert progress.wants_bar()\n"
        "bar = progress.Bar('run')\n"
        "bar(1, 2)\n"
        "bar.close()\n"
    )
    # tqdm takes a warning that is an error for a missing notebook, so look for its text.
    done = subprocess.run([sys.executable, "-W", "always", "-c", code], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert "Warning" not in done.stderr
    assert "1.0/2 replications" in done.stderr


@pytest.mark.parametrize(
    ("arguments", "error"),
    [
        ({"replications": 0}, cs.InputError),
        ({"replications": -1}, cs.InputError),
        ({"replications": 10**40}, cs.InputError),
        ({"replications": 10**5000}, cs.InputError),
        ({"replications": 2.5}, TypeError),
        ({"replications": "many"}, TypeError),
        ({"seed": -1}, cs.InputError),
        ({"seed": 2**63}, cs.InputError),
        ({"seed": "x"}, TypeError),
        ({"threads": -1}, cs.InputError),
        ({"threads": 10**9}, cs.InputError),
        ({"threads": 2**31}, cs.InputError),
        ({"trace": ["wafers"]}, ValueError),
        ({"horizon": "0 d"}, ValueError),
        ({"horizon": "1 month"}, ValueError),
        ({"warmup": "90 d"}, ValueError),
        ({"speed": 3}, TypeError),
    ],
)
def test_wrong_arguments_are_refused(scenario, arguments, error):
    with pytest.raises(error):
        scenario.run(**{"seed": 1, "replications": 1, "progress": False, **arguments})


@pytest.mark.parametrize("value", [0, -1, 10**40])
def test_a_number_out_of_range_is_an_issue(scenario, value):
    with pytest.raises(cs.InputError) as caught:
        scenario.run(replications=value, seed=1, progress=False)
    assert [fault.path for fault in caught.value.issues] == ["replications"]


def test_an_empty_scenario_has_nothing_to_run():
    with pytest.raises(cs.InputError, match="fab"):
        cs.Scenario().run(replications=1, seed=1, progress=False)


def test_a_line_that_floods_is_a_model_error(scenario):
    flood = scenario.with_({"fab.max_wip": 5, "fab.releases.A.lots": 2, "fab.releases.A.every": "100 min"})
    with pytest.raises(cs.ModelError, match="more than 5 lots"):
        flood.run(replications=2, seed=1, progress=False)


def test_runs_in_threads_of_python_at_the_same_time(scenario):
    results = {}

    def work(seed):
        results[seed] = scenario.run(replications=4, seed=seed, threads=2, progress=False).digest()

    workers = [threading.Thread(target=work, args=(seed,)) for seed in range(4)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    assert results == {seed: scenario.run(replications=4, seed=seed, progress=False).digest() for seed in range(4)}


LONG = """
    import sys, centresim as cs
    from centresim import fab
    line = fab.Fab(
        tool_groups=[fab.ToolGroup("a")], routes=[fab.Route("r", [fab.Step("s", "a", time="1 min")])],
        products=[fab.Product("A", route="r")], releases=[fab.Release("A", every=cs.exponential("2 min"))])
    scenario = cs.Scenario(fab=line, horizon="{horizon}")
    def tell(done, total):
        print("running", done, flush=True)
    try:
        result = scenario.run(replications=100_000, seed=1, threads=2, progress=tell)
    except KeyboardInterrupt:
        print("KeyboardInterrupt")
    else:
        whole = scenario.run(replications=result.replications, seed=1, progress=False)
        print("interrupted", result.interrupted, result.replications, whole.digest() == result.digest())
"""


def interrupted(horizon, when):
    """The last words of a long run that gets Ctrl-C once `when` replications are done, and how long they took."""
    script = textwrap.dedent(LONG).format(horizon=horizon)
    with subprocess.Popen([sys.executable, "-c", script], stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        for text in process.stdout:
            if text.startswith("running") and float(text.split()[1]) >= when:
                break
        start = time.monotonic()
        process.send_signal(signal.SIGINT)
        words = [text for text in process.stdout if not text.startswith("running")]
        taken = time.monotonic() - start
    assert process.returncode == 0
    return words, taken


def test_ctrl_c_gives_back_what_is_done():
    words, taken = interrupted("20 d", when=10)
    assert words[0].startswith("interrupted True")
    assert words[0].rstrip().endswith("True")
    assert int(words[0].split()[2]) >= 1
    assert taken < 3  # the same replications once more, and the end of the process, included


def test_ctrl_c_in_the_first_replication_returns_to_the_prompt_within_a_second():
    words, taken = interrupted("36000 d", when=0)  # one replication takes many seconds
    assert words == ["KeyboardInterrupt\n"]
    assert taken < 1


@pytest.mark.skipif(not hasattr(os, "fork"), reason="no fork on this system")
def test_a_fork_after_a_run_in_threads_can_run_in_threads(scenario):
    expected = scenario.run(replications=4, seed=1, threads=4, progress=False).digest()
    context = multiprocessing.get_context("fork")
    receive, send = context.Pipe(duplex=False)
    child = context.Process(
        target=lambda: send.send(scenario.run(replications=4, seed=1, threads=4, progress=False).digest())
    )
    child.start()
    assert receive.poll(60), "the child hangs"
    assert receive.recv() == expected
    child.join(10)
    assert scenario.run(replications=4, seed=1, threads=4, progress=False).digest() == expected
