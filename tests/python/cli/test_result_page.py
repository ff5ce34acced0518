"""Result files: what docs/formats/results.md says, what xarray opens, files of every release."""

import json
import re
import warnings
from pathlib import Path

import h5py
import pytest
import xarray as xr
from cli_tools import DONE, PAGE, ROOT, centresim


def page_tables() -> dict[str, dict[str, tuple[str, str, str]]]:
    """name -> (dimensions, type, unit) by group, as docs/formats/results.md says."""
    tables: dict[str, dict[str, tuple[str, str, str]]] = {}
    group = None
    for line in PAGE.read_text(encoding="utf-8").splitlines():
        if line.startswith("## "):
            heading = re.match(r"## (?:Root|`([\w/]+)`)", line)
            group = (heading.group(1) or "") if heading else None
        cells = [cell.strip() for cell in line.strip("|").split("|")]
        if group is not None and line.startswith("| ") and len(cells) == 5 and cells[0] not in ("name", "---"):
            tables.setdefault(group, {})[cells[0]] = (cells[1], cells[2], cells[3])
    return tables


def stored(dataset: h5py.Dataset, name: str) -> tuple[str, str, str]:
    def text(key: str) -> str:
        value = dataset.attrs.get(key, "")
        return value.decode() if isinstance(value, bytes) else str(value)

    own = text("CLASS") == "DIMENSION_SCALE"
    dimensions = [name] if own else [d[0].name.rsplit("/", 1)[1] for d in dataset.dims]
    kind = "string" if h5py.check_string_dtype(dataset.dtype) else str(dataset.dtype)
    return ", ".join(dimensions), kind, text("units")


@pytest.mark.parametrize(
    ("room", "labels"),
    [
        ("fab", {"product", "kind", "tool_group", "constraint"}),
        ("design", {"kind", "feature", "site", "link", "share", "team", "cause", "part", "project", "shuttle"}),
    ],
)
def test_the_page_describes_the_file(room: str, labels: set[str], result: Path, farm_result: Path) -> None:
    tables = {path: table for path, table in page_tables().items() if path.split("/")[0] in ("", room)}
    with h5py.File(result if room == "fab" else farm_result) as file:
        groups = {"": file} | {name: file[name] for name in tables if name}
        found: list[str] = [""]
        file.visititems(lambda name, item: found.append(name) if isinstance(item, h5py.Group) else None)
        assert set(found) - set(tables) == {"run", f"{room}/trace"}  # attributes only; nothing at all
        for path, table in tables.items():
            members = {
                name: stored(item, name)
                for name, item in groups[path].items()
                if isinstance(item, h5py.Dataset) and not is_bare(item)
            }
            if path == "":
                assert all(members.pop(name) == ("kpi", "string", "") for name in labels)
            assert members == table, path


def is_bare(dataset: h5py.Dataset) -> bool:
    return dataset.attrs.get("NAME", b"").startswith(b"This is a netCDF dimension but not a netCDF variable")


def test_the_page_names_the_attributes(result: Path) -> None:
    text = PAGE.read_text(encoding="utf-8")
    root, run = text.split("## Root")[1].split("Dimensions:")[0], text.split("## `run`")[1].split("## `fab`")[0]
    with h5py.File(result) as file:
        for part, attributes in ((root, file.attrs), (run, file["run"].attrs)):
            named = set(re.findall(r"^\| (\w+) \| (?:string|int64|float64)", part, re.M))
            optional = {"precise"} & named  # only where it was asked for
            assert (set(attributes) - {"_NCProperties"}) | optional == named


@pytest.mark.parametrize("engine", [None, "h5netcdf", "netcdf4"])
def test_xarray_opens_it_without_options_or_warnings(result: Path, engine: str | None) -> None:
    options = {} if engine is None else {"engine": engine}
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        with xr.open_dataset(result, **options) as table:
            assert dict(table.sizes)["replication"] == 3
            assert table["mean"].sel(kpi="fab.cycle_time").item() > 0
        with xr.open_dataset(result, group="fab/tool_groups", **options) as groups:
            assert groups["state_time"].dims == ("replication", "tool_group", "tool_state")
            assert set(groups["tool_group"].values) == {"litho", "etch"}
        with xr.open_datatree(result, **options) as tree:
            tree.load()
            assert "/fab/trace/lots" in tree.groups


def test_files_of_every_release_still_open() -> None:
    files = sorted((ROOT / "tests" / "formats").glob("*.h5"))
    assert files
    for file in files:
        summary = json.loads(centresim("summary", file, "--format", "json").stdout)
        assert summary["kpis"], file
        assert centresim("digest", file).returncode == DONE, file
