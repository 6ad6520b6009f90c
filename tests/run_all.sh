#!/bin/sh
# Everything that `make test` promises; what fails fastest comes first. BIN is where the tools are.
# With CI set nothing may be left out: a skipped test fails (tests/conftest.py), and so does a missing server here.
set -eu
cd "$(dirname "$0")/.."
BIN=${BIN:-.venv/bin}

step() { printf '\n== %s\n' "$*"; }

step "ruff, import-linter, mypy"
"$BIN/ruff" check .
"$BIN/ruff" format --check .
"$BIN/lint-imports"
"$BIN/mypy"

step "pytest on Redis: the store's and the workers' tests (all others run on the Valkey that comes along)"
if command -v redis-server >/dev/null; then
    STORE_PROGRAM=redis-server "$BIN/pytest" -n auto --maxprocesses 4 tests/store tests/jobs
elif [ -n "${CI:-}" ]; then
    echo "redis-server is missing (Debian: apt-get install redis-server)" >&2
    exit 1
else
    echo "left out: redis-server is not installed (Debian: apt-get install redis-server)"
fi

step "pytest"
notes=$(mktemp -d)
trap 'rm -rf "$notes"' EXIT
{
    "$BIN/pytest" -n auto --maxprocesses 4 --dist worksteal --cov --cov-report= --durations 15 || touch "$notes/failed"
} | tee "$notes/said"
[ ! -e "$notes/failed" ] || exit 1

step "coverage: all of core, branches too"
"$BIN/coverage" report --include 'alertbridge/core/*' --skip-covered --show-missing --fail-under 100
echo "everything together: $("$BIN/coverage" report --format total) %"

printf '\n== done\n'
tail -n 1 "$notes/said"
