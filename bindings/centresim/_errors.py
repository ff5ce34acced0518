"""The errors of the package. The compiled part raises them."""

from __future__ import annotations

import errno
from collections.abc import Sequence
from typing import Any, NamedTuple


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
    """A file cannot be read or written: ``file``, ``object`` (the data set, may be empty), ``reason``.

    ``errno``, ``strerror`` and ``filename`` as in every OSError; ``errno`` is None where the reason is not the system's
    (a file of another program, say). Where a file or folder is missing the error is a FileNotFoundError as well.
    """

    def __init__(self, message: str, file: str = "", object: str = "", reason: str = "", errno: int = 0) -> None:
        super().__init__(message)
        self.file = file
        self.object = object
        self.reason = reason
        self.errno = errno or None
        self.strerror = reason or None
        self.filename = file or None

    def __str__(self) -> str:
        return str(self.args[0])

    def __reduce__(self) -> tuple[Any, ...]:
        return type(self), (self.args[0], self.file, self.object, self.reason, self.errno or 0)


class MissingFileError(IoError, FileNotFoundError):
    """A file or folder that is not there."""


def io_error(message: str, file: str, object: str, reason: str, number: int) -> IoError:
    """The error that fits the number of the system's error (0: none)."""
    kind = MissingFileError if number == errno.ENOENT else IoError
    return kind(message, file, object, reason, number)


class ModelError(RuntimeError):
    """A valid model cannot go on: the line floods, or lots wait for each other for ever."""
