"""Print what comes from PyPI for some stages, one requirement a line: `read.py build run test check`.

The lists live in pyproject.toml; stage `run` is what the package itself depends on.
"""

import sys
import tomllib
from pathlib import Path


def requirements(stages: list[str]) -> list[str]:
    """Requirements of the stages, without repetition."""
    with (Path(__file__).resolve().parent.parent / "pyproject.toml").open("rb") as file:
        project = tomllib.load(file)
    groups = project["dependency-groups"] | {"run": project["project"]["dependencies"]}
    groups["build"] = project["build-system"]["requires"] + groups["build"]
    return list(dict.fromkeys(requirement for stage in stages for requirement in groups[stage]))


if __name__ == "__main__":
    print("\n".join(requirements(sys.argv[1:])))
