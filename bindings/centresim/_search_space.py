"""What a search varies and what it looks at: read and checked before anything runs."""

from __future__ import annotations

import math
import random
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any, NamedTuple, cast

from . import _core
from ._errors import InputError, Issue
from ._result import Estimate, Result
from ._scenario import Scenario, _absolute

if TYPE_CHECKING:
    from optuna.distributions import BaseDistribution

_LIMIT = re.compile(r"\s*(<=|>=)\s*([-+]?(?:\d+\.?\d*|\.\d+)(?:[eE][-+]?\d+)?)\s*")
_PLAIN = (str, bool, int, float)  # what optuna keeps as a choice without a word


def fault(path: str, value: object, rule: str) -> InputError:
    """One fault of the input as an error."""
    shown = value if isinstance(value, str) else repr(value)
    shown = shown if len(shown) <= 80 else shown[:77] + "..."
    return InputError(f"{path}: {shown}: {rule}", [Issue(path=path, value=shown, rule=rule)])


def count(name: str, value: object, most: int) -> int:
    """A whole number from 1; True is none."""
    if isinstance(value, bool) or not hasattr(value, "__index__"):
        raise TypeError(f"{name}: must be a whole number, not {value!r}")
    number = int(value)
    if not 1 <= number <= most:
        raise fault(name, number if abs(number) < 10**20 else "a number beyond", f"must be from 1 to {most}")
    return number


# ---- what is varied


class Range:
    """From one number or time to another. A parameter is a number: that of ``optuna``; times are in ticks."""

    def __init__(self, path: str, kind: str, low: float, high: float, log: bool) -> None:
        self.path = path
        self._kind, self._low, self._high, self._log = kind, low, high, log

    @property
    def size(self) -> int | None:
        """How many parameters there are; None: they cannot be counted."""
        return None if self._kind == "real" else int(self._high - self._low) + 1

    @property
    def edges(self) -> list[Any]:
        """The parameters that are checked beforehand; the first and the last are the ends."""
        return [self._low, self._high]

    def at(self, place: int) -> Any:
        """The parameter of a place among them all."""
        return int(self._low) + place

    def distribution(self) -> BaseDistribution:
        from optuna.distributions import FloatDistribution, IntDistribution

        if self._kind == "real":
            return FloatDistribution(self._low, self._high, log=self._log)
        return IntDistribution(int(self._low), int(self._high), log=self._log)

    def value(self, parameter: Any) -> Any:
        """What :meth:`Scenario.with_` takes."""
        return _absolute(f"{_core.Duration(f'{parameter} ms')}") if self._kind == "time" else parameter

    def parameter(self, value: Any) -> Any:
        """The parameter that stands for a value. Raises InputError for one that is not in the range."""
        value = _plain(value)
        number: float
        if self._kind == "time":
            number = _core.Duration(value.removeprefix("=") if isinstance(value, str) else value).ticks
        elif isinstance(value, bool) or not isinstance(value, int | float):
            raise fault(self.path, value, "must be a number within the range that is searched")
        else:
            number = value
        if not self._low <= number <= self._high or (self.size is not None and number != int(number)):
            ends = f"{self.value(self._low)} to {self.value(self._high)}"
            raise fault(self.path, value, f"is not within the range that is searched: {ends}")
        return float(number) if self._kind == "real" else int(number)


class Choice:
    """One of a list of values. A parameter is the value itself, or what it looks like."""

    def __init__(self, path: str, values: Sequence[Any]) -> None:
        self.path = path
        self._values = list(values)
        self._labels = [value if isinstance(value, _PLAIN) else repr(value) for value in values]

    @property
    def size(self) -> int | None:
        return len(self._values)

    @property
    def edges(self) -> list[Any]:
        return self._labels

    def at(self, place: int) -> Any:
        return self._labels[place]

    def distribution(self) -> BaseDistribution:
        from optuna.distributions import CategoricalDistribution

        return CategoricalDistribution(self._labels)

    def value(self, parameter: Any) -> Any:
        return self._values[self._labels.index(parameter)]

    def parameter(self, value: Any) -> Any:
        value = _plain(value)
        if value not in self._values:
            raise fault(self.path, value, f"is none of the choices: {', '.join(map(repr, self._values))}")
        return self._labels[self._values.index(value)]


