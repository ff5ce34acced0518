"""cs.optimise: what it refuses, and that it does so before anything is simulated."""

import math
from typing import Any

import centresim as cs
import pytest
from optimise_tools import LITHO, cost, search


@pytest.mark.parametrize(
    ("changes", "error", "words"),
    [
        # the space
        ({"values": {}}, cs.InputError, "values: {}: names nothing to vary"),
        ({"values": [LITHO]}, TypeError, "values: must be a table"),
        ({"values": {3: (1, 2)}}, TypeError, "a path is a text"),
        ({"values": {LITHO: 3}}, TypeError, f"{LITHO}: takes a range"),
        ({"values": {LITHO: "1"}}, TypeError, f"{LITHO}: takes a range"),
        ({"values": {LITHO: {1, 2}}}, TypeError, f"{LITHO}: takes a range"),
        ({"values": {"fab.lithos": (1, 2)}}, cs.InputError, "fab.lithos: 1.0: a Fab has no field 'lithos'"),
        ({"values": {"fab..x": (1, 2)}}, cs.InputError, "is no path"),
        ({"values": {"fab.tool_groups.euv.tools": [1, 2]}}, cs.InputError, "named 'euv'"),
        ({"values": {LITHO: (1, 2), 'fab.tool_groups."litho".tools': (1, 2)}}, cs.InputError, "is the same path"),
        ({"values": {LITHO: (4, 1)}}, cs.InputError, rf"{LITHO}: \(4, 1\): the lower end comes first"),
        ({"values": {LITHO: (2, 2)}}, cs.InputError, "the lower end comes first"),
        ({"values": {LITHO: (0, 3)}}, cs.InputError, f"{LITHO}: 0: must be from 1 to 100000 tools"),
        ({"values": {LITHO: (1, 2**70)}}, cs.InputError, f"{LITHO}: "),
        ({"values": {LITHO: (1.2, 2.5)}}, cs.InputError, "holds one whole number only, 2"),
        ({"values": {LITHO: (1.2, 1.5)}}, cs.InputError, "holds no whole number"),
        ({"values": {LITHO: (1,)}}, cs.InputError, r"must be \[low, high\]"),
        ({"values": {LITHO: (1, 2, "lin")}}, cs.InputError, 'the third word of a range is "log"'),
        ({"values": {LITHO: (True, 2)}}, cs.InputError, "from one number to another"),
        ({"values": {"fab.load_factor": (0, 1, "log")}}, cs.InputError, "lies above 0"),
        ({"values": {"fab.load_factor": (0.5, math.nan)}}, cs.InputError, "fab.load_factor: .*nan.*finite"),
        ({"values": {"fab.load_factor": (0.5, math.inf)}}, cs.InputError, "finite"),
        ({"values": {"fab.load_factor": (-1.0, 1.0)}}, cs.InputError, "fab.load_factor: -1"),
        ({"values": {"fab.load_factor": ("fifo", "edd")}}, cs.InputError, "choices stand in a list"),
        ({"values": {"warmup": ("1 d", 3)}, "warmup": None}, cs.InputError, "from one span of time to another"),
        ({"values": {"horizon": ("1 d", "5 d")}, "horizon": None}, cs.InputError, "shorter than the horizon"),
        ({"values": {LITHO: []}}, cs.InputError, f"{LITHO}: .*has no choices"),
        ({"values": {LITHO: [2]}}, cs.InputError, f"{LITHO}: .*one choice only"),
        ({"values": {LITHO: [1, 2, 1]}}, cs.InputError, f"{LITHO}: .*has 1 twice"),
        ({"values": {LITHO: [1, 2, 0]}}, cs.InputError, f"{LITHO}: 0: must be from"),
        ({"values": {LITHO: [1, math.nan]}}, cs.InputError, f"{LITHO}: "),
        ({"values": {"fab.tool_groups.litho.rank": [["fifo"], ["edd"]]}}, cs.InputError, '"edd": must be one of'),
        ({"values": {"horizon": ("20 d", "40 d")}}, ValueError, "horizon: is given and searched for"),
        # objectives and limits
        ({"minimise": None}, ValueError, "which figure"),
        ({"minimise": "fab.wip", "maximise": "fab.throughput"}, ValueError, "one of them, or both as lists"),
        ({"minimise": []}, ValueError, "names no figure"),
        ({"minimise": ["fab.wip", "fab.wip"]}, ValueError, "named twice"),
        ({"minimise": "fab.wip[product"}, ValueError, "is no key figure such as"),
        ({"minimise": "fab.wip[wafer_lot]"}, ValueError, "is no key figure such as"),
        ({"minimise": ""}, ValueError, "is no key figure such as"),
        ({"minimise": 3}, TypeError, "takes the name of a key figure"),
        ({"minimise": ("fab.wip", "A")}, TypeError, "takes the name of a key figure"),
        ({"minimise": "fab.wipp"}, LookupError, "did you mean 'fab.wip'"),
        ({"minimise": "fab.utilisation"}, LookupError, "means several rows"),
        ({"minimise": "fab.wip[product=Z]"}, LookupError, "matches no row"),
        ({"minimise": lambda result: "low"}, TypeError, "objective: must give a number, not 'low'"),
        ({"minimise": lambda result: result.kpi("fab.wipp")}, LookupError, "did you mean"),
        ({"subject_to": {"fab.wipp": "<= 1"}}, LookupError, "did you mean 'fab.wip'"),
        ({"subject_to": {"fab.wip": "5"}}, ValueError, "fab.wip: '5': must be '<= number' or '>= number'"),
        ({"subject_to": {"fab.wip": "< 5"}}, ValueError, "must be '<= number'"),
        ({"subject_to": {"fab.wip": "<= 5 d"}}, ValueError, "in the unit of the figure"),
        ({"subject_to": {"fab.wip": "<= nan"}}, ValueError, "must be '<= number'"),
        ({"subject_to": {"fab.wip": "<= 1e999"}}, ValueError, "must be '<= number'"),
        ({"subject_to": {"fab.wip": 5}}, TypeError, "takes a text such as '<= 5'"),
        ({"subject_to": ["fab.wip <= 5"]}, TypeError, "subject_to: must be a table"),
        ({"subject_to": {cost: "<= 5", "cost": "<= 6"}}, ValueError, "named twice"),
        ({"minimise": lambda r: 1, "subject_to": {lambda r: 2: "<= 5"}}, ValueError, "named twice"),
        # counts
        ({"trials": 0}, cs.InputError, "trials: 0: must be from 1 to 100000"),
        ({"trials": -3}, cs.InputError, "trials: -3"),
        ({"trials": 10**9}, cs.InputError, "trials: 1000000000"),
        ({"trials": 2.0}, TypeError, "trials: must be a whole number, not 2.0"),
        ({"trials": True}, TypeError, "trials: must be a whole number, not True"),
        ({"batch": 0}, cs.InputError, "batch: 0"),
        ({"search_seed": -1}, cs.InputError, "search_seed: -1"),
        ({"replications": 0}, cs.InputError, "replications: 0"),
        ({"seed": 1.5}, TypeError, "seed: must be"),
        ({"threads": 5000}, cs.InputError, "threads"),
        ({"progress": "yes"}, TypeError, "progress: must be"),
        ({"base": "mini-fub"}, ValueError, "did you mean 'mini-fab'"),
        ({"warmup": "90 d"}, cs.InputError, "shorter than the horizon"),
        # points to begin with
        ({"start": [{"fab.load": 1}]}, cs.InputError, "start: fab.load: .*names no path that is searched"),
        ({"start": [{}]}, cs.InputError, "start: {}: names no path"),
        ({"start": [3]}, TypeError, "start: takes tables"),
        ({"start": [{LITHO: 4}]}, cs.InputError, f"{LITHO}: 4: is not within the range that is searched: 1 to 3"),
        ({"start": [{LITHO: 1.5}]}, cs.InputError, "is not within the range"),
        ({"start": [{LITHO: math.nan}]}, cs.InputError, "is not within the range"),
        ({"start": [{LITHO: True}]}, cs.InputError, "must be a number within"),
        ({"values": {LITHO: [1, 2]}, "start": [{LITHO: 3}]}, cs.InputError, "is none of the choices: 1, 2"),
        ({"values": {"warmup": ("1 d", "2 d")}, "warmup": None, "start": [{"warmup": "3 d"}]},
         cs.InputError, "3 d: is not within the range that is searched: 1 d to 2 d"),
    ],
)  # fmt: skip
def test_what_makes_no_sense_is_refused(
    changes: dict[str, object], error: type[Exception], words: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    simulated = []
    run_points = cs._core.run_points

    def watched(**how: Any) -> Any:
        done = run_points(**how)
        simulated.append(done)
        return done

    monkeypatch.setattr(cs._core, "run_points", watched)
    with pytest.raises(error, match=words):
        search(**changes)
    # What a function gives is known by its first answer.
    asked = callable(changes.get("minimise")) and error in {TypeError, LookupError}
    assert bool(simulated) == asked


def test_all_faults_of_the_space_are_told() -> None:
    with pytest.raises(cs.InputError) as told:
        search({LITHO: (4, 1), "fab.load_factor": [1], "fab.max_wip": (1, 2, 3)})
    assert [issue.path for issue in told.value.issues] == [LITHO, "fab.load_factor", "fab.max_wip"]
