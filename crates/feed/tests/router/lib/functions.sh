# Stand-in for OpenWrt's: as much of it as our scripts use, after its documentation and behaviour.

# Values of the sections of one type, in the order of the file; each section is called by its number.
config_load() {
	UCI_FILE=/etc/config/$1
}

config_foreach() {
	uci_count=$(grep -c "^config $2\$" "$UCI_FILE")
	uci_at=0
	while [ "$uci_at" -lt "$uci_count" ]; do
		uci_at=$((uci_at + 1))
		"$1" "$2:$uci_at"
	done
}

config_get_bool() {
	uci_value=$(awk -v type="${2%:*}" -v at="${2#*:}" -v option="$3" '
		$1 == "config" { inside = $2 == type && ++n == at }
		inside && $1 == "option" && $2 == option { gsub(/'\''/, "", $3); print $3 }
	' "$UCI_FILE")
	case ${uci_value:-$4} in
	1 | on | true | yes | enabled) eval "$1=1" ;;
	*) eval "$1=0" ;;
	esac
}

services_of() {
	grep -h '^/etc/init.d/' "/usr/lib/opkg/info/$1.list" "/lib/apk/packages/$1.list" 2>/dev/null
}

default_postinst() {
	name=${pkgname:-$(basename "${1%.*}")}
	if [ -f "/usr/lib/opkg/info/$name.postinst-pkg" ]; then
		(. "/usr/lib/opkg/info/$name.postinst-pkg")
	fi
	for service in $(services_of "$name"); do
		[ "$PKG_UPGRADE" = 1 ] || "$service" enable
		"$service" start
	done
	return 0
}

default_prerm() {
	name=${pkgname:-$(basename "${1%.*}")}
	if [ -f "/usr/lib/opkg/info/$name.prerm-pkg" ]; then
		(. "/usr/lib/opkg/info/$name.prerm-pkg")
	fi
	for service in $(services_of "$name"); do
		[ "$PKG_UPGRADE" = 1 ] || "$service" disable
		"$service" stop
	done
	return 0
}

add_group_and_user() {
	echo "add_group_and_user $pkgname" >>/log
}
