"""Input types as Python values: construction, properties, repr, equality, pickling, errors."""

import copy
import datetime as dt
import importlib
import inspect
import pickle
import re

import centresim as cs
import numpy as np
import pytest
from centresim import _core, design, fab
from hypothesis import given
from hypothesis import strategies as st

ALL_TYPES = sorted(_core._described.values(), key=lambda entry: entry["name"])


def public_class(entry):
    return getattr(importlib.import_module(entry["module"]), entry["name"])


def test_the_small_fab_of_the_documentation(line):
    assert line.tool_groups[0].tools == 2
    assert line.tool_groups[0].breakdowns[0].mttf == cs.exponential("168 h")
    assert line.routes[0].steps[0].time == cs.constant("45 min")
    assert line.routes[0].steps[1].time.mean == cs.Duration("30 min")
    assert line.releases[0].due == cs.Duration("5 d")
    assert line.releases[0].wafers == cs.constant(25)
    assert line.routes[0].steps[0].interval is None


@pytest.mark.parametrize(
    "given_time", ["90 min", "1.5 h", dt.timedelta(minutes=90), cs.Duration("90 min"), 1.5, np.float64(1.5)]
)
def test_a_time_is_text_timedelta_duration_or_a_number_in_the_unit_of_its_field(given_time):
    assert fab.Breakdown(mttf=given_time, mttr="1 h").mttf == cs.exponential("90 min")  # numbers: hours


@pytest.mark.parametrize("count", [3, np.int64(3), np.int8(3), 3.0])
def test_whole_numbers_come_from_python_and_numpy(count):
    assert fab.ToolGroup("a", tools=count).tools == 3


def test_lists_come_from_any_sequence():
    assert fab.ToolGroup("x", rank=np.array(["fifo"])).rank == ("fifo",)
    down = fab.Breakdown(mttf="7 d", mttr="4 h")
    assert fab.ToolGroup("x", breakdowns=(down,)) == fab.ToolGroup("x", breakdowns=[down])


def test_nested_values_may_be_plain_dicts(line):
    assert fab.Fab(**line.to_dict()) == line
    assert fab.ToolGroup("litho", breakdowns=[{"mttf": "7 d", "mttr": "4 h"}]).breakdowns[0].mttr.mean.hours == 4


@pytest.mark.parametrize("entry", ALL_TYPES, ids=lambda e: e["name"])
def test_every_type_is_documented_and_has_its_public_home(entry):
    cls = public_class(entry)
    assert cls.__module__ == entry["module"]
    assert entry["doc"] in cls.__doc__
    signature = inspect.signature(cls)
    assert [*signature.parameters] == [field["python_name"] for field in entry["fields"]]
    for field in entry["fields"]:
        assert field["doc"] in getattr(cls, field["python_name"]).__doc__
        parameter = signature.parameters[field["python_name"]]
        assert (parameter.default is parameter.empty) == field["required"]


def test_values_cannot_be_changed(line):
    with pytest.raises(AttributeError):
        line.tool_groups[0].tools = 5
    with pytest.raises(AttributeError):
        line.tool_groups[0].colour = "red"
    with pytest.raises(TypeError):
        line.tool_groups[0] = None


def test_replace_gives_a_changed_copy(line):
    group = line.tool_groups[0]
    assert group.replace(tools=5).tools == 5
    assert group.replace(tools=5).breakdowns == group.breakdowns
    assert group.tools == 2
    assert group.replace(breakdowns=None).breakdowns == ()
    with pytest.raises(cs.InputError, match="tols"):
        group.replace(tols=5)


def test_views_keep_their_owner_alive():
    def step():
        return fab.Route("r", [fab.Step("a", "g", time="1 min")]).steps[0]

    assert [step().name for _ in range(100)] == ["a"] * 100


def same(value):
    clone = pickle.loads(pickle.dumps(value))
    assert clone == value
    assert hash(clone) == hash(value)
    assert copy.copy(value) == value
    assert copy.deepcopy(value) == value
    assert eval(repr(value), {"fab": fab, "design": design, "cs": cs}) == value
    return clone


