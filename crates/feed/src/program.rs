//! The command line.

use std::fs;
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use clap::{Parser, Subcommand};

use crate::apk::Apk;
use crate::feed;
use crate::ipk::Ipk;
use crate::keyring::Keyring;
use crate::name::Arch;
use crate::recipe::{self, Sources};
use crate::tree::{Kind, Node};
use crate::verify;

/// Makes, signs and checks OpenWrt package feeds. The manual is docs/feed.md.
#[derive(Debug, Parser)]
#[command(name = "grange-feed", version)]
struct Args {
    /// The folder with the feed's keys
    #[arg(long, global = true, env = "GRANGE_KEYS", default_value = "keys")]
    keys: PathBuf,
    #[command(subcommand)]
    verb: Verb,
}

#[derive(Debug, Subcommand)]
enum Verb {
    /// Makes the signed feed of each architecture from feeds/grange and binaries
    Build {
        /// The folder with a folder for each package
        #[arg(long, default_value = "feeds/grange")]
        recipes: PathBuf,
        /// The stripped binaries that run on these architectures
        #[arg(long)]
        binaries: PathBuf,
        /// An architecture as OpenWrt names it; more than once for those that share the binaries
        #[arg(long, required = true)]
        arch: Vec<Arch>,
        /// Seconds since 1970 that stand for the time of everything
        #[arg(long, env = "SOURCE_DATE_EPOCH")]
        epoch: u64,
        /// Where the feeds go: opkg/ARCH for OpenWrt up to 24.10, apk/ARCH for later ones
        #[arg(long, default_value = "bin")]
        out: PathBuf,
    },
    /// Makes the signed index of a folder of .ipk files that were made elsewhere
    Index {
        /// The folder
        folder: PathBuf,
    },
    /// Checks whole feeds: signature, index, and every package
    Verify {
        /// Their folders
        #[arg(required = true)]
        folders: Vec<PathBuf>,
    },
    /// Shows what is in packages
    Inspect {
        /// The .ipk or .apk files
        #[arg(required = true)]
        packages: Vec<PathBuf>,
    },
    /// Shows how large the packages of feeds are
    Size {
        /// The folders
        #[arg(required = true)]
        folders: Vec<PathBuf>,
    },
    /// Keys: one signs, all are given to routers
    Key {
        #[command(subcommand)]
        verb: KeyVerb,
    },
}

#[derive(Debug, Subcommand)]
enum KeyVerb {
    /// Makes a key; the first one signs, a later one waits for `sign-with`
    New {
        /// What its file says it is
        #[arg(long, default_value = "Grange feed")]
        comment: String,
    },
    /// Lists the keys
    List,
    /// Lets a key sign from now on
    SignWith {
        /// Its id
        id: String,
    },
    /// Removes a key
    Retire {
        /// Its id
        id: String,
    },
}

type Outcome = Result<bool, Box<dyn std::error::Error>>;

/// The program. Exit codes: 0 done, 1 refused or found wrong, 2 wrong usage.
pub fn main() -> ExitCode {
    let args = Args::parse();
    match run(&args) {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        // A reader that has seen enough is no mistake of ours.
        Err(error) if is_broken_pipe(error.as_ref()) => ExitCode::SUCCESS,
        Err(error) => {
            // Nobody can be told that stderr is gone.
            let _ = writeln!(io::stderr(), "grange-feed: {error}");
            ExitCode::FAILURE
        }
    }
}

