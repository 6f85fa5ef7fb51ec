//! Compares what this machine's reader makes of the golden packets with what it should:
//! `vectors FOLDER`, usually `crates/babel/tests/golden`. Prints each that differs and exits with 1.
//!
//! Built with the flags of what ships, it shows on a router's own instructions and byte order what
//! the tests show on a host. What reads is written again, and must then read the same.
#![expect(
    clippy::print_stdout,
    clippy::disallowed_macros,
    reason = "its output is what it is for"
)]

use std::fmt::Write as _;
use std::fs;
use std::net::IpAddr;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use grange_babel::wire::{PacketReader, PacketWriter, Tlv};

fn main() -> ExitCode {
    let Some(folder) = std::env::args_os().nth(1) else {
        println!("usage: vectors FOLDER, usually crates/babel/tests/golden");
        return ExitCode::from(2);
    };
    let mut packets = Vec::new();
    if let Err(error) = collect(Path::new(&folder), &mut packets) {
        println!("{}: {error}", Path::new(&folder).display());
        return ExitCode::from(2);
    }
    packets.sort();
    let mut failed = 0;
    for packet in &packets {
        if let Err(problem) = check(packet) {
            failed += 1;
            println!("{}: {problem}", packet.display());
        }
    }
    println!("{} packets compared, {failed} differ", packets.len());
    // A folder without packets proves nothing.
    if failed == 0 && !packets.is_empty() {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    }
}

/// All `.hex` files below a folder.
fn collect(folder: &Path, packets: &mut Vec<PathBuf>) -> Result<(), std::io::Error> {
    for entry in fs::read_dir(folder)? {
        let path = entry?.path();
        if path.is_dir() {
            collect(&path, packets)?;
        } else if path.extension().is_some_and(|extension| extension == "hex") {
            packets.push(path);
        }
    }
    Ok(())
}

fn check(path: &Path) -> Result<(), String> {
    let text = fs::read_to_string(path).map_err(|error| error.to_string())?;
    let expected =
        fs::read_to_string(path.with_extension("txt")).map_err(|error| error.to_string())?;
    let source: IpAddr = text
        .lines()
        .find_map(|line| line.strip_prefix("# source: "))
        .and_then(|source| source.parse().ok())
        .ok_or("no line `# source: ADDRESS`")?;
    let packet = text
        .lines()
        .filter_map(|line| line.split('#').next())
        .flat_map(str::split_whitespace)
        .map(|octet| u8::from_str_radix(octet, 16))
        .collect::<Result<Vec<_>, _>>()
        .map_err(|error| error.to_string())?;

    let mut reader = PacketReader::new(&packet, source).map_err(|error| error.to_string())?;
    let mut decoded = String::new();
    for item in reader.by_ref() {
        // Writing to a String cannot fail.
        let _ = writeln!(decoded, "{item:?}");
    }
    let _ = writeln!(decoded, "skipped {}", reader.skipped());
    if decoded != expected {
        return Err(format!("expected\n{expected}read\n{decoded}"));
    }

    let IpAddr::V6(own) = source else {
        return Ok(());
    };
    let tlvs = tlvs(&packet, source)?;
    let mut writer = PacketWriter::new(packet.len(), own);
    for tlv in &tlvs {
        writer
            .push(tlv)
            .map_err(|error| format!("{tlv:?}: {error}"))?;
    }
    let again = self::tlvs(&writer.finish(), source)?;
    if again == tlvs {
        Ok(())
    } else {
        Err(format!("read\n{tlvs:?}\nwritten and read again\n{again:?}"))
    }
}

fn tlvs(packet: &[u8], source: IpAddr) -> Result<Vec<Tlv>, String> {
    Ok(PacketReader::new(packet, source)
        .map_err(|error| error.to_string())?
        .flatten()
        .collect())
}