Axis = Range | Choice
Key = tuple[Any, ...]  # the parameters of a point


class Space:
    """All axes together, and what else is changed at every point (``fixed``)."""

    def __init__(self, axes: Sequence[Axis], fixed: Mapping[str, Any]) -> None:
        self.axes = list(axes)
        self.fixed = dict(fixed)
        self.paths = [axis.path for axis in axes]
        sizes = [axis.size for axis in axes]
        self.size = None if None in sizes else math.prod(cast("list[int]", sizes))

    def values(self, key: Key) -> dict[str, Any]:
        """The values of a point."""
        return {axis.path: axis.value(parameter) for axis, parameter in zip(self.axes, key, strict=True)}

    def scenario(self, base: Scenario, key: Key) -> Scenario:
        """The scenario of a point. Raises InputError where the values do not go together."""
        return base.with_({**self.fixed, **self.values(key)})

    def untried(self, tried: Iterable[Key], draw: random.Random) -> Key:
        """A point of a countable space that is none of these, any with the same chance."""
        assert self.size is not None
        known = set(tried)
        if self.size > 4 * len(known):
            while (key := self._at(draw.randrange(self.size))) in known:
                pass
            return key
        return draw.choice([key for place in range(self.size) if (key := self._at(place)) not in known])

    def _at(self, place: int) -> Key:
        key = []
        for axis in self.axes:
            place, own = divmod(place, cast("int", axis.size))
            key.append(axis.at(own))
        return tuple(key)


def read_space(base: Scenario, values: Mapping[str, Any], fixed: Mapping[str, Any]) -> Space:
    """The space of ``{path: (low, high) or [choices]}``. Raises InputError with all faults of ranges and choices."""
    if not isinstance(values, Mapping):
        raise TypeError(f"values: must be a table {{path: range or choices}}, not {values!r}")
    if not values:
        raise fault("values", "{}", "names nothing to vary")
    twice = [path for path in fixed if path in values]
    if twice:
        raise ValueError(f"{twice[0]}: is given and searched for: one of both")
    axes: list[Axis] = []
    issues: list[Issue] = []
    for path, given in values.items():
        try:
            axes.append(_axis(path, given))
        except InputError as error:
            issues += error.issues
    if not issues:
        _core.SweepDescription.read({"point": [{axis.path: axis.value(axis.edges[0]) for axis in axes}]})
        issues = _value_faults(base, axes, fixed) or _meetings(base, axes)
    if issues:
        raise InputError("\n".join(f"{i.path}: {i.value}: {i.rule}" for i in issues), issues)
    return Space(axes, fixed)


def _meetings(base: Scenario, axes: Sequence[Axis]) -> list[Issue]:
    """Two paths that reach the same field: the later one would win, and values of the other never be run."""
    issues = []
    for i, axis in enumerate(axes):
        for before in axes[:i]:
            if _may_meet(before.path, axis.path) and _meet(base, before, axis):
                rule = f"reaches what {before.path!r} sets as well: values would be lost"
                issues.append(Issue(path=axis.path, value="", rule=rule))
    return issues


def _may_meet(one: str, other: str) -> bool:
    """False: they are plainly different."""
    marked = any(mark in one + other for mark in "*[")
    return marked or one.startswith(other + ".") or other.startswith(one + ".")


def _meet(base: Scenario, one: Axis, other: Axis) -> bool:
    """Whether it matters which of them comes last."""
    for a in (one.value(one.edges[0]), one.value(one.edges[-1])):
        for b in (other.value(other.edges[0]), other.value(other.edges[-1])):
            try:
                if base.with_({one.path: a, other.path: b}) != base.with_({other.path: b, one.path: a}):
                    return True
            except InputError:
                continue  # told at the points that are tried
    return False


