"""Observations of a result: groups of labelled arrays."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from . import _core

if TYPE_CHECKING:
    import pandas
    import xarray


class Text(str):
    """Text that shows itself with its line breaks at a prompt."""

    __slots__ = ()

    def __repr__(self) -> str:
        return str(self)


class Observations:
    """One group of observations: ``result.fab``, ``result.fab.tool_groups``.

    Groups inside are attributes, variables are items: ``result.fab["lots_finished"]``.
    """

    def __init__(self, tree: _core.Tree, path: str) -> None:
        self._tree = tree
        self._path = path

    def to_xarray(self) -> xarray.Dataset:
        """The variables of this group as an xarray Dataset."""
        return dataset_of(self._tree, self._path)

    def to_pandas(self) -> pandas.DataFrame:
        """The variables as a table: a row for each combination of the dimensions that most of them have.

        A variable with fewer dimensions is repeated; one with a further dimension becomes a column for each of its
        values (``state_time_idle``).
        """
        dataset = self.to_xarray()
        axes = [tuple(map(str, variable.dims)) for variable in dataset.data_vars.values()]
        if not axes:
            inside = ", ".join(f"{self._path}/{name}" for name in self._groups())
            hint = f"; its groups have: {inside}" if inside else ""
            raise ValueError(f"{self._path} has no variables to make a table of{hint}")
        rows = max(dict.fromkeys(axes), key=lambda dims: (axes.count(dims), len(dims)))
        columns = {}
        for name, variable in dataset.data_vars.items():
            further = [str(dimension) for dimension in variable.dims if dimension not in rows]
            if not further:
                columns[str(name)] = variable
            elif len(further) == 1 and further[0] in dataset.coords:
                for value in dataset.coords[further[0]].to_numpy():
                    columns[f"{name}_{value}"] = variable.sel({further[0]: value}, drop=True)
        return dataset[[]].assign(columns).to_dataframe(dim_order=list(rows))

    def __getattr__(self, name: str) -> Observations:
        if name.startswith("_"):  # also what copy and pickle ask before there is a path
            raise AttributeError(f"{type(self).__name__!r} object has no attribute {name!r}")
        path = f"{self._path}/{name}"
        if path in self._tree.paths():
            return Observations(self._tree, path)
        inside = ", ".join(self._groups()) or "none"
        hint = f'; it is a variable: use ["{name}"]' if name in self._tree.variables(self._path) else ""
        raise AttributeError(f"{self._path} has no group {name!r} (groups: {inside}){hint}")

    def __getitem__(self, name: str) -> xarray.DataArray:
        return self.to_xarray()[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._tree.variables(self._path))

    def __contains__(self, name: object) -> bool:
        return name in self._tree.variables(self._path)

    def __dir__(self) -> list[str]:
        return sorted({*super().__dir__(), *self._groups()})

    def _ipython_key_completions_(self) -> list[str]:
        return list(self)

    def __repr__(self) -> str:
        return Text(
            f"<observations {self._path}: variables {', '.join(self._tree.variables(self._path)) or 'none'};"
            f" groups {', '.join(self._groups()) or 'none'}>"
        )

    def _groups(self) -> list[str]:
        start = self._path + "/"
        return [p[len(start) :] for p in self._tree.paths() if p.startswith(start) and "/" not in p[len(start) :]]


def dataset_of(tree: _core.Tree, path: str) -> xarray.Dataset:
    import numpy
    import xarray

    variables = {}
    for name in tree.variables(path):
        variable = tree.variable(path, name)
        attributes = {
            key: value for key, value in (("units", variable.unit), ("long_name", variable.long_name)) if value
        }
        values = variable.values
        if isinstance(values, list):
            values = numpy.array(values, dtype=object)
        shape = [tree.dimension(path, dimension) for dimension in variable.dimensions]
        variables[name] = xarray.Variable(variable.dimensions, values.reshape(shape), attributes)
    coordinates = {name: v for name, v in variables.items() if v.dims == (name,)}
    data = {name: v for name, v in variables.items() if name not in coordinates}
    # A coordinate may belong to a parent group.
    for dimension in {str(d) for v in variables.values() for d in v.dims} - coordinates.keys():
        parent = path
        while parent and dimension not in coordinates:
            parent = parent.rpartition("/")[0]
            if dimension in tree.variables(parent):
                coordinates[dimension] = xarray.Variable((dimension,), tree.variable(parent, dimension).values)
    return xarray.Dataset(data, coordinates, tree.attributes(path))
