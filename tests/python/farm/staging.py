"""Datasets on their way to the jobs that need them, and what sites keep of them."""

from __future__ import annotations

from dataclasses import dataclass, field
from fractions import Fraction
from typing import TYPE_CHECKING

from farm.model import Job, Model
from farm.places import UNIT, Link

if TYPE_CHECKING:
    from farm.state import State


@dataclass(eq=False)
class Transfer:
    data: int
    site: int  # where to
    link: Link
    jobs: list[Job] = field(default_factory=list)
    moving: bool = False  # after the first round trip
    clock: int = 0  # units of 2^-32 ticks of the time that it would take alone, up to clock_at
    clock_at: int = 0
    rate: int = 0
    version: int = 0


class Staging:
    def __init__(self, model: Model) -> None:
        self.model = model
        self.transfers: list[Transfer] = []
        self.kept: list[set[int]] = [set() for _ in model.sites]
        self.used: list[dict[int, int]] = [{} for _ in model.sites]  # when a job that needs it was last routed here

    def holds(self, site: int, data: int) -> bool:
        return self.model.datasets[data].site == site or data in self.kept[site]

    def link_to(self, site: int, data: int) -> Link:
        link = self.model.places.link(site, self.model.datasets[data].site)
        assert link is not None
        return link

    def time(self, site: int, data: int | None) -> Fraction:
        """To stage, as the routing reckons it."""
        if data is None or self.holds(site, data):
            return Fraction(0)
        link = self.link_to(site, data)
        on_link = sum(t.link is link for t in self.transfers)
        return Fraction(link.rtt + link.length(self.model.datasets[data].size) * (on_link + 1))

    def must_wait(self, state: State, job: Job) -> bool:
        """The job has been routed: whether it must wait for its data; a transfer begins if there is none."""
        if job.data is None:
            return False
        self.used[job.site][job.data] = state.now
        if self.holds(job.site, job.data):
            return False
        transfer = next((t for t in self.transfers if (t.data, t.site) == (job.data, job.site)), None)
        if transfer is None:
            transfer = Transfer(job.data, job.site, self.link_to(job.site, job.data))
            self.transfers.append(transfer)
            state.count("transfers")
            self._begin(state, transfer)
        else:
            state.count("joined transfers")
        transfer.jobs.append(job)
        return True

    def _begin(self, state: State, transfer: Transfer) -> None:
        if transfer.link.rtt > 0:
            state.wake(transfer.link.rtt, transfer)
        else:
            self.move(state, transfer)

    def move(self, state: State, transfer: Transfer) -> None:
        """The first round trip is over."""
        transfer.moving, transfer.clock_at = True, state.now
        self.adapt(state, transfer.link)

    def adapt(self, state: State, link: Link) -> None:
        """New rates on a link after a begin or an end; while it is down nothing moves."""
        moving = [t for t in self.transfers if t.link is link and t.moving]
        if len(moving) > 1:
            state.count("shared transfers")
        for transfer in moving:
            transfer.clock += transfer.rate * (state.now - transfer.clock_at)
            transfer.clock_at = state.now
            transfer.rate = UNIT // len(moving) if link.up else 0
            transfer.version += 1
            if transfer.rate > 0:
                left = link.length(self.model.datasets[transfer.data].size) * UNIT - transfer.clock
                state.wake(max(0, -(-left // transfer.rate)), transfer, end=True)

    def end(self, state: State, transfer: Transfer) -> None:
        """The data are there, and kept if there is room; the jobs that waited go on."""
        self.transfers.remove(transfer)
        self.adapt(state, transfer.link)
        self._keep(state, transfer)
        for job in transfer.jobs:
            state.staged.remove(job)
            state.arrive(job)

    def _keep(self, state: State, transfer: Transfer) -> None:
        site, kept, datasets = transfer.site, self.kept[transfer.site], self.model.datasets
        room = self.model.sites[site].cache
        kept.add(transfer.data)
        if room is None:
            return
        needed = {job.data for job in self.model.jobs if job.routed and job.site == site and not job.ended}
        others = sorted(kept - needed - {transfer.data}, key=lambda data: (self.used[site][data], data))
        if sum(datasets[data].size for data in kept - set(others)) > room:  # in vain
            others = []
        while sum(datasets[data].size for data in kept) > room and others:
            kept.remove(others.pop(0))
            state.count("evicted")
        if sum(datasets[data].size for data in kept) > room:
            kept.remove(transfer.data)
            state.count("not kept")
