"""`make bench-forecast`: the product's forecast beside others, as the tables of `docs/forecast.md`.

The others are statsforecast's, installed from `peers.txt` into an environment of their own.
"""

import json
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

from bench.forecast import backtest
from bench.forecast.backtest import AHEADS, ORIGINS, Held, Results
from bench.forecast.countries import Made

_FOLDER = Path(__file__).parent
_ENVIRONMENT = _FOLDER.parents[1] / "build" / "forecast"
_PYTHON = _ENVIRONMENT / "bin" / "python"


def main() -> None:
    results = {
        "this product": backtest.run(backtest.ours),
        "straight line, 6 months": backtest.run(backtest.straight),
        **peers(),
    }
    show("Mean error, percent points", results, lambda held: f"{held.error:.1f}")
    del results["straight line, 6 months"]
    show("Inside the 80% band, of 100 results", results, lambda held: f"{held.share:.0f}")
    print(f"\nDates: {backtest.dates()}")


def show(title: str, results: Mapping[str, Results], cell: Callable[[Held], str]) -> None:
    """A table in Markdown."""
    heads = [f"{origin} + {ahead}" for origin in ORIGINS for ahead in AHEADS]
    print("", f"| {title} | {' | '.join(heads)} |", "|---" * (len(heads) + 1) + "|", sep="\n")
    for name, held in results.items():
        cells = [cell(held[origin, ahead]) for origin in ORIGINS for ahead in AHEADS]
        print(f"| {name} | {' | '.join(cells)} |")


def peers() -> dict[str, Results]:
    """How statsforecast's methods held on the same cases."""
    install()
    tried = [*backtest.cases()]
    known = [[float(m.percent) for m in made.months[:origin]] for origin, made in tried]
    answer = subprocess.run(
        [_PYTHON, _FOLDER / "peers.py"],
        input=json.dumps(known),
        capture_output=True,
        text=True,
        check=False,
    )
    if answer.returncode:
        sys.exit(f"bench: statsforecast failed: {answer.stderr[-2000:]}")
    return {
        name: backtest.judge(_beside(tried, paths))
        for name, paths in json.loads(answer.stdout).items()
    }


def install() -> None:
    """Make the environment, or leave the one there is."""
    if not _PYTHON.exists():
        print("Installing statsforecast into build/forecast …")
        subprocess.run([sys.executable, "-m", "venv", _ENVIRONMENT], check=True)
        pip = [_PYTHON, "-m", "pip", "install", "--quiet", "--require-hashes", "-r"]
        subprocess.run([*pip, _FOLDER / "peers.txt"], check=True)


def _beside(
    tried: list[tuple[int, Made]], paths: list[backtest.Foretold]
) -> Iterator[tuple[int, Made, backtest.Foretold]]:
    return ((*case, path) for case, path in zip(tried, paths, strict=True))


if __name__ == "__main__":
    main()
