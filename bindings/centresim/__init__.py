"""Simulate a proposed semiconductor R&D centre: its wafer fab, and every answer with an interval.

>>> import centresim as cs
>>> result = cs.load("mm1").run(replications=4, seed=1)
>>> result.kpi("fab.cycle_time", product="A")  # doctest: +SKIP
"""

from __future__ import annotations

import os as _os

from . import _core
from . import analysis as analysis
from . import design as design
from . import fab as fab
from ._capacity import Capacity as Capacity
from ._capacity import OperatingCurve as OperatingCurve
from ._capacity import capacity as capacity
from ._capacity import operating_curve as operating_curve
from ._control_variates import ControlVariates as ControlVariates
from ._core import Connection as Connection
from ._core import Distribution as Distribution
from ._core import Duration as Duration
from ._core import Provenance as Provenance
from ._errors import InputError as InputError
from ._errors import IoError as IoError
from ._errors import Issue as Issue
from ._errors import ModelError as ModelError
from ._laws import constant as constant
from ._laws import discrete as discrete
from ._laws import empirical as empirical
from ._laws import erlang as erlang
from ._laws import exponential as exponential
from ._laws import gamma as gamma
from ._laws import integers as integers
from ._laws import lognormal as lognormal
from ._laws import normal as normal
from ._laws import triangular as triangular
from ._laws import uniform as uniform
from ._laws import weibull as weibull
from ._optimise import Optimisation as Optimisation
from ._optimise import optimise as optimise
from ._result import Estimate as Estimate
from ._result import Result as Result
from ._result import open_result as open
from ._scenario import Scenario as Scenario
from ._scenario import load as load
from ._scenario import scenarios as scenarios
from ._select import Selection as Selection
from ._signatures import give_signatures as _give_signatures
from ._sweep import Sweep as Sweep
from ._sweep_result import SweepResult as SweepResult
from ._versions import build_config as build_config
from ._versions import show_versions as show_versions

__version__: str = _core.__version__
_give_signatures()

# A process that has run threads of libgomp hangs when a child made by fork() wants to run some as well:
# the pool is given back before every fork and comes again by itself.
if hasattr(_os, "register_at_fork"):
    _os.register_at_fork(before=_core._release_threads)

__all__ = [
    "Capacity",
    "Connection",
    "ControlVariates",
    "Distribution",
    "Duration",
    "Estimate",
    "InputError",
    "IoError",
    "Issue",
    "ModelError",
    "OperatingCurve",
    "Optimisation",
    "Provenance",
    "Result",
    "Scenario",
    "Selection",
    "Sweep",
    "SweepResult",
    "analysis",
    "build_config",
    "capacity",
    "constant",
    "design",
    "discrete",
    "empirical",
    "erlang",
    "exponential",
    "fab",
    "gamma",
    "integers",
    "load",
    "lognormal",
    "normal",
    "open",
    "operating_curve",
    "optimise",
    "scenarios",
    "show_versions",
    "triangular",
    "uniform",
    "weibull",
]
