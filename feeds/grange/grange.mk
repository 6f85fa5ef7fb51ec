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
