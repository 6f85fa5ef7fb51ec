//! The writer: a serializer for whatever derives serde's `Serialize`.
//!
//! It knows what the replies are made of: no number with a fraction but one that is text already, no octets,
//! and of enums only variants without content.

use core::fmt;

use serde::ser::{
    Impossible, Serialize, SerializeMap, SerializeSeq, SerializeStruct, SerializeTuple, Serializer,
};

use crate::json::value::{Number, Value};

/// The newtype struct whose text is a number and stands without quotes.
const NUMBER: &str = "$number";

/// Appends a value to a line. It can fail only for a type that the writer does not know.
pub fn append<T: Serialize + ?Sized>(line: &mut Vec<u8>, value: &T) -> fmt::Result {
    value.serialize(Writer {
        out: line,
        indent: None,
    })
}

impl Value {
    /// The text over several lines, for people.
    pub fn pretty(&self) -> String {
        text(self, Some(0))
    }
}

impl fmt::Display for Value {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&text(self, None))
    }
}

impl Serialize for Value {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::Null => to.serialize_unit(),
            Self::Bool(yes) => to.serialize_bool(*yes),
            Self::Number(Number::Unsigned(number)) => to.serialize_u64(*number),
            Self::Number(Number::Other(text)) => to.serialize_newtype_struct(NUMBER, text),
            Self::String(text) => to.serialize_str(text),
            Self::Array(values) => values.serialize(to),
            Self::Object(members) => {
                let mut map = to.serialize_map(Some(members.len()))?;
                for (name, value) in members.iter() {
                    map.serialize_entry(name, value)?;
                }
                map.end()
            }
        }
    }
}

fn text(value: &Value, indent: Option<usize>) -> String {
    let mut out = Vec::new();
    // A `Value` is made of nothing else than what is written here.
    let _ = value.serialize(Writer {
        out: &mut out,
        indent,
    });
    String::from_utf8_lossy(&out).into_owned()
}

/// Appends a string with its quotes.
pub fn append_string(out: &mut Vec<u8>, text: &str) {
    out.push(b'"');
    for &octet in text.as_bytes() {
        let letter = match octet {
            b'"' | b'\\' => octet,
            b'\n' => b'n',
            b'\r' => b'r',
            b'\t' => b't',
            0..0x20 => {
                out.extend_from_slice(b"\\u00");
                for digit in [octet >> 4, octet & 15] {
                    out.push(if digit < 10 { b'0' } else { b'a' - 10 } + digit);
                }
                continue;
            }
            _ => {
                out.push(octet);
                continue;
            }
        };
        out.extend_from_slice(&[b'\\', letter]);
    }
    out.push(b'"');
}

fn append_number(out: &mut Vec<u8>, mut number: u64) {
    // 20 digits are the most.
    let mut digits = [0; 20];
    let mut first = digits.len();
    loop {
        first -= 1;
        digits[first] = b'0' + u8::try_from(number % 10).unwrap_or_default();
        number /= 10;
        if number == 0 {
            break;
        }
    }
    out.extend_from_slice(&digits[first..]);
}

struct Writer<'o> {
    out: &'o mut Vec<u8>,
    /// How deep the lines are indented, where there are lines.
    indent: Option<usize>,
}

impl<'o> Writer<'o> {
    fn again(&mut self) -> Writer<'_> {
        Writer {
            out: self.out,
            indent: self.indent,
        }
    }

    fn text(self, text: &str) {
        self.out.extend_from_slice(text.as_bytes());
    }

    fn open(mut self, open: u8) -> Rest<'o> {
        self.out.push(open);
        self.indent = self.indent.map(|deep| deep + 1);
        Rest {
            to: self,
            any: false,
        }
    }

    fn line_break(&mut self) {
        if let Some(deep) = self.indent {
            self.out.push(b'\n');
            self.out.resize(self.out.len() + 2 * deep, b' ');
        }
    }
}

/// A list or an object whose bracket is written.
struct Rest<'o> {
    to: Writer<'o>,
    any: bool,
}

impl Rest<'_> {
    /// What stands before an entry.
    fn next(&mut self) -> Writer<'_> {
        if self.any {
            self.to.out.push(b',');
        }
        self.any = true;
        self.to.line_break();
        self.to.again()
    }

    fn close(mut self, close: u8) {
        self.to.indent = self.to.indent.map(|deep| deep - 1);
        if self.any {
            self.to.line_break();
        }
        self.to.out.push(close);
    }
}

impl<'o> Serializer for Writer<'o> {
    type Ok = ();
    type Error = fmt::Error;
    type SerializeSeq = Rest<'o>;
    type SerializeTuple = Rest<'o>;
    type SerializeTupleStruct = Impossible<(), fmt::Error>;
    type SerializeTupleVariant = Impossible<(), fmt::Error>;
    type SerializeMap = Rest<'o>;
    type SerializeStruct = Rest<'o>;
    type SerializeStructVariant = Impossible<(), fmt::Error>;

    fn serialize_bool(self, yes: bool) -> fmt::Result {
        self.text(if yes { "true" } else { "false" });
        Ok(())
    }

    fn serialize_i8(self, number: i8) -> fmt::Result {
        self.serialize_i64(number.into())
    }

    fn serialize_i16(self, number: i16) -> fmt::Result {
        self.serialize_i64(number.into())
    }

    fn serialize_i32(self, number: i32) -> fmt::Result {
        self.serialize_i64(number.into())
    }

    fn serialize_i64(self, number: i64) -> fmt::Result {
        if number < 0 {
            self.out.push(b'-');
        }
        append_number(self.out, number.unsigned_abs());
        Ok(())
    }

