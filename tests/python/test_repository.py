"""The repository keeps its own promises: one version, one list of packages, nothing left behind."""

import json
import os
import re
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
SKIPPED = {".git", ".venv", "build", "dist", "out", "__pycache__"}
TEXT = {".md", ".py", ".pyi", ".hpp", ".cpp", ".cmake", ".txt", ".toml", ".json", ".cff", ".csv", ".ipynb", ".in", ""}


def text_files() -> list[Path]:
    found = []
    for path in ROOT.rglob("*"):
        parts = path.relative_to(ROOT).parts
        if (
            path.is_file()
            and path.suffix in TEXT
            and not any(p in SKIPPED or p.endswith((".egg-info", "_cache", ".hypothesis")) for p in parts)
        ):
            found.append(path)
    return found


def version() -> str:
    return (ROOT / "VERSION").read_text(encoding="utf-8").strip()


def test_one_version() -> None:
    assert re.fullmatch(r"\d+\.\d+\.\d+", version())
    assert f"## {version()}" in (ROOT / "CHANGELOG.md").read_text(encoding="utf-8")
    assert f"version: {version()}" in (ROOT / "CITATION.cff").read_text(encoding="utf-8")


def test_the_installed_package_is_this_version() -> None:
    from importlib.metadata import version as installed

    assert installed("centresim") == version()


def test_licence_is_whole() -> None:
    text = (ROOT / "LICENSE").read_text(encoding="utf-8")
    assert "Apache License" in text
    assert "END OF TERMS AND CONDITIONS" in text


def system_table() -> list[list[str]]:
    lines = (ROOT / "requirements" / "system.txt").read_text(encoding="utf-8").splitlines()
    return [line.split() for line in lines if line and not line.startswith("#")]


def test_system_table_is_well_formed() -> None:
    rows = system_table()
    assert all(len(row) == 6 and row[0] in {"build", "test", "check", "cluster"} for row in rows)
    assert len({row[1] for row in rows}) == len(rows)


@pytest.mark.parametrize(("name", "column"), [("debian", 3), ("fedora", 4), ("conda", 5)])
def test_quickstart_reads_the_table(name: str, column: int) -> None:
    done = subprocess.run(
        [ROOT / "quickstart", "packages", name, "build", "test", "check", "cluster"],
        capture_output=True,
        text=True,
        check=True,
    )
    wanted = {p for row in system_table() for p in row[column].split(",") if p != "-"}
    assert done.stdout.split() == sorted(wanted) or set(done.stdout.split()) == wanted


