"""`python -m bench [--json] [--seconds N]`: one run, one table; the figures also in `bench/out`."""

import argparse
import json
import sys
from pathlib import Path

from bench.client import UnexpectedAnswer
from bench.cores import choose_cores
from bench.failures import first_failure
from bench.report import as_json, cpu_times, show
from bench.run import run
from idp.kit.errors import ConfigurationError

_RECORD = Path(__file__).parent / "out" / "latest.json"


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m bench", description=__doc__)
    parser.add_argument("--json", action="store_true", help="print JSON instead of the table")
    parser.add_argument("--seconds", type=float, default=5, help="how long each flow is measured")
    options = parser.parse_args()
    if not 1 <= options.seconds <= 15:
        parser.error("--seconds is 1 to 15")
    try:
        results = run(choose_cores(), seconds=options.seconds)
    except* (UnexpectedAnswer, ConfigurationError, RuntimeError, OSError) as group:
        sys.exit(f"bench: {first_failure(group)}")
    before = cpu_times(_last_record())
    record = json.dumps(as_json(results), indent=2)
    _RECORD.parent.mkdir(exist_ok=True)
    _RECORD.write_text(record + "\n")
    if options.json:
        print(record)
    else:
        show(results, before=before)


def _last_record() -> object:
    """What the run before kept; None when there is none that can be read."""
    try:
        return json.loads(_RECORD.read_text())
    except (OSError, ValueError):
        return None


if __name__ == "__main__":
    main()
