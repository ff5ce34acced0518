"""salabim, one component for each customer or lot, generators (its faster mode), no animation and no trace."""

import random

import salabim as sim
from workload import BETWEEN_STARTS, LOAD, MACHINES, STATIONS, STEPS, main

sim.yieldless(False)


def model(stations, machines, steps, between):
    def prepare(horizon, seed):
        random.seed(seed)
        env = sim.Environment(trace=False, random_seed=seed)
        tools = [sim.Resource(f"station{i}.", capacity=machines, monitor=False) for i in range(stations)]
        seen = {"events": 0, "left": 0, "total": 0.0}

        class Lot(sim.Component):
            def process(self):
                began = env.now()
                for step in range(steps):
                    station = tools[step % stations]
                    yield self.request(station)
                    yield self.hold(random.expovariate(1))
                    self.release(station)
                    seen["events"] += 1
                seen["left"] += 1
                seen["total"] += env.now() - began

        class Source(sim.Component):
            def process(self):
                while True:
                    yield self.hold(random.expovariate(1 / between))
                    seen["events"] += 1
                    Lot()

        Source()

        def run():
            env.run(till=horizon)
            return seen["events"], seen["total"] / seen["left"]

        return run

    return prepare


main("salabim", {"mm1": model(1, 1, 1, 1 / LOAD), "line": model(STATIONS, MACHINES, STEPS, BETWEEN_STARTS)})
