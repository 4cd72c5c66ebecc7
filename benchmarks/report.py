"""``make bench``: every figure of ``plancycle bench`` beside what the product sets itself.

It judges nothing by its exit code: machines differ, and a shared one differs from minute to minute.
"""

import argparse
import json
import subprocess
import sys

# (figure, what it is, at least or at most, the bound)
TARGETS = (
    ("ratio", "acts to pgbench's replay of their statements", ">=", 0.35),
    ("p99_ratio", "slowest act in a hundred to the replay's", "<=", 5.0),
    ("inbox_ms_at_100000", "My work among 100,000 open tasks, in the database, ms", "<", 10.0),
    ("my_work_page_ms", "My work at the server, ms", "<", 60.0),
    ("plan_page_ms", "a plan's page at the server, ms", "<", 60.0),
    ("board_page_ms", "All plans with 150 plans at the server, ms", "<", 150.0),
)


def main() -> int:
    """Measure once and print the table, then the whole document."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--clients", type=int, default=4)
    parser.add_argument("--seconds", type=int, default=5)
    given = parser.parse_args()
    command = [sys.executable, "-m", "webui", "bench", "--json"]
    command += ["--clients", str(given.clients), "--seconds", str(given.seconds)]
    done = subprocess.run(command, stdout=subprocess.PIPE, check=False, text=True)
    if done.returncode:
        return done.returncode
    found = json.loads(done.stdout)
    for key, words, sign, bound in TARGETS:
        value = found[key]
        met = value >= bound if sign == ">=" else value <= bound
        print(f"{words:54} {value:>8}  {sign} {bound:<6} {'yes' if met else 'no'}")
    print(json.dumps(found, indent=2))
    return 0


if __name__ == "__main__":
    sys.exit(main())
