"""The command line: ``centresim`` and ``python -m centresim``. The same C++ code as the stand-alone executable."""

from __future__ import annotations

import os
import sys

from . import _core
from ._data import data_directory


def main() -> int:
    """Run the command line with the arguments of this process and give back its exit status."""
    os.environ.setdefault("CENTRESIM_DATA", str(data_directory()))
    return _core.main([os.fsencode(word) for word in sys.argv[1:]])


if __name__ == "__main__":
    sys.exit(main())
