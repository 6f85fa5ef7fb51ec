//! .ipk: what opkg installs (OpenWrt up to 24.10). gzip of a GNU tar with `./debian-binary`,
//! `./data.tar.gz` and `./control.tar.gz`, in that order (OpenWrt's scripts/ipkg-build).

use std::io::Read as _;

use tar::Archive;

use crate::control::{Stanza, StanzaError};
use crate::gzip::{self, GzipError};
use crate::name::{Arch, NameError, PackageName, Version};
use crate::package::{Package, PackageError};
use crate::tarball::{self, TarError};
use crate::tree::{Kind, LARGEST_TREE_BYTES, Tree, TreeError};

const MAGIC: &[u8] = b"2.0\n";
const MEMBERS: [&str; 3] = ["./debian-binary", "./data.tar.gz", "./control.tar.gz"];

/// An .ipk that was read, and found to be as opkg wants it.
#[derive(Clone, Debug)]
pub struct Ipk {
    /// Its name.
    pub name: PackageName,
    /// Its version.
    pub version: Version,
    /// What it runs on.
    pub arch: Arch,
    /// All that its control file says.
    pub control: Stanza,
    /// The files of its control archive: scripts, conffiles, control itself.
    pub controls: Tree,
    /// What it installs.
    pub data: Tree,
}