def test_repr_pickle_copy_and_hash_of_everything(line, scenario):
    for value in (
        line,
        *line.tool_groups,
        *line.routes,
        *line.products,
        *line.releases,
        line.tool_groups[0].breakdowns[0],
    ):
        same(value)
    assert type(same(scenario)) is cs.Scenario
    for law in (cs.exponential("30 min"), cs.discrete([5, 25], [0.2, 0.8]), cs.constant("45 min"), cs.constant(25)):
        same(law)
    same(cs.Duration("45 min"))
    same(cs.Provenance("fab.tool_groups.*.tools", basis="estimate", source="ours", year=2026))


def test_repr_pickle_copy_and_hash_of_a_compute_farm():
    floor = cs.load("eda-farm").design
    one_of_each = floor.node_classes, floor.features, floor.streams, floor.profiles, floor.drains
    preemption = design.Preemption(kind="checkpoint", every="15 min")
    for value in (
        floor,
        *(values[0] for values in one_of_each),
        design.Policy(order="fairshare", preemption=preemption, memory=design.Memory(tries=1)),
        design.Account("chip", share=2),
        design.Job("a", run="1 h", tokens=["sim:2", "gui:1+1/8"]),
        design.Trace("jobs.swf", gang=True),
    ):
        same(value)


def test_a_field_named_like_a_word_of_python_gets_an_underscore():
    time = fab.SetupTime(from_="a", to="b", time="5 min")
    assert time.from_ == "a"
    assert time.to_dict()["from"] == "a"
    assert time == fab.SetupTime(**time.to_dict())
    same(time)


def test_repr_reads_well():
    step = fab.Step("expose", "litho", time="45 min", sampling=0.5)
    assert repr(step) == "fab.Step('expose', 'litho', time='45 min', sampling=0.5)"
    long = repr(fab.Route("r", [step.replace(name=f"step {i}") for i in range(9)]))
    assert all(len(row) <= 110 for row in long.splitlines())


def test_equality_is_by_value():
    assert fab.ToolGroup("a") == fab.ToolGroup("a", tools=1)
    assert fab.ToolGroup("a") != fab.ToolGroup("b")
    assert fab.ToolGroup("a") != "a"
    assert fab.Step("a", "g", time="60 min") == fab.Step("a", "g", time="1 h")
    assert len({fab.ToolGroup("a"), fab.ToolGroup("a"), fab.ToolGroup("b")}) == 2


def issue(call, *args, **kwargs):
    with pytest.raises(cs.InputError) as caught:
        call(*args, **kwargs)
    return caught.value.issues[0]


def test_errors_say_where_what_and_which_rule():
    fault = issue(fab.ToolGroup, "a", tools=0)
    assert fault.path == "ToolGroup.tools"
    assert fault.value == "0"
    assert "at least 1" in fault.rule or "from 1" in fault.rule
    fault = issue(fab.ToolGroup, "a", breakdowns=[{"mttf": "3 parsecs", "mttr": "1 h"}])
    assert "mttf" in fault.path
    assert "parsecs" in fault.value
    assert "did you mean 'tools'" in issue(fab.ToolGroup, "a", tolls=1).rule
    assert "missing" in issue(fab.Step, "a", "g").rule


def test_all_errors_come_at_once():
    with pytest.raises(cs.InputError) as caught:
        fab.ToolGroup("a", tools=-1, load="-3 min", rank=["biggest"], cascading="perhaps")
    assert {fault.path.split(".")[1].split("[")[0] for fault in caught.value.issues} == {
        "tools",
        "load",
        "rank",
        "cascading",
    }
    assert isinstance(caught.value, ValueError)


def test_a_fab_is_checked_as_a_whole(line):
    fault = issue(line.replace, products=[fab.Product("A", route="rr")])
    assert "rr" in fault.value
    assert "products" in fault.path


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("tools", float("nan")),
        ("tools", 2.5),
        ("tools", 10**30),
        ("tools", -(10**30)),
        pytest.param("tools", 10**400, id="tools-huge"),
        pytest.param("tools", -(10**400), id="tools-minus-huge"),
        pytest.param("load", 10**400, id="load-huge"),
        ("tools", "two"),
        ("tools", True),
        ("name", 7),
        ("name", ["a"]),
        ("load", "1 month"),
        ("load", float("inf")),
        ("load", "1e300 y"),
        ("load", dt.timedelta(days=-1)),
        ("rank", "fifo"),
        ("rank", ["fifo", 3]),
        ("breakdowns", {"a": 1}),
        ("breakdowns", [None]),
        ("breakdowns", ["exponential(3 h)"]),
        ("minimum_runs", [[]]),
        ("stagger", "sometimes"),
    ],
)
def test_hostile_values_are_refused(field, value):
    arguments = {"name": "a", field: value}
    fault = issue(fab.ToolGroup, **arguments)
    assert field in fault.path


