"""Ciw, a network of nodes with a route for each customer."""

import ciw
from workload import BETWEEN_STARTS, LOAD, MACHINES, STATIONS, STEPS, main


def model(stations, machines, steps, between):
    def prepare(horizon, seed):
        ciw.seed(seed)
        route = [step % stations + 1 for step in range(1, steps)]  # after the first node, numbered from 1
        network = ciw.create_network(
            arrival_distributions=[ciw.dists.Exponential(1 / between)] + [None] * (stations - 1),
            service_distributions=[ciw.dists.Exponential(1)] * stations,
            number_of_servers=[machines] * stations,
            routing=ciw.routing.ProcessBased(lambda individual, simulation: list(route)),
        )
        simulation = ciw.Simulation(network)

        def run():
            simulation.simulate_until_max_time(horizon)

            def figures():
                left = simulation.nodes[-1].all_individuals
                inside = [i for node in simulation.nodes[1:-1] for i in node.all_individuals]
                served = sum(len(i.data_records) for i in [*left, *inside])
                times = [i.data_records[-1].exit_date - i.data_records[0].arrival_date for i in left]
                return len(left) + len(inside) + served, sum(times) / len(times)

            return figures

        return run

    return prepare


main("ciw", {"mm1": model(1, 1, 1, 1 / LOAD), "line": model(STATIONS, MACHINES, STEPS, BETWEEN_STARTS)})
