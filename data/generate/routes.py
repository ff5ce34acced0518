"""The products of pilot-line as sequences of modules. All front ends share the recipes and the names of the steps, so
lots of different products may share a furnace run."""

from recipes import Route

BORON, PHOSPHORUS, ARSENIC, BF2 = "boron", "phosphorus", "arsenic", "bf2"


def lot_start(r: Route) -> None:
    r.add("lot_start", "Sorter", 20)
    r.add("wafer_mark", "Laser_Marker", 0.8, per="wafer")
    r.add("start_scrub", "Scrubber", 28)
    r.metrology("start_particles", "Particle", 15, 0.5)


def trench_isolation(r: Route) -> None:
    r.preclean("pad_oxide_preclean", "pad_oxide")
    r.furnace("pad_oxide", "Furnace_Oxide", 4.5)
    r.metrology("pad_oxide_thickness", "Ellipsometer", 10, 0.5)
    r.furnace("trench_nitride", "LPCVD_Nitride", 4.5)
    r.litho("sti", "krf", cd=0.8, overlay=0.8)
    r.add("sti_hard_mask_etch", "Etch_Nitride", 1.8, per="wafer")
    r.etch("sti", "Etch_Silicon", 2.4, cd=0.8, defect=0.4)
    r.metrology("sti_depth", "Profiler", 15, 0.6)
    r.preclean("sti_liner_preclean", "sti_liner")
    r.furnace("sti_liner", "Furnace_Oxide", 4.5)
    r.film("sti_fill", "HDP_CVD", 2.6)
    r.furnace("sti_densify", "Furnace_Drive", 4.5)
    r.polish("sti", "CMP_Oxide", 2.5, "trench_slurry")
    r.metrology("sti_post_cmp_thickness", "Ellipsometer", 12, 1.0)
    r.add("trench_deglaze", "Wet_HF", 24)
    r.add("trench_nitride_strip", "Wet_Phosphoric", 65)
    r.preclean("sacrificial_oxide_preclean", "sacrificial_oxide")
    r.furnace("sacrificial_oxide", "Furnace_Oxide", 4.0)


def wells(r: Route, deep: bool = False) -> None:
    if deep:
        r.implant_layer("deep_nwell", ("well", "Implant_HE", PHOSPHORUS, 2.2))
        r.add("deep_nwell_anneal", "RTP_Anneal", 1.6, per="wafer")
    r.implant_layer("nwell", ("well", "Implant_HE", PHOSPHORUS, 1.6), ("punch", "Implant_MC", ARSENIC, 0.5))
    r.implant_layer("pwell", ("well", "Implant_HE", BORON, 1.6), ("punch", "Implant_MC", BORON, 0.5))
    r.implant_layer("vt_n", ("adjust", "Implant_MC", BF2, 0.6))
    r.implant_layer("vt_p", ("adjust", "Implant_MC", ARSENIC, 0.6))
    r.add("well_anneal", "RTP_Anneal", 1.6, per="wafer")
    r.metrology("well_sheet_resistance", "Four_Point", 12, 0.3)


def gate(r: Route, high_resistance: bool = False) -> None:
    r.add("sacrificial_oxide_strip", "Wet_HF", 26)
    r.preclean("thick_oxide_preclean", "thick_oxide", "4 h")
    r.furnace("thick_oxide", "Furnace_Gate", 4.5, "3 h")
    r.metrology("thick_oxide_thickness", "Ellipsometer", 12, 1.0)
    r.litho("dual_gate")
    r.add("dual_gate_etch", "Wet_HF", 26)
    r.add("dual_gate_strip", "Asher_FE", 1.0, per="wafer")
    r.preclean("gate_oxide_preclean", "gate_oxide", "4 h")
    r.furnace("gate_oxide", "Furnace_Gate", 4.0, "3 h")
    r.steps[-1].update(queue_time_to="gate_poly", queue_time_limit="8 h")
    r.furnace("gate_poly", "LPCVD_Poly", 4.5, "3 h")
    r.metrology("gate_poly_thickness", "Ellipsometer", 12, 1.0)
    if high_resistance:
        r.implant_layer("high_r_poly", ("dope", "Implant_MC", BORON, 0.9))
    r.furnace("gate_hard_mask", "LPCVD_TEOS", 4.5)
    r.litho("gate", "krf", cd=1.0, overlay=1.0)
    r.add("gate_hard_mask_etch", "Etch_Nitride", 1.6, per="wafer")
    r.etch("gate", "Etch_Poly", 2.6, cd=1.0, defect=0.6)
    r.metrology("gate_defect_review", "Review_SEM", 25, 0.3)
    r.preclean("reoxidation_preclean", "reoxidation")
    r.furnace("reoxidation", "Furnace_Oxide", 4.0)


