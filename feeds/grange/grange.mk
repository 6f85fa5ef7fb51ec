# What all packages of this feed have in common. A package's Makefile includes it after rules.mk.
#
# The sources are those of the repository this folder is in: a `src-git` feed brings them along.
GRANGE_TOP:=$(realpath $(dir $(lastword $(MAKEFILE_LIST)))../..)

PKG_VERSION:=$(shell sed -n 's/^version = "\(.*\)"/\1/p' $(GRANGE_TOP)/Cargo.toml | head -n 1)
PKG_LICENSE:=MIT OR Apache-2.0
PKG_LICENSE_FILES:=LICENSE-MIT LICENSE-APACHE
PKG_MAINTAINER:=Grange <grange-mesh@users.noreply.github.com>
PKG_URL:=https://github.com/grange-mesh/grange

# Nothing is downloaded: the buildroot copies the workspace.
define Build/Prepare
	$(INSTALL_DIR) $(PKG_BUILD_DIR)
	$(CP) $(GRANGE_TOP)/Cargo.toml $(GRANGE_TOP)/Cargo.lock $(GRANGE_TOP)/crates $(PKG_BUILD_DIR)/
endef

# What the menu of the buildroot says of each of them.
define GrangeDefault
  SECTION:=net
  CATEGORY:=Network
  SUBMENU:=Routing and Redirection
  URL:=$(PKG_URL)
endef

# A daemon: the program that cargo made, its service, its configuration, and what lasts in /etc/grange. It runs as root, and its control
# socket belongs to the group grange.
define GrangeDaemonDefault
  $(GrangeDefault)
  DEPENDS:=$(RUST_ARCH_DEPENDS)
  USERID:=grange:grange
endef

# 1: package and program, 2: the crate's folder
define GrangeDaemon
define Package/$(1)/conffiles
/etc/config/$(1)
/etc/grange/
endef

Build/Compile=$$(call Build/Compile/Cargo,$(2))

define Package/$(1)/install
	$$(INSTALL_DIR) $$(1)/usr/sbin $$(1)/etc/init.d $$(1)/etc/config
	$$(INSTALL_BIN) $$(PKG_INSTALL_DIR)/bin/$(1) $$(1)/usr/sbin/
	$$(INSTALL_BIN) ./files/$(1).init $$(1)/etc/init.d/$(1)
	$$(INSTALL_CONF) ./files/$(1).config $$(1)/etc/config/$(1)
endef

# apk does not stop a service before an upgrade, so the old program runs until it is restarted here. opkg
# has stopped it, and starts it again by itself.
define Package/$(1)/postinst
#!/bin/sh
if [ -z "$$$${IPKG_INSTROOT}" ] && [ "$$$${PKG_UPGRADE}" = 1 ] && /etc/init.d/$(1) running; then
	/etc/init.d/$(1) restart
fi
exit 0
endef
endef
