//! Commands to sections: what libuci's `uci_parse_line` and `uci_set` do.

use crate::error::{ParseError, ParseErrorKind};
use crate::lexer::{Command, Lexer, Word};
use crate::package::{Content, Entry, Package, Section};
use crate::position::Position;
use crate::shown::shown;
use crate::value::Value;
use crate::warning::{Warning, WarningKind};
use litemap::LiteMap;

/// Reads a UCI file as libuci loads one in strict mode: the first error refuses all of it.
///
/// The text is bytes and need not end in a newline; values need not be UTF-8. A `package` line
/// sets [`Package::name`] and nothing else, since libuci goes by the file's name.
pub fn parse(text: &[u8]) -> Result<Package, ParseError> {
    let mut lexer = Lexer::new(text);
    let mut builder = Builder::default();
    run(text, &mut lexer, &mut builder)?;
    let mut package = builder.package;
    package.warnings.extend(lexer.into_warnings());
    package.warnings.sort_by_key(|warning| warning.position);
    Ok(package)
}

fn run(text: &[u8], lexer: &mut Lexer<'_>, builder: &mut Builder) -> Result<(), ParseError> {
    refuse_nul(text)?;
    while lexer.next_line() {
        while let Some(command) = lexer.command() {
            let verb = Verb::of(&command)?;
            builder.execute(verb, command.position, lexer)?;
        }
    }
    Ok(())
}

/// libuci takes the text up to a NUL, drops a stretch that depends on its buffer size, and goes on.
fn refuse_nul(text: &[u8]) -> Result<(), ParseError> {
    let Some(at) = text.iter().position(|byte| *byte == 0) else {
        return Ok(());
    };
    let before = text.get(..at).unwrap_or_default();
    let number = |count: usize| u32::try_from(count).unwrap_or(u32::MAX);
    let lines = || before.split(|byte| *byte == b'\n');
    let column = lines().next_back().map_or(0, <[u8]>::len);
    let position = Position {
        line: number(lines().count()),
        column: number(column + 1),
    };
    Err(ParseError {
        position,
        kind: ParseErrorKind::NulByte,
    })
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Verb {
    Package,
    Config,
    Option,
    List,
}

impl Verb {
    fn of(command: &Command<'_>) -> Result<Self, ParseError> {
        let verb = match command.bytes {
            b"p" | b"package" => Self::Package,
            b"c" | b"config" => Self::Config,
            b"o" | b"option" => Self::Option,
            b"l" | b"list" => Self::List,
            other => {
                // A newline ends this word in the eyes of everybody but libuci.
                let other = other.trim_ascii_end();
                return match other {
                    b"p" | b"package" | b"c" | b"config" | b"o" | b"option" | b"l" | b"list" => {
                        let verb = Self::of(&Command {
                            bytes: other,
                            ..*command
                        })?;
                        Err(verb.missing(command.position))
                    }
                    b"" => Err(ParseError {
                        position: command.position,
                        kind: ParseErrorKind::NothingAfterSemicolon,
                    }),
                    _ => Err(ParseError {
                        position: command.position,
                        kind: ParseErrorKind::UnknownCommand { word: shown(other) },
                    }),
                };
            }
        };
        if command.at_end_of_text {
            Err(verb.missing(command.position))
        } else {
            Ok(verb)
        }
    }

    fn as_str(self) -> &'static str {
        match self {
            Self::Package => "package",
            Self::Config => "config",
            Self::Option => "option",
            Self::List => "list",
        }
    }

    fn missing(self, position: Position) -> ParseError {
        let missing = if self == Self::Config { "type" } else { "name" };
        let kind = ParseErrorKind::MissingArgument {
            command: self.as_str(),
            missing,
        };
        ParseError { position, kind }
    }
}

#[derive(Default)]
struct Builder {
    package: Package,
    /// The section that `option` and `list` go to.
    current: Option<usize>,
    /// Every section by the name libuci knows it under, generated names included.
    by_name: LiteMap<String, usize>,
    of_kind: LiteMap<String, usize>,
    entries: LiteMap<(usize, String), usize>,
}

impl Builder {
    fn execute(
        &mut self,
        verb: Verb,
        position: Position,
        lexer: &mut Lexer<'_>,
    ) -> Result<(), ParseError> {
        if self.current.is_none() && matches!(verb, Verb::Option | Verb::List) {
            let kind = ParseErrorKind::BeforeFirstSection {
                command: verb.as_str(),
            };
            return Err(ParseError { position, kind });
        }
        let first = lexer.argument()?;
        if first.bytes.is_empty() {
            return Err(verb.missing(position));
        }
        match verb {
            Verb::Package => {
                let name = name_of(&first, true)?;
                end_of_command(verb, lexer)?;
                self.package.name = Some(name);
            }
            Verb::Config => {
                let kind = type_of(&first)?;
                let second = lexer.argument()?;
                let name = if second.bytes.is_empty() {
                    None
                } else {
                    Some(name_of(&second, false)?)
                };
                end_of_command(verb, lexer)?;
                self.open(kind, name, first.position, second.position)?;
            }
            Verb::Option | Verb::List => {
                let name = name_of(&first, false)?;
                let value = lexer.argument()?;
                end_of_command(verb, lexer)?;
                self.set(verb, name, first.position, value);
            }
        }
        Ok(())
    }

