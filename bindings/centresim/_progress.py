"""The progress bar of a run."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
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


def check_progress(progress: Any) -> None:
    """Raises TypeError for what is no ``progress``."""
    if not (progress is None or isinstance(progress, bool) or callable(progress)):
        raise TypeError(f"progress: must be True, False, None or a callable, not {progress!r}")


@contextmanager
def shown(progress: Any, title: str) -> Iterator[Progress | None]:
    """What tells how far a run is, as ``progress`` wants it; None where nobody is told."""
    check_progress(progress)
    if callable(progress):
        yield progress
    elif progress is True or (progress is None and wants_bar()):
        bar = Bar(title)
        try:
            yield bar
        finally:
            bar.close()
    else:
        yield None
