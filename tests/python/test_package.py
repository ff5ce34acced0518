"""The package as a whole: what an import loads, versions, stubs, the command line of the package."""

import inspect
import json
import os
import subprocess
import sys
from importlib import metadata
from pathlib import Path

import centresim as cs

ROOT = Path(__file__).resolve().parents[2]
PACKAGE = Path(cs.__file__).parent


def python(*arguments, **environment):
    return subprocess.run(
        [sys.executable, *arguments], capture_output=True, text=True, check=False, env={**os.environ, **environment}
    )


def test_an_import_loads_nothing_heavy():
    heavy = {"numpy", "pandas", "xarray", "matplotlib", "h5py", "tqdm", "scipy", "inspect", "dataclasses"}
    code = (
        "import sys, json; before = set(sys.modules); import centresim;"
        "print(json.dumps(sorted(set(sys.modules) - before)))"
    )
    loaded = {name.split(".")[0] for name in json.loads(python("-c", code).stdout)}
    assert not loaded & heavy
    assert "centresim" in loaded


def test_a_run_without_tables_needs_neither_pandas_nor_xarray():
    code = (
        "import sys, centresim as cs; r = cs.load('mm1').run(horizon='40 d', replications=2, seed=1, progress=False);"
        "r.kpi('fab.cycle_time'); r.summary(); r._repr_html_();"
        "print(sorted({'pandas', 'xarray', 'matplotlib'} & set(sys.modules)))"
    )
    assert python("-c", code).stdout == "[]\n"


def test_everything_public_is_documented():
    for name in cs.__all__:
        assert inspect.getdoc(getattr(cs, name)), name
    assert cs.__version__ == (ROOT / "VERSION").read_text(encoding="utf-8").strip()


def test_versions_for_a_report(capsys):
    cs.show_versions()
    text = capsys.readouterr().out
    for word in (cs.__version__, "Python", "HDF5", "compiler", "flags", metadata.version("numpy")):
        assert word in text
    assert cs.build_config()["HDF5"]


def test_the_package_holds_types_stubs_and_data():
    for name in ("py.typed", "_core/__init__.pyi", "_core/fab.pyi", "_core/design.pyi", "data/eda-farm.toml"):
        assert (PACKAGE / name).is_file(), name


def test_stubs_are_fresh():
    done = python(str(ROOT / "bindings" / "tools" / "generate_stubs.py"), "--check")
    assert done.returncode == 0, done.stderr


def test_the_command_line_of_the_package():
    assert cs.__version__ in python("-m", "centresim", "--version").stdout
    listed = python("-m", "centresim", "list")
    assert listed.returncode == 0
    assert "pilot-line" in listed.stdout
    wrong = python("-m", "centresim", "run", "no-such-scenario")
    assert wrong.returncode == 2
    assert "no-such-scenario" in wrong.stderr


def test_the_command_line_and_python_give_the_same_digest(tmp_path):
    file = tmp_path / "mm1.h5"
    arguments = ["run", "mm1", "--horizon", "60 d", "--replications", "3", "--seed", "9", "-o", str(file), "--quiet"]
    done = python("-m", "centresim", *arguments)
    assert done.returncode == 0, done.stderr
    result = cs.load("mm1").run(horizon="60 d", replications=3, seed=9, progress=False)
    assert cs.open(file) == result
    assert cs.open(file).digest() == result.digest()
