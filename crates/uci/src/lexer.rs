//! Words of a UCI text, cut as libuci's `file.c` cuts them.
//!
//! libuci reads a physical line into a buffer, takes a command and its arguments from it, and
//! appends the next line only when a quote or a trailing backslash asks for it. What looks odd
//! below (a `;` that is seen in one place and not in another) is that buffer's doing: libuci ends
//! each argument by writing a NUL where its text ends, and that may be on top of the `;`.

use crate::error::{ParseError, ParseErrorKind};
use crate::position::Position;
use crate::warning::{Warning, WarningKind};

/// Walks over a text once, front to back.
pub(crate) struct Lexer<'a> {
    text: &'a [u8],
    at: usize,
    /// Just past the last physical line taken up; nothing beyond is visible yet.
    end: usize,
    line_start: usize,
    line: u32,
    warnings: Vec<Warning>,
    /// Bytes looked at, so that a test can see that time is linear.
    #[cfg(test)]
    pub(crate) steps: usize,
}

/// An argument: its text without quotes and escapes, and where it began.
pub(crate) struct Word {
    pub(crate) bytes: Vec<u8>,
    pub(crate) position: Position,
}

/// A command word.
pub(crate) struct Command<'a> {
    pub(crate) bytes: &'a [u8],
    pub(crate) position: Position,
    /// The text ends right after the word: libuci then says "without name".
    pub(crate) at_end_of_text: bool,
}

impl<'a> Lexer<'a> {
    pub(crate) fn new(text: &'a [u8]) -> Self {
        Self {
            text,
            at: 0,
            end: 0,
            line_start: 0,
            line: 0,
            warnings: Vec::new(),
            #[cfg(test)]
            steps: 0,
        }
    }

    /// Leaves what remains of the line and goes to the first word of the next; false at the end.
    pub(crate) fn next_line(&mut self) -> bool {
        let more = self.take_line();
        self.skip_blanks();
        more
    }

