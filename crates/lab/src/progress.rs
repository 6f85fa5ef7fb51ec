//! Who wants to know how far a start is.

use std::sync::atomic::{AtomicBool, Ordering};

/// Who wants to know how far a start is, and may stop it.
pub trait Progress {
    /// The next step begins.
    fn step(&mut self, what: &str);
    /// Whether to stop and take everything down again.
    fn cancelled(&self) -> bool {
        false
    }
}

impl Progress for () {
    fn step(&mut self, _: &str) {}
}

impl<F: FnMut(&str)> Progress for (F, &AtomicBool) {
    fn step(&mut self, what: &str) {
        self.0(what);
    }

    fn cancelled(&self) -> bool {
        self.1.load(Ordering::Relaxed)
    }
}
