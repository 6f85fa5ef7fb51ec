# BuildPackage, which writes down what a Makefile says instead of building it: each field becomes a file
# GRANGE_OUT/PACKAGE/meta/FIELD, and the goal `install` puts the files into GRANGE_OUT/PACKAGE/files.
.PHONY: install
install:

VERSION:=$(PKG_VERSION)-r$(PKG_RELEASE)

# Variables that Package/NAME sets; each package starts without them.
GRANGE_FIELDS:=SECTION CATEGORY SUBMENU TITLE URL DEPENDS CONFLICTS PROVIDES PKGARCH USERID
GRANGE_SCRIPTS:=preinst postinst prerm postrm

# 1: package, 2: field, 3: value
define GrangeField
$(file >$(GRANGE_OUT)/$(1)/meta/$(2),$(3))
endef

# 1: package
define GrangeDump
$(shell mkdir -p '$(GRANGE_OUT)/$(1)/meta')\
$(foreach field,$(GRANGE_FIELDS),$(call GrangeField,$(1),$(field),$(strip $($(field)))))\
$(call GrangeField,$(1),VERSION,$(VERSION))\
$(call GrangeField,$(1),LICENSE,$(strip $(PKG_LICENSE)))\
$(call GrangeField,$(1),MAINTAINER,$(strip $(PKG_MAINTAINER)))\
$(call GrangeField,$(1),description,$(if $(Package/$(1)/description),$(Package/$(1)/description),$(TITLE)))\
$(call GrangeField,$(1),conffiles,$(Package/$(1)/conffiles))\
$(foreach script,$(GRANGE_SCRIPTS),$(call GrangeField,$(1),$(script),$(Package/$(1)/$(script))))
endef

define BuildPackage
$(foreach field,$(GRANGE_FIELDS),$(eval $(field):=))\
$(eval URL:=$(PKG_URL))\
$(eval $(Package/$(1)))\
$(call GrangeDump,$(1))
.PHONY: install-$(1)
install: install-$(1)
install-$(1):
	install -d -m0755 $(GRANGE_OUT)/$(1)/files
	$(call Package/$(1)/install,$(GRANGE_OUT)/$(1)/files)
endef
