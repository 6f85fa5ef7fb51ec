//! Packages as feeds/grange/NAME/Makefile describes them.
//!
//! GNU make evaluates the Makefile, as the OpenWrt buildroot does, with fragments of ours (crates/feed/mk)
//! in place of the buildroot's: they write each field to a file, and install the package's files into
//! a folder.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::lmo;
use crate::name::{Arch, NameError};
use crate::package::{Package, PackageError, Scripts};
use crate::po::PoError;
use crate::tree::{Kind, Tree, TreeError};

const FRAGMENTS: [(&str, &str); 3] = [
    ("rules.mk", include_str!("../mk/rules.mk")),
    ("include/package.mk", include_str!("../mk/package.mk")),
    (
        "feeds/packages/lang/rust/rust-package.mk",
        include_str!("../mk/rust-package.mk"),
    ),
];

/// Why a Makefile gives no package.
#[derive(Debug, thiserror::Error)]
pub enum RecipeError {
    /// Files and folders.
    #[error("{}: {source}", path.display())]
    Io {
        /// Which.
        path: PathBuf,
        /// The system's reason.
        #[source]
        source: io::Error,
    },
    /// make is not there.
    #[error("cannot run GNU make, install it: {0}")]
    NoMake(#[source] io::Error),
    /// make found a mistake.
    #[error("{}: make says:\n{said}", makefile.display())]
    Make {
        /// The Makefile.
        makefile: PathBuf,
        /// The end of what it said.
        said: String,
    },
    /// It calls BuildPackage for nothing.
    #[error("{}: it defines no package: it must end with $(eval $(call BuildPackage,NAME))", .0.display())]
    Empty(PathBuf),
    /// A dependency that only the buildroot can resolve.
    #[error(
        "{package}: DEPENDS has {word:?}: this tool knows NAME, +NAME and @CONDITION, not conditional dependencies"
    )]
    Condition {
        /// The package.
        package: String,
        /// The word.
        word: String,
    },
    /// A name, version or architecture.
    #[error("{package}: {source}")]
    Name {
        /// The package.
        package: String,
        /// What is wrong.
        #[source]
        source: NameError,
    },
    /// A translation.
    #[error("{package}: what was to become {file}: {source}")]
    Translation {
        /// The package.
        package: String,
        /// The name of the catalogue.
        file: String,
        /// What is wrong.
        #[source]
        source: PoError,
    },
    /// Its files.
    #[error("{package}: {source}")]
    Tree {
        /// The package.
        package: String,
        /// What is wrong.
        #[source]
        source: TreeError,
    },
    /// What opkg or apk would refuse.
    #[error("{package}: {source}")]
    Package {
        /// The package.
        package: String,
        /// What is wrong.
        #[source]
        source: PackageError,
    },
}

/// Where the parts of packages come from.
#[derive(Clone, Debug)]
pub struct Sources<'a> {
    /// Stripped binaries of one target, called as the Makefiles call them.
    pub binaries: &'a Path,
    /// The public keys that routers are to trust.
    pub keys: &'a Path,
    /// Seconds since 1970 that stand for the time of everything.
    pub epoch: u64,
}

/// The Makefiles of a folder of packages, one a folder, by name.
pub fn makefiles(recipes: &Path) -> Result<Vec<PathBuf>, RecipeError> {
    let mut found = Vec::new();
    for entry in fs::read_dir(recipes).map_err(io_at(recipes))? {
        let makefile = entry.map_err(io_at(recipes))?.path().join("Makefile");
        if makefile.is_file() {
            found.push(makefile);
        }
    }
    found.sort();
    Ok(found)
}

/// The packages of a Makefile, for an architecture yet to be named (`Package::for_arch`).
pub fn read(makefile: &Path, sources: &Sources<'_>) -> Result<Vec<Package>, RecipeError> {
    let work = tempfile::tempdir().map_err(io_at(Path::new("a temporary folder")))?;
    let top = work.path().join("top");
    for (name, text) in FRAGMENTS {
        let path = top.join(name);
        let folder = path.parent().unwrap_or(&top);
        fs::create_dir_all(folder).map_err(io_at(folder))?;
        fs::write(&path, text).map_err(io_at(&path))?;
    }
    let out = work.path().join("out");
    let built = work.path().join("built");
    fs::create_dir_all(&built).map_err(io_at(&built))?;
    let binaries = fs::canonicalize(sources.binaries).map_err(io_at(sources.binaries))?;
    let bin = built.join("bin");
    std::os::unix::fs::symlink(&binaries, &bin).map_err(io_at(&bin))?;
    make(makefile, &top, &out, &built, sources)?;
    let mut packages = Vec::new();
    if out.is_dir() {
        for entry in fs::read_dir(&out).map_err(io_at(&out))? {
            let folder = entry.map_err(io_at(&out))?.path();
            packages.push(package(&folder, makefile, sources.epoch)?);
        }
    }
    if packages.is_empty() {
        return Err(RecipeError::Empty(makefile.to_owned()));
    }
    packages.sort_by(|a, b| a.name.cmp(&b.name));
    Ok(packages)
}

