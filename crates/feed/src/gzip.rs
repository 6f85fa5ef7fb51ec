//! gzip as `gzip -n` writes it: without name or time.

use std::io::{Read as _, Write as _};

use flate2::bufread::GzDecoder;
use flate2::{Compression, GzBuilder};

/// Why something compressed is refused.
#[derive(Debug, thiserror::Error)]
pub enum GzipError {
    /// Not gzip, or not all of it, or its checksum is wrong.
    #[error("this is not whole gzip data: {0}")]
    Damaged(#[from] std::io::Error),
    /// More comes out than anybody would have put in.
    #[error("more than {} MiB come out of it", .0 >> 20)]
    TooLarge(u64),
    /// Something follows the end.
    #[error("{0} octets follow the end of the gzip data")]
    Trailing(usize),
}

/// Compresses as small as deflate can.
pub fn compress(octets: &[u8]) -> Vec<u8> {
    let mut encoder = GzBuilder::new()
        // Unix, as gzip says on every machine that makes packages.
        .operating_system(3)
        .write(Vec::new(), Compression::best());
    // Writing into memory cannot fail.
    let written = encoder.write_all(octets).and_then(|()| encoder.finish());
    written.unwrap_or_default()
}

/// Decompresses, up to so many octets.
pub fn decompress(octets: &[u8], most: u64) -> Result<Vec<u8>, GzipError> {
    let mut decoder = GzDecoder::new(octets);
    let mut out = Vec::new();
    decoder.by_ref().take(most + 1).read_to_end(&mut out)?;
    if out.len() as u64 > most {
        return Err(GzipError::TooLarge(most));
    }
    match decoder.into_inner().len() {
        0 => Ok(out),
        left => Err(GzipError::Trailing(left)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_cut_damaged_or_followed_by_more_is_refused() {
        let whole = compress(b"Package: grange\n");
        assert_eq!(decompress(&whole, 100).unwrap(), b"Package: grange\n");
        for cut in 0..whole.len() {
            assert!(decompress(&whole[..cut], 100).is_err(), "{cut}");
        }
        let mut more = whole.clone();
        more.push(0);
        assert!(matches!(
            decompress(&more, 100),
            Err(GzipError::Trailing(1))
        ));
        assert!(matches!(decompress(&whole, 3), Err(GzipError::TooLarge(3))));
    }

    #[test]
    fn the_header_names_no_file_and_no_time() {
        assert_eq!(compress(b"x")[..10], [31, 139, 8, 0, 0, 0, 0, 0, 2, 3]);
    }
}
