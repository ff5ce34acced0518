"""Described once: a field that is added to an input type in the library alone is found everywhere.

The test builds a copy of the sources in which `ToolGroup` has one member and one line of description more. It takes
minutes, so it runs where the checks run (CENTRESIM_SLOW_TESTS=1).
"""

import importlib.util
import os
import shutil
import subprocess
import sys
import textwrap
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
FAB = Path("libsim/include/centresim/fab")
MEMBER = "  double purity = 0.25;\n"
LINE = """        field("purity", &ToolGroup::purity, "Purity of the added gas.").unit("1").range(0, 1).optional(),\n"""

pytestmark = [
    pytest.mark.skipif(os.environ.get("CENTRESIM_SLOW_TESTS") != "1", reason="slow: set CENTRESIM_SLOW_TESTS=1"),
    pytest.mark.skipif(not (shutil.which("cmake") and shutil.which("ninja")), reason="needs cmake and ninja"),
    pytest.mark.skipif(importlib.util.find_spec("pybind11") is None, reason="needs pybind11"),
    pytest.mark.timeout(3600),
]


def add_after(path, marker, text):
    source = path.read_text(encoding="utf-8")
    assert source.count(marker) == 1, marker
    path.write_text(source.replace(marker, marker + text), encoding="utf-8")


@pytest.fixture(scope="module")
def copy(tmp_path_factory):
    """A copy of the project with the added field, its module built and its package ready to import."""
    import pybind11

    folder = tmp_path_factory.mktemp("described-once") / "project"
    ignore = shutil.ignore_patterns("build", ".git", ".venv", "out", "__pycache__", "tests", "*_cache")
    shutil.copytree(ROOT, folder, ignore=ignore)
    add_after(folder / FAB / "values.hpp", "struct ToolGroup {\n  std::string name;\n", MEMBER)
    describe = folder / FAB / "describe.hpp"
    source = describe.read_text(encoding="utf-8")
    start = source.index("Desc<fab::ToolGroup>")
    first = source.index('        field("tools"', start)
    describe.write_text(source[:first] + LINE + source[first:], encoding="utf-8")
    build = folder / "build"
    environment = {**os.environ, "CCACHE_BASEDIR": str(folder), "CCACHE_NOHASHDIR": "1"}  # for the next time
    launcher = ["-DCMAKE_CXX_COMPILER_LAUNCHER=ccache"] if shutil.which("ccache") else []
    configure = ["cmake", "-S", folder, "-B", build, "-G", "Ninja", "-DCMAKE_BUILD_TYPE=None", "-DCMAKE_CXX_FLAGS=-O0"]
    options = ["-DCENTRESIM_PYTHON=ON", "-DCENTRESIM_TESTS=OFF", f"-DPython_EXECUTABLE={sys.executable}", *launcher]
    subprocess.run([*configure, *options, f"-Dpybind11_DIR={pybind11.get_cmake_dir()}"], check=True, env=environment)
    subprocess.run(["ninja", "-j2", "-C", build, "_core"], check=True, env=environment)
    package = folder / "bindings" / "centresim"
    for module in (build / "bindings").glob("_core*.so"):
        shutil.copy(module, package)
    shutil.copytree(folder / "data", package / "data")
    return folder


def run(copy, *arguments):
    environment = {**os.environ, "PYTHONPATH": str(copy / "bindings")}
    done = subprocess.run(
        [sys.executable, *arguments], capture_output=True, text=True, check=False, env=environment, cwd=copy
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_files_schema_paths_and_python_know_it(copy):
    code = """
        import pickle, json
        import centresim as cs
        from centresim import _core, fab
        assert "described-once" in cs.__file__
        group = fab.ToolGroup("a", purity="30 %")
        assert group.purity == 0.3 and fab.ToolGroup("a").purity == 0.25
        assert "Purity of the added gas." in fab.ToolGroup.purity.__doc__
        assert "Purity of the added gas." in fab.ToolGroup.__doc__
        assert "purity=0.3" in repr(group) and eval(repr(group)) == group
        assert pickle.loads(pickle.dumps(group)) == group != fab.ToolGroup("a")
        try:
            fab.ToolGroup("a", purity=2)
        except cs.InputError as error:
            assert error.issues[0].path == "ToolGroup.purity"
        else:
            raise AssertionError("2 is out of range")
        scenario = cs.load("mm1").with_({"fab.tool_groups.tool.purity": 0.5})
        assert scenario.fab.tool_groups[0].purity == 0.5
        assert "purity = 0.5" in scenario.to_toml()
        assert json.loads(scenario.to_json())["fab"]["tool_groups"][0]["purity"] == 0.5
        scenario.save("x.toml"); assert cs.load("x.toml") == scenario
        scenario.save("x.json"); assert cs.load("x.json") == scenario
        assert scenario.with_({"fab.tool_groups.*.purity": "*0.5"}).fab.tool_groups[0].purity == 0.25
        entry = _core.json_schema()["$defs"]["ToolGroup"]["properties"]["purity"]
        assert "Purity of the added gas." in entry["description"]
    """
    run(copy, "-c", textwrap.dedent(code))


def test_stubs_know_it(copy):
    stub = copy / "bindings" / "centresim" / "_core" / "fab.pyi"
    assert "purity" not in stub.read_text(encoding="utf-8")
    run(copy, str(copy / "bindings" / "tools" / "generate_stubs.py"))
    text = stub.read_text(encoding="utf-8")
    assert "        purity: float = ...,\n" in text
    assert "    def purity(self) -> float: ..." in text


def test_the_reference_knows_it(copy):
    run(copy, str(copy / "docs" / "reference" / "generate.py"))
    assert "Purity of the added gas." in (copy / "docs" / "reference" / "scenario.md").read_text(encoding="utf-8")
