# shellcheck shell=bash
# Sourced by the other scripts: brings from apt what they need.

# Installs these packages of Debian.
install_from_apt() {
    [ $# -gt 0 ] || return 0
    if [ "$(id -u)" != 0 ] || ! command -v apt-get >/dev/null; then
        echo "missing: $*; install them, or run this as root on Debian 12" >&2
        return 1
    fi
    echo "installing $*"
    apt-get update -q &&
        DEBIAN_FRONTEND=noninteractive apt-get install -q -y --no-install-recommends "$@"
}

# What is missing of COMMAND:PACKAGE...: a command that shows it is there, then the package that has it, or several with blanks.
need_commands() {
    local need packages missing=()
    for need; do
        PATH=$PATH:/usr/sbin:/sbin command -v "${need%%:*}" >/dev/null && continue
        read -r -a packages <<<"${need#*:}"
        missing+=("${packages[@]}")
    done
    install_from_apt "${missing[@]}"
}