    fn open(
        &mut self,
        kind: String,
        name: Option<String>,
        position: Position,
        name_position: Position,
    ) -> Result<(), ParseError> {
        let sections = &mut self.package.sections;
        let known = name.as_ref().and_then(|name| self.by_name.get(name));
        if let Some(index) = known {
            if let Some(first) = sections.get(*index).filter(|first| first.kind != kind) {
                return Err(ParseError {
                    position: name_position,
                    kind: ParseErrorKind::TypeChanged {
                        name: name.unwrap_or_default(),
                        first: first.kind.clone(),
                        second: kind,
                        first_position: first.position,
                    },
                });
            }
            self.current = Some(*index);
            return Ok(());
        }
        let index = sections.len();
        let lookup = name
            .clone()
            .unwrap_or_else(|| generated_name(index + 1, &kind));
        // Of two sections with one name (a written and a generated one) libuci finds the first.
        self.by_name.entry(lookup).or_insert(index);
        let of_kind = self.of_kind.entry(kind.clone()).or_default();
        sections.push(Section {
            kind,
            name,
            index: *of_kind,
            entries: Vec::new(),
            position,
        });
        *of_kind += 1;
        self.current = Some(index);
        Ok(())
    }

    fn set(&mut self, verb: Verb, name: String, position: Position, value: Word) {
        let Some(index) = self.current else { return };
        let Some(section) = self.package.sections.get_mut(index) else {
            return;
        };
        let value = Value::new(value.bytes, value.position);
        let ignored = verb == Verb::Option && value.as_bytes().is_empty();
        let key = (index, name);
        let known = self
            .entries
            .get(&key)
            .and_then(|entry| section.entries.get_mut(*entry));
        if let Some(entry) = known {
            if ignored {
                let kind = WarningKind::EmptyValueIgnored;
                self.package.warnings.push(Warning { position, kind });
                return;
            }
            entry.position = position;
            match (&mut entry.content, verb) {
                (Content::List(items), Verb::List) => items.push(value),
                (Content::Option(first), Verb::List) => {
                    let first = first.clone();
                    entry.content = Content::List(vec![first, value]);
                }
                (content, _) => *content = Content::Option(value),
            }
        } else if !ignored {
            let content = match verb {
                Verb::List => Content::List(vec![value]),
                _ => Content::Option(value),
            };
            section.entries.push(Entry {
                name: key.1.clone(),
                content,
                position,
            });
            self.entries.insert(key, section.entries.len() - 1);
        }
    }
}

/// A command must end after its arguments; an empty word (`''` or a `;` of its own) ends it too.
fn end_of_command(verb: Verb, lexer: &mut Lexer<'_>) -> Result<(), ParseError> {
    let extra = lexer.argument()?;
    if extra.bytes.is_empty() {
        return Ok(());
    }
    let kind = ParseErrorKind::TooManyArguments {
        command: verb.as_str(),
    };
    Err(ParseError {
        position: extra.position,
        kind,
    })
}

fn name_of(word: &Word, dash: bool) -> Result<String, ParseError> {
    let allowed = |b: u8| b.is_ascii_alphanumeric() || b == b'_' || (dash && b == b'-');
    ascii(word, allowed).ok_or_else(|| ParseError {
        position: word.position,
        kind: ParseErrorKind::InvalidName {
            name: shown(&word.bytes),
            dash,
        },
    })
}

fn type_of(word: &Word) -> Result<String, ParseError> {
    ascii(word, |byte| byte.is_ascii_graphic()).ok_or_else(|| ParseError {
        position: word.position,
        kind: ParseErrorKind::InvalidType {
            kind: shown(&word.bytes),
        },
    })
}

fn ascii(word: &Word, allowed: impl Fn(u8) -> bool) -> Option<String> {
    let text = str::from_utf8(&word.bytes).ok()?;
    text.bytes().all(allowed).then(|| text.to_owned())
}

/// The name libuci gives the `count`th section of a package when it has none: `cfg`, the count, and
/// 16 bits of Bernstein's hash over the type. A later `config TYPE cfg01ab12` finds it.
fn generated_name(count: usize, kind: &str) -> String {
    let hash = kind.bytes().fold(5381_u32, |hash, byte| {
        hash.wrapping_mul(33).wrapping_add(u32::from(byte))
    });
    format!("cfg{count:02x}{:04x}", hash & 0xffff)
}

#[cfg(test)]
mod tests;