    fn serialize_u8(self, number: u8) -> fmt::Result {
        self.serialize_u64(number.into())
    }

    fn serialize_u16(self, number: u16) -> fmt::Result {
        self.serialize_u64(number.into())
    }

    fn serialize_u32(self, number: u32) -> fmt::Result {
        self.serialize_u64(number.into())
    }

    fn serialize_u64(self, number: u64) -> fmt::Result {
        append_number(self.out, number);
        Ok(())
    }

    fn serialize_f32(self, _: f32) -> fmt::Result {
        Err(fmt::Error)
    }

    fn serialize_f64(self, _: f64) -> fmt::Result {
        Err(fmt::Error)
    }

    fn serialize_char(self, character: char) -> fmt::Result {
        self.serialize_str(character.encode_utf8(&mut [0; 4]))
    }

    fn serialize_str(self, text: &str) -> fmt::Result {
        append_string(self.out, text);
        Ok(())
    }

    fn serialize_bytes(self, _: &[u8]) -> fmt::Result {
        Err(fmt::Error)
    }

    fn serialize_none(self) -> fmt::Result {
        self.serialize_unit()
    }

    fn serialize_some<T: Serialize + ?Sized>(self, value: &T) -> fmt::Result {
        value.serialize(self)
    }

    fn serialize_unit(self) -> fmt::Result {
        self.text("null");
        Ok(())
    }

    fn serialize_unit_struct(self, _: &'static str) -> fmt::Result {
        self.serialize_unit()
    }

    fn serialize_unit_variant(self, _: &'static str, _: u32, name: &'static str) -> fmt::Result {
        self.serialize_str(name)
    }

    fn serialize_newtype_struct<T: Serialize + ?Sized>(
        self,
        name: &'static str,
        value: &T,
    ) -> fmt::Result {
        if name != NUMBER {
            return value.serialize(self);
        }
        let mut quoted = Vec::new();
        append(&mut quoted, value)?;
        // What is written as a number has nothing that would be escaped.
        let digits = quoted.get(1..quoted.len() - 1).unwrap_or_default();
        self.out.extend_from_slice(digits);
        Ok(())
    }

    fn serialize_newtype_variant<T: Serialize + ?Sized>(
        self,
        _: &'static str,
        _: u32,
        _: &'static str,
        _: &T,
    ) -> fmt::Result {
        Err(fmt::Error)
    }

    fn serialize_seq(self, _: Option<usize>) -> Result<Rest<'o>, fmt::Error> {
        Ok(self.open(b'['))
    }

    fn serialize_tuple(self, length: usize) -> Result<Rest<'o>, fmt::Error> {
        self.serialize_seq(Some(length))
    }

    fn serialize_tuple_struct(
        self,
        _: &'static str,
        _: usize,
    ) -> Result<Self::SerializeTupleStruct, fmt::Error> {
        Err(fmt::Error)
    }

    fn serialize_tuple_variant(
        self,
        _: &'static str,
        _: u32,
        _: &'static str,
        _: usize,
    ) -> Result<Self::SerializeTupleVariant, fmt::Error> {
        Err(fmt::Error)
    }

    fn serialize_map(self, _: Option<usize>) -> Result<Rest<'o>, fmt::Error> {
        Ok(self.open(b'{'))
    }

    fn serialize_struct(self, _: &'static str, length: usize) -> Result<Rest<'o>, fmt::Error> {
        self.serialize_map(Some(length))
    }

    fn serialize_struct_variant(
        self,
        _: &'static str,
        _: u32,
        _: &'static str,
        _: usize,
    ) -> Result<Self::SerializeStructVariant, fmt::Error> {
        Err(fmt::Error)
    }

    // The default would bring along all that formats, and `is_human_readable` is true anyway.
    fn collect_str<T: fmt::Display + ?Sized>(self, value: &T) -> fmt::Result {
        self.serialize_str(&value.to_string())
    }
}

impl SerializeSeq for Rest<'_> {
    type Ok = ();
    type Error = fmt::Error;

    fn serialize_element<T: Serialize + ?Sized>(&mut self, value: &T) -> fmt::Result {
        value.serialize(self.next())
    }

    fn end(self) -> fmt::Result {
        self.close(b']');
        Ok(())
    }
}

impl SerializeTuple for Rest<'_> {
    type Ok = ();
    type Error = fmt::Error;

    fn serialize_element<T: Serialize + ?Sized>(&mut self, value: &T) -> fmt::Result {
        SerializeSeq::serialize_element(self, value)
    }

    fn end(self) -> fmt::Result {
        SerializeSeq::end(self)
    }
}

impl SerializeMap for Rest<'_> {
    type Ok = ();
    type Error = fmt::Error;

    fn serialize_key<T: Serialize + ?Sized>(&mut self, name: &T) -> fmt::Result {
        name.serialize(self.next())
    }

    fn serialize_value<T: Serialize + ?Sized>(&mut self, value: &T) -> fmt::Result {
        self.to.out.push(b':');
        if self.to.indent.is_some() {
            self.to.out.push(b' ');
        }
        value.serialize(self.to.again())
    }

    fn end(self) -> fmt::Result {
        self.close(b'}');
        Ok(())
    }
}

impl SerializeStruct for Rest<'_> {
    type Ok = ();
    type Error = fmt::Error;

    fn serialize_field<T: Serialize + ?Sized>(
        &mut self,
        name: &'static str,
        value: &T,
    ) -> fmt::Result {
        self.serialize_entry(name, value)
    }

    fn end(self) -> fmt::Result {
        SerializeMap::end(self)
    }
}
