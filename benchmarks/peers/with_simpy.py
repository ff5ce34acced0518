"""SimPy, one process for each customer or lot, as its documentation does it."""

import random

import simpy
from workload import BETWEEN_STARTS, LOAD, MACHINES, STATIONS, STEPS, main


class Count:
    def __init__(self):
        self.events, self.left, self.total = 0, 0, 0.0

    def leave(self, time):
        self.left += 1
        self.total += time


def model(stations, machines, steps, between):
    def prepare(horizon, seed):
        random.seed(seed)
        count, env = Count(), simpy.Environment()
        tools = [simpy.Resource(env, machines) for _ in range(stations)]

        def lot():
            began = env.now
            for step in range(steps):
                with tools[step % stations].request() as request:
                    yield request
                    yield env.timeout(random.expovariate(1))
                count.events += 1
            count.leave(env.now - began)

        def source():
            while True:
                yield env.timeout(random.expovariate(1 / between))
                count.events += 1
                env.process(lot())

        env.process(source())

        def run():
            env.run(until=horizon)
            return count.events, count.total / count.left

        return run

    return prepare


main("simpy", {"mm1": model(1, 1, 1, 1 / LOAD), "line": model(STATIONS, MACHINES, STEPS, BETWEEN_STARTS)})
