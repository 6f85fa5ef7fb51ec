//! The frame around every netlink message: `struct nlmsghdr` (linux/netlink.h).
//!
//! ```text
//! 0       4      6       8          12     16
//! | length | type | flags | sequence | port | payload, padded to 4 ...
//! ```
//! All in the machine's own byte order; the length counts the header.

/// Octets of a header.
const HEADER: usize = 16;

/// One message.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Frame<'a> {
    /// `NLMSG_*` or `RTM_*`.
    pub(crate) kind: u16,
    /// `NLM_F_*`.
    pub(crate) flags: u16,
    /// The sequence number of the request it answers; 0 in announcements.
    pub(crate) sequence: u32,
    /// What follows the header.
    pub(crate) payload: &'a [u8],
}

/// The bytes are no frame: shorter than a header, or of a length that lies.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct MalformedFrame;

/// The frames of one buffer; nothing comes after a malformed one.
#[derive(Debug, Clone)]
pub(crate) struct Frames<'a> {
    rest: &'a [u8],
}

impl<'a> Frames<'a> {
    pub(crate) const fn new(buffer: &'a [u8]) -> Self {
        Self { rest: buffer }
    }
}

impl<'a> Iterator for Frames<'a> {
    type Item = Result<Frame<'a>, MalformedFrame>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.rest.is_empty() {
            return None;
        }
        let Some((frame, length)) = split(self.rest) else {
            self.rest = &[];
            return Some(Err(MalformedFrame));
        };
        // The padding of the last message may be missing.
        self.rest = self.rest.get(aligned(length)..).unwrap_or(&[]);
        Some(Ok(frame))
    }
}

/// Appends a request to a buffer; requests may follow one another.
pub(crate) fn append(buffer: &mut Vec<u8>, kind: u16, flags: u16, sequence: u32, body: &[u8]) {
    let length = HEADER.saturating_add(body.len());
    let end = buffer.len().saturating_add(aligned(length));
    buffer.extend_from_slice(&u32::try_from(length).unwrap_or(u32::MAX).to_ne_bytes());
    buffer.extend_from_slice(&kind.to_ne_bytes());
    buffer.extend_from_slice(&flags.to_ne_bytes());
    buffer.extend_from_slice(&sequence.to_ne_bytes());
    // The port is the kernel's to fill in.
    buffer.extend_from_slice(&[0; 4]);
    buffer.extend_from_slice(body);
    buffer.resize(end, 0);
}

/// Rounded up to the alignment of frames and attributes.
pub(crate) const fn aligned(length: usize) -> usize {
    length.saturating_add(3) & !3
}

/// The 16-bit number at an offset.
pub(crate) fn number16(bytes: &[u8], offset: usize) -> Option<u16> {
    Some(u16::from_ne_bytes(*bytes.get(offset..)?.first_chunk()?))
}

/// The 32-bit number at an offset.
pub(crate) fn number32(bytes: &[u8], offset: usize) -> Option<u32> {
    Some(u32::from_ne_bytes(*bytes.get(offset..)?.first_chunk()?))
}

fn split(bytes: &[u8]) -> Option<(Frame<'_>, usize)> {
    let length = usize::try_from(number32(bytes, 0)?).ok()?;
    let frame = Frame {
        kind: number16(bytes, 4)?,
        flags: number16(bytes, 6)?,
        sequence: number32(bytes, 8)?,
        payload: bytes.get(HEADER..length)?,
    };
    Some((frame, length))
}

#[cfg(test)]
mod tests;