    /// The next command of the line, or `None` at its end or at a comment.
    pub(crate) fn command(&mut self) -> Option<Command<'a>> {
        // strtok(line, " \t"): no other blank ends this word, so `config` and a newline are one.
        while matches!(self.peek(), Some(b' ' | b'\t')) {
            self.at += 1;
        }
        let (start, position) = (self.at, self.position());
        while self
            .peek()
            .is_some_and(|byte| byte != b' ' && byte != b'\t')
        {
            self.at += 1;
        }
        let bytes = self.text.get(start..self.at)?;
        if matches!(bytes.first(), None | Some(b'#')) {
            return None;
        }
        let at_end_of_text = self.peek().is_none();
        Some(Command {
            bytes,
            position,
            at_end_of_text,
        })
    }

    /// The next argument; empty at the end of the line, at a comment and at a `;` of its own.
    pub(crate) fn argument(&mut self) -> Result<Word, ParseError> {
        self.skip_blanks();
        let (start, position) = (self.at, self.position());
        let mut bytes = Vec::new();
        if self.peek() == Some(b';') {
            self.at += 1;
            return Ok(Word { bytes, position });
        }
        loop {
            match self.peek() {
                None => break,
                Some(b'\'') => self.single_quote(&mut bytes)?,
                Some(b'"') => self.double_quote(&mut bytes)?,
                Some(b'#') => {
                    if self.at != start {
                        self.warn(WarningKind::HashInWord);
                    }
                    self.at = self.end;
                    break;
                }
                Some(b';') => {
                    // Nothing was unquoted, so libuci's NUL lands on the `;` and the rest is lost.
                    if bytes.len() == self.at - start {
                        self.drop_after_semicolon();
                    }
                    break;
                }
                Some(b'\\') => self.escape(&mut bytes),
                Some(byte) => {
                    bytes.push(byte);
                    self.at += 1;
                }
            }
            if self.peek().is_some_and(is_blank) {
                self.at += 1;
                break;
            }
        }
        Ok(Word { bytes, position })
    }

    /// Goes to the next byte that is not white space, within the lines taken up.
    pub(crate) fn skip_blanks(&mut self) {
        while self.peek().is_some_and(is_blank) {
            self.at += 1;
        }
    }

    /// Where the next byte stands.
    pub(crate) fn position(&self) -> Position {
        let column = self.at - self.line_start + 1;
        Position {
            line: self.line,
            column: u32::try_from(column).unwrap_or(u32::MAX),
        }
    }

    /// What was noticed so far.
    pub(crate) fn into_warnings(self) -> Vec<Warning> {
        self.warnings
    }

    /// `'..'`: everything is literal, newlines and backslashes too.
    fn single_quote(&mut self, bytes: &mut Vec<u8>) -> Result<(), ParseError> {
        let open = self.position();
        self.at += 1;
        loop {
            match self.peek() {
                Some(b'\'') => break self.at += 1,
                Some(byte) => {
                    bytes.push(byte);
                    self.at += 1;
                }
                None if self.take_line() => {}
                None => return Err(open_quote('\'', open)),
            }
        }
        Ok(())
    }

    /// `".."`: a backslash takes the next byte as it is, or joins lines.
    fn double_quote(&mut self, bytes: &mut Vec<u8>) -> Result<(), ParseError> {
        let open = self.position();
        self.at += 1;
        loop {
            match self.peek() {
                Some(b'"') => break self.at += 1,
                Some(b'\\') => self.escape(bytes),
                Some(byte) => {
                    bytes.push(byte);
                    self.at += 1;
                }
                None if self.take_line() => {}
                None => return Err(open_quote('"', open)),
            }
        }
        Ok(())
    }

    /// A backslash and what follows it: a byte, kept whatever it is, or a line end, removed.
    fn escape(&mut self, bytes: &mut Vec<u8>) {
        self.at += 1;
        match self.peek() {
            Some(b'\r') if self.text.get(self.at + 1) == Some(&b'\n') => _ = self.take_line(),
            None | Some(b'\n') => _ = self.take_line(),
            Some(byte) => {
                bytes.push(byte);
                self.at += 1;
            }
        }
    }

    /// Goes to the start of the next physical line; at the end of the text, to that end.
    fn take_line(&mut self) -> bool {
        self.at = self.end;
        let rest = self.text.get(self.end..).unwrap_or_default();
        if rest.is_empty() {
            return false;
        }
        let length = rest
            .iter()
            .position(|byte| *byte == b'\n')
            .map_or(rest.len(), |at| at + 1);
        self.line_start = self.end;
        self.end += length;
        self.line = self.line.saturating_add(1);
        #[cfg(test)]
        (self.steps += length);
        true
    }

    fn drop_after_semicolon(&mut self) {
        let rest = self.text.get(self.at + 1..self.end).unwrap_or_default();
        let next = rest.iter().find(|byte| !is_blank(**byte));
        #[cfg(test)]
        (self.steps += rest.len());
        if next.is_some_and(|byte| *byte != b'#') {
            self.warn(WarningKind::DroppedAfterSemicolon);
        }
        self.at = self.end;
    }

    fn warn(&mut self, kind: WarningKind) {
        self.warnings.push(Warning {
            position: self.position(),
            kind,
        });
    }

    fn peek(&mut self) -> Option<u8> {
        #[cfg(test)]
        (self.steps += 1);
        self.text
            .get(self.at..self.end)
            .and_then(|visible| visible.first().copied())
    }
}

/// C's isspace() in the only locale a router has.
fn is_blank(byte: u8) -> bool {
    matches!(byte, b' ' | b'\t' | b'\n' | 0x0b | 0x0c | b'\r')
}

fn open_quote(quote: char, position: Position) -> ParseError {
    ParseError {
        position,
        kind: ParseErrorKind::OpenQuote { quote },
    }
}
