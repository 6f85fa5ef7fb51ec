//! What a restart must know: which uplink has which number, and which are drained.
//!
//! ```text
//! uplinks 1
//! id wan 1
//! id lte 2
//! drained lte
//! ```

use litemap::LiteMap;

use std::fmt;

use grange_uplink::uplink_id::UplinkId;

/// The name of the state in the run directory.
pub const NAME: &str = "uplinks";
const FIRST_LINE: &str = "uplinks 1";

/// The saved state.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Saved {
    /// The uplinks' numbers by their names: connections carry them.
    pub ids: LiteMap<String, UplinkId>,
    /// Uplinks taken out of use by their owner.
    pub drained: Vec<String>,
}

impl Saved {
    /// Reads it; what cannot be read is left out.
    pub fn parse(bytes: &[u8]) -> Self {
        let mut saved = Self::default();
        let text = String::from_utf8_lossy(bytes);
        // Not `lines`, which drops a carriage return only where a line feed follows.
        let mut lines = text.split('\n');
        if lines.next() != Some(FIRST_LINE) {
            return saved;
        }
        for line in lines {
            let words: Vec<&str> = line.split(' ').collect();
            match words.as_slice() {
                ["id", name, number] => {
                    let id = number.parse().ok().and_then(UplinkId::new);
                    if let Some(id) = id.filter(|id| saved.ids.values().all(|other| other != id)) {
                        saved.ids.insert((*name).to_owned(), id);
                    }
                }
                ["drained", name] => saved.drained.push((*name).to_owned()),
                _ => {}
            }
        }
        saved
    }
}

impl fmt::Display for Saved {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "{FIRST_LINE}")?;
        for (name, id) in &self.ids {
            writeln!(f, "id {name} {}", id.number())?;
        }
        for name in &self.drained {
            writeln!(f, "drained {name}")?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_saved_is_read_back_and_nonsense_left_out() {
        let text = "uplinks 1\nid wan 1\nid lte 2\nid twin 2\nid far 99\nwhat\ndrained lte\n";
        let saved = Saved::parse(text.as_bytes());
        assert_eq!(
            saved.to_string(),
            "uplinks 1\nid lte 2\nid wan 1\ndrained lte\n"
        );
        assert_eq!(Saved::parse(saved.to_string().as_bytes()), saved);
        assert_eq!(Saved::parse(b"\xff"), Saved::default());
    }
}