def test_values_that_are_none_of_ours_are_type_errors():
    for bad in (object(), {1: 2}, b"bytes", 1j):
        with pytest.raises(TypeError):
            fab.ToolGroup("a", tools=bad)
    with pytest.raises(TypeError, match="positional"):
        fab.ToolGroup("a", 2)
    with pytest.raises(TypeError, match="several values"):
        fab.ToolGroup("a", name="b")


def test_a_priority_beyond_every_number_is_refused():
    assert "priority" in issue(fab.Release, "A", every="1 h", priority=10**400).path
    with pytest.raises(ValueError, match="too large"):
        cs.constant(10**400)


@pytest.mark.parametrize(
    "call",
    [
        lambda text: fab.ToolGroup(text),
        lambda text: fab.ToolGroup("a", area=text),
        lambda text: fab.ToolGroup("a", **{text: 1}),
        lambda text: fab.ToolGroup("a", rank=[text]),
        lambda text: fab.ToolGroup("a", breakdowns=[{text: 1}]),
        lambda text: cs.Scenario(title=text),
        lambda text: cs.Distribution(text),
        lambda text: cs.Duration(text),
        lambda text: cs.exponential(text),
    ],
)
def test_half_a_character_is_refused_in_our_words(call):
    with pytest.raises(ValueError, match="half a character") as caught:
        call("x\ud800" * 1000)
    assert "\\ud800" in str(caught.value)
    assert len(str(caught.value)) < 200


def test_endless_nesting_is_refused():
    endless = []
    endless.append(endless)
    with pytest.raises(ValueError, match="deep"):
        fab.ToolGroup("a", rank=endless)
    huge = "x" * 10_000_000
    assert len(str(issue(fab.ToolGroup, "a", stagger=huge))) < 1000


def test_errors_can_be_pickled_and_keep_their_parts():
    with pytest.raises(cs.InputError) as caught:
        fab.ToolGroup("a", tools=0)
    clone = pickle.loads(pickle.dumps(caught.value))
    assert clone.issues == caught.value.issues
    assert str(clone) == str(caught.value)
    with pytest.raises(cs.IoError) as missing:
        cs.open("/no/such/file.h5")
    clone = pickle.loads(pickle.dumps(missing.value))
    assert clone.file == missing.value.file == "/no/such/file.h5"
    assert isinstance(clone, OSError)


class TestDuration:
    def test_units(self):
        hour = cs.Duration("1 h")
        assert (hour.ticks, hour.seconds, hour.minutes, hour.hours, hour.days) == (3_600_000, 3600, 60, 1, 1 / 24)
        assert hour.to_timedelta() == dt.timedelta(hours=1)
        assert str(cs.Duration("45 min")) == "45 min"
        assert cs.Duration("59 min") < hour <= cs.Duration("60 min")
        assert cs.Duration(90) == cs.Duration("90 s")

    @given(st.integers(min_value=-(2**41), max_value=2**41))
    def test_every_tick_survives_text_pickle_and_timedelta(self, ticks):
        duration = cs.Duration(f"{ticks} ms")
        assert duration.ticks == ticks
        assert cs.Duration(str(duration)) == duration
        assert pickle.loads(pickle.dumps(duration)) == duration
        assert cs.Duration(duration.to_timedelta()) == duration

    @pytest.mark.parametrize("bad", ["", "h", "1 hour 3", "NaN h", "1e400 d", "2 months", None, [1], "1 h; drop"])
    def test_nonsense_is_refused(self, bad):
        with pytest.raises(cs.InputError):
            cs.Duration(bad)


