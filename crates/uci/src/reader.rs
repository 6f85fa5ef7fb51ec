//! Typed access to a section, with errors that a router's owner can act on.

use crate::package::{Content, Entry, Package, Section};
use crate::position::Position;
use crate::quantity::{duration, number, seconds};
use crate::shown::shown;
use crate::value::Value;
use crate::warning::{Warning, WarningKind};
use std::cell::Cell;
use std::fmt::Display;
use std::ops::RangeInclusive;
use std::time::Duration;
use thiserror::Error;

/// Reads the options of one section and remembers which were asked for.
///
/// Every method returns `None` (or an empty list) for an option that is not there and an error for
/// one that cannot be read: a typing mistake never silently becomes a default.
#[derive(Debug)]
pub struct Reader<'a> {
    package: Option<&'a str>,
    section: &'a Section,
    /// One flag per entry of the section.
    asked: Vec<Cell<bool>>,
}

/// An option is not what its reader needs. Shown as `line:column: package.section.option: ...`.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("{position}: {path}: {problem}")]
pub struct ReadError {
    /// The place of the value; of the section where the option is missing.
    pub position: Position,
    /// `package.section.option`, as `uci show` would name it.
    pub path: String,
    /// What is wrong.
    pub problem: ReadProblem,
}

/// What can be wrong with an option.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum ReadProblem {
    /// A required option is not there.
    #[error("this option is required")]
    Missing,
    /// Several values where one is expected.
    #[error("expected one value (`option`), found a list of {0}")]
    List(usize),
    /// The value does not mean anything here.
    #[error("expected {expected}, found {found}")]
    Unexpected {
        /// What would be right.
        expected: String,
        /// The value, quoted, shortened and escaped, and why it is wrong where that is known; or
        /// only its length where it is a secret.
        found: String,
    },
}

impl<'a> Reader<'a> {
    /// Reads `section` of the package of this name.
    pub fn new(package: Option<&'a str>, section: &'a Section) -> Self {
        let asked = section.entries.iter().map(|_| Cell::new(false)).collect();
        Self {
            package,
            section,
            asked,
        }
    }