def _axis(path: object, given: object) -> Axis:
    if not isinstance(path, str):
        raise TypeError(f"values: a path is a text such as 'fab.load_factor', not {path!r}")
    if isinstance(given, tuple):
        return _range(path, given)
    if isinstance(given, str | bytes | Mapping | set | frozenset) or not isinstance(given, Iterable):
        raise TypeError(f"{path}: takes a range (low, high) or a list of choices, not {given!r}")
    choices = [_plain(value) for value in given]
    twice = [value for i, value in enumerate(choices) if value in choices[:i]]
    if twice:
        raise fault(path, choices, f"has {twice[0]!r} twice")
    if len(choices) < 2:
        rule = "has one choice only: put it into the scenario" if choices else "has no choices"
        raise fault(path, choices, rule)
    return Choice(path, choices)


def _range(path: str, given: tuple[Any, ...]) -> Range:
    ends = [_plain(end) for end in given]
    try:
        design = {"kind": "latin_hypercube", "points": 1, "ranges": {path: ends}}
        [point] = _core.SweepDescription.read({"design": design}).points()
    except InputError as error:
        rule = f"{error.issues[0].rule} (choices stand in a list: [...])"
        raise fault(path, given, rule) from None
    [drawn] = point.values()  # as a design draws it: whole numbers and times show what the field takes
    log = len(ends) == 3
    if isinstance(drawn, str):
        low, high = (_core.Duration(end.removeprefix("=") if isinstance(end, str) else end).ticks for end in ends[:2])
        return Range(path, "time", low, high, log)
    if isinstance(drawn, float):
        return Range(path, "real", float(ends[0]), float(ends[1]), log)
    first, last = math.ceil(ends[0]), math.floor(ends[1])
    if first == last:
        raise fault(path, given, f"holds one whole number only, {first}: put it into the scenario")
    return Range(path, "whole", first, last, log)


def _value_faults(base: Scenario, axes: Sequence[Axis], fixed: Mapping[str, Any]) -> list[Issue]:
    """Faults of ends and choices that no place of the others mends; others are matters of single points."""
    sides = [{axis.path: axis.value(axis.edges[side]) for axis in axes} for side in (0, -1)]
    issues: list[Issue] = []
    for axis in axes:
        for parameter in axis.edges:
            own = {axis.path: axis.value(parameter)}
            faults = []
            for others in ({}, *sides):
                try:
                    base.with_({**fixed, **others, **own})
                except InputError as error:
                    faults.append(error)
                else:
                    break
            else:
                issues += [issue for issue in faults[0].issues if issue not in issues]
    return issues


def _plain(value: Any) -> Any:
    """A number of numpy as one of Python."""
    return value.item() if hasattr(value, "item") and getattr(value, "ndim", None) == 0 else value


# ---- what is looked at


class Figure(NamedTuple):
    """A key figure of a result, or what a function makes of it."""

    label: str
    name: str
    labels: Mapping[str, str]
    function: Callable[[Result], object] | None = None

    def of(self, result: Result) -> Estimate:
        """Its estimate; that of a function has no interval unless it returns an Estimate."""
        if self.function is None:
            return result.kpi(self.name, **self.labels)
        value = self.function(result)
        if isinstance(value, Estimate):
            return value
        try:
            mean = float(value)  # type: ignore[arg-type]
        except (TypeError, ValueError):
            raise TypeError(f"{self.label}: must give a number, not {value!r}") from None
        return Estimate(mean, math.nan, math.nan, math.nan, result.replications, "")

    def values(self, result: Result) -> list[float]:
        """The values of a key figure in each replication."""
        return [float(value) for value in result.values(self.name, **self.labels)]


