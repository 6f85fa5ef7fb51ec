//! The reader. Any octets may come.

use crate::json::value::{Members, Number, Value};

/// How deep lists and objects may lie in each other: hostile text must not use up the stack.
const DEEPEST: usize = 127;

/// Why a text is not JSON.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{what} at octet {octet}")]
pub struct ParseError {
    /// The octet, from 1.
    pub octet: usize,
    /// What is wrong with it.
    pub what: &'static str,
}

impl Value {
    /// Reads a text; what is in it more than once counts as it stands there last.
    pub fn parse(text: &[u8]) -> Result<Self, ParseError> {
        value(text)
    }
}

/// The value of a whole text.
fn value(text: &[u8]) -> Result<Value, ParseError> {
    let mut reader = Reader::new(text)?;
    let value = reader.value(DEEPEST)?;
    reader.end()?;
    Ok(value)
}

/// Reads a list entry by entry, so that they need not all be held.
pub fn for_each(text: &str, seen: &mut dyn FnMut(&Value)) -> Result<(), ParseError> {
    let mut reader = Reader::new(text.as_bytes())?;
    reader.blanks();
    if reader.next() != Some(b'[') {
        return Err(reader.wrong("expected a list"));
    }
    reader.list(&mut |reader| {
        seen(&reader.value(DEEPEST)?);
        Ok(())
    })?;
    reader.end()
}

struct Reader<'t> {
    text: &'t str,
    at: usize,
}

impl<'t> Reader<'t> {
    fn new(text: &'t [u8]) -> Result<Self, ParseError> {
        match core::str::from_utf8(text) {
            Ok(text) => Ok(Self { text, at: 0 }),
            Err(error) => Err(ParseError {
                octet: error.valid_up_to() + 1,
                what: "not UTF-8",
            }),
        }
    }

    fn peek(&self) -> Option<u8> {
        self.text.as_bytes().get(self.at).copied()
    }

    fn next(&mut self) -> Option<u8> {
        let octet = self.peek()?;
        self.at += 1;
        Some(octet)
    }

    /// What is wrong with the octet that was read last.
    fn wrong(&self, what: &'static str) -> ParseError {
        ParseError {
            octet: self.at.max(1),
            what,
        }
    }

    /// What is wrong with the next octet, or with there being none.
    fn unexpected(&self, what: &'static str) -> ParseError {
        if self.peek().is_none() {
            return self.wrong("the text ends too early");
        }
        ParseError {
            octet: self.at + 1,
            what,
        }
    }

    fn blanks(&mut self) {
        while let Some(b' ' | b'\t' | b'\n' | b'\r') = self.peek() {
            self.at += 1;
        }
    }

    fn end(&mut self) -> Result<(), ParseError> {
        self.blanks();
        match self.peek() {
            None => Ok(()),
            Some(_) => Err(self.unexpected("trailing characters")),
        }
    }

    fn value(&mut self, depth: usize) -> Result<Value, ParseError> {
        self.blanks();
        match self.peek() {
            Some(b'"') => {
                self.at += 1;
                Ok(Value::String(self.string()?))
            }
            Some(b'-' | b'0'..=b'9') => Ok(Value::Number(self.number()?)),
            Some(open @ (b'[' | b'{')) => {
                self.at += 1;
                let Some(depth) = depth.checked_sub(1) else {
                    return Err(self.wrong("nested too deeply"));
                };
                if open == b'[' {
                    let mut values = Vec::new();
                    self.list(&mut |reader| {
                        values.push(reader.value(depth)?);
                        Ok(())
                    })?;
                    return Ok(Value::Array(values));
                }
                self.members(depth)
            }
            _ => self.word(),
        }
    }

    fn word(&mut self) -> Result<Value, ParseError> {
        for (word, value) in [
            ("null", Value::Null),
            ("true", Value::Bool(true)),
            ("false", Value::Bool(false)),
        ] {
            if self.text[self.at..].starts_with(word) {
                self.at += word.len();
                return Ok(value);
            }
        }
        Err(self.unexpected("expected a value"))
    }

    /// The entries of a list whose bracket was read.
    fn list(
        &mut self,
        entry: &mut dyn FnMut(&mut Self) -> Result<(), ParseError>,
    ) -> Result<(), ParseError> {
        self.blanks();
        if self.peek() == Some(b']') {
            self.at += 1;
            return Ok(());
        }
        loop {
            entry(self)?;
            if self.is_last(b']')? {
                return Ok(());
            }
        }
    }

