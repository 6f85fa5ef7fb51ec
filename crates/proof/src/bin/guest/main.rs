//! The first and only program of an emulated router: `scripts/qemu` boots a kernel into it.
//!
//! As process 1 it mounts what is needed, loads the modules of /modules, runs the proof and ends the
//! machine. Where there is a program /extra, that is run in place of the proof. Run as root on a host,
//! `guest FOLDER` does the proof alone, in namespaces of its own, with the programs of that folder. Each
//! figure is a line `measured NAME VALUE UNIT`; the last line is `guest: passed` or `guest: failed: WHY`.
#![expect(
    clippy::print_stdout,
    clippy::disallowed_macros,
    reason = "its output is what it is for"
)]

mod daemon;
mod namespace;
mod netlink;
mod proof;
mod router;
mod shaping;

use std::fs::{self, File};
use std::io;
use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode};

use nix::kmod::{ModuleInitFlags, finit_module};
use nix::mount::{MsFlags, mount};
use nix::sys::reboot::{RebootMode, reboot};

fn main() -> ExitCode {
    let first = std::process::id() == 1;
    let result = if first {
        machine().and_then(|()| {
            let extra = Path::new("/extra");
            if extra.exists() {
                return run_extra(extra);
            }
            proof::run(Path::new("/bin"), Path::new("/golden"), Path::new("/run"))
        })
    } else {
        match std::env::args_os().nth(1) {
            Some(programs) => host(&PathBuf::from(programs)),
            None => Err(io::Error::other(
                "usage: guest FOLDER, where the programs are",
            )),
        }
    };
    let code = match result {
        Ok(()) => {
            println!("guest: passed");
            ExitCode::SUCCESS
        }
        Err(error) => {
            println!("guest: failed: {error}");
            ExitCode::FAILURE
        }
    };
    if first {
        // QEMU's -no-reboot makes an end of it, also where the machine cannot switch itself off.
        let _ = reboot(RebootMode::RB_AUTOBOOT);
    }
    code
}

/// The proof on this very machine.
fn host(programs: &Path) -> io::Result<()> {
    let work = std::env::temp_dir().join(format!("grange-guest-{}", std::process::id()));
    let golden = Path::new("crates/babel/tests/golden");
    let result = proof::run(programs, golden, &work);
    // It may not have come as far as to make it.
    let _ = fs::remove_dir_all(&work);
    result
}

/// Somebody else's test of this kernel.
fn run_extra(program: &Path) -> io::Result<()> {
    let status = Command::new(program).status()?;
    if status.success() {
        Ok(())
    } else {
        Err(io::Error::other(format!("{}: {status}", program.display())))
    }
}

/// Makes a Linux machine of a bare kernel.
fn machine() -> io::Result<()> {
    for (kind, place) in [
        ("proc", "/proc"),
        ("sysfs", "/sys"),
        ("devtmpfs", "/dev"),
        ("tmpfs", "/run"),
        ("tmpfs", "/tmp"),
    ] {
        fs::create_dir_all(place)?;
        let mounted = mount(
            Some(kind),
            place,
            Some(kind),
            MsFlags::empty(),
            None::<&str>,
        );
        // Some kernels mount /dev themselves.
        if let Err(error) = mounted
            && error != nix::errno::Errno::EBUSY
        {
            return Err(io::Error::other(format!("{place}: {error}")));
        }
    }
    for module in fs::read_to_string("/modules/order")?.lines() {
        finit_module(
            &File::open(Path::new("/modules").join(module))?,
            c"",
            ModuleInitFlags::empty(),
        )
        .map_err(|error| io::Error::other(format!("{module}: {error}")))?;
    }
    Ok(())
}