class TestLaws:
    EXAMPLES = (
        cs.constant("45 min"),
        cs.uniform("30 min", "5 min"),
        cs.exponential("30 min"),
        cs.triangular("1 min", "2 min", "4 min"),
        cs.lognormal("45 min", 0.3),
        cs.gamma("45 min", 0.5),
        cs.weibull("45 min", 2),
        cs.erlang("30 min", 3),
        cs.normal("30 min", "3 min"),
        cs.empirical(["1 min", "2 min"], [0.3, 0.7]),
        cs.discrete([5, 25], [0.2, 0.8]),
        cs.integers(1, 10),
    )

    @pytest.mark.parametrize("law", EXAMPLES, ids=lambda law: law.law)
    def test_every_law(self, law):
        same(law)
        assert cs.Distribution(str(law)) == law
        assert law.law in str(law)

    def test_means(self):
        assert cs.uniform("30 min", "5 min").mean == cs.Duration("30 min")
        assert cs.triangular("1 min", "2 min", "6 min").mean == cs.Duration("3 min")
        assert cs.integers(1, 10).mean == 5.5
        assert cs.discrete([5, 25], [1, 3]).mean == 20
        assert cs.empirical(["1 h", "3 h"]).mean == cs.Duration("2 h")

    def test_plain_numbers_take_the_unit_of_the_field(self):
        assert fab.Breakdown(mttf=cs.gamma(100, 0.5), mttr="1 h").mttf == cs.gamma("100 h", 0.5)
        assert fab.Release("A", every="1 h", wafers=cs.integers(1, 12)).wafers == cs.integers(1, 12)

    def test_a_constant_stays_one_where_a_bare_time_is_exponential(self):
        assert fab.Breakdown(mttf=cs.constant("7 d"), mttr="1 h").mttf == cs.constant("7 d")

    def test_a_timedelta_is_a_time(self):
        assert cs.normal(dt.timedelta(minutes=30), cs.Duration("3 min")) == cs.normal("30 min", "3 min")

    @pytest.mark.parametrize("law", EXAMPLES, ids=lambda law: law.law)
    def test_every_function_says_its_parameters_and_its_text(self, law):
        function = getattr(cs, law.law)
        doc = inspect.getdoc(function)
        parameters = doc.partition("Parameters")[2].splitlines()
        named = [name for row in parameters if row and row[0].isalpha() for name in row.split(", ")]
        assert named == list(inspect.signature(function).parameters)
        text = re.search(r'As text: ``"(.+?)"``', doc).group(1)
        assert cs.Distribution(text).law == law.law

    @pytest.mark.parametrize(
        "call",
        [
            lambda: cs.uniform("1 min", "2 min"),
            lambda: cs.uniform("30 min", 5),
            lambda: cs.lognormal("1 min", 0),
            lambda: cs.lognormal("1 min", -1),
            lambda: cs.erlang("1 min", 2.5),
            lambda: cs.triangular("3 min", "2 min", "1 min"),
            lambda: cs.exponential("-1 min"),
            lambda: cs.exponential(float("nan")),
            lambda: cs.exponential(float("inf")),
            lambda: cs.empirical([]),
            lambda: cs.empirical(["1 min"], [0.5, 0.5]),
            lambda: cs.empirical(["1 min", "2 min"], [0, 0]),
            lambda: cs.discrete([1, 2], [1, -1]),
            lambda: cs.integers(5, 1),
            lambda: cs.Distribution("cauchy(1 min)"),
            lambda: cs.Distribution("exponential(1 min"),
            lambda: cs.Distribution("exponential(1 min))"),
            lambda: cs.Distribution(""),
            lambda: cs.Distribution("(" * 100_000),
        ],
    )
    def test_wrong_laws_are_refused(self, call):
        with pytest.raises(ValueError, match=r".+") as caught:
            call()
        assert len(str(caught.value)) < 1000

    @given(mean=st.floats(0.001, 1e6), cv=st.floats(0.01, 10))
    def test_any_mean_and_spread_survive_text(self, mean, cv):
        law = cs.lognormal(f"{mean!r} min", cv)
        assert eval(repr(law), {"cs": cs}) == law
        assert fab.Step("a", "g", time=law).time == law
