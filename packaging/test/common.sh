# Sourced by the package tests, which set `names`, the packages, and define `inside`, which runs a command in the new Debian; `more_to_say`,
# where defined, adds to the report of a failure.

kind=deb  # of packages
version_of_packages() { dpkg-deb -f "$packages"/brygga_*.deb Version; }
# enter [DIR]: starts the test again as root in namespaces of its own, with which its mounts and processes end. There it
# sets packages, work (a scratch directory, removed afterwards), root, version and arch.
enter() {
    if [[ ${1:-} == --inside ]]; then
        packages=$2 work=$3 root=$3/root
        version=$(version_of_packages)
        arch=$(dpkg --print-architecture)
        return
    fi
    [[ $# -le 1 && ${1:-} != -* ]] || { sed -n '3s/^# *//p' "$0" >&2; exit 2; }
    if [[ -n ${1:-} ]]; then
        ./packaging/install-dependencies --packages
    else
        "./packaging/build-$kind"
    fi
    as_root=()
    [[ $EUID -eq 0 ]] || as_root=(sudo)
    work=$(mktemp -d)
    trap '"${as_root[@]}" rm -rf --one-file-system "$work"' EXIT
    "${as_root[@]}" unshare --mount --pid --fork --mount-proc --kill-child \
        "$PWD/packaging/test/${0##*/}" --inside "$(realpath "${1:-build/$kind}")" "$work"
    exit
}

say() { echo "== $*"; }
fail() {
    echo "packaging/test/${0##*/}: $*" >&2
    tail -n 15 "$work"/*.log >&2
    ! declare -F more_to_say >/dev/null || more_to_say >&2 || true
    exit 1
}
expect() { "$@" || fail "failed: $*"; }
expect_not() { ! "$@" || fail "should have failed: $*"; }
expect_equal() { [[ $1 == "$2" ]] || fail "$3: '$1' instead of '$2'"; }

# make_debian [PACKAGE,...]: a fresh Debian 12 in $root; in its /debs the packages and their next version, which is the
# same with another number.
make_debian() {
    local name
    mmdebstrap --quiet --variant=apt ${1:+--include="$1"} bookworm "$root" >"$work/mmdebstrap.log" 2>&1 || fail "mmdebstrap"
    mkdir "$root/debs"
    for name in "${names[@]}"; do
        cp "$packages/${name}_${version}_$arch.deb" "$root/debs/"
        dpkg-deb -R "$packages/${name}_${version}_$arch.deb" "$work/$name"
        sed -i "s/^Version: .*/Version: $version+1/" "$work/$name/DEBIAN/control"
        dpkg-deb --root-owner-group -b "$work/$name" "$root/debs/${name}_$version+1_$arch.deb" >"$work/repack.log"
    done
}

clean_environment=(env -i PATH=/usr/sbin:/usr/bin:/sbin:/bin LC_ALL=C.UTF-8 DEBIAN_FRONTEND=noninteractive)
apt() { inside apt-get -q -y "$@" >"$work/apt.log" 2>&1 || fail "apt-get $*"; }
# install_version VERSION [OPTION...]: all packages, from their files, as an administrator does
install_version() {
    local files=("${names[@]/#//debs/}")
    apt install --no-install-recommends "${files[@]/%/_${1}_$arch.deb}" "${@:2}"
}