def extensions(r: Route) -> None:
    r.implant_layer("nldd", ("extension", "Implant_MC", ARSENIC, 0.5), ("halo", "Implant_MC", BORON, 0.8))
    r.implant_layer("pldd", ("extension", "Implant_MC", BF2, 0.5), ("halo", "Implant_MC", PHOSPHORUS, 0.8))
    r.implant_layer("io_nldd", ("extension", "Implant_MC", PHOSPHORUS, 0.6))
    r.implant_layer("io_pldd", ("extension", "Implant_MC", BF2, 0.6))
    r.add("extension_anneal", "RTP_Anneal", 1.4, per="wafer")


def spacers(r: Route) -> None:
    r.preclean("spacer_preclean", "spacer_oxide", "8 h")
    r.furnace("spacer_oxide", "LPCVD_TEOS", 4.0)
    r.furnace("spacer_nitride", "LPCVD_Nitride", 4.5)
    r.metrology("spacer_thickness", "Ellipsometer", 12, 1.0)
    r.add("spacer_etch", "Etch_Nitride", 2.0, per="wafer")
    r.clean("spacer_clean")
    r.metrology("spacer_cd", "CD_SEM", 18, 0.6)


def source_drain(r: Route) -> None:
    r.implant_layer("n_plus", ("source_drain", "Implant_HC", ARSENIC, 1.4), cure=True)
    r.implant_layer("p_plus", ("source_drain", "Implant_HC", BORON, 1.4), cure=True)
    r.add("source_drain_anneal", "RTP_Anneal", 1.4, per="wafer")
    r.metrology("source_drain_sheet_resistance", "Four_Point", 12, 0.6)


def silicide(r: Route) -> None:
    r.film("silicide_block", "PECVD_Oxide", 1.2)
    r.litho("silicide_block")
    r.etch("silicide_block", "Etch_Nitride", 1.4, cd=0)
    r.add("cobalt_preclean", "Wet_HF", 22, queue_time_to="cobalt_dep", queue_time_limit="3 h")
    r.film("cobalt", "PVD_Cobalt", 1.8, "XRF", 0.5)
    r.add("silicide_first_anneal", "RTP_Silicide", 1.4, per="wafer")
    r.add("cobalt_strip", "Wet_Cobalt", 35)
    r.add("silicide_second_anneal", "RTP_Silicide", 1.4, per="wafer")
    r.metrology("silicide_sheet_resistance", "Four_Point", 12, 1.0)


def contacts(r: Route) -> None:
    r.film("contact_etch_stop", "PECVD_Nitride", 1.4)
    r.film("pre_metal_glass", "SACVD", 2.6)
    r.furnace("pre_metal_densify", "Furnace_Drive", 3.5)
    r.polish("pre_metal", "CMP_Oxide", 2.5, "oxide_slurry")
    r.metrology("pre_metal_thickness", "Ellipsometer", 12, 1.0)
    r.film("pre_metal_cap", "PECVD_Oxide", 1.2)
    r.litho("contact", "krf", cd=0.8, overlay=0.8)
    r.etch("contact", "Etch_Oxide", 2.4, back_end=True, cd=0.6, defect=0.4)
    plugs(r, "contact")


