"""Forecasts by statsforecast, in its own environment: JSON series in, JSON paths out.

Runs beside nothing of ours. Input: a list of series of percent points. Output: for each method, of
each series the middle, lower and upper edge (80%) of the months to come.
"""

import json
import sys

import pandas as pd
from statsforecast import StatsForecast
from statsforecast.models import AutoETS, AutoTheta, RandomWalkWithDrift

AHEAD = 12
METHODS = {
    "drift": RandomWalkWithDrift(alias="drift"),
    "AutoETS": AutoETS(season_length=1, alias="AutoETS"),
    "AutoETS, damped": AutoETS(season_length=1, damped=True, alias="AutoETS, damped"),
    "AutoTheta": AutoTheta(season_length=1, alias="AutoTheta"),
}


def main() -> None:
    frames = [
        pd.DataFrame({"unique_id": n, "ds": range(1, len(values) + 1), "y": values})
        for n, values in enumerate(json.load(sys.stdin))
    ]
    found = StatsForecast(models=[*METHODS.values()], freq=1, n_jobs=1).forecast(
        df=pd.concat(frames), h=AHEAD, level=[80]
    )
    print(json.dumps({name: paths(found, name) for name in METHODS}))


def paths(found: pd.DataFrame, name: str) -> list[list[list[float]]]:
    columns = [name, f"{name}-lo-80", f"{name}-hi-80"]
    return [rows[columns].to_numpy().tolist() for _, rows in found.groupby("unique_id")]


if __name__ == "__main__":
    main()