    fn members(&mut self, depth: usize) -> Result<Value, ParseError> {
        let mut members = Members::new();
        self.blanks();
        if self.peek() == Some(b'}') {
            self.at += 1;
            return Ok(Value::Object(members));
        }
        loop {
            self.blanks();
            if self.peek() != Some(b'"') {
                return Err(self.unexpected("expected the name of a member, in quotes"));
            }
            self.at += 1;
            let name = self.string()?;
            self.blanks();
            if self.peek() != Some(b':') {
                return Err(self.unexpected("expected `:`"));
            }
            self.at += 1;
            members.insert(name, self.value(depth)?);
            if self.is_last(b'}')? {
                return Ok(Value::Object(members));
            }
        }
    }

    fn is_last(&mut self, close: u8) -> Result<bool, ParseError> {
        self.blanks();
        match self.peek() {
            Some(b',') => {
                self.at += 1;
                Ok(false)
            }
            Some(octet) if octet == close => {
                self.at += 1;
                Ok(true)
            }
            _ => Err(self.unexpected("expected `,` or the end of the list or object")),
        }
    }

    fn number(&mut self) -> Result<Number, ParseError> {
        let start = self.at;
        if self.peek() == Some(b'-') {
            self.at += 1;
        }
        let first = self.at;
        self.digits()?;
        if self.text.as_bytes().get(first) == Some(&b'0') && self.at > first + 1 {
            return Err(self.wrong("a number with a leading zero"));
        }
        if self.peek() == Some(b'.') {
            self.at += 1;
            self.digits()?;
        }
        if let Some(b'e' | b'E') = self.peek() {
            self.at += 1;
            if let Some(b'+' | b'-') = self.peek() {
                self.at += 1;
            }
            self.digits()?;
        }
        let text = &self.text[start..self.at];
        // Neither a sign nor a fraction is part of what this takes.
        Ok(match text.parse() {
            Ok(number) => Number::Unsigned(number),
            Err(_) => Number::Other(text.to_owned()),
        })
    }

    fn digits(&mut self) -> Result<(), ParseError> {
        let start = self.at;
        while let Some(b'0'..=b'9') = self.peek() {
            self.at += 1;
        }
        if self.at == start {
            return Err(self.unexpected("expected a digit"));
        }
        Ok(())
    }

    /// The rest of a string whose first quote was read.
    fn string(&mut self) -> Result<String, ParseError> {
        let mut string = String::new();
        let mut plain = self.at;
        loop {
            let end = self.at;
            match self.next() {
                None => return Err(self.unexpected("")),
                Some(b'"') => {
                    string.push_str(&self.text[plain..end]);
                    return Ok(string);
                }
                Some(b'\\') => {
                    string.push_str(&self.text[plain..end]);
                    string.push(self.escape()?);
                    plain = self.at;
                }
                Some(0..0x20) => return Err(self.wrong("a control character in a string")),
                Some(_) => {}
            }
        }
    }

    fn escape(&mut self) -> Result<char, ParseError> {
        Ok(match self.next() {
            Some(same @ (b'"' | b'\\' | b'/')) => char::from(same),
            Some(b'b') => '\u{8}',
            Some(b'f') => '\u{c}',
            Some(b'n') => '\n',
            Some(b'r') => '\r',
            Some(b't') => '\t',
            Some(b'u') => {
                let first = self.hexadecimal()?;
                // RFC 8259 §7: what lies outside the basic plane is a pair of surrogates.
                let code = if (0xd800..0xdc00).contains(&first) {
                    if self.next() != Some(b'\\') || self.next() != Some(b'u') {
                        return Err(self.wrong("half a pair of surrogates"));
                    }
                    let second = self.hexadecimal()?;
                    if !(0xdc00..0xe000).contains(&second) {
                        return Err(self.wrong("half a pair of surrogates"));
                    }
                    0x10000 + ((first - 0xd800) << 10) + (second - 0xdc00)
                } else {
                    first
                };
                match char::from_u32(code) {
                    Some(character) => character,
                    None => return Err(self.wrong("half a pair of surrogates")),
                }
            }
            _ => return Err(self.wrong("an escape that JSON does not have")),
        })
    }

    fn hexadecimal(&mut self) -> Result<u32, ParseError> {
        let mut code = 0;
        for _ in 0..4 {
            let digit = self.next().and_then(|c| char::from(c).to_digit(16));
            let Some(digit) = digit else {
                return Err(self.wrong("expected four hexadecimal digits"));
            };
            code = code * 16 + digit;
        }
        Ok(code)
    }
}
