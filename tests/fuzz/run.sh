#!/usr/bin/env bash
# Runs each fuzz target of a build for SECONDS and fails when one has a finding; the input is kept beside the target.
#   tests/fuzz/run.sh BUILD SECONDS [NAME...]
set -euo pipefail
build=$(realpath "$1")/tests/fuzz
seconds=$2
shift 2
cd "$(dirname "$0")"
[[ $# -gt 0 ]] || set -- *.cpp

failed=()
for target; do
    name=${target%.cpp}
    mkdir -p "$build/$name.corpus"
    printf '%s: %s s\n' "$name" "$seconds"
    "$build/fuzz_$name" -max_total_time="$seconds" -max_len=4096 -timeout=10 -rss_limit_mb=2048 -print_final_stats=1 \
        -artifact_prefix="$build/$name." "$build/$name.corpus" "$name" >"$build/$name.log" 2>&1 || failed+=("$name")
    grep -E '^#[0-9]+.*DONE|^stat::|^SUMMARY' "$build/$name.log" || true
done
for name in "${failed[@]}"; do
    printf '%s has a finding, see %s\n' "$name" "$build/$name.log" >&2
done
[[ ${#failed[@]} -eq 0 ]]
