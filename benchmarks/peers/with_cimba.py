"""Cimba, a compiled engine, through its Python package: one process for each lot. Compiling is not timed."""

import cimba as cb
from cimba import inputs
from workload import BETWEEN_STARTS, LOAD, MACHINES, STATIONS, STEPS, main


class Station(cb.Model):
    machines: cb.Resource


class Line(cb.Model):
    steps: int
    between: cb.Input[float]
    service: cb.Input[float]
    stations: list[Station]
    events: int = 0
    left: int = 0
    total: float = 0.0
    seen: cb.Output[float]
    mean: cb.Output[float]

    @cb.process
    def source(self):
        while True:
            cb.hold(self.between.next())
            self.events += 1
            cb.spawn(Lot, line=self, began=cb.now())

    @cb.on_end
    def measure(self):
        self.seen = float(self.events)
        self.mean = self.total / self.left


class Lot(cb.Model):
    line: cb.Ref[Line]
    began: float

    @cb.process
    def route(self):
        for step in range(self.line.steps):
            machines = self.line.stations[step % len(self.line.stations)].machines
            machines.acquire(1)
            cb.hold(self.line.service.next())
            machines.release(1)
            self.line.events += 1
        self.line.left += 1
        self.line.total += cb.now() - self.began


def model(stations, machines, steps, between):
    def prepare(horizon, seed):
        line = Line()
        line.steps = steps
        line.between = inputs.dist.exponential(mean=between)
        line.service = inputs.dist.exponential(mean=1)
        line.stations = [Station() for _ in range(stations)]
        for station in line.stations:
            station.machines = cb.Resource(capacity=machines)

        def simulate(duration):
            window = cb.Window(duration=duration)
            return cb.Experiment(line, replications=1, window=window, seed=seed).run()

        simulate(2000.0)  # compiles

        def run():
            results = simulate(horizon)
            return int(results[line].seen.values.item()), float(results[line].mean.values.item())

        return run

    return prepare


main("cimba", {"mm1": model(1, 1, 1, 1 / LOAD), "line": model(STATIONS, MACHINES, STEPS, BETWEEN_STARTS)})