def plugs(r: Route, layer: str) -> None:
    r.add(f"{layer}_liner_dep", "PVD_Liner", 2.0, per="wafer")
    r.add(f"{layer}_tungsten_dep", "CVD_Tungsten", 2.2, per="wafer")
    r.polish(f"{layer}_tungsten", "CMP_Tungsten", 2.2)
    if layer == "contact":
        r.metrology("contact_plug_defect", "Defect_Scan", 30, 0.5)


def metal(r: Route, n: int, tool: str, dedicates: str | None = None, thick: bool = False) -> None:
    layer = f"metal{n}"
    r.film(layer, "PVD_Aluminium", 4.0 if thick else 2.4, "XRF", 0.5)
    r.add(f"{layer}_arc_dep", "PECVD_Nitride", 1.0, per="wafer")
    krf = tool == "krf"
    r.litho(layer, tool, cd=0.6 if krf else 0.3, overlay=0.8 if krf else 0.5, dedicates=dedicates)
    r.etch(layer, "Etch_Metal", 4.2 if thick else 2.6, back_end=True, cd=0.6 if krf else 0.3, defect=0.4)


def via(r: Route, n: int, tool: str, dedicates: str | None = None) -> None:
    """Dielectric over metal n, polished, and the vias through it."""
    layer = f"via{n}"
    r.film(f"{layer}_gap_fill", "HDP_CVD", 2.4, sampling=0.3)
    r.add(f"{layer}_oxide_dep", "PECVD_Oxide", 1.8, per="wafer")
    r.polish(f"{layer}_oxide", "CMP_Oxide", 2.3, "oxide_slurry")
    r.metrology(f"{layer}_oxide_thickness", "Ellipsometer", 12, 1.0)
    krf = tool == "krf"
    r.litho(layer, tool, cd=0.6 if krf else 0.3, overlay=0.8 if krf else 0.5, dedicates=dedicates)
    r.etch(layer, "Etch_Oxide", 2.2, back_end=True, cd=0.6 if krf else 0.3)
    plugs(r, layer)


def wiring(r: Route, metals: int, thick_top: bool = False, capacitor: bool = False) -> None:
    """Metals and vias; the finest layers on the scanner, the upper ones on one and the same i-line stepper."""
    scanner_metals = 4
    for n in range(1, metals + 1):
        top = n == metals
        tool = "krf" if n <= scanner_metals and not top else "iline"
        metal(r, n, tool, f"via{n}" if tool == "iline" and not top else None, thick_top and top)
        if capacitor and n == metals - 1:
            metal_capacitor(r)
        if not top:
            via(r, n, "krf" if n <= scanner_metals else "iline", None if n <= scanner_metals else f"metal{n + 1}")


def metal_capacitor(r: Route) -> None:
    r.film("capacitor_dielectric", "PECVD_Nitride", 1.2, sampling=1.0)
    r.film("capacitor_plate", "PVD_Resistor", 2.0, "XRF", 0.5)
    r.litho("capacitor", cd=0.3)
    r.etch("capacitor", "Etch_Metal", 2.0, back_end=True, cd=0.3)


def end_of_line(r: Route) -> None:
    r.film("passivation_oxide", "HDP_CVD", 2.4)
    r.film("passivation_nitride", "PECVD_Nitride", 2.2)
    r.metrology("passivation_stress", "Bow_Stress", 12, 0.3)
    r.litho("pad")
    r.etch("pad", "Etch_Pad", 3.0, back_end=True, cd=0)
    r.furnace("alloy", "Furnace_Alloy", 2.5, "6 h")
    r.add("parametric_test", "Parametric_Test", 8.0, per="wafer")
    r.add("final_inspection", "Final_Inspection", 2.0, per="wafer")
    r.add("pack", "Sorter", 30)


def logic() -> Route:
    r = Route("logic180")
    lot_start(r)
    trench_isolation(r)
    wells(r)
    gate(r)
    extensions(r)
    spacers(r)
    source_drain(r)
    silicide(r)
    contacts(r)
    wiring(r, 6)
    end_of_line(r)
    return r