def quickstart(*arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run([ROOT / "quickstart", *arguments], capture_output=True, text=True, check=False)


def test_quickstart_knows_its_systems_and_stages() -> None:
    assert quickstart("packages", "ubuntu", "build").stdout == quickstart("packages", "debian").stdout != ""
    for wrong in (("debian", "nosuch"), ("debian", "build", "nosuch"), ("nosuch", "build")):
        done = quickstart("packages", *wrong)
        assert (done.returncode, done.stdout) == (1, "")
        assert "'nosuch'" in done.stderr
    done = quickstart("packages", "fedora", "check")
    assert (done.returncode, done.stdout) == (0, "")
    assert "Debian and Ubuntu" in done.stderr


def in_quickstart(code: str, folder: Path, **environment: str) -> list[str]:
    """Run code among the functions of quickstart, with the programs of a folder first on PATH; give what it prints."""
    kept = {k: v for k, v in os.environ.items() if not k.startswith(("CONDA", "PYTHON", "NO_INSTALL"))}
    path = os.pathsep.join([str(folder), environment.pop("PATH", os.environ["PATH"])])
    done = subprocess.run(
        ["bash", "-c", f'source "$0" help >/dev/null; {code}', ROOT / "quickstart"],
        env=kept | environment | {"PATH": path},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout.splitlines()


def program(path: Path, code: str = "") -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(f"#!/bin/sh\n{code}\n", encoding="utf-8")
    path.chmod(0o755)


def test_quickstart_always_names_conda(tmp_path: Path) -> None:
    """On a cluster there is dnf, but no administrator."""
    program(tmp_path / "dnf")
    lines = in_quickstart("module() { :; }; advice build", tmp_path)
    assert "dnf install" in lines[0]
    assert any("conda create" in line for line in lines)
    assert "module load" in lines[-1]


@pytest.mark.skipif(not Path("/usr/bin/python3").exists(), reason="the system has no Python")
def test_quickstart_mixes_no_conda_into_the_packages_of_apt(tmp_path: Path) -> None:
    conda = tmp_path / "conda"
    (conda / "conda-meta").mkdir(parents=True)
    for name in ("bin/python3", "bin/h5cc", "condabin/conda"):
        program(conda / name)
    program(tmp_path / "apt" / "apt-get", "exit 1")
    program(tmp_path / "apt" / "dpkg-query", "echo installed")
    path = os.pathsep.join([str(conda / "bin"), str(conda / "condabin"), os.environ["PATH"]])
    environment = {
        "PATH": path,
        "CONDA_PREFIX": str(conda),
        "CXX": "x86_64-conda-linux-gnu-c++",
        "CMAKE_ARGS": f"-DCMAKE_AR={conda}/bin/ar",
        "CXXFLAGS": "-g",
    }
    code = (
        "usable_python() { :; }; system_packages build; find_python;"
        'echo "$PATH"; echo "${CXX:-}|${CMAKE_ARGS:-}|${CXXFLAGS:-}"'
    )
    said, python, rest, variables = in_quickstart(code, tmp_path / "apt", **environment)
    assert "Conda is left aside" in said
    assert python == "/usr/bin/python3"
    assert str(conda) not in rest
    assert rest.endswith(os.environ["PATH"])
    assert variables == "||-g"
    # Asked to install nothing, it builds with what is active.
    python, rest, variables = in_quickstart(code, tmp_path / "apt", NO_INSTALL="1", **environment)
    assert python == str(conda / "bin" / "python3")
    assert rest.endswith(path)
    assert variables == f"{environment['CXX']}|{environment['CMAKE_ARGS']}|-g"


def test_every_need_of_cmake_is_in_the_table() -> None:
    text = (ROOT / "cmake" / "Dependencies.cmake").read_text(encoding="utf-8")
    needs = set(re.findall(r"centresim_(?:find|missing)\((\w+) [\d.]+", text))
    assert len(needs) >= 8
    assert needs <= {row[1] for row in system_table()}


def test_pip_lists_come_from_pyproject() -> None:
    done = subprocess.run(
        [sys.executable, ROOT / "requirements" / "read.py", "build", "run", "test", "check", "cluster"],
        capture_output=True,
        text=True,
        check=True,
    )
    with (ROOT / "pyproject.toml").open("rb") as file:
        project = tomllib.load(file)
    for group in (*project["dependency-groups"].values(), project["project"]["dependencies"]):
        assert set(group) <= set(done.stdout.splitlines())


def test_presets_are_complete() -> None:
    presets = json.loads((ROOT / "CMakePresets.json").read_text(encoding="utf-8"))
    assert presets["version"] <= 6, "CMake 3.25 reads version 6 at most"
    assert {"release", "dev", "asan-ubsan", "tsan", "tidy"} <= {p["name"] for p in presets["configurePresets"]}


def test_ci_runs_what_the_readme_says() -> None:
    assert "./quickstart test" in (ROOT / ".ci" / "run").read_text(encoding="utf-8")
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    assert "./quickstart\n" in readme
    assert "./quickstart test\n" in readme


def test_no_file_is_huge() -> None:
    assert not [p for p in text_files() if p.stat().st_size > 1_000_000]


def test_sources_can_be_read_in_one_go() -> None:
    sources = [p for p in text_files() if p.suffix in {".cpp", ".hpp", ".py"}]
    long = {str(p.relative_to(ROOT)): n for p in sources if (n := len(p.read_text("utf-8").splitlines())) > 450}
    assert not long


def test_nothing_names_a_machine() -> None:
    pattern = re.compile(r"(?<![\w.-])/(?:home|work|root|Users)/\w")
    assert not [p for p in text_files() if p.name != "test_repository.py" and pattern.search(p.read_text("utf-8"))]


def test_notebooks_are_stored_without_outputs() -> None:
    notebooks = sorted((ROOT / "notebooks").glob("*.ipynb"))
    assert notebooks
    for path in notebooks:
        cells = json.loads(path.read_text(encoding="utf-8"))["cells"]
        assert not [c for c in cells if c["cell_type"] == "code" and (c["outputs"] or c["execution_count"])], path


def test_shell_scripts_parse() -> None:
    for script in ("quickstart", ".ci/run"):
        assert subprocess.run(["bash", "-n", ROOT / script], check=False).returncode == 0
        assert (ROOT / script).stat().st_mode & 0o111
