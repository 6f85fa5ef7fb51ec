//! Random numbers of the kernel's, and the hash's seed, which lasts: with another one, connections of
//! the same two addresses would change their uplink.

use std::fs::{self, File};
use std::io::{self, Read as _};
use std::path::Path;

const FILE: &str = "uplink-seed";

/// The seed in the directory of lasting state; a new one is made and kept the first time.
pub fn lasting(state_dir: &Path) -> io::Result<u32> {
    let path = state_dir.join(FILE);
    if let Ok(text) = fs::read_to_string(&path)
        && let Some(seed) = parse(&text)
    {
        return Ok(seed);
    }
    let [a, b, c, d, ..] = random()?.to_ne_bytes();
    let seed = u32::from_ne_bytes([a, b, c, d]);
    fs::create_dir_all(state_dir)?;
    let fresh = path.with_extension("new");
    fs::write(&fresh, format!("1 {seed:#010x}\n"))?;
    fs::rename(&fresh, &path)?;
    Ok(seed)
}

/// 64 random bits.
pub fn random() -> io::Result<u64> {
    octets().map(u64::from_ne_bytes)
}

/// Octets that nobody can guess.
pub fn secret() -> io::Result<[u8; 32]> {
    octets()
}

fn octets<const N: usize>() -> io::Result<[u8; N]> {
    let mut octets = [0; N];
    File::open("/dev/urandom")?.read_exact(&mut octets)?;
    Ok(octets)
}

/// `1 0x12345678`: the version of the format, then the seed.
pub fn parse(text: &str) -> Option<u32> {
    let digits = text.trim().strip_prefix("1 0x")?;
    u32::from_str_radix(digits, 16).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_seed_is_the_same_the_next_time() {
        let dir = std::env::temp_dir().join(format!("grange-seed-{}", std::process::id()));
        let seed = lasting(&dir).unwrap();
        assert_eq!(lasting(&dir).unwrap(), seed);
        fs::write(dir.join(FILE), "1 0x0000beef\n").unwrap();
        assert_eq!(lasting(&dir).unwrap(), 0xbeef);
        fs::write(dir.join(FILE), "2 something newer").unwrap();
        lasting(&dir).unwrap();
        fs::remove_dir_all(&dir).unwrap();
    }
}
