//! grange-routed, grange-uplinkd and grange-rpcd in one program, which share what all are made of. It is the one whose
//! name it is called by, through a link; `grange-small NAME ARGUMENTS..` does the same.
#![forbid(unsafe_code)]

use std::env::args_os;
use std::io::{self, Write as _};
use std::path::Path;
use std::process::ExitCode;

use grange_daemon::build_id::BUILD_ID;
use grange_daemon::client_mode::FAILED;
use grange_linux::fatal::install_fatal_handler;

const NAME: &str = env!("CARGO_PKG_NAME");

fn main() -> ExitCode {
    // Before the daemons do it, under whose names the line tables of other programs are kept.
    install_fatal_handler(
        NAME,
        env!("CARGO_PKG_VERSION"),
        BUILD_ID.unwrap_or("unnamed-build"),
    );
    let mut args = args_os();
    // By its own name the first word says which; by a daemon's, that does.
    for _ in 0..2 {
        let called = args.next();
        let called = called
            .as_deref()
            .and_then(|path| Path::new(path).file_name());
        match called.and_then(|name| name.to_str()) {
            Some("grange-routed") => return grange_routed::main(args),
            Some("grange-uplinkd") => return grange_uplinkd::main(args),
            Some("grange-rpcd") => return grange_rpcd::main(args),
            Some(NAME) => {}
            _ => break,
        }
    }
    // Nobody can be told that stderr is gone.
    let _ = writeln!(
        io::stderr(),
        "error: {NAME} is called grange-routed, grange-uplinkd or grange-rpcd, or wants one of these as its first word"
    );
    ExitCode::from(FAILED)
}
