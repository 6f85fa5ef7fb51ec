//! Stanzas of `Field: value` lines: a package's control file, and an index of packages.

use std::fmt;

/// One stanza, its fields in order.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Stanza {
    fields: Vec<(String, String)>,
}

/// Why a stanza is refused.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum StanzaError {
    /// A line that is neither a field nor the continuation of one.
    #[error("line {0} is neither `Field: value` nor, with a blank first, more of the field above")]
    Line(usize),
    /// A field twice.
    #[error("line {line}: field {field} is there twice")]
    Twice {
        /// The second one's line.
        line: usize,
        /// Its name.
        field: String,
    },
    /// Not text.
    #[error("it is not UTF-8")]
    NotText,
}

impl Stanza {
    /// Without fields.
    pub fn new() -> Self {
        Self::default()
    }

    /// The value of a field; lines that continue it follow after a newline, without their blank.
    pub fn value(&self, field: &str) -> Option<&str> {
        self.fields
            .iter()
            .find(|(name, _)| name == field)
            .map(|(_, value)| value.as_str())
    }

    /// Adds a field at the end, unless the value is empty.
    pub fn push(&mut self, field: &str, value: &str) {
        if !value.is_empty() {
            self.fields.push((field.to_owned(), value.to_owned()));
        }
    }

    /// Puts fields before the one of this name, or at the end without it.
    pub fn insert_before(&mut self, field: &str, new: &[(&str, String)]) {
        let at = self
            .fields
            .iter()
            .position(|(name, _)| name == field)
            .unwrap_or(self.fields.len());
        let new = new
            .iter()
            .map(|(name, value)| ((*name).to_owned(), value.clone()));
        self.fields.splice(at..at, new);
    }

    /// The fields in order.
    pub fn fields(&self) -> impl Iterator<Item = (&str, &str)> {
        self.fields
            .iter()
            .map(|(name, value)| (name.as_str(), value.as_str()))
    }

    /// Reads one stanza, which may end with empty lines.
    pub fn parse(text: &str) -> Result<Self, StanzaError> {
        let mut stanzas = parse_all(text)?;
        match stanzas.len() {
            0 => Ok(Self::new()),
            1 => Ok(stanzas.remove(0)),
            _ => {
                let first = text.lines().position(|line| line.trim().is_empty());
                Err(StanzaError::Line(first.map_or(1, |line| line + 2)))
            }
        }
    }
}

impl fmt::Display for Stanza {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (name, value) in &self.fields {
            // OpenWrt writes two blanks here, and its tools have been fed nothing else.
            let blank = if name == "Description" { "  " } else { " " };
            let mut lines = value.lines();
            writeln!(f, "{name}:{blank}{}", lines.next().unwrap_or_default())?;
            for line in lines {
                writeln!(f, " {line}")?;
            }
        }
        Ok(())
    }
}

/// Reads all stanzas of an index.
pub fn parse_all(text: &str) -> Result<Vec<Stanza>, StanzaError> {
    let mut stanzas = Vec::new();
    let mut stanza = Stanza::new();
    for (line, text) in (1..).zip(text.lines()) {
        if text.trim().is_empty() {
            if !stanza.fields.is_empty() {
                stanzas.push(std::mem::take(&mut stanza));
            }
        } else if let Some(more) = text.strip_prefix([' ', '\t']) {
            let (_, value) = stanza.fields.last_mut().ok_or(StanzaError::Line(line))?;
            value.push('\n');
            value.push_str(more.trim());
        } else {
            let (name, value) = text.split_once(':').ok_or(StanzaError::Line(line))?;
            let is_name = |b: u8| b.is_ascii_alphanumeric() || b == b'-';
            if name.is_empty() || !name.bytes().all(is_name) {
                return Err(StanzaError::Line(line));
            }
            if stanza.value(name).is_some() {
                let field = name.to_owned();
                return Err(StanzaError::Twice { line, field });
            }
            let field = (name.to_owned(), value.trim().to_owned());
            stanza.fields.push(field);
        }
    }
    if !stanza.fields.is_empty() {
        stanzas.push(stanza);
    }
    Ok(stanzas)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn a_stanza_is_written_as_openwrt_writes_it() {
        let mut stanza = Stanza::new();
        stanza.push("Package", "grange");
        stanza.push("Depends", "");
        stanza.push("Description", "one\ntwo");
        assert_eq!(
            stanza.to_string(),
            "Package: grange\nDescription:  one\n two\n"
        );
        assert_eq!(Stanza::parse(&stanza.to_string()).unwrap(), stanza);
    }

    #[test]
    fn errors_name_the_line() {
        assert_eq!(Stanza::parse("A: b\nnonsense\n"), Err(StanzaError::Line(2)));
        assert_eq!(Stanza::parse(" b\n"), Err(StanzaError::Line(1)));
        assert_eq!(Stanza::parse("A: b\n\nA: c\n"), Err(StanzaError::Line(3)));
        let twice = Stanza::parse("A: b\nA: c\n").unwrap_err().to_string();
        assert!(twice.contains("line 2"), "{twice}");
    }

    proptest! {
        #[test]
        fn what_was_read_is_written_and_read_as_the_same(text in "([A-C]: [a-z ]{0,4}\n|( x\n)?|\n){0,9}") {
            if let Ok(stanzas) = parse_all(&text) {
                let written: String = stanzas.iter().flat_map(|stanza| [stanza.to_string(), "\n".to_owned()]).collect();
                prop_assert_eq!(parse_all(&written).unwrap(), stanzas);
            }
        }
    }
}
