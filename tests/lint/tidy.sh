#!/usr/bin/env bash
# tidy.sh BUILD: clang-tidy over every source of the product, with the flags of a build made without precompiled headers.
set -euo pipefail
cd "$(dirname "$0")/../.."
find host plugins -name '*.cpp' -print0 |
    xargs -0 -r -n 4 -P "$(nproc)" nice clang-tidy --quiet -p "$1" --extra-arg=-Wno-unknown-warning-option
