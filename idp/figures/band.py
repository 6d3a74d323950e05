"""How wide the forecast's band is, from errors over made-up countries (`bench/forecast`)."""

import csv
from collections.abc import Mapping
from functools import cache
from importlib import resources


@cache
def simulated_widths() -> Mapping[int, float]:
    """Months ahead → q: |error| on the logit, in mean monthly moves, that held 80 of 100."""
    text = (resources.files("idp.figures") / "forecast_band.csv").read_text("utf-8")
    return {int(row["months_ahead"]): float(row["q"]) for row in csv.DictReader(text.splitlines())}
