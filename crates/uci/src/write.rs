//! The way back to text, as `uci export` writes it.

use crate::package::{Content, Package};
use crate::shown::shown;
use thiserror::Error;

/// A package that UCI text cannot express.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum WriteError {
    /// A package, section or option name with other characters than letters, digits and `_`
    /// (packages: also `-`), or an empty one.
    #[error("'{0}' is not a name")]
    Name(String),
    /// A section type that is empty or not printable ASCII without blanks.
    #[error("'{0}' is not a section type")]
    Kind(String),
    /// An option with an empty value or a list without items: neither can be told from no entry.
    #[error("option '{0}' has no value")]
    Empty(String),
    /// A NUL byte in a value.
    #[error("option '{0}' has a NUL byte in its value")]
    Nul(String),
}

/// Writes `package` as `uci export` does: values in single quotes, names of sections too.
///
/// [`parse`](fn@crate::parse::parse) reads the same names, kinds and values back, provided that no two
/// sections share a name and no two entries of a section do. Nothing in a value can become a command.
pub fn write(package: &Package) -> Result<Vec<u8>, WriteError> {
    let mut out = Vec::new();
    if let Some(name) = &package.name {
        out.extend(format!("package {}\n", valid_name(name, true)?).bytes());
    }
    for section in &package.sections {
        out.extend(b"\nconfig ");
        out.extend(kind_word(&section.kind)?);
        if let Some(name) = &section.name {
            out.extend(format!(" '{}'", valid_name(name, false)?).bytes());
        }
        out.push(b'\n');
        for entry in &section.entries {
            let name = valid_name(&entry.name, false)?;
            let command = match &entry.content {
                Content::Option(value) if value.as_bytes().is_empty() => None,
                Content::Option(_) => Some("option"),
                Content::List(items) if items.is_empty() => None,
                Content::List(_) => Some("list"),
            };
            let command = command.ok_or_else(|| WriteError::Empty(name.to_owned()))?;
            for value in entry.values() {
                if value.as_bytes().contains(&0) {
                    return Err(WriteError::Nul(name.to_owned()));
                }
                out.extend(format!("\t{command} {name} ").bytes());
                out.extend(quote(value.as_bytes()));
                out.push(b'\n');
            }
        }
    }
    out.push(b'\n');
    Ok(out)
}

/// `value` in single quotes, as one word of UCI text whatever is in it; a quote becomes `'\''`.
pub fn quote(value: &[u8]) -> Vec<u8> {
    let mut out = vec![b'\''];
    for byte in value {
        match byte {
            b'\'' => out.extend(b"'\\''"),
            other => out.push(*other),
        }
    }
    out.push(b'\'');
    out
}

fn valid_name(name: &str, dash: bool) -> Result<&str, WriteError> {
    let allowed = |b: u8| b.is_ascii_alphanumeric() || b == b'_' || (dash && b == b'-');
    let valid = !name.is_empty() && name.bytes().all(allowed);
    valid
        .then_some(name)
        .ok_or_else(|| WriteError::Name(shown(name.as_bytes())))
}

/// `uci export` never puts a type in quotes, and so writes what it cannot read where one needs them.
fn kind_word(kind: &str) -> Result<Vec<u8>, WriteError> {
    if kind.is_empty() || !kind.bytes().all(|byte| byte.is_ascii_graphic()) {
        return Err(WriteError::Kind(shown(kind.as_bytes())));
    }
    let special = |byte: u8| matches!(byte, b'\'' | b'"' | b'\\' | b';' | b'#');
    Ok(if kind.bytes().any(special) {
        quote(kind.as_bytes())
    } else {
        kind.as_bytes().to_vec()
    })
}

#[cfg(test)]
mod tests;
