# shellcheck shell=bash
# Sourced by the other scripts: finds a Rust that is recent enough, or installs Debian's.

# shellcheck source=scripts/apt.sh
. scripts/apt.sh

# The oldest Rust that compiles the workspace; Cargo.toml's rust-version.
RUST_NEEDED=$(sed -n 's/^rust-version = "\(.*\)"/\1/p' Cargo.toml)

# Whether the first version is the second or later.
at_least() {
    [ "$(printf '%s\n%s\n' "$2" "$1" | sort -V | head -n 1)" = "$2" ]
}

rust_version() {
    "$1" --version 2>/dev/null | sed -n 's/^rustc \([0-9.]*\).*/\1/p'
}

is_recent_rust() {
    local version
    version=$(rust_version "$1")
    [ -n "$version" ] && at_least "$version" "$RUST_NEEDED"
}

# Debian 12 has a recent Rust for its browsers: packages rustc-web and cargo-web.
install_debian_rust() {
    echo "Rust $RUST_NEEDED or later is needed: from rustup, or Debian's"
    install_from_apt "$@" && is_recent_rust /usr/bin/rustc
}

# Puts a recent cargo and rustc first on PATH.
ensure_rust() {
    if [ -d "$HOME/.cargo/bin" ]; then PATH=$PATH:$HOME/.cargo/bin; fi
    export PATH
    if command -v cargo >/dev/null && is_recent_rust rustc; then return 0; fi
    install_debian_rust rustc-web cargo-web || return 1
    PATH=/usr/bin:$PATH
}

# Runs a command with Debian's Rust, whatever else is installed.
with_debian_rust() {
    if ! is_recent_rust /usr/bin/rustc || [ ! -x /usr/bin/cargo ]; then
        install_debian_rust rustc-web cargo-web || return 1
    fi
    env PATH="/usr/bin:$PATH" RUSTC=/usr/bin/rustc "$@"
}
