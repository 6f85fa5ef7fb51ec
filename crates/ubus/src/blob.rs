//! Blob attributes (`blob.h`): what messages and blobmsg are made of.
//!
//! ```text
//!  0                   1                   2                   3
//!  0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1
//! +-+-------------+-----------------------------------------------+
//! |X|     id      |     length, these four octets included        |
//! +-+-------------+-----------------------------------------------+
//! |   length - 4 octets, then zeros up to a multiple of four      |
//! +---------------------------------------------------------------+
//! ```
//!
//! X marks an attribute that starts with a name. All integers are big-endian.

/// Octets of an attribute before its payload.
pub const HEADER_BYTES: usize = 4;

/// The mark of an attribute with a name.
const EXTENDED: u32 = 1 << 31;
/// The greatest length: 24 bits.
const LENGTH_MASK: u32 = 0x00ff_ffff;

/// An attribute of a buffer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Attribute<'a> {
    /// What it is: 7 bits.
    pub id: u8,
    /// Whether it starts with a name.
    pub extended: bool,
    /// The rest, without padding.
    pub payload: &'a [u8],
}

/// The attributes of a buffer in order. It ends at the end of the buffer, or with one `Err` at what is no
/// attribute.
#[derive(Clone, Debug)]
pub struct Attributes<'a> {
    rest: &'a [u8],
}

/// Octets that are no attribute: shorter than a header, or longer than what is left.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct NotAnAttribute;

impl<'a> Attributes<'a> {
    /// The attributes of that buffer.
    pub fn new(buffer: &'a [u8]) -> Self {
        Self { rest: buffer }
    }
}

impl<'a> Iterator for Attributes<'a> {
    type Item = Result<Attribute<'a>, NotAnAttribute>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.rest.is_empty() {
            return None;
        }
        let Some((attribute, rest)) = split(self.rest) else {
            self.rest = &[];
            return Some(Err(NotAnAttribute));
        };
        self.rest = rest;
        Some(Ok(attribute))
    }
}

fn split(buffer: &[u8]) -> Option<(Attribute<'_>, &[u8])> {
    let (head, _) = buffer.split_first_chunk::<HEADER_BYTES>()?;
    let head = u32::from_be_bytes(*head);
    let length = usize::try_from(head & LENGTH_MASK).ok()?;
    let payload = buffer.get(HEADER_BYTES..length)?;
    let rest = buffer.get(padded(length)..)?;
    let attribute = Attribute {
        id: (head >> 24) as u8 & 0x7f,
        extended: head & EXTENDED != 0,
        payload,
    };
    Some((attribute, rest))
}

/// The text of octets that end with NUL; `None` if they do not.
pub fn text(octets: &[u8]) -> Option<&[u8]> {
    let (_, text) = octets.split_last().filter(|(end, _)| **end == 0)?;
    Some(before_nul(text))
}

/// What comes before the first NUL, or all.
pub fn before_nul(text: &[u8]) -> &[u8] {
    text.split(|octet| *octet == 0).next().unwrap_or_default()
}

/// Text of a stranger; what is not UTF-8 becomes U+FFFD.
pub fn lossy(text: &[u8]) -> String {
    String::from_utf8_lossy(text).into_owned()
}

/// A length with its padding.
pub fn padded(length: usize) -> usize {
    length.div_ceil(4) * 4
}

/// The length that a header gives, its own four octets included.
pub fn length_of(header: [u8; HEADER_BYTES]) -> usize {
    usize::try_from(u32::from_be_bytes(header) & LENGTH_MASK).unwrap_or(usize::MAX)
}

/// Starts an attribute at the end of a buffer; where it starts.
pub fn open(buffer: &mut Vec<u8>, id: u8, extended: bool) -> usize {
    let at = buffer.len();
    let mark = if extended { EXTENDED } else { 0 };
    buffer.extend_from_slice(&(mark | u32::from(id & 0x7f) << 24).to_be_bytes());
    at
}

/// Ends the attribute that starts there, and pads it. Its length must be below 16 MiB, which whoever
/// limits the message sees to.
pub fn close(buffer: &mut Vec<u8>, at: usize) {
    let length = u32::try_from(buffer.len() - at).unwrap_or(LENGTH_MASK) & LENGTH_MASK;
    for (octet, part) in buffer[at + 1..at + HEADER_BYTES]
        .iter_mut()
        .zip(&length.to_be_bytes()[1..])
    {
        *octet = *part;
    }
    pad(buffer, at);
}

/// Appends zeros until what starts there is a multiple of four long.
pub fn pad(buffer: &mut Vec<u8>, at: usize) {
    let length = padded(buffer.len() - at);
    buffer.resize(at + length, 0);
}

/// Appends a whole attribute.
pub fn put(buffer: &mut Vec<u8>, id: u8, payload: &[u8]) {
    let at = open(buffer, id, false);
    buffer.extend_from_slice(payload);
    close(buffer, at);
}
