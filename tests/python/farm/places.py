"""Sites, links between them, datasets, and features with their partitions: what a floor has beside nodes and jobs."""

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from fractions import Fraction
from typing import Any

UNIT = 1 << 32  # clocks of storage and links advance in units of 2^-32 ms
KB_PER_GB = 1_000_000


def nearest(value: Fraction) -> int:
    """The nearest integer, halves away from zero (of what is not negative)."""
    return math.floor(value + Fraction(1, 2))


def exact(value: float) -> Fraction:
    """A decimal of the scenario as it is written."""
    return Fraction(str(value))


@dataclass(frozen=True)
class Site:
    name: str
    storage: Fraction | None = None  # kB/s
    cache: Fraction | None = None  # GB
    egress_cost: Fraction = Fraction(0)  # money/GB


@dataclass
class Link:
    number: int
    name: str
    sites: tuple[int, int]
    bandwidth: Fraction  # Gbit/s
    rtt: int
    mttf: int | None
    mttr: int
    grace: int
    lost: str
    up: bool = True
    downs: int = 0  # a timer of an earlier outage is void

    def length(self, size: Fraction) -> int:
        """Ticks that a transfer of so many GB takes alone."""
        return max(1, nearest(size * 8 / self.bandwidth * 1000))


@dataclass(frozen=True)
class Dataset:
    name: str
    site: int
    size: Fraction  # GB


@dataclass(frozen=True)
class Partition:
    tokens: int
    project: str | None = None  # the rest names neither
    site: int | None = None


@dataclass(frozen=True)
class Feature:
    name: str
    tokens: int
    acquire: str = "reserved"
    minimum_hold: int = 0
    linger: int = 0
    first_try: int = 30_000
    back_off: int = 60_000
    back_off_max: int = 1_800_000
    server: int | None = None
    sites: frozenset[int] | None = None  # None: all
    lend: bool = False
    partitions: tuple[Partition, ...] = ()  # the rest is the last

    def returned(self, check_out: int, end: int) -> int:
        """When a token taken at `check_out` by a job that ends at `end` is free again."""
        return max(end, check_out + self.minimum_hold) + self.linger

    def partition(self, project: str, site: int) -> int:
        """The partition that a project uses at a site: that of both, else of the project, of the site, the rest."""
        for key in ((project, site), (project, None), (None, site), (None, None)):
            for index, partition in enumerate(self.partitions):
                if (partition.project, partition.site) == key:
                    return index
        raise AssertionError("the rest is for everybody")


@dataclass(frozen=True)
class Pool:
    """Tokens from which jobs take: a partition, the rest, or a whole feature whose partitions lend."""

    feature: Feature
    tokens: int


def feature_of(values: dict[str, Any], site: Mapping[str, int]) -> Feature:
    plain = {k: v for k, v in values.items() if k not in ("server", "sites", "partitions") and v is not None}
    own = [
        Partition(p["tokens"], p.get("project"), site[p["site"]] if p.get("site") is not None else None)
        for p in values.get("partitions") or []
    ]
    rest = values["tokens"] - sum(p.tokens for p in own)
    if rest < 0:
        raise ValueError("partitions have more tokens than the feature")
    server, sites = values.get("server"), values.get("sites")
    return Feature(
        **plain,
        server=None if server is None else site[server],
        sites=None if sites is None else frozenset(site[s] for s in sites),
        partitions=(*own, Partition(rest)),
    )


@dataclass
class Places:
    """Sites, links and datasets, each by name."""

    sites: list[Site]
    links: list[Link] = field(default_factory=list)
    datasets: list[Dataset] = field(default_factory=list)

    def link(self, one: int, other: int) -> Link | None:
        return next((link for link in self.links if set(link.sites) == {one, other}), None)


def by_name(rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    return sorted(rows, key=lambda row: str(row["name"]).encode())


def places_of(floor: dict[str, Any]) -> Places:
    """A floor without sites is one site without a name."""
    rows = by_name(floor.get("sites") or [{"name": ""}])
    sites = [
        Site(
            row["name"],
            exact(row["storage"]) * KB_PER_GB if row.get("storage") is not None else None,
            exact(row["cache"]) if row.get("cache") is not None else None,
            exact(row.get("egress_cost") or 0),
        )
        for row in rows
    ]
    index = {site.name: i for i, site in enumerate(sites)}
    links = [
        Link(
            number, row["name"], (index[row["sites"][0]], index[row["sites"][1]]), exact(row.get("bandwidth", 1)),
            row.get("rtt", 0), row.get("mttf"), row.get("mttr", 0), row.get("grace", 600_000), row.get("lost", "kill"),
        )
        for number, row in enumerate(by_name(floor.get("links") or []))
    ]  # fmt: skip
    pairs = [frozenset(link.sites) for link in links]
    if len(set(pairs)) < len(pairs) or any(len(pair) < 2 for pair in pairs):
        raise ValueError("there is one link at most between two sites")
    datasets = [Dataset(r["name"], index[r["site"]], exact(r["size"])) for r in by_name(floor.get("datasets") or [])]
    return Places(sites, links, datasets)
