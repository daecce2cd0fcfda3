# Sourced by build-deb and build-rpm. lay_tree DIR: DIR becomes a copy of this source tree with the file times kept, debian/
# at its top; only DIR/obj-*, what was compiled there, stays.
lay_tree() {
    mkdir -p "$1"
    find "$1" -mindepth 1 -maxdepth 1 ! -name 'obj-*' -exec rm -rf {} +
    tar -c --exclude-vcs --exclude=./build --exclude=./.cache --exclude=__pycache__ . | tar -x -C "$1"
    cp -a packaging/debian "$1/debian"
}