class Limit(NamedTuple):
    """A bound on the mean of a figure."""

    figure: Figure
    sign: str
    bound: float

    def excess(self, estimate: Estimate) -> float:
        """By which share of the bound it is missed; at most 0 where it holds."""
        over = estimate.mean - self.bound if self.sign == "<=" else self.bound - estimate.mean
        return over / (abs(self.bound) or 1)

    def is_sure(self, estimate: Estimate) -> bool:
        """Whether the whole interval keeps it; the value of a function has none and counts alone."""
        end = estimate.high if self.sign == "<=" else estimate.low
        if math.isnan(end) and self.figure.function is not None:
            end = estimate.mean
        return end <= self.bound if self.sign == "<=" else end >= self.bound


def read_figure(where: str, given: Any) -> Figure:
    """A figure from ``"fab.cycle_time[product=A]"``, ``("fab.cycle_time", {"product": "A"})`` or a function."""
    if isinstance(given, str):
        name, bracket, rest = given.strip().partition("[")
        parts = [part.partition("=") for part in rest.removesuffix("]").split(",")] if bracket else []
        if not name or (bracket and not (rest.endswith("]") and all(key.strip() and sign for key, sign, _ in parts))):
            raise ValueError(f"{where}: {given!r}: is no key figure such as 'fab.cycle_time[product=A]'")
        return Figure(given.strip(), name, {key.strip(): value.strip() for key, _, value in parts})
    if isinstance(given, tuple) and len(given) == 2 and isinstance(given[0], str) and isinstance(given[1], Mapping):
        labels = {str(key): str(value) for key, value in given[1].items()}
        shown = ", ".join(f"{key}={value}" for key, value in labels.items())
        return Figure(f"{given[0]}[{shown}]" if labels else given[0], given[0], labels)
    if callable(given):
        name = getattr(given, "__name__", "<lambda>")
        return Figure("objective" if name == "<lambda>" else name, "", {}, given)
    raise TypeError(f"{where}: takes the name of a key figure, (name, {{labels}}) or a function, not {given!r}")


def read_goals(minimise: object, maximise: object) -> list[tuple[Figure, bool]]:
    """The figures to improve, and whether upwards."""
    if minimise is None and maximise is None:
        raise ValueError("which figure? Give minimise=... or maximise=...")
    lists = [isinstance(given, list) for given in (minimise, maximise) if given is not None]
    if len(lists) == 2 and not all(lists):
        raise ValueError("minimise and maximise: give one of them, or both as lists for several objectives")
    goals: list[tuple[Figure, bool]] = []
    for where, given in (("minimise", minimise), ("maximise", maximise)):
        items = given if isinstance(given, list) else [] if given is None else [given]
        if given == []:
            raise ValueError(f"{where}: []: names no figure")
        for item in items:
            figure = read_figure(where, item)
            if figure.label in [known.label for known, _ in goals]:
                raise ValueError(f"{where}: {figure.label!r}: is named twice; give functions names of their own")
            goals.append((figure, where == "maximise"))
    return goals


def read_limits(subject_to: object, goals: Sequence[Figure] = ()) -> dict[str, Limit]:
    """The limits of ``{figure: "<= number" or ">= number"}`` by the labels of their figures."""
    if subject_to is None:
        return {}
    if not isinstance(subject_to, Mapping):
        raise TypeError(f"subject_to: must be a table {{figure: '<= number'}}, not {subject_to!r}")
    limits: dict[str, Limit] = {}
    for given, text in subject_to.items():
        figure = read_figure("subject_to", given)
        if figure.label in limits or any(figure.label == goal.label and figure != goal for goal in goals):
            raise ValueError(f"subject_to: {figure.label!r}: is named twice; give functions names of their own")
        if not isinstance(text, str):
            raise TypeError(f"subject_to: {figure.label}: takes a text such as '<= 5', not {text!r}")
        found = _LIMIT.fullmatch(text)
        if found is None or not math.isfinite(float(found[2])):
            rule = "must be '<= number' or '>= number', in the unit of the figure"
            raise ValueError(f"subject_to: {figure.label}: {text!r}: {rule}")
        limits[figure.label] = Limit(figure, found[1], float(found[2]))
    return limits
