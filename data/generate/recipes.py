"""Unit processes of the 180 nm line: what one visit to a tool is. Routes are made of them in routes.py.

A step is a dict with the column names of the route tables. Times are minutes; "per wafer" times are multiplied by the
wafers of the lot. Every time has a spread of 5 % to either side, as in SMT2020 (2020).
"""

from tools import BY_NAME, minutes

SPREAD = 0.05
# Exposure of a wafer and the change of job before a lot, minutes. A 200 mm KrF scanner is published with 80 wafers an
# hour (0.75 min); ours is refurbished, aligns every wafer and gets half of it. Its change of job is the reticle (8) and
# a send-ahead wafer or a focus check (12). The i-line steppers change reticles only, but expose thick resists.
EXPOSE_KRF, JOB_KRF = 1.5, 20
SCANNER_FASTEST, SCANNER_SLOWEST = 0.75, 2.5
EXPOSE_ILINE, JOB_ILINE = 1.6, 6
# Furnaces are filled up with dummy wafers: hot (12) and super-hot lots (6) start one alone, smaller lots wait.
BATCH_MIN = 6
Step = dict[str, object]


def spread(mean: float) -> str:
    return f"uniform({minutes(mean)}, {minutes(SPREAD * mean)})"


# Share of its process time for which a cascading tool blocks its entrance (SMT2020, by area).
CASCADE = {"litho": 0.75, "implant": 0.75, "wet": 0.75, "thin_film": 0.85, "dielectric": 0.90, "cmp": 0.70}


class Route:
    """A route under construction: every method appends one or more steps."""

    def __init__(self, product: str):
        self.product = product
        self.steps: list[Step] = []
        self.masks = 0

    # -- single visits ---------------------------------------------------------------------------------------------
    def add(self, name: str, group: str, mean: float, per: str = "lot", **more: object) -> Step:
        step: Step = {"name": name, "tool_group": group, "time": spread(mean), "per": per, **more}
        tool = BY_NAME[group]
        if tool.kind == "cascading":
            step["interval"] = minutes(mean * CASCADE[tool.area])
        self.steps.append(step)
        return step

    def metrology(self, name: str, group: str, mean: float, sampling: float) -> None:
        self.add(name, group, mean, sampling=sampling)

    def furnace(self, name: str, group: str, hours: float, wait: str = "4 h") -> None:
        self.add(name, group, hours * 60, per="batch", batch_min=BATCH_MIN, batch_max=100, batch_wait=wait)

    def preclean(self, name: str, before: str, limit: str = "6 h") -> None:
        """RCA clean whose surface must be covered within `limit`."""
        self.add(name, "Wet_Preclean", 42, queue_time_to=before, queue_time_limit=limit)

    def clean(self, name: str, back_end: bool = False) -> None:
        self.add(name, "Wet_Solvent" if back_end else "Wet_Resist", 30 if back_end else 40)

    # -- lithography ------------------------------------------------------------------------------------------------
    def litho(
        self, layer: str, tool: str = "iline", cd: float = 0.0, overlay: float = 0.5, dedicates: str | None = None
    ) -> None:
        """Coat, expose, develop, inspect; a failed registration sends the lot back to the coater."""
        self.masks += 1
        krf = tool == "krf"
        track = "Track_KrF" if krf else "Track_iLine"
        if krf and cd >= 0.8:
            self.add(f"{layer}_backside_clean", "Backside_Clean", 24)
        self.add(f"{layer}_coat", track, 1.2, per="wafer")
        reticle = f"{self.product}_{layer}"
        expose = self.add(
            f"{layer}_expose",
            "Scanner_KrF" if krf else "Stepper_iLine",
            EXPOSE_KRF if krf else EXPOSE_ILINE,
            per="wafer",
            setup=reticle,
            setup_time=spread(JOB_KRF if krf else JOB_ILINE),
            queue_time_to=f"{layer}_develop",
            queue_time_limit="2 h" if krf else "8 h",
        )
        if dedicates:
            expose["dedicates"] = f"{dedicates}_expose"
        self.add(f"{layer}_develop", track, 1.2, per="wafer")
        if cd:
            self.metrology(f"{layer}_adi_cd", "CD_SEM", 18, cd)
        else:
            self.metrology(f"{layer}_adi", "ADI_Macro", 10, 0.5)
        self.add(
            f"{layer}_overlay",
            "Overlay",
            14,
            sampling=overlay,
            rework_to=f"{layer}_coat",
            rework=0.02 if krf else 0.015,
        )

    # -- pattern transfer -------------------------------------------------------------------------------------------
    def etch(
        self, layer: str, group: str, mean: float, back_end: bool = False, cd: float = 0.6, defect: float = 0.0
    ) -> None:
        """Etch, ash, clean. In the back end corrosion limits the wait before each of the two cleans."""
        etch = self.add(f"{layer}_etch", group, mean, per="wafer")
        strip = self.add(f"{layer}_strip", "Asher_BE" if back_end else "Asher_FE", 1.0, per="wafer")
        if back_end:
            etch.update(queue_time_to=f"{layer}_strip", queue_time_limit="2 h")
            strip.update(queue_time_to=f"{layer}_polymer_clean", queue_time_limit="8 h")
            self.clean(f"{layer}_polymer_clean", back_end=True)
        else:
            self.clean(f"{layer}_resist_clean")
        if cd:
            self.metrology(f"{layer}_aei_cd", "CD_SEM", 18, cd)
        if defect:
            self.metrology(f"{layer}_defect", "Defect_Scan", 30, defect)

    def implant(self, name: str, group: str, species: str, mean: float) -> None:
        self.add(name, group, mean, per="wafer", setup=species)

    def implant_layer(self, layer: str, *implants: tuple[str, str, str, float], cure: bool = False) -> None:
        """One implant mask: the implants (suffix, group, species, minutes a wafer), then ash and clean."""
        self.litho(layer)
        if cure:
            self.add(f"{layer}_uv_cure", "UV_Cure", 0.8, per="wafer")
        for suffix, group, species, mean in implants:
            self.implant(f"{layer}_{suffix}", group, species, mean)
        if len(implants) > 1:
            self.metrology(f"{layer}_dose", "Thermal_Wave", 12, 0.5)
        self.add(f"{layer}_strip", "Asher_FE", 1.2, per="wafer")
        self.clean(f"{layer}_resist_clean")

    # -- films --------------------------------------------------------------------------------------------------------
    def film(self, name: str, group: str, mean: float, gauge: str = "Ellipsometer", sampling: float = 0.5) -> None:
        self.add(f"{name}_dep", group, mean, per="wafer")
        self.metrology(f"{name}_thickness", gauge, 10, sampling)

    def polish(self, name: str, group: str, mean: float, slurry: str = "") -> None:
        if slurry:
            self.add(f"{name}_cmp", group, mean, per="wafer", setup=slurry, setup_time=spread(25))
        else:
            self.add(f"{name}_cmp", group, mean, per="wafer")
        self.steps[-1].update(queue_time_to=f"{name}_post_cmp", queue_time_limit="4 h")
        self.add(f"{name}_post_cmp", "Post_CMP", 28)
