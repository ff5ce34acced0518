"""Signatures of the input types for ``help`` and editors, made from their descriptions when somebody asks."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from . import _core

if TYPE_CHECKING:
    from inspect import Signature


class _Signature:
    """Stands as ``__signature__`` of a class; spares the import of inspect until it is read."""

    def __init__(self, entry: dict[str, Any]) -> None:
        self._entry = entry

    def __get__(self, instance: object, owner: type) -> Signature:
        from inspect import Parameter, Signature

        parameters = []
        for position, field in enumerate(self._entry["fields"]):
            kind = Parameter.POSITIONAL_OR_KEYWORD if position < self._entry["positional"] else Parameter.KEYWORD_ONLY
            default = Parameter.empty if field["required"] else field["default"]
            parameters.append(Parameter(field["python_name"], kind, default=default))
        return Signature(parameters)


def give_signatures() -> None:
    """Give every described class its signature."""
    for entry in _core._described.values():
        room = entry["module"].partition(".")[2]
        home = getattr(_core, room) if room else _core
        getattr(home, entry["name"]).__signature__ = _Signature(entry)
