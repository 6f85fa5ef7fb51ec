# shellcheck shell=bash
# Sourced by the scripts that build for routers: which tools, in which versions, and the table of targets.

# What sizes and identical bytes are claimed for; docs/cross.md.
RUST_VERSION=1.96.0
ZIG_VERSION=0.17.1

RUSTC=${GRANGE_RUSTC:-/usr/bin/rustc}
CARGO=${GRANGE_CARGO:-/usr/bin/cargo}
ZIG_FOLDER=$PWD/target/toolchain/ziglang-$ZIG_VERSION
ZIG=$ZIG_FOLDER/ziglang/zig
LLD_VERSION=22.1.8
LLD=ld.lld-22

# Whether this Rust can build std: many can compile, but not without std's sources.
check_rust() {
    local sysroot version
    sysroot=$("$RUSTC" --print sysroot) || return
    if [ ! -e "$sysroot/lib/rustlib/src/rust/library/Cargo.lock" ]; then
        echo "$RUSTC has no sources of std: with rustup, add the component rust-src; on Debian, install rust-web-src" >&2
        return 1
    fi
    version=$("$RUSTC" --version)
    case $version in
    "rustc $RUST_VERSION "*) ;;
    *) echo "note: $version is not the recorded $RUST_VERSION: sizes and bytes will differ" >&2 ;;
    esac
}

# The names of all sets.
all_sets() {
    awk '!/^#/ && NF { print $1 }' cross/targets
}

# target_of SET COLUMN: a column of cross/targets.
target_of() {
    awk -v set="$1" -v column="$2" '
        BEGIN { split("set rust zig cpu endian float arches", names); for (i in names) at[names[i]] = i }
        !/^#/ && $1 == set { print $at[column]; found = 1 }
        END { exit !found }' cross/targets ||
        { echo "cross/targets has no set $1; there are: $(all_sets | tr '\n' ' ')" >&2; return 1; }
}

# The programs of a router, each a package of its own.
# shellcheck disable=SC2034 # for those who source this
DAEMONS=(grange-routed grange-uplinkd grange-rpcd grange-small)
# The programs of crates/proof, which never ship.
# shellcheck disable=SC2034
PROOF=(vectors crash guest)
