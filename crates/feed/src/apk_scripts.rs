//! The maintainer scripts of an .apk (OpenWrt 25.12 on).
//!
//! apk has scripts of its own for an upgrade and none of what opkg calls prerm then: after new files are
//! there, post-upgrade runs, with the old program still running. OpenWrt puts its own part first, as in
//! an .ipk, and a package's own body after it in the same script.

use crate::package::Package;

/// Scripts by the names apk gives them, without those a package has not.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ApkScripts(Vec<(&'static str, String)>);

impl ApkScripts {
    /// Those of a package.
    pub fn of(package: &Package) -> Self {
        let scripts = &package.scripts;
        let name = &package.name;
        let preamble = format!(
            "[ -s \"${{IPKG_INSTROOT}}/lib/functions.sh\" ] || exit 0\n\
             . \"${{IPKG_INSTROOT}}/lib/functions.sh\"\n\
             export root=\"${{IPKG_INSTROOT}}\"\n\
             export pkgname=\"{name}\"\n"
        );
        let installed = format!(
            "[ \"${{IPKG_NO_SCRIPT}}\" = \"1\" ] && exit 0\n{preamble}add_group_and_user\ndefault_postinst\n{}",
            body(&scripts.postinst)
        );
        let removing = format!("{preamble}default_prerm\n{}", body(&scripts.prerm));
        let upgrade = "export PKG_UPGRADE=1\n";
        let mut all = Vec::new();
        if !scripts.preinst.is_empty() {
            all.push(("pre-install", body(&scripts.preinst)));
            all.push((
                "pre-upgrade",
                format!("{upgrade}{}", body(&scripts.preinst)),
            ));
        }
        all.push(("post-upgrade", format!("{upgrade}{installed}")));
        all.push(("post-install", installed));
        all.push(("pre-deinstall", removing));
        if !scripts.postrm.is_empty() {
            all.push(("post-deinstall", body(&scripts.postrm)));
        }
        Self(
            all.into_iter()
                .map(|(name, text)| (name, format!("#!/bin/sh\n{text}")))
                .collect(),
        )
    }

    /// Each name with its text.
    pub fn iter(&self) -> impl Iterator<Item = (&'static str, &str)> {
        self.0.iter().map(|(name, text)| (*name, text.as_str()))
    }
}

/// A script without its first line, which the whole has already.
fn body(script: &str) -> String {
    let lines = script.lines().filter(|line| !line.starts_with("#!"));
    lines.flat_map(|line| [line, "\n"]).collect()
}
