# shellcheck shell=bash
# Sourced by the benchmarks: builds what they run, and installs what that needs.

# Prints the comment at the top of a script.
usage() {
    sed -n '2,/^[^#]/s/^# \{0,1\}//p' "$1"
}

target=${CARGO_TARGET_DIR:-target}
# shellcheck disable=SC2034 # for whoever sources this
lab=$target/release/grange-lab

# Installs what the benchmarks need, and finds Rust.
prepare() {
    if [ "$(id -u)" != 0 ]; then
        echo "this makes network namespaces: run it as root" >&2
        return 1
    fi
    # shellcheck source=scripts/apt.sh
    . scripts/apt.sh
    local had_bird=no
    if command -v bird >/dev/null; then had_bird=yes; fi
    need_commands ip:iproute2 nft:nftables babeld:babeld bird:bird2 conntrack:conntrack cc:gcc >&2
    # BIRD's package starts a daemon where there is an init system; nothing here uses that one.
    if [ $had_bird = no ] && command -v systemctl >/dev/null; then systemctl disable --now bird 2>/dev/null || true; fi
    # shellcheck source=scripts/rust.sh
    . scripts/rust.sh
    ensure_rust >&2
}

build_lab() {
    prepare
    cargo build --release --locked -p grange-lab
}

# The daemons that are measured, unless GRANGE_ROUTED or GRANGE_UPLINKD names another: the static programs that ship on
# routers where the toolchain for them is there, which `cross/setup` makes, else those with this machine's C library.
build_routed() {
    [ -n "${GRANGE_ROUTED:-}" ] || GRANGE_ROUTED=$(build_shipped grange-routed)
    export GRANGE_ROUTED
}

build_uplinkd() {
    [ -n "${GRANGE_UPLINKD:-}" ] || GRANGE_UPLINKD=$(build_shipped grange-uplinkd)
    export GRANGE_UPLINKD
}

# Builds a daemon, and prints where it is.
build_shipped() {
    if [ "$(uname -m)" = x86_64 ] && cross/setup check 2>/dev/null >&2; then
        cross/build x86_64 >&2 &&
            echo "$PWD/target/cross/x86_64/$1"
    else
        echo "without the toolchain for routers (cross/setup): built for this machine's C library" >&2
        cargo build --profile router --locked -p "$1" >&2 &&
            realpath "$target/router/$1"
    fi
}
