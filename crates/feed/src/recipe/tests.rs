use std::path::Path;

use super::*;

/// Makefile of one package around these lines of its definition.
fn makefile(folder: &Path, lines: &str) -> PathBuf {
    let path = folder.join("sample/Makefile");
    fs::create_dir_all(path.parent().unwrap()).unwrap();
    let text = format!(
        "include $(TOPDIR)/rules.mk\n\
         PKG_NAME:=sample\nPKG_VERSION:=1.2\nPKG_RELEASE:=3\n\
         PKG_LICENSE:=MIT\nPKG_MAINTAINER:=A B <a@example.org>\n\
         include $(INCLUDE_DIR)/package.mk\n\
         include $(TOPDIR)/feeds/packages/lang/rust/rust-package.mk\n\
         {lines}\n\
         $(eval $(call RustBinPackage,sample))\n\
         $(eval $(call BuildPackage,sample))\n"
    );
    fs::write(&path, text).unwrap();
    path
}

const SAMPLE: &str = "\
define Package/sample
  SECTION:=net
  TITLE:=A sample
  DEPENDS:=$(RUST_ARCH_DEPENDS) +kmod-vxlan +ip-full
endef

define Package/sample/description
  What it is, for \"people\": $$HOME costs 5 $$
  and more.
endef

define Package/sample/conffiles
/etc/config/sample
/etc/sample/
endef

define Package/sample/install
	$(INSTALL_DIR) $(1)/usr/sbin $(1)/etc/config
	$(INSTALL_BIN) $(PKG_INSTALL_DIR)/bin/sample $(1)/usr/sbin/
	$(INSTALL_CONF) Makefile $(1)/etc/config/sample
	$(LN) sbin/sample $(1)/usr/link
endef

