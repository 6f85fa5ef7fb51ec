# In place of lang/rust/rust-package.mk of the packages feed: the binaries are there already, in
# PKG_INSTALL_DIR/bin, where cargo would have put them.
RUST_ARCH_DEPENDS:=@(aarch64||arm||mips||mipsel||x86_64)

define RustBinPackage
endef
