//! Octets on their way to a socket that takes them piece by piece.

/// What waits to be sent, and how much of it has been.
#[derive(Debug, Default)]
pub struct SendQueue {
    octets: Vec<u8>,
    sent: usize,
}

impl SendQueue {
    /// What is to be sent.
    pub fn waiting(&self) -> &[u8] {
        self.octets.get(self.sent..).unwrap_or_default()
    }

    /// That many octets of [`SendQueue::waiting`] have been sent.
    pub fn handle_sent(&mut self, count: usize) {
        self.sent += count;
        if self.sent >= self.octets.len() {
            // An idle connection keeps no memory.
            *self = Self::default();
        }
    }

    /// What waits, for appending to it.
    pub fn end(&mut self) -> &mut Vec<u8> {
        self.octets.drain(..self.sent);
        self.sent = 0;
        &mut self.octets
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_sent_does_not_wait_any_more() {
        let mut queue = SendQueue::default();
        queue.end().extend_from_slice(b"abc");
        queue.handle_sent(2);
        assert_eq!(queue.waiting(), b"c");
        queue.end().push(b'd');
        assert_eq!(queue.waiting(), b"cd");
        queue.handle_sent(2);
        assert!(queue.waiting().is_empty());
    }
}
