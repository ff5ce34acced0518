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


ENGINEERING = "integers(1, 12)"
RELEASES = [
    Release("logic180", "regular", 54, 3.4),
    Release("rf180", "regular", 78, 3.4),
    Release("power180", "regular", 102, 3.0),
    Release("logic180", "hot", 380, 2.8, 12, True, 20),
    Release("rf180", "hot", 280, 2.8, 12, True, 20),
    Release("power180", "hot", 380, 2.6, 12, True, 20),
    Release("logic180", "super_hot", 1440, 2.6, 6, True, 30),
    Release("logic180", "engineering", 92, 4.6, ENGINEERING, True),
    Release("rf180", "engineering", 120, 4.6, ENGINEERING, True),
    Release("power180", "engineering", 144, 4.0, ENGINEERING, True),
    Release("wiring_loop", "engineering", 104, 6.5, ENGINEERING, True),
    Release("gate_loop", "engineering", 144, 2.8, ENGINEERING, True),
]