def mixed_signal() -> Route:
    r = Route("rf180")
    lot_start(r)
    trench_isolation(r)
    wells(r, deep=True)
    gate(r, high_resistance=True)
    extensions(r)
    spacers(r)
    source_drain(r)
    silicide(r)
    contacts(r)
    wiring(r, 5, thick_top=True, capacitor=True)
    end_of_line(r)
    return r


def power() -> Route:
    """Power management: buried layer, epitaxy and deep trenches before the CMOS, three thick metals after it."""
    r = Route("power180")
    lot_start(r)
    r.preclean("screen_oxide_preclean", "screen_oxide")
    r.furnace("screen_oxide", "Furnace_Oxide", 4.5)
    r.implant_layer("buried_layer", ("dope", "Implant_HC", ARSENIC, 1.6), cure=True)
    r.furnace("buried_layer_drive", "Furnace_Drive", 9.0)
    r.add("screen_oxide_strip", "Wet_HF", 26, queue_time_to="epi_dep", queue_time_limit="6 h")
    r.film("epi", "Epitaxy", 6.0, sampling=1.0)
    r.metrology("epi_bow", "Bow_Stress", 12, 0.5)
    r.furnace("deep_trench_mask", "LPCVD_TEOS", 4.5)
    r.litho("deep_trench", cd=0.5)
    r.etch("deep_trench", "Etch_Deep", 7.0, cd=0.5)
    r.metrology("deep_trench_depth", "Profiler", 15, 1.0)
    r.furnace("deep_trench_fill", "LPCVD_Poly", 6.0)
    r.add("deep_trench_etch_back", "Etch_Poly", 2.4, per="wafer")
    r.implant_layer("hv_nwell", ("well", "Implant_HE", PHOSPHORUS, 2.0))
    r.furnace("hv_well_drive", "Furnace_Drive", 8.0)
    trench_isolation(r)
    wells(r)
    gate(r)
    extensions(r)
    spacers(r)
    source_drain(r)
    silicide(r)
    contacts(r)
    wiring(r, 3, thick_top=True)
    end_of_line(r)
    return r


def wiring_loop() -> Route:
    """Short loop for back-end experiments: two metals and the vias between them on an oxide."""
    r = Route("wiring_loop")
    lot_start(r)
    r.film("pre_metal_cap", "PECVD_Oxide", 1.2)
    metal(r, 1, "krf")
    via(r, 1, "krf")
    metal(r, 2, "krf")
    r.furnace("alloy", "Furnace_Alloy", 2.5, "6 h")
    r.add("parametric_test", "Parametric_Test", 8.0, per="wafer")
    r.add("pack", "Sorter", 30)
    return r


def gate_loop() -> Route:
    """Short loop for gate-stack experiments: wells, gate and source-drain on blanket isolation, no wiring."""
    r = Route("gate_loop")
    lot_start(r)
    r.preclean("sacrificial_oxide_preclean", "sacrificial_oxide")
    r.furnace("sacrificial_oxide", "Furnace_Oxide", 4.0)
    r.implant_layer("pwell", ("well", "Implant_HE", BORON, 1.6), ("punch", "Implant_MC", BORON, 0.5))
    r.add("well_anneal", "RTP_Anneal", 1.6, per="wafer")
    gate(r)
    spacers(r)
    r.implant_layer("n_plus", ("source_drain", "Implant_HC", ARSENIC, 1.4), cure=True)
    r.add("source_drain_anneal", "RTP_Anneal", 1.4, per="wafer")
    r.furnace("alloy", "Furnace_Alloy", 2.5, "6 h")
    r.add("parametric_test", "Parametric_Test", 8.0, per="wafer")
    r.add("pack", "Sorter", 30)
    return r


ROUTES = [logic(), mixed_signal(), power(), wiring_loop(), gate_loop()]
