"""`python -m bench.forecast.band`: makes the table of band widths that the product carries."""

from pathlib import Path

import idp.figures
from bench.forecast.countries import BAND_SEED, make_countries
from idp.figures.forecast import (
    FEWEST_MONTHS,
    HORIZON,
    are_enough,
    mean_move,
    path_on_logit,
    within,
)

LAST_ORIGIN = 36
TABLE = Path(idp.figures.__file__).parent / "forecast_band.csv"


def make_table() -> str:
    """The CSV: of every origin of every country, errors in units of the mean move before it."""
    ratios: dict[int, list[float]] = {ahead: [] for ahead in range(1, HORIZON + 1)}
    for country in make_countries(BAND_SEED):
        for origin in range(FEWEST_MONTHS, LAST_ORIGIN + 1):
            known, came = country.months[:origin], country.months[origin:]
            if not are_enough(known):
                continue
            path, move = path_on_logit(known), mean_move(known)
            for ahead, (foretold, month) in enumerate(zip(path, came, strict=False), start=1):
                ratios[ahead].append(abs(month.logit - foretold) / move)
    rows = [f"{ahead},{within(found):.3f}" for ahead, found in ratios.items()]
    return "\n".join(["months_ahead,q", *rows]) + "\n"


if __name__ == "__main__":
    TABLE.write_text(make_table())
