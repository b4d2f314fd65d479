# What the benchmarks beside a cluster share: a database of their own, seconds of a statement, medians. Sourced, not run.
set -euo pipefail
export PGOPTIONS='-c client_min_messages=warning'

sql() { psql -X -q -At -v ON_ERROR_STOP=1 "$@"; }

new_database() {
  dropdb --if-exists "$1"
  createdb "$1"
  export PGDATABASE=$1
  sql -c 'CREATE EXTENSION relsynth'
}

seconds() {
  local begun
  begun=$(date +%s.%N)
  "$@" >/dev/null
  awk -v a="$begun" -v b="$(date +%s.%N)" 'BEGIN {printf "%.3f\n", b - a}'
}

median() { printf '%s\n' "$@" | sort -n | awk '{v[NR] = $1} END {print v[int((NR + 1) / 2)]}'; }

# "1.23 s, 2.34 x" of a time beside another one
beside() { awk -v s="$1" -v c="$2" 'BEGIN {printf "%.2f s, %.2f x\n", s, s / c}'; }
