"""Small scenarios and results that many tests share."""

import centresim as cs
import pytest
from centresim import fab


def make_line() -> fab.Fab:
    return fab.Fab(
        tool_groups=[
            fab.ToolGroup("litho", tools=2, breakdowns=[fab.Breakdown(mttf="168 h", mttr="4 h")]),
            fab.ToolGroup("etch"),
        ],
        routes=[
            fab.Route(
                "r",
                [fab.Step("expose", "litho", time="45 min"), fab.Step("etch", "etch", time=cs.exponential("30 min"))],
            )
        ],
        products=[fab.Product("A", route="r")],
        releases=[fab.Release("A", every=cs.exponential("50 min"), wafers=25, due="5 d")],
    )


@pytest.fixture(scope="session")
def line() -> fab.Fab:
    """The small fab of the documentation."""
    return make_line()


@pytest.fixture(scope="session")
def scenario(line: fab.Fab) -> cs.Scenario:
    return cs.Scenario(name="small", fab=line, horizon="60 d", warmup="10 d", report_every="10 d")


@pytest.fixture(scope="session")
def result(scenario: cs.Scenario) -> cs.Result:
    return scenario.run(replications=4, seed=1, threads=2, trace=["lots", "tools"])
