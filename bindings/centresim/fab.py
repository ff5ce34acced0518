"""Input types of a wafer fab, and readers of other formats.

Times are text with a unit (``"45 min"``), plain numbers in the unit that the field documents, a ``Duration`` or a
``datetime.timedelta``; laws come from ``centresim.exponential`` and its like, or as text: ``"uniform(8 min, 2 min)"``.
"""

from __future__ import annotations

from . import _core
from ._core.fab import Breakdown as Breakdown
from ._core.fab import EngineeringRule as EngineeringRule
from ._core.fab import Fab as Fab
from ._core.fab import Lot as Lot
from ._core.fab import Maintenance as Maintenance
from ._core.fab import MinimumRun as MinimumRun
from ._core.fab import Product as Product
from ._core.fab import Release as Release
from ._core.fab import Route as Route
from ._core.fab import SetupTime as SetupTime
from ._core.fab import Step as Step
from ._core.fab import ToolGroup as ToolGroup
from ._core.fab import Transport as Transport
from ._files import AnyPath, encoded
from ._flow_factors import with_flow_factors as with_flow_factors
from ._scenario import Scenario

__all__ = [
    "Breakdown",
    "EngineeringRule",
    "Fab",
    "Lot",
    "Maintenance",
    "MinimumRun",
    "Product",
    "Release",
    "Route",
    "SetupTime",
    "Step",
    "ToolGroup",
    "Transport",
    "read_jasima",
    "read_smt2020",
    "with_flow_factors",
]


def read_smt2020(directory: AnyPath) -> Scenario:
    """Read a data set in the text format of SMT2020 (AutoSched): a folder of text files, or one with ``options.def``.

    Raises InputError with file and line of all faults.
    """
    return Scenario(_core.read_smt2020(encoded(directory)))


def read_jasima(path: AnyPath) -> Scenario:
    """Read a shop model in the text format of jasima; its ``description`` says what is approximated.

    Raises InputError with file and line of all faults.
    """
    return Scenario(_core.read_jasima(encoded(path)))
