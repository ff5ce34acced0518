"""The errors of the package. The compiled part raises them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple


class Issue(NamedTuple):
    """One fault of an input: where it is, what was found, which rule it breaks. Unknown parts are empty."""

    file: str = ""
    line: int = 0
    path: str = ""
    value: str = ""
    rule: str = ""


class InputError(ValueError):
    """The input is wrong. ``issues`` lists all faults found, not only the first."""

    def __init__(self, message: str, issues: Sequence[Issue] = ()) -> None:
        super().__init__(message)
        self.issues = list(issues)


class IoError(OSError):
    """A file cannot be read or written: ``file``, ``object`` (the data set, may be empty), ``reason``."""

    def __init__(self, message: str, file: str = "", object: str = "", reason: str = "") -> None:
        super().__init__(message)
        self.file = file
        self.object = object
        self.reason = reason


class ModelError(RuntimeError):
    """A valid model cannot go on: the line floods, or lots wait for each other for ever."""
