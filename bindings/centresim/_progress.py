"""The progress bar of a run."""

from __future__ import annotations

import sys
from collections.abc import Callable
from importlib.util import find_spec
from typing import Any

Progress = Callable[[float, float], object]


def wants_bar() -> bool:
    """Whether somebody is looking: a terminal or a notebook."""
    ipython = sys.modules.get("IPython")
    shell = ipython.get_ipython() if ipython is not None else None
    in_notebook = type(shell).__name__ == "ZMQInteractiveShell"
    return in_notebook or (sys.stderr is not None and sys.stderr.isatty())


def _tqdm() -> Any:
    # In a notebook tqdm.auto warns where ipywidgets is missing, and then takes the plain bar as well.
    if find_spec("ipywidgets") is None:
        from tqdm import tqdm
    else:
        from tqdm.auto import tqdm
    return tqdm


class Bar:
    """A tqdm bar that counts simulated replications, parts of running ones included."""

    def __init__(self, title: str) -> None:
        self.title = title
        self.bar: Any = None

    def __call__(self, done: float, total: float) -> None:
        if self.bar is None:
            tqdm = _tqdm()
            layout = "{l_bar}{bar}| {n:.1f}/{total:.0f} replications [{elapsed}<{remaining}]"
            self.bar = tqdm(total=total, desc=self.title, bar_format=layout)
        self.bar.total = total  # it grows while a run goes on until it is precise
        self.bar.update(done - self.bar.n)

    def close(self) -> None:
        """Leave the bar as it stands."""
        if self.bar is not None:
            self.bar.close()