fn make(
    makefile: &Path,
    top: &Path,
    out: &Path,
    built: &Path,
    sources: &Sources<'_>,
) -> Result<(), RecipeError> {
    let keys = fs::canonicalize(sources.keys).unwrap_or_else(|_| sources.keys.to_owned());
    let folder = makefile.parent().unwrap_or_else(|| Path::new("."));
    let set = |name: &str, value: &Path| format!("{name}={}", value.display());
    // Modes of folders that `install -d` makes on the way depend on the umask.
    let output = Command::new("sh")
        .args(["-c", "umask 022; exec make \"$@\"", "make"])
        .args([
            "--silent",
            "--no-print-directory",
            "--no-builtin-rules",
            "-C",
        ])
        .arg(folder)
        .arg(set("TOPDIR", top))
        .arg(set("GRANGE_OUT", out))
        .arg(set("GRANGE_KEYS", &keys))
        .arg(set("PKG_BUILD_DIR", built))
        .arg(set("PKG_INSTALL_DIR", built))
        .arg("install")
        .env("LC_ALL", "C")
        .env_remove("MAKEFLAGS")
        .env_remove("MAKELEVEL")
        .output()
        .map_err(RecipeError::NoMake)?;
    if output.status.success() {
        return Ok(());
    }
    let said = String::from_utf8_lossy(&output.stderr);
    let lines: Vec<&str> = said.lines().collect();
    Err(RecipeError::Make {
        makefile: makefile.to_owned(),
        said: lines[lines.len().saturating_sub(10)..].join("\n"),
    })
}

/// Reads what the fragments wrote into a package's folder.
fn package(folder: &Path, makefile: &Path, epoch: u64) -> Result<Package, RecipeError> {
    let package = folder
        .file_name()
        .map(|name| name.to_string_lossy().into_owned())
        .unwrap_or_default();
    let field = |name: &str| {
        let path = folder.join("meta").join(name);
        fs::read_to_string(&path).map_err(io_at(&path))
    };
    let line = |name: &str| Ok::<_, RecipeError>(field(name)?.trim().to_owned());
    let words = |name: &str| {
        Ok::<Vec<String>, RecipeError>(field(name)?.split_whitespace().map(str::to_owned).collect())
    };
    let named = |source| RecipeError::Name {
        package: package.clone(),
        source,
    };
    let treed = |source| RecipeError::Tree {
        package: package.clone(),
        source,
    };
    // Several packages may come from one Makefile.
    let source = makefile
        .parent()
        .and_then(Path::file_name)
        .unwrap_or_default();
    let mut depends = Vec::new();
    for word in words("DEPENDS")? {
        let name = word.strip_prefix('+').unwrap_or(&word);
        if name.contains([':', '(', '!', '@']) && !word.starts_with('@') {
            return Err(RecipeError::Condition { package, word });
        }
        // @ARCH and the like say where the buildroot offers it.
        if !word.starts_with('@') {
            depends.push(name.to_owned());
        }
    }
    compile_translations(&package, &folder.join("files").join(TRANSLATIONS))?;
    let mut tree = Tree::from_folder(&folder.join("files")).map_err(treed)?;
    // A folder among the conffiles is one to be kept over sysupgrade: nobody ships what will be in it.
    let (kept, conffiles): (Vec<String>, Vec<String>) = words("conffiles")?
        .into_iter()
        .partition(|path| path.ends_with('/'));
    if !kept.is_empty() {
        let text: String = kept.iter().flat_map(|path| [path.as_str(), "\n"]).collect();
        let path = format!("lib/upgrade/keep.d/{package}");
        tree.insert(&path, 0o644, Kind::File(text.into_bytes()))
            .map_err(treed)?;
    }
    let arch = match line("PKGARCH")?.as_str() {
        "all" => Arch::all(),
        // Named when the feed of an architecture is made.
        _ => "none".parse().map_err(named)?,
    };
    let package = Package {
        name: package.parse().map_err(named)?,
        version: line("VERSION")?.parse().map_err(named)?,
        arch,
        depends,
        conflicts: words("CONFLICTS")?,
        provides: words("PROVIDES")?,
        source: format!("feeds/grange/{}", source.to_string_lossy()),
        license: line("LICENSE")?,
        section: line("SECTION")?,
        require_user: line("USERID")?,
        url: line("URL")?,
        maintainer: line("MAINTAINER")?,
        description: described(&field("description")?),
        conffiles,
        epoch,
        scripts: Scripts {
            preinst: script(&field("preinst")?),
            postinst: script(&field("postinst")?),
            prerm: script(&field("prerm")?),
            postrm: script(&field("postrm")?),
        },
        tree,
    };
    package.check().map_err(|source| RecipeError::Package {
        package: package.name.to_string(),
        source,
    })?;
    Ok(package)
}

/// Where LuCI looks for catalogues.
const TRANSLATIONS: &str = "usr/lib/lua/luci/i18n";

/// Makes catalogues of the translations that the fragments have put in their place.
fn compile_translations(package: &str, folder: &Path) -> Result<(), RecipeError> {
    if !folder.is_dir() {
        return Ok(());
    }
    for entry in fs::read_dir(folder).map_err(io_at(folder))? {
        let path = entry.map_err(io_at(folder))?.path();
        let po = fs::read_to_string(&path).map_err(io_at(&path))?;
        let lmo = lmo::catalogue(&po).map_err(|source| RecipeError::Translation {
            package: package.to_owned(),
            file: path
                .file_name()
                .map(|name| name.to_string_lossy().into_owned())
                .unwrap_or_default(),
            source,
        })?;
        fs::write(&path, lmo).map_err(io_at(&path))?;
    }
    Ok(())
}

/// The lines of a description without what they are indented by.
fn described(text: &str) -> String {
    let lines: Vec<&str> = text.trim().lines().map(str::trim).collect();
    lines.join("\n")
}

fn script(text: &str) -> String {
    let text = text.trim();
    if text.is_empty() {
        String::new()
    } else {
        format!("{text}\n")
    }
}

fn io_at(path: &Path) -> impl FnOnce(io::Error) -> RecipeError + use<> {
    let path = path.to_owned();
    move |source| RecipeError::Io { path, source }
}

#[cfg(test)]
mod tests;