    /// The section.
    pub fn section(&self) -> &'a Section {
        self.section
    }

    /// The section's type.
    pub fn kind(&self) -> &'a str {
        &self.section.kind
    }

    /// The section's name, `None` if it is anonymous.
    pub fn name(&self) -> Option<&'a str> {
        self.section.name.as_deref()
    }

    /// `package.section`, as `uci show` names it.
    pub fn path(&self) -> String {
        let section = self.section.reference();
        self.package
            .map_or_else(|| section.clone(), |package| format!("{package}.{section}"))
    }

    /// Reads by another method and insists on a value: `required("port", Reader::string)`.
    pub fn required<T>(
        &self,
        option: &str,
        read: impl FnOnce(&Self, &str) -> Result<Option<T>, ReadError>,
    ) -> Result<T, ReadError> {
        read(self, option)?.ok_or_else(|| ReadError {
            position: self.section.position,
            path: self.option_path(option),
            problem: ReadProblem::Missing,
        })
    }

    /// The bytes of a value.
    pub fn value(&self, option: &str) -> Result<Option<&'a Value>, ReadError> {
        match self
            .find(option)
            .map(|entry| (&entry.content, entry.position))
        {
            None => Ok(None),
            Some((Content::Option(value), _)) => Ok(Some(value)),
            Some((Content::List(items), position)) => Err(ReadError {
                position,
                path: self.option_path(option),
                problem: ReadProblem::List(items.len()),
            }),
        }
    }

    /// A text in UTF-8.
    pub fn string(&self, option: &str) -> Result<Option<&'a str>, ReadError> {
        let Some(value) = self.value(option)? else {
            return Ok(None);
        };
        self.text(option, value, "text in UTF-8", false).map(Some)
    }

    /// A boolean as OpenWrt's shell functions read it: 1, on, true, yes, enabled or 0, off, false,
    /// no, disabled; lower case.
    pub fn flag(&self, option: &str) -> Result<Option<bool>, ReadError> {
        self.parse_with(
            option,
            "1 or 0 (or on/off, true/false, yes/no)",
            |text| match text {
                "1" | "on" | "true" | "yes" | "enabled" => Ok(true),
                "0" | "off" | "false" | "no" | "disabled" => Ok(false),
                _ => Err(""),
            },
        )
    }

    /// A whole number within `range`, decimal or `0x` and hexadecimal. A leading zero changes
    /// nothing: 010 is ten.
    pub fn unsigned<T>(
        &self,
        option: &str,
        range: RangeInclusive<T>,
    ) -> Result<Option<T>, ReadError>
    where
        T: Copy + Display + PartialOrd + TryFrom<u64>,
    {
        let expected = format!("a whole number from {} to {}", range.start(), range.end());
        self.parse_with(option, &expected, |text| {
            let number = number(text).and_then(|number| T::try_from(number).ok());
            number.filter(|number| range.contains(number)).ok_or("")
        })
    }

    /// A time within `range`: seconds, decimals allowed, or with a unit: `500ms`, `2s`, `1.5m`,
    /// `12h`, `1d`. Exact to the microsecond.
    pub fn duration(
        &self,
        option: &str,
        range: RangeInclusive<Duration>,
    ) -> Result<Option<Duration>, ReadError> {
        let (least, most) = (seconds(*range.start()), seconds(*range.end()));
        let expected = format!("a time from {least} to {most} such as 4, 0.5, 500ms or 2m");
        self.parse_with(option, &expected, |text| {
            duration(text)
                .filter(|duration| range.contains(duration))
                .ok_or("")
        })
    }

    /// A time within `range`: milliseconds, decimals allowed, or with a unit as in [`Reader::duration`].
    pub fn milliseconds(
        &self,
        option: &str,
        range: RangeInclusive<Duration>,
    ) -> Result<Option<Duration>, ReadError> {
        let (least, most) = (range.start().as_millis(), range.end().as_millis());
        let expected = format!("milliseconds from {least} to {most} such as 10, 0.5 or 2s");
        self.parse_with(option, &expected, |text| {
            let bare = text.ends_with(|last: char| last.is_ascii_digit());
            let unit = if bare { "ms" } else { "" };
            duration(&format!("{text}{unit}"))
                .filter(|duration| range.contains(duration))
                .ok_or("")
        })
    }

    /// One of a few words, each with its meaning.
    pub fn choice<T: Copy>(
        &self,
        option: &str,
        choices: &[(&str, T)],
    ) -> Result<Option<T>, ReadError> {
        let words: Vec<&str> = choices.iter().map(|(word, _)| *word).collect();
        let expected = format!("one of {}", words.join(", "));
        self.parse_with(option, &expected, |text| {
            choices
                .iter()
                .find(|(word, _)| *word == text)
                .map(|(_, meaning)| *meaning)
                .ok_or("")
        })
    }

    /// Whatever `parse` makes of the text. `expected` completes "expected ..."; the error of
    /// `parse` is added to the message unless it is empty.
    pub fn parse_with<T, E: Display>(
        &self,
        option: &str,
        expected: &str,
        parse: impl FnOnce(&'a str) -> Result<T, E>,
    ) -> Result<Option<T>, ReadError> {
        let Some(value) = self.value(option)? else {
            return Ok(None);
        };
        let text = self.text(option, value, expected, false)?;
        parse(text)
            .map(Some)
            .map_err(|reason| self.unexpected(option, value.position(), expected, text, &reason))
    }

    /// As [`parse_with`](Self::parse_with), for keys and passwords: no part of the value gets into
    /// an error, and neither does what `parse` says about it.
    pub fn secret_with<T, E>(
        &self,
        option: &str,
        expected: &str,
        parse: impl FnOnce(&'a str) -> Result<T, E>,
    ) -> Result<Option<T>, ReadError> {
        let Some(value) = self.value(option)? else {
            return Ok(None);
        };
        let text = self.text(option, value, expected, true)?;
        parse(text)
            .map(Some)
            .map_err(|_| self.unexpected_secret(option, value, expected))
    }

    /// The items of a list, in UTF-8.
    ///
    /// An `option` where a list is expected is split at blanks and tabs, as libuci's own list
    /// conversion (`uci_to_blob`, which netifd uses) and LuCI split it; items of a `list` are never
    /// split. (The shell's `config_list_foreach` sees no item at all in an `option`.)
    pub fn list(&self, option: &str) -> Result<Vec<&'a str>, ReadError> {
        self.list_with(option, "text in UTF-8", Ok::<_, &str>)
    }

    /// The items of a list, each through `parse`; see [`list`](Self::list).
    pub fn list_with<T, E: Display>(
        &self,
        option: &str,
        expected: &str,
        mut parse: impl FnMut(&'a str) -> Result<T, E>,
    ) -> Result<Vec<T>, ReadError> {
        let mut parsed = Vec::new();
        let Some(entry) = self.find(option) else {
            return Ok(parsed);
        };
        let split = matches!(entry.content, Content::Option(_));
        for value in entry.values() {
            let text = self.text(option, value, expected, false)?;
            let words = text.split([' ', '\t']).filter(|word| !word.is_empty());
            let whole = (!split).then_some(text);
            for item in whole
                .into_iter()
                .chain(words.take(if split { usize::MAX } else { 0 }))
            {
                parsed.push(parse(item).map_err(|reason| {
                    self.unexpected(option, value.position(), expected, item, &reason)
                })?);
            }
        }
        Ok(parsed)
    }

    /// An error about an option that was read, for checks that need more than one value.
    pub fn refuse(&self, option: &str, expected: &str) -> ReadError {
        match self.find(option).and_then(|entry| entry.values().last()) {
            None => ReadError {
                position: self.section.position,
                path: self.option_path(option),
                problem: ReadProblem::Unexpected {
                    expected: expected.to_owned(),
                    found: "nothing".to_owned(),
                },
            },
            Some(value) => {
                let found = format!("'{}'", shown(value.as_bytes()));
                self.error(option, value.position(), expected, found)
            }
        }
    }

    /// A warning for each entry that no method was called for, in the order of the file.
    pub fn unknown_options(&self) -> Vec<Warning> {
        let entries = self.section.entries.iter().zip(&self.asked);
        entries
            .filter(|(_, asked)| !asked.get())
            .map(|(entry, _)| Warning {
                position: entry.position,
                kind: WarningKind::UnknownOption {
                    path: self.option_path(&entry.name),
                },
            })
            .collect()
    }

    fn find(&self, option: &str) -> Option<&'a Entry> {
        let mut entries = self.section.entries.iter().zip(&self.asked);
        let (entry, asked) = entries.find(|(entry, _)| entry.name == option)?;
        asked.set(true);
        Some(entry)
    }

    fn text(
        &self,
        option: &str,
        value: &'a Value,
        expected: &str,
        secret: bool,
    ) -> Result<&'a str, ReadError> {
        value.as_str().map_err(|error| {
            if secret {
                return self.unexpected_secret(option, value, expected);
            }
            let found = format!(
                "'{}': not UTF-8 at byte {}",
                shown(value.as_bytes()),
                error.byte
            );
            self.error(option, value.position(), expected, found)
        })
    }

    fn unexpected(
        &self,
        option: &str,
        position: Position,
        expected: &str,
        text: &str,
        reason: &dyn Display,
    ) -> ReadError {
        let mut found = format!("'{}'", shown(text.as_bytes()));
        let reason = reason.to_string();
        if !reason.is_empty() {
            found.push_str(": ");
            found.push_str(&reason);
        }
        self.error(option, position, expected, found)
    }

    fn unexpected_secret(&self, option: &str, value: &Value, expected: &str) -> ReadError {
        let found = format!("a secret of {} bytes", value.as_bytes().len());
        self.error(option, value.position(), expected, found)
    }

    fn error(&self, option: &str, position: Position, expected: &str, found: String) -> ReadError {
        let problem = ReadProblem::Unexpected {
            expected: expected.to_owned(),
            found,
        };
        ReadError {
            position,
            path: self.option_path(option),
            problem,
        }
    }

    fn option_path(&self, option: &str) -> String {
        format!("{}.{option}", self.path())
    }
}

impl Package {
    /// A fresh reader for each section, in the order of the file.
    pub fn readers(&self) -> impl Iterator<Item = Reader<'_>> {
        self.sections
            .iter()
            .map(|section| Reader::new(self.name.as_deref(), section))
    }

    /// A fresh reader for each section of type `kind`, in the order of the file.
    pub fn readers_of<'a>(&'a self, kind: &'a str) -> impl Iterator<Item = Reader<'a>> {
        self.readers().filter(move |reader| reader.kind() == kind)
    }

    /// A warning for each section whose type is not in `known`.
    pub fn unknown_sections(&self, known: &[&str]) -> Vec<Warning> {
        let unknown = self
            .readers()
            .filter(|reader| !known.contains(&reader.kind()));
        unknown
            .map(|reader| Warning {
                position: reader.section.position,
                kind: WarningKind::UnknownSection {
                    path: reader.path(),
                    kind: reader.kind().to_owned(),
                },
            })
            .collect()
    }
}

#[cfg(test)]
mod tests;