/// Why an .ipk is refused.
#[derive(Debug, thiserror::Error)]
pub enum IpkError {
    /// An `ar` archive, as Debian packages are.
    #[error("this is an ar archive, as Debian's packages are: opkg takes gzip of tar only")]
    IsAr,
    /// Compression.
    #[error("{part}: {source}")]
    Gzip {
        /// Which part.
        part: &'static str,
        /// What is wrong.
        #[source]
        source: GzipError,
    },
    /// An archive.
    #[error("{part}: {source}")]
    Tar {
        /// Which part.
        part: &'static str,
        /// What is wrong.
        #[source]
        source: TarError,
    },
    /// Other members than there must be.
    #[error("member {at} of the package is {found:?} where {wanted:?} must be")]
    Member {
        /// From 1.
        at: usize,
        /// What is there.
        found: String,
        /// What must be.
        wanted: &'static str,
    },
    /// Another format version.
    #[error("debian-binary says {0:?}, not \"2.0\"")]
    Magic(String),
    /// The control file.
    #[error("control: {0}")]
    Control(#[from] StanzaError),
    /// A field that must be there.
    #[error("control has no {0}")]
    Field(&'static str),
    /// A name, version or architecture.
    #[error("control: {0}")]
    Name(#[from] NameError),
    /// The size it claims is not its size.
    #[error("control says Installed-Size {claimed:?}, but data.tar has {actual} octets")]
    Size {
        /// What is said.
        claimed: String,
        /// What is so.
        actual: usize,
    },
    /// A conffile that is not among the files.
    #[error("{0}")]
    Package(#[from] PackageError),
}

impl Package {
    /// `NAME_VERSION_ARCH.ipk`.
    pub fn ipk_name(&self) -> String {
        file_name(&self.name, &self.version, &self.arch)
    }

    /// The .ipk, the same octets every time.
    pub fn to_ipk(&self) -> Result<Vec<u8>, IpkError> {
        self.check()?;
        let data = tarball::write(&self.tree, self.epoch);
        let controls = self.controls(data.len()).map_err(|source| IpkError::Tar {
            part: "control.tar.gz",
            source: source.into(),
        })?;
        let members: [&[u8]; 3] = [
            MAGIC,
            &gzip::compress(&data),
            &gzip::compress(&tarball::write(&controls, self.epoch)),
        ];
        let members: Vec<(&str, &[u8])> = MEMBERS.into_iter().zip(members).collect();
        Ok(gzip::compress(&tarball::write_files(&members, self.epoch)))
    }

    fn controls(&self, installed_bytes: usize) -> Result<Tree, TreeError> {
        let mut tree = Tree::new();
        let control = self.control(installed_bytes).to_string();
        let mut conffiles: Vec<&str> = self.conffiles.iter().map(String::as_str).collect();
        conffiles.sort_unstable();
        let conffiles: String = conffiles.iter().flat_map(|path| [*path, "\n"]).collect();
        let scripts = &self.scripts;
        for (name, mode, text) in [
            ("control", 0o644, control),
            ("conffiles", 0o644, conffiles),
            ("preinst", 0o755, ended(&scripts.preinst)),
            ("postinst", 0o755, POSTINST.to_owned()),
            ("postinst-pkg", 0o755, ended(&scripts.postinst)),
            ("prerm", 0o755, PRERM.to_owned()),
            ("prerm-pkg", 0o755, ended(&scripts.prerm)),
            ("postrm", 0o755, ended(&scripts.postrm)),
        ] {
            if !text.is_empty() {
                tree.insert(name, mode, Kind::File(text.into_bytes()))?;
            }
        }
        Ok(tree)
    }
}

/// What OpenWrt gives every package: users, uci-defaults, then enables and starts its services.
const POSTINST: &str = "\
#!/bin/sh
[ \"${IPKG_NO_SCRIPT}\" = \"1\" ] && exit 0
[ -s ${IPKG_INSTROOT}/lib/functions.sh ] || exit 0
. ${IPKG_INSTROOT}/lib/functions.sh
default_postinst $0 $@
";
/// What OpenWrt gives every package: stops its services, disables them unless it is an upgrade.
const PRERM: &str = "\
#!/bin/sh
[ -s ${IPKG_INSTROOT}/lib/functions.sh ] || exit 0
. ${IPKG_INSTROOT}/lib/functions.sh
default_prerm $0 $@
";

fn ended(script: &str) -> String {
    if script.is_empty() || script.ends_with('\n') {
        script.to_owned()
    } else {
        format!("{script}\n")
    }
}

fn file_name(name: &PackageName, version: &Version, arch: &Arch) -> String {
    format!("{name}_{version}_{arch}.ipk")
}

impl Ipk {
    /// Reads a package and checks all that can be checked without installing it.
    pub fn parse(octets: &[u8]) -> Result<Self, IpkError> {
        if octets.starts_with(b"!<arch>") {
            return Err(IpkError::IsAr);
        }
        let unpack = |part: &'static str, octets: &[u8]| {
            gzip::decompress(octets, LARGEST_TREE_BYTES)
                .map_err(|source| IpkError::Gzip { part, source })
        };
        let outside = unpack("the package", octets)?;
        let [magic, data, controls] = members(&outside)?;
        if magic != MAGIC {
            let text = String::from_utf8_lossy(&magic).trim_end().to_owned();
            return Err(IpkError::Magic(text));
        }
        let data = unpack("data.tar.gz", &data)?;
        let controls = unpack("control.tar.gz", &controls)?;
        let installed_bytes = data.len();
        let read = |part: &'static str, octets: &[u8]| {
            tarball::read(octets).map_err(|source| IpkError::Tar { part, source })
        };
        let data = read("data.tar.gz", &data)?;
        let controls = read("control.tar.gz", &controls)?;
        let control = Stanza::parse(&text_of(&controls, "control")?.unwrap_or_default())?;
        let field = |name: &'static str| control.value(name).ok_or(IpkError::Field(name));
        let claimed = field("Installed-Size")?;
        if claimed.parse() != Ok(installed_bytes) {
            return Err(IpkError::Size {
                claimed: claimed.to_owned(),
                actual: installed_bytes,
            });
        }
        let ipk = Self {
            name: field("Package")?.parse()?,
            version: field("Version")?.parse()?,
            arch: field("Architecture")?.parse()?,
            control: control.clone(),
            data,
            controls,
        };
        for path in ipk.conffiles()? {
            if ipk.data.find(&path).is_none() {
                return Err(PackageError::Conffile(path).into());
            }
        }
        Ok(ipk)
    }

    /// What its file must be called.
    pub fn file_name(&self) -> String {
        file_name(&self.name, &self.version, &self.arch)
    }

    /// The paths of its conffiles.
    pub fn conffiles(&self) -> Result<Vec<String>, IpkError> {
        let text = text_of(&self.controls, "conffiles")?.unwrap_or_default();
        Ok(text.lines().map(str::to_owned).collect())
    }
}

fn text_of(controls: &Tree, name: &str) -> Result<Option<String>, IpkError> {
    match controls.find(name).map(|node| &node.kind) {
        Some(Kind::File(octets)) => match String::from_utf8(octets.clone()) {
            Ok(text) => Ok(Some(text)),
            Err(_) => Err(StanzaError::NotText.into()),
        },
        _ => Ok(None),
    }
}

/// The three members, whose order opkg relies on.
fn members(outside: &[u8]) -> Result<[Vec<u8>; 3], IpkError> {
    let failed = |source: std::io::Error| IpkError::Tar {
        part: "the package",
        source: source.into(),
    };
    // What is wrong with the whole is better said first.
    tarball::read(outside).map_err(|source| IpkError::Tar {
        part: "the package",
        source,
    })?;
    let mut found = [const { Vec::new() }; 3];
    let mut count = 0;
    for entry in Archive::new(outside).entries().map_err(failed)? {
        let mut entry = entry.map_err(failed)?;
        let path = String::from_utf8_lossy(&entry.path_bytes()).into_owned();
        let wanted = MEMBERS.get(count).copied().unwrap_or("nothing more");
        count += 1;
        let Some(member) = found.get_mut(count - 1).filter(|_| path == wanted) else {
            return Err(IpkError::Member {
                at: count,
                found: path,
                wanted,
            });
        };
        entry.read_to_end(member).map_err(failed)?;
    }
    match MEMBERS.get(count).copied() {
        Some(wanted) => Err(IpkError::Member {
            at: count + 1,
            found: "nothing".to_owned(),
            wanted,
        }),
        None => Ok(found),
    }
}

#[cfg(test)]
mod tests;
