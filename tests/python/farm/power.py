"""Nodes that are switched off while nobody is on them, and boot when a job starts."""

from farm.model import Model


class Power:
    def __init__(self, model: Model) -> None:
        self.model = model
        self.jobs = [0] * model.nodes  # ranks on the node, of suspended jobs too
        self.empty_since: list[int | None] = [None] * model.nodes  # None: off from the start
        self.up_at = [0] * model.nodes  # end of the last boot

    def is_off(self, node: int, now: int) -> bool:
        after, since = self.model.off_after[node], self.empty_since[node]
        return after is not None and self.jobs[node] == 0 and (since is None or now >= since + after)

    def occupy(self, nodes: list[int], now: int) -> bool:
        """A job comes; True if one of its nodes must boot for it."""
        off = {node for node in nodes if self.is_off(node, now)}
        for node in off:
            self.up_at[node] = now + self.model.boot[node]
        for node in nodes:
            self.jobs[node] += 1
        return bool(off)

    def leave(self, nodes: list[int], now: int) -> None:
        for node in nodes:
            self.jobs[node] -= 1
            if self.jobs[node] == 0:
                self.empty_since[node] = now

    def boot_left(self, nodes: list[int], now: int) -> int:
        """Until the last of the nodes is up."""
        return max(0, *(self.up_at[node] - now for node in nodes))
