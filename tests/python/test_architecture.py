"""The rooms of the library and the arrows between them (docs/architecture.md), read off the includes."""

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
LIBSIM = ROOT / "libsim"
# A room may include the rooms of earlier rows; rooms of one row do not include one another.
ROWS = [["core"], ["schema"], ["common", "experiment"], ["fab", "design"], ["centre"], ["io"], ["app"]]
ROOMS = [room for row in ROWS for room in row]
INCLUDE = re.compile(r'^\s*#\s*include\s*[<"]([^>"]+)[>"]', re.MULTILINE)
SLOW_HEADERS = ("toml++/", "nlohmann/", "CLI/", "Eigen/", "hdf5", "pybind11/", "boost/")
PRINTING = re.compile(r"\bstd::(cout|cerr|clog|printf|puts)\b|\bfmt::print\b|(?<![\w:])(printf|puts|exit|abort)\s*\(")


def may_include(room: str) -> set[str]:
    row = next(i for i, rooms in enumerate(ROWS) if room in rooms)
    return {room, *(r for earlier in ROWS[:row] for r in earlier)}


def files(room: str) -> list[Path]:
    places = [LIBSIM / "include" / "centresim" / room, LIBSIM / "src" / room]
    return sorted(p for place in places for p in place.rglob("*") if p.suffix in {".hpp", ".cpp"})


def includes(path: Path) -> list[str]:
    return INCLUDE.findall(path.read_text(encoding="utf-8"))


def without_comments(text: str) -> str:
    text = re.sub(r"/\*.*?\*/", "", text, flags=re.DOTALL)
    return re.sub(r"//[^\n]*", "", re.sub(r'"(\\.|[^"\\\n])*"', '""', text))


def room_of(include: str) -> str | None:
    match = re.match(r"centresim/(\w+)/", include)
    return match.group(1) if match else None


def wrong_arrows(room: str, names: list[str]) -> list[str]:
    return [name for name in names if (other := room_of(name)) is not None and other not in may_include(room)]


def test_rooms_are_the_folders() -> None:
    for place in (LIBSIM / "include" / "centresim", LIBSIM / "src"):
        assert {p.name for p in place.iterdir() if p.is_dir()} <= set(ROOMS)


@pytest.mark.parametrize("room", ROOMS)
def test_arrows(room: str) -> None:
    assert files(room), f"room {room} is empty"
    wrong = {str(p.relative_to(ROOT)): bad for p in files(room) if (bad := wrong_arrows(room, includes(p)))}
    assert not wrong


def test_a_wrong_arrow_is_seen() -> None:
    assert wrong_arrows("core", ["centresim/schema/node.hpp"])
    assert wrong_arrows("common", ["centresim/experiment/dataset.hpp"])
    assert not wrong_arrows("io", ["centresim/fab/values.hpp", "vector"])


@pytest.mark.parametrize("room", ROOMS)
def test_own_headers_are_named_in_full(room: str) -> None:
    """A quoted include is a public header by its full path or a private one of the same folder."""
    for path in files(room):
        for name in re.findall(r'#include\s*"([^"]+)"', path.read_text(encoding="utf-8")):
            assert (LIBSIM / "include" / name).is_file() or (path.parent / name).is_file(), f"{path}: {name}"


@pytest.mark.parametrize("room", ROOMS)
def test_public_headers_are_light(room: str) -> None:
    for path in (LIBSIM / "include" / "centresim" / room).rglob("*.hpp"):
        heavy = [name for name in includes(path) if name.startswith(SLOW_HEADERS)]
        assert not heavy, f"{path} includes {heavy}"
        assert "#pragma once" in path.read_text(encoding="utf-8")


@pytest.mark.parametrize("room", [room for room in ROOMS if room != "app"])
def test_the_library_prints_nothing_and_never_exits(room: str) -> None:
    for path in files(room):
        found = PRINTING.search(without_comments(path.read_text(encoding="utf-8")))
        assert not found, f"{path}: {found.group() if found else ''}"
        assert "iostream" not in includes(path), path


@pytest.mark.parametrize("room", [room for room in ROOMS if room != "experiment"])
def test_only_experiment_runs_threads(room: str) -> None:
    for path in files(room):
        text = without_comments(path.read_text(encoding="utf-8"))
        assert "#pragma omp" not in text, path
        assert "std::thread" not in text, path


def test_the_library_knows_no_python() -> None:
    for room in ROOMS:
        for path in files(room):
            assert not any("pybind11" in n or n == "Python.h" for n in includes(path)), path


@pytest.mark.parametrize("room", ROOMS)
def test_sources_are_listed(room: str) -> None:
    """Every source file is compiled: it stands in the list of its room."""
    for folder in (LIBSIM / "src" / room, ROOT / "tests" / "cpp" / room):
        listed = (folder / "CMakeLists.txt").read_text(encoding="utf-8") if folder.is_dir() else ""
        for path in folder.glob("*.cpp"):
            assert re.search(rf"\b{re.escape(path.name)}\b", listed), f"{path.relative_to(ROOT)} is in no list"


def test_the_way_of_a_parameter_is_true() -> None:
    """docs/architecture.md follows one parameter from file to answer: every name stands in the file it gives."""
    text = (ROOT / "docs" / "architecture.md").read_text(encoding="utf-8")
    hops = re.findall(r"^\| \d \| `([^`]+)`: `([^`]+)` \|", text, re.MULTILINE)
    assert 3 <= len(hops) <= 6
    for path, name in hops:
        assert name in (ROOT / path).read_text(encoding="utf-8"), f"{path} has no {name}"
