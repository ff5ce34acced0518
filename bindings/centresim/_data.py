"""Where the built-in scenarios lie."""

from __future__ import annotations

import os
from pathlib import Path


def data_directory() -> Path:
    """The folder of the built-in scenarios: ``$CENTRESIM_DATA``, else inside this package."""
    given = os.environ.get("CENTRESIM_DATA")
    return Path(given) if given else Path(__file__).parent / "data"


def built_in() -> dict[str, Path]:
    """Names of the built-in scenarios and their files."""
    return {path.stem: path for path in sorted(data_directory().glob("*.toml"))}
