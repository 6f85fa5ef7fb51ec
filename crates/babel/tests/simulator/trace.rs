//! What happened: a hash of everything, and the recent past in words for whoever has to find a bug.

use std::collections::VecDeque;

use core::fmt::Write;

use crate::clock::Micros;

/// How many lines a failure shows.
const KEPT: usize = 400;

/// The story so far.
#[derive(Debug)]
pub(crate) struct Trace {
    hash: u64,
    lines: VecDeque<(Micros, Option<usize>, String)>,
    /// The network and the seed, so that a failure can be repeated.
    title: String,
    /// Whether to write every packet to stderr.
    pub(crate) loud: bool,
}

impl Trace {
    pub(crate) fn new(title: String) -> Self {
        Self {
            hash: 0xCBF2_9CE4_8422_2325,
            lines: VecDeque::new(),
            title,
            loud: std::env::var_os("GRANGE_SIM_LOUD").is_some(),
        }
    }

    /// Takes octets into the hash (FNV-1a).
    pub(crate) fn absorb(&mut self, octets: &[u8]) {
        for octet in octets {
            self.hash = (self.hash ^ u64::from(*octet)).wrapping_mul(0x0100_0000_01B3);
        }
    }

    /// Takes a number into the hash.
    pub(crate) fn absorb_number(&mut self, number: u64) {
        self.absorb(&number.to_be_bytes());
    }

    /// Keeps a line for a failure's report.
    pub(crate) fn note(&mut self, now: Micros, node: Option<usize>, text: String) {
        if self.loud {
            eprintln!("{}", line(now, node, &text));
        }
        if self.lines.len() == KEPT {
            self.lines.pop_front();
        }
        self.lines.push_back((now, node, text));
    }

    /// The hash of all that was absorbed.
    pub(crate) fn hash(&self) -> u64 {
        self.hash
    }

    /// The network and the seed.
    pub(crate) fn title(&self) -> &str {
        &self.title
    }

    /// What went wrong, where, and what led to it.
    pub(crate) fn report(&self, now: Micros, what: &str) -> String {
        let mut text = String::new();
        for (at, node, note) in &self.lines {
            let _ = writeln!(text, "{}", line(*at, *node, note));
        }
        let _ = write!(text, "{} {what}\nin {}", stamp(now), self.title);
        text
    }
}

fn line(now: Micros, node: Option<usize>, text: &str) -> String {
    match node {
        Some(node) => format!("{} [{node}] {text}", stamp(now)),
        None => format!("{} {text}", stamp(now)),
    }
}

fn stamp(now: Micros) -> String {
    format!("{:5}.{:06}", now / 1_000_000, now % 1_000_000)
}
