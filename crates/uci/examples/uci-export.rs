//! Reads a UCI file on standard input and writes what `uci -N export NAME` would print for it, so
//! that the two can be compared: `cargo run -p grange-uci --example uci-export -- NAME < FILE`.
//! Exit status 1 and a message on standard error where the file is refused.

use std::error::Error;
use std::io::{Read as _, Write as _};
use std::process::ExitCode;

fn main() -> ExitCode {
    match export() {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("uci-export: {error}");
            ExitCode::FAILURE
        }
    }
}

fn export() -> Result<(), Box<dyn Error>> {
    let name = std::env::args()
        .nth(1)
        .ok_or("usage: uci-export NAME < FILE")?;
    let mut text = Vec::new();
    std::io::stdin().read_to_end(&mut text)?;
    let package = grange_uci::parse(&text)?.named(name);
    for warning in &package.warnings {
        eprintln!("uci-export: {warning}");
    }
    std::io::stdout().write_all(&grange_uci::write::write(&package)?)?;
    Ok(())
}
