//! A package before it has a format: what feeds/grange/NAME/Makefile says, with the files.

use crate::control::Stanza;
use crate::name::{Arch, PackageName, Version};
use crate::tree::{Kind, Tree};

/// What becomes an .ipk or an .apk.
#[derive(Clone, Debug)]
pub struct Package {
    /// Its name.
    pub name: PackageName,
    /// Its version with the release.
    pub version: Version,
    /// What it runs on.
    pub arch: Arch,
    /// Names of packages it needs.
    pub depends: Vec<String>,
    /// Names of packages it cannot stand beside.
    pub conflicts: Vec<String>,
    /// Names it also goes by.
    pub provides: Vec<String>,
    /// Where it was made from, such as `feeds/grange/grange-routed`.
    pub source: String,
    /// Licence expression.
    pub license: String,
    /// Menu section of OpenWrt.
    pub section: String,
    /// Users and groups to be made, as `user:group`.
    pub require_user: String,
    /// Home page.
    pub url: String,
    /// Who answers for it.
    pub maintainer: String,
    /// What it is, a sentence and perhaps more lines.
    pub description: String,
    /// Files a user may have changed, as absolute paths; all are in the tree.
    pub conffiles: Vec<String>,
    /// Seconds since 1970 that stand for its time.
    pub epoch: u64,
    /// Its own maintainer scripts.
    pub scripts: Scripts,
    /// Its files.
    pub tree: Tree,
}

/// Bodies of maintainer scripts; empty where it has none.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Scripts {
    /// Before the files come.
    pub preinst: String,
    /// After they came, on top of what OpenWrt does for every package.
    pub postinst: String,
    /// Before they go, on top of what OpenWrt does for every package.
    pub prerm: String,
    /// After they went.
    pub postrm: String,
}

/// Why a package cannot be made.
#[derive(Debug, thiserror::Error)]
pub enum PackageError {
    /// A conffile that nobody ships.
    #[error(
        "conffile {0} is not among the files: install it, or end it with / if it is a folder to be kept over sysupgrade"
    )]
    Conffile(String),
    /// Something without which opkg refuses a package.
    #[error("it has no {0}")]
    Missing(&'static str),
    /// A dependency that is not a package name.
    #[error("{field}: {source}")]
    Name {
        /// The field.
        field: &'static str,
        /// What is wrong.
        #[source]
        source: crate::name::NameError,
    },
}

impl Package {
    /// The same for another architecture, unless it is for all.
    #[must_use]
    pub fn for_arch(&self, arch: &Arch) -> Self {
        let arch = if self.arch.is_all() {
            Arch::all()
        } else {
            arch.clone()
        };
        Self {
            arch,
            ..self.clone()
        }
    }

    /// Says what would be refused later, on a router.
    pub fn check(&self) -> Result<(), PackageError> {
        for (field, text) in [
            (
                "description (define Package/NAME/description)",
                &self.description,
            ),
            ("MAINTAINER", &self.maintainer),
            ("LICENSE", &self.license),
            ("SECTION", &self.section),
        ] {
            if text.is_empty() {
                return Err(PackageError::Missing(field));
            }
        }
        for (field, names) in [
            ("DEPENDS", &self.depends),
            ("CONFLICTS", &self.conflicts),
            ("PROVIDES", &self.provides),
        ] {
            for text in names {
                text.parse::<PackageName>()
                    .map_err(|source| PackageError::Name { field, source })?;
            }
        }
        for path in &self.conffiles {
            let is_file = |node: &crate::tree::Node| matches!(node.kind, Kind::File(_));
            if !path.starts_with('/') || !self.tree.find(path).is_some_and(is_file) {
                return Err(PackageError::Conffile(path.clone()));
            }
        }
        Ok(())
    }

    /// The control file, in the order of OpenWrt's include/package-pack.mk.
    pub fn control(&self, installed_bytes: usize) -> Stanza {
        let mut stanza = Stanza::new();
        for (field, value) in [
            ("Package", self.name.as_str()),
            ("Version", self.version.as_str()),
            ("Depends", &self.depends.join(", ")),
            ("Conflicts", &self.conflicts.join(", ")),
            ("Provides", &self.provides.join(", ")),
            ("Source", &self.source),
            ("SourceName", self.name.as_str()),
            ("License", &self.license),
            ("Section", &self.section),
            ("Require-User", &self.require_user),
            ("SourceDateEpoch", &self.epoch.to_string()),
            ("URL", &self.url),
            ("Maintainer", &self.maintainer),
            ("Architecture", self.arch.as_str()),
            ("Installed-Size", &installed_bytes.to_string()),
            ("Description", &self.description),
        ] {
            stanza.push(field, value);
        }
        stanza
    }
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;

    /// A small package with one of everything.
    pub(crate) fn sample() -> Package {
        let mut tree = Tree::new();
        for (path, mode, octets) in [
            ("usr/sbin/grange-sample", 0o755, &b"\x7fELF..."[..]),
            ("etc/config/grange-sample", 0o644, b"config sample\n"),
            (
                "etc/init.d/grange-sample",
                0o755,
                b"#!/bin/sh /etc/rc.common\n",
            ),
        ] {
            tree.insert(path, mode, Kind::File(octets.to_vec()))
                .unwrap();
        }
        Package {
            name: "grange-sample".parse().unwrap(),
            version: "0.1.0-r1".parse().unwrap(),
            arch: "mips_24kc".parse().unwrap(),
            depends: vec!["kmod-vxlan".into(), "ip-full".into()],
            conflicts: vec!["grange-other".into()],
            provides: vec!["sample".into()],
            source: "feeds/grange/grange-sample".into(),
            license: "MIT".into(),
            section: "net".into(),
            require_user: "grange:grange".into(),
            url: "https://example.org/".into(),
            maintainer: "Grange <grange@example.org>".into(),
            description: "A sample\nof two lines".into(),
            conffiles: vec!["/etc/config/grange-sample".into()],
            epoch: 1_700_000_000,
            scripts: Scripts {
                postinst: "exit 0".into(),
                postrm: "#!/bin/sh\nexit 0\n".into(),
                ..Scripts::default()
            },
            tree,
        }
    }

    #[test]
    fn a_conffile_that_is_not_shipped_is_refused() {
        let mut package = sample();
        assert!(package.check().is_ok());
        package.conffiles.push("/etc/config/nobody".into());
        let refused = package.check().unwrap_err().to_string();
        assert!(refused.contains("/etc/config/nobody"), "{refused}");
    }

    #[test]
    fn a_dependency_with_letters_no_package_has_is_refused() {
        let mut package = sample();
        package.depends.push("a b".into());
        assert!(matches!(package.check(), Err(PackageError::Name { .. })));
    }
}
