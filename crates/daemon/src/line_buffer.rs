//! Lines cut out of what a socket gives.

/// Collects octets until a line is whole. Each octet is looked at once, however slowly a long line comes.
#[derive(Debug, Default)]
pub struct LineBuffer {
    octets: Vec<u8>,
    // How many of them are known to hold no line feed.
    searched: usize,
}

impl LineBuffer {
    /// Takes what has arrived.
    pub fn push(&mut self, octets: &[u8]) {
        self.octets.extend_from_slice(octets);
    }

    /// The next whole line, without its line feed.
    pub fn next_line(&mut self) -> Option<Vec<u8>> {
        let unseen = self.octets.get(self.searched..).unwrap_or_default();
        let Some(at) = unseen.iter().position(|octet| *octet == b'\n') else {
            self.searched = self.octets.len();
            return None;
        };
        let rest = self.octets.split_off(self.searched + at + 1);
        let mut line = core::mem::replace(&mut self.octets, rest);
        self.searched = 0;
        line.pop();
        Some(line)
    }

    /// Octets that are not taken yet.
    pub fn len(&self) -> usize {
        self.octets.len()
    }

    /// Whether all is taken.
    pub fn is_empty(&self) -> bool {
        self.octets.is_empty()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_are_whole_however_they_come() {
        let mut buffer = LineBuffer::default();
        buffer.push(b"fir");
        assert_eq!(buffer.next_line(), None);
        buffer.push(b"st\n\nthi");
        assert_eq!(buffer.next_line().as_deref(), Some(&b"first"[..]));
        assert_eq!(buffer.next_line().as_deref(), Some(&b""[..]));
        assert_eq!(buffer.next_line(), None);
        assert_eq!(buffer.len(), 3);
        buffer.push(b"rd\n");
        assert_eq!(buffer.next_line().as_deref(), Some(&b"third"[..]));
        assert!(buffer.is_empty());
    }
}
