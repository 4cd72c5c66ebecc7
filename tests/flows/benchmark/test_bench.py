"""``bench`` says what contracts.md promises. How fast it is, no test says: machines differ."""

from webui.commands.bench import pages
from workflows.benchmark import run as bench

KEYS = {
    "pgbench_tps", "act_tps", "ratio", "ratios", "p50_ms", "p99_ms", "pgbench_p50_ms",
    "pgbench_p99_ms", "p99_ratio", "statements_per_act", "inbox_statements", "inbox_posts",
    "inbox_ms_at_200", "inbox_with_counts_ms", "machine", "clients", "seconds", "my_work_page_ms",
    "plan_page_ms", "board_page_ms",
}  # fmt: skip


def test_a_short_benchmark_gives_every_figure() -> None:
    found = bench.bench(1, 1, units=2, pairs=1, tasks=200, also=pages)

    assert set(found) == KEYS
    assert found["inbox_posts"] == 3
    for key in KEYS - {"ratios", "machine"}:
        assert isinstance(found[key], int | float), key
        assert found[key] > 0, key
    assert len(found["ratios"]) == 1
    assert found["p50_ms"] <= found["p99_ms"]
    assert found["machine"]["postgresql"]
    # Person and key, lock, facts, write: each statement more is a journey more to the database.
    assert found["statements_per_act"] <= 4
