"""Names of files on their way into the compiled part: as bytes, for on Linux a name need not be text."""

from __future__ import annotations

import os

AnyPath = str | bytes | os.PathLike[str] | os.PathLike[bytes]


def encoded(path: AnyPath) -> bytes:
    """The bytes by which the system knows the file. Raises ValueError for a name that cannot be one."""
    name = os.fsencode(path)
    if b"\0" in name:
        raise ValueError(f"{path!r} is no name of a file: it holds a zero byte")
    return name
