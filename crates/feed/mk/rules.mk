# What a package's Makefile may use of OpenWrt's rules.mk. grange-feed evaluates the Makefiles of
# feeds/grange with these fragments in place of the buildroot.
INCLUDE_DIR:=$(TOPDIR)/include

empty:=
space:=$(empty) $(empty)
comma:=,

INSTALL_DIR:=install -d -m0755
INSTALL_BIN:=install -m0755
INSTALL_SUID:=install -m4755
INSTALL_DATA:=install -m0644
INSTALL_CONF:=install -m0600
CP:=cp -fpR
LN:=ln -sf
# What it puts into its place, grange-feed makes into a catalogue afterwards.
PO2LMO:=install -m0644