define Package/sample/prerm
#!/bin/sh
[ \"$${PKG_UPGRADE}\" = 1 ] || echo \"a  b\"
exit 0
endef
";

fn read_sample(lines: &str) -> Result<Vec<Package>, RecipeError> {
    let folder = tempfile::tempdir().unwrap();
    let binaries = folder.path().join("binaries");
    fs::create_dir(&binaries).unwrap();
    fs::write(binaries.join("sample"), "ELF").unwrap();
    let sources = Sources {
        binaries: &binaries,
        keys: folder.path(),
        epoch: 5,
    };
    read(&makefile(folder.path(), lines), &sources)
}

#[test]
fn make_evaluates_what_the_buildroot_would() {
    let packages = read_sample(SAMPLE).unwrap();
    let [package] = &packages[..] else {
        panic!("{packages:?}");
    };
    assert_eq!(package.name.as_str(), "sample");
    assert_eq!(package.version.as_str(), "1.2-r3");
    assert_eq!(package.depends, ["kmod-vxlan", "ip-full"]);
    assert_eq!(
        package.description,
        "What it is, for \"people\": $HOME costs 5 $\nand more."
    );
    assert_eq!(package.conffiles, ["/etc/config/sample"]);
    assert_eq!(
        package.scripts.prerm,
        "#!/bin/sh\n[ \"${PKG_UPGRADE}\" = 1 ] || echo \"a  b\"\nexit 0\n"
    );
    let modes: Vec<(String, u32)> = package
        .tree
        .iter()
        .map(|(path, node)| (path, node.mode))
        .collect();
    let expected = [
        ("etc", 0o755),
        ("etc/config", 0o755),
        ("etc/config/sample", 0o600),
        ("lib", 0o755),
        ("lib/upgrade", 0o755),
        ("lib/upgrade/keep.d", 0o755),
        ("lib/upgrade/keep.d/sample", 0o644),
        ("usr", 0o755),
        ("usr/link", 0o777),
        ("usr/sbin", 0o755),
        ("usr/sbin/sample", 0o755),
    ];
    assert_eq!(modes, expected.map(|(path, mode)| (path.to_owned(), mode)));
    let kept = Kind::File(b"/etc/sample/\n".to_vec());
    assert_eq!(
        package.tree.find("lib/upgrade/keep.d/sample").unwrap().kind,
        kept
    );
}

#[test]
fn a_makefile_with_a_mistake_is_refused_with_what_make_said() {
    let refused = |from: &str, to: &str| {
        assert!(SAMPLE.contains(from));
        let outcome = read_sample(&SAMPLE.replace(from, to)).map(|_| "it was taken");
        outcome.unwrap_err().to_string()
    };
    let text = refused("$(INSTALL_CONF) Makefile", "$(INSTALL_CONF) nothing");
    assert!(
        text.contains("nothing") && text.contains("Makefile"),
        "{text}"
    );
    let text = refused(
        "conffiles\n/etc/config/sample",
        "conffiles\n/etc/config/other",
    );
    assert!(text.contains("/etc/config/other"), "{text}");
    let text = refused("+ip-full", "+IPV6:ip-full");
    assert!(text.contains("+IPV6:ip-full"), "{text}");
    let text = refused("SECTION:=net", "");
    assert!(text.contains("SECTION"), "{text}");
}

#[test]
fn the_packages_of_the_repository_are_read() {
    let repository = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    let folder = tempfile::tempdir().unwrap();
    for program in [
        "grange-routed",
        "grange-rpcd",
        "grange-small",
        "grange-uplinkd",
    ] {
        fs::write(folder.path().join(program), "ELF").unwrap();
    }
    let sources = Sources {
        binaries: folder.path(),
        keys: folder.path(),
        epoch: 5,
    };
    let mut names = Vec::new();
    for makefile in makefiles(&repository.join("feeds/grange")).unwrap() {
        for package in read(&makefile, &sources).unwrap() {
            assert_eq!(
                package.version.as_str().split('-').next(),
                Some(env!("CARGO_PKG_VERSION"))
            );
            names.push(package.name.to_string());
        }
    }
    for name in [
        "grange",
        "grange-routed",
        "grange-rpcd",
        "grange-small",
        "grange-uplinkd",
    ] {
        assert!(names.contains(&name.to_owned()), "{names:?}");
    }
}

#[test]
fn the_pages_of_luci_are_packed_for_every_architecture_and_without_their_tests() {
    let repository = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    let folder = tempfile::tempdir().unwrap();
    let sources = Sources {
        binaries: folder.path(),
        keys: folder.path(),
        epoch: 5,
    };
    let makefile = repository.join("feeds/grange/luci-app-grange/Makefile");
    let package = read(&makefile, &sources).unwrap().remove(0);
    assert_eq!(package.arch, Arch::all());
    let paths: Vec<String> = package
        .tree
        .iter()
        .filter(|(_, node)| matches!(node.kind, Kind::File(_)))
        .map(|(path, _)| path.clone())
        .collect();
    for path in [
        "usr/share/luci/menu.d/luci-app-grange.json",
        "usr/share/rpcd/acl.d/luci-app-grange.json",
        "www/luci-static/resources/view/grange/overview.js",
        "www/luci-static/resources/view/status/include/35_grange.js",
    ] {
        assert!(paths.contains(&path.to_owned()), "{paths:?}");
    }
    let ours = ["usr/share/", "www/luci-static/resources/"];
    let strange = paths
        .iter()
        .find(|path| !ours.iter().any(|start| path.starts_with(start)));
    assert_eq!(strange, None);
}

#[test]
fn a_translation_becomes_a_catalogue_and_a_wrong_one_is_refused() {
    let lines = |po: &str| {
        format!(
            "define Package/sample\n  SECTION:=luci\n  TITLE:=A sample\nendef\n\
             define Package/sample/install\n\
             \tprintf '{po}' > $(PKG_BUILD_DIR)/a.po\n\
             \t$(INSTALL_DIR) $(1)/usr/lib/lua/luci/i18n\n\
             \t$(PO2LMO) $(PKG_BUILD_DIR)/a.po $(1)/usr/lib/lua/luci/i18n/a.de.lmo\nendef\n"
        )
    };
    let good = "msgid \"Uplink\"\\nmsgstr \"Leitung\"\\n";
    let packages = read_sample(&lines(good)).unwrap();
    let node = packages[0]
        .tree
        .find("usr/lib/lua/luci/i18n/a.de.lmo")
        .unwrap();
    let po = "msgid \"Uplink\"\nmsgstr \"Leitung\"\n";
    assert_eq!(node.kind, Kind::File(lmo::catalogue(po).unwrap()));
    assert_eq!(node.mode, 0o644);
    let error = read_sample(&lines("msgid \"Uplink\\n")).unwrap_err();
    assert!(
        error
            .to_string()
            .starts_with("sample: what was to become a.de.lmo: line 1: "),
        "{error}"
    );
}
