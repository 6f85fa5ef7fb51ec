//! WireGuard keys as people have them: the 44 characters that `wg` prints, or 64 hexadecimal digits; and this
//! router's own private key, in a file that is made the first time.

use std::fs::{self, OpenOptions};
use std::io::{self, Write as _};
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::Path;

use grange_linux::WireguardKey;
use grange_uci::quantity::hexadecimal;

use crate::seed;

/// The private key, in the directory of lasting state: as `wg genkey` writes one.
pub const FILE: &str = "wireguard.key";

/// RFC 4648 §4.
const ALPHABET: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

/// Reads a key; `None` for what is none.
pub fn parse(text: &str) -> Option<WireguardKey> {
    if let Some(octets) = hexadecimal(text) {
        return octets.try_into().ok().map(WireguardKey);
    }
    // 43 digits of 6 bits are 256 and two more, which must be 0.
    let digits = text.strip_suffix('=')?;
    if digits.len() != 43 {
        return None;
    }
    let mut octets = Vec::with_capacity(32);
    let (mut bits, mut held) = (0_u32, 0_u32);
    for digit in digits.bytes() {
        let value = ALPHABET.iter().position(|known| *known == digit)?;
        held = held << 6 | u32::try_from(value).ok()?;
        bits += 6;
        if bits >= 8 {
            bits -= 8;
            octets.push(u8::try_from(held >> bits & 0xff).ok()?);
            held &= (1 << bits) - 1;
        }
    }
    if held != 0 {
        return None;
    }
    octets.try_into().ok().map(WireguardKey)
}

/// A key as `wg` prints it.
pub fn print(key: &WireguardKey) -> String {
    let mut text = String::with_capacity(44);
    for group in key.0.chunks(3) {
        let [a, b, c] = [0, 1, 2].map(|place| u32::from(group.get(place).copied().unwrap_or(0)));
        let held = a << 16 | b << 8 | c;
        for place in 0..=group.len() {
            let shift = 18 - 6 * u32::try_from(place).unwrap_or(0);
            let value = usize::try_from(held >> shift & 0x3f).unwrap_or(0);
            text.push(char::from(ALPHABET[value]));
        }
    }
    text.push('=');
    text
}

/// This router's private key; made and kept the first time, for nobody but root to read.
pub fn own(state_dir: &Path) -> io::Result<WireguardKey> {
    let path = state_dir.join(FILE);
    match fs::read_to_string(&path) {
        Ok(text) => parse(text.trim()).ok_or_else(|| {
            let expected =
                "it should hold what `wg genkey` prints; without the file a new key is made";
            io::Error::new(io::ErrorKind::InvalidData, expected)
        }),
        Err(error) if error.kind() == io::ErrorKind::NotFound => make(&path),
        Err(error) => Err(error),
    }
}

fn make(path: &Path) -> io::Result<WireguardKey> {
    let key = WireguardKey(clamped(seed::secret()?));
    if let Some(folder) = path.parent() {
        fs::create_dir_all(folder)?;
    }
    let fresh = path.with_extension("new");
    let mut options = OpenOptions::new();
    let mut file = options
        .write(true)
        .create(true)
        .truncate(true)
        .mode(0o600)
        .open(&fresh)?;
    writeln!(file, "{}", print(&key))?;
    file.sync_all()?;
    fs::rename(&fresh, path)?;
    Ok(key)
}

/// RFC 7748 §5: the bits that every private key has alike. The kernel sets them too; in the file they are
/// for those who compare.
const fn clamped(mut key: [u8; 32]) -> [u8; 32] {
    key[0] &= 0xf8;
    key[31] = key[31] & 0x7f | 0x40;
    key
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_is_read_as_it_was_printed() {
        // RFC 7748 §6.1: Alice's public key.
        let hex = "8520f0098930a754748b7ddcb43ef75a0dbf3a0d26381af4eba4a98eaa9b4e6a";
        let key = parse(hex).unwrap();
        let text = print(&key);
        assert_eq!(text, "hSDwCYkwp1R0i33ctD73Wg2/Og0mOBr066SpjqqbTmo=");
        assert!(parse(&text) == Some(key));
    }

    #[test]
    fn what_is_no_key_is_none() {
        for text in [
            "",
            "=",
            "85",
            "hSDwCYkwp1R0i33ctD73Wg2/Og0mOBr066SpjqqbTmo",
            "hSDwCYkwp1R0i33ctD73Wg2/Og0mOBr066SpjqqbTmp=",
            "hSDwCYkwp1R0i33ctD73Wg2/Og0mOBr066SpjqqbTm==",
            "hSDwCYkwp1R0i33ctD73Wg2_Og0mOBr066SpjqqbTmo=",
            "ÄÄÄÄÄÄÄÄÄÄÄÄÄÄÄÄÄÄÄÄÄ==",
        ] {
            assert!(parse(text).is_none(), "{text}");
        }
    }

    #[test]
    fn the_own_key_is_the_same_the_next_time_and_nobody_else_reads_it() {
        use std::os::unix::fs::PermissionsExt as _;
        let dir = std::env::temp_dir().join(format!("grange-key-{}", std::process::id()));
        let key = own(&dir).unwrap();
        assert!(own(&dir).unwrap() == key);
        let mode = fs::metadata(dir.join(FILE)).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600);
        fs::write(dir.join(FILE), "something else").unwrap();
        assert!(
            own(&dir).is_err(),
            "a key that somebody has spoilt is not replaced"
        );
        fs::remove_dir_all(&dir).unwrap();
    }
}
