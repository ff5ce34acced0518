"""Who starts lots on pilot-line: products, hot lots and engineering lots."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Release:
    product: str
    kind: str
    hours: float  # mean time between lots
    due_factor: float  # raw process times from release to the promised date
    wafers: str | int = 25
    random: bool = False  # an exponential law, else evenly spaced
    priority: int = 10

    @property
    def name(self) -> str:
        return f"{self.product}.{self.kind}".replace(".", "_")

    @property
    def lots_per_day(self) -> float:
        return 24 / self.hours

    @property
    def mean_wafers(self) -> float:
        if isinstance(self.wafers, int):
            return self.wafers
        low, high = self.wafers.removeprefix("integers(").removesuffix(")").split(",")
        return (int(low) + int(high)) / 2

    @property
    def wafers_per_day(self) -> float:
        return self.lots_per_day * self.mean_wafers

    def law(self, hours: float) -> str:
        """Of the time between lots with this mean."""
        return f"exponential({hours:.4g} h)" if self.random else f"{hours:.4g} h"


ENGINEERING = "integers(1, 12)"
RELEASES = [
    Release("logic180", "regular", 47, 3.5),
    Release("rf180", "regular", 68, 3.5),
    Release("power180", "regular", 88, 3.1),
    Release("logic180", "hot", 330, 2.5, 12, True, 20),
    Release("rf180", "hot", 240, 2.5, 12, True, 20),
    Release("power180", "hot", 330, 2.3, 12, True, 20),
    Release("logic180", "super_hot", 1080, 2.6, 6, True, 30),
    Release("logic180", "engineering", 80, 4.7, ENGINEERING, True),
    Release("rf180", "engineering", 104, 4.7, ENGINEERING, True),
    Release("power180", "engineering", 125, 3.8, ENGINEERING, True),
    Release("wiring_loop", "engineering", 90, 6.0, ENGINEERING, True),
    Release("gate_loop", "engineering", 125, 2.4, ENGINEERING, True),
]
