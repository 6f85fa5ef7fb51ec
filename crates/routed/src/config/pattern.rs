//! Interface names with the shell's wildcards.

use std::fmt;

/// The longest interface name in octets (IFNAMSIZ less the terminating zero, linux/if.h).
const LONGEST_NAME: usize = 15;
/// The longest pattern: a name in which each character is a set such as `[a-c]`.
const LONGEST_PATTERN: usize = 64;

/// An interface name, or a pattern of names: `*` is any text, `?` any character, `[a-c5]` one of a
/// set and `[!0-9]` one outside it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Pattern {
    text: String,
}

/// Why a text is not a pattern.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ParsePatternError {
    /// Nothing there.
    #[error("it is empty")]
    Empty,
    /// A character that no interface name has.
    #[error("{0:?} cannot stand in an interface name")]
    Character(char),
    /// A `[` without its `]`.
    #[error("a '[' without its ']'")]
    OpenSet,
    /// More than an interface name or a pattern may have.
    #[error("an interface name has at most {LONGEST_NAME} characters")]
    TooLong,
}

impl Pattern {
    /// Reads a name or pattern.
    pub fn parse(text: &str) -> Result<Self, ParsePatternError> {
        if text.is_empty() {
            return Err(ParsePatternError::Empty);
        }
        if let Some(odd) = text
            .chars()
            .find(|c| *c == '/' || c.is_whitespace() || c.is_control())
        {
            return Err(ParsePatternError::Character(odd));
        }
        let pattern = Self {
            text: text.to_owned(),
        };
        let longest = if pattern.is_literal() {
            LONGEST_NAME
        } else {
            LONGEST_PATTERN
        };
        if text.len() > longest {
            return Err(ParsePatternError::TooLong);
        }
        let mut rest = text;
        while let Some(open) = rest.find('[') {
            let Some((_, after)) = set(rest.get(open..).unwrap_or_default()) else {
                return Err(ParsePatternError::OpenSet);
            };
            rest = after;
        }
        Ok(pattern)
    }

    /// The name, where the pattern is only a name.
    pub fn literal(&self) -> Option<&str> {
        self.is_literal().then_some(self.text.as_str())
    }

    /// Whether this name fits.
    pub fn matches(&self, name: &str) -> bool {
        let (mut pattern, mut rest) = (self.text.as_str(), name);
        // Where to go on when the text after the last `*` does not fit: only the last one matters.
        let mut retry: Option<(&str, &str)> = None;
        loop {
            if let Some(after) = pattern.strip_prefix('*') {
                retry = Some((after, rest));
                pattern = after;
                continue;
            }
            if pattern.is_empty() && rest.is_empty() {
                return true;
            }
            if let Some((after_pattern, after_rest)) = one(pattern, rest) {
                (pattern, rest) = (after_pattern, after_rest);
                continue;
            }
            let Some((after_star, skipped)) = retry else {
                return false;
            };
            let mut chars = skipped.chars();
            if chars.next().is_none() {
                return false;
            }
            retry = Some((after_star, chars.as_str()));
            (pattern, rest) = (after_star, chars.as_str());
        }
    }

    fn is_literal(&self) -> bool {
        !self.text.contains(['*', '?', '['])
    }
}

impl fmt::Display for Pattern {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

/// What is left of both after one character of the text has matched.
fn one<'p, 't>(pattern: &'p str, text: &'t str) -> Option<(&'p str, &'t str)> {
    let mut chars = text.chars();
    let found = chars.next()?;
    let after = if pattern.starts_with('[') {
        let (members, after) = set(pattern)?;
        is_member(members, found).then_some(after)?
    } else {
        let mut wanted = pattern.chars();
        let first = wanted.next()?;
        (first == '?' || first == found).then_some(wanted.as_str())?
    };
    Some((after, chars.as_str()))
}

/// The inside of the set that `pattern` begins with, and what follows it.
fn set(pattern: &str) -> Option<(&str, &str)> {
    let inside = pattern.strip_prefix('[')?;
    // A `]` right at the start is a member, as in the shell.
    let skip = usize::from(inside.starts_with('!'));
    let first = inside.get(skip..)?.chars().next()?.len_utf8();
    let end = inside.get(skip + first..)?.find(']')? + skip + first;
    Some((inside.get(..end)?, inside.get(end + 1..)?))
}

fn is_member(members: &str, wanted: char) -> bool {
    let (members, inverted) = members
        .strip_prefix('!')
        .map_or((members, false), |members| (members, true));
    let mut rest = members.chars();
    let mut found = false;
    while let Some(low) = rest.next() {
        let mut ahead = rest.clone();
        let high = match (ahead.next(), ahead.next()) {
            (Some('-'), Some(high)) => {
                rest = ahead;
                high
            }
            _ => low,
        };
        found |= (low..=high).contains(&wanted);
    }
    found != inverted
}

#[cfg(test)]
mod tests;