fn is_broken_pipe(error: &(dyn std::error::Error + 'static)) -> bool {
    error
        .downcast_ref::<io::Error>()
        .is_some_and(|error| error.kind() == io::ErrorKind::BrokenPipe)
}

fn run(args: &Args) -> Outcome {
    let keys = || Keyring::open(&args.keys);
    match &args.verb {
        Verb::Build {
            recipes,
            binaries,
            arch,
            epoch,
            out,
        } => {
            let sources = Sources {
                binaries,
                keys: &args.keys,
                epoch: *epoch,
            };
            build(recipes, &sources, arch, out, &keys()?)
        }
        Verb::Index { folder } => reindex(folder, &keys()?),
        Verb::Verify { folders } => verify(folders, &keys()?),
        Verb::Inspect { packages } => inspect(packages),
        Verb::Size { folders } => size(folders),
        Verb::Key { verb } => key(verb, keys()?),
    }
}

fn build(
    recipes: &Path,
    sources: &Sources<'_>,
    archs: &[Arch],
    out: &Path,
    keys: &Keyring,
) -> Outcome {
    let mut stdout = io::stdout().lock();
    let mut packages = Vec::new();
    for makefile in recipe::makefiles(recipes)? {
        packages.extend(recipe::read(&makefile, sources)?);
    }
    for arch in archs {
        let ours: Vec<_> = packages
            .iter()
            .map(|package| package.for_arch(arch))
            .collect();
        let opkg = out.join("opkg").join(arch.as_str());
        let apk = out.join("apk").join(arch.as_str());
        for (made, folder) in [
            (feed::write_opkg(&opkg, &ours, keys.signer()?)?, opkg),
            (feed::write_apk(&apk, &ours, &keys.apk_signer()?)?, apk),
        ] {
            let bytes: u64 = made.packages.iter().map(|(_, bytes)| bytes).sum();
            writeln!(
                stdout,
                "{:<40} {:>3} packages {bytes:>9} bytes",
                folder.display(),
                made.packages.len()
            )?;
        }
    }
    Ok(true)
}

fn reindex(folder: &Path, keys: &Keyring) -> Outcome {
    let mut files = Vec::new();
    for path in packages(folder)? {
        let name = file_name(&path);
        files.push((name, fs::read(&path).map_err(|e| said(&path, &e))?));
    }
    let made = feed::write_ipks(folder, &files, keys.signer()?)?;
    writeln!(
        io::stdout(),
        "{} packages in {}",
        made.packages.len(),
        folder.display()
    )?;
    Ok(true)
}

fn verify(folders: &[PathBuf], keys: &Keyring) -> Outcome {
    let mut stdout = io::stdout().lock();
    let mut all_good = true;
    for folder in folders {
        let report = if is_apk(folder) {
            verify::apk(folder, keys)
        } else {
            verify::opkg(folder, keys)
        };
        for problem in &report.problems {
            writeln!(stdout, "{}: {problem}", folder.display())?;
        }
        if !report.problems.is_empty() {
            all_good = false;
            continue;
        }
        let signer = report.signer.map_or_else(
            || "signed by a trusted key".to_owned(),
            |id| format!("signed by {id}"),
        );
        let (folder, good) = (folder.display(), report.good);
        writeln!(stdout, "{folder}: good, {good} packages, {signer}")?;
    }
    Ok(all_good)
}

fn inspect(packages: &[PathBuf]) -> Outcome {
    let mut stdout = io::stdout().lock();
    for path in packages {
        let octets = fs::read(path).map_err(|error| said(path, &error))?;
        if octets.starts_with(b"ADB") {
            let apk = Apk::parse(&octets).map_err(|error| said(path, &error))?;
            writeln!(stdout, "{}: {} bytes", path.display(), octets.len())?;
            writeln!(stdout, "\n{} {} for {}\n", apk.name, apk.version, apk.arch)?;
            for (path, node) in apk.files.iter() {
                writeln!(stdout, "{}", row(&format!("/{path}"), node))?;
            }
            continue;
        }
        let ipk = Ipk::parse(&octets).map_err(|error| said(path, &error))?;
        writeln!(stdout, "{}: {} bytes", path.display(), octets.len())?;
        if ipk.file_name() != file_name(path) {
            writeln!(stdout, "its name must be {}", ipk.file_name())?;
        }
        writeln!(stdout, "\n{}", ipk.control)?;
        for (path, node) in ipk.controls.iter() {
            writeln!(stdout, "{}", row(&format!("CONTROL/{path}"), node))?;
        }
        for (path, node) in ipk.data.iter() {
            writeln!(stdout, "{}", row(&format!("/{path}"), node))?;
        }
    }
    Ok(true)
}

fn row(path: &str, node: &Node) -> String {
    let (kind, size, target) = match &node.kind {
        Kind::Folder => ('d', String::new(), String::new()),
        Kind::File(octets) => ('-', octets.len().to_string(), String::new()),
        Kind::Link(target) => ('l', String::new(), format!(" -> {target}")),
    };
    format!("{kind} {:04o} {size:>9} {path}{target}", node.mode)
}

fn size(folders: &[PathBuf]) -> Outcome {
    let mut stdout = io::stdout().lock();
    writeln!(
        stdout,
        "{:<40} {:<20} {:>10} {:>12}",
        "feed", "package", "packed", "unpacked"
    )?;
    for folder in folders {
        for path in packages(folder)? {
            let octets = fs::read(&path).map_err(|error| said(&path, &error))?;
            let (name, files) = if octets.starts_with(b"ADB") {
                let apk = Apk::parse(&octets).map_err(|error| said(&path, &error))?;
                (apk.name, apk.files)
            } else {
                let ipk = Ipk::parse(&octets).map_err(|error| said(&path, &error))?;
                (ipk.name, ipk.data)
            };
            writeln!(
                stdout,
                "{:<40} {:<20} {:>10} {:>12}",
                folder.display(),
                name.as_str(),
                octets.len(),
                files.file_bytes()
            )?;
        }
    }
    Ok(true)
}

fn key(verb: &KeyVerb, mut keys: Keyring) -> Outcome {
    let mut stdout = io::stdout().lock();
    match verb {
        KeyVerb::New { comment } => {
            let id = keys.add_new(comment)?;
            writeln!(stdout, "made key {id}")?;
        }
        KeyVerb::List => {
            let signer = keys.signer().ok().map(crate::usign::SecretKey::id);
            for key in keys.trusted() {
                let role = if signer == Some(key.id) {
                    "signs, trusted"
                } else {
                    "trusted"
                };
                writeln!(stdout, "{}  {role}", key.id)?;
            }
        }
        KeyVerb::SignWith { id } => {
            let id = keys.sign_with(id)?;
            writeln!(stdout, "key {id} signs from now on: make the feed again")?;
        }
        KeyVerb::Retire { id } => {
            let id = keys.retire(id)?;
            writeln!(stdout, "key {id} is gone: make the feed again")?;
        }
    }
    Ok(true)
}

fn is_apk(folder: &Path) -> bool {
    folder.join("packages.adb").exists()
}

/// The .ipk and .apk files in a folder.
fn packages(folder: &Path) -> Result<Vec<PathBuf>, String> {
    let mut paths = Vec::new();
    for entry in fs::read_dir(folder).map_err(|error| said(folder, &error))? {
        let path = entry.map_err(|error| said(folder, &error))?.path();
        if path
            .extension()
            .is_some_and(|extension| extension == "ipk" || extension == "apk")
        {
            paths.push(path);
        }
    }
    paths.sort();
    Ok(paths)
}

fn file_name(path: &Path) -> String {
    let path = path.file_name().unwrap_or(path.as_os_str());
    path.to_string_lossy().into_owned()
}

fn said(path: &Path, error: &dyn std::fmt::Display) -> String {
    format!("{}: {error}", path.display())
}
