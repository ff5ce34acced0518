"""simulus, one process for each customer or lot."""

import random

import simulus
from workload import BETWEEN_STARTS, LOAD, MACHINES, STATIONS, STEPS, main


def model(stations, machines, steps, between):
    def prepare(horizon, seed):
        random.seed(seed)
        simulator = simulus.simulator()
        tools = [simulator.resource(capacity=machines) for _ in range(stations)]
        seen = {"events": 0, "left": 0, "total": 0.0}

        def lot():
            began = simulator.now
            for step in range(steps):
                station = tools[step % stations]
                station.acquire()
                simulator.sleep(random.expovariate(1))
                station.release()
                seen["events"] += 1
            seen["left"] += 1
            seen["total"] += simulator.now - began

        def source():
            while True:
                simulator.sleep(random.expovariate(1 / between))
                seen["events"] += 1
                simulator.process(lot)

        simulator.process(source)

        def run():
            simulator.run(until=horizon)
            return seen["events"], seen["total"] / seen["left"]

        return run

    return prepare


main("simulus", {"mm1": model(1, 1, 1, 1 / LOAD), "line": model(STATIONS, MACHINES, STEPS, BETWEEN_STARTS)})
