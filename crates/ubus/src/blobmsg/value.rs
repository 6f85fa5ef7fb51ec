//! The checked view.

use thiserror::Error;

use crate::blob::{self, Attribute, Attributes, padded};
use crate::blobmsg::kind;

/// How deep tables and arrays may nest: what libubox's JSON reader takes.
pub const DEEPEST: usize = 32;

/// Octets of a value before its name.
const NAME_LENGTH_BYTES: usize = 2;

/// Why octets are no blobmsg.
#[derive(Clone, Copy, Debug, Error, PartialEq, Eq)]
pub enum Malformed {
    /// An attribute is cut off or claims more than is there.
    #[error("an attribute is longer than what holds it")]
    Length,
    /// A value has no name field, or its name does not end inside it.
    #[error("a value's name does not end where it says")]
    Name,
    /// A value of that type has another size, or a text lacks its NUL.
    #[error("a value does not have the size of its type {0}")]
    Size(u8),
    /// There is no such type.
    #[error("there is no type {0}")]
    Type(u8),
    /// Nested deeper than [`DEEPEST`].
    #[error("tables and arrays nest deeper than {DEEPEST}")]
    Depth,
}

/// A value of a checked message.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Value<'a> {
    /// JSON's null.
    Null,
    /// Values without names.
    Array(Array<'a>),
    /// Values with names.
    Table(Table<'a>),
    /// Text, in whatever encoding its writer had, without its NUL and what follows that.
    String(&'a [u8]),
    /// Eight octets.
    Int64(i64),
    /// Four octets.
    Int32(i32),
    /// Two octets.
    Int16(i16),
    /// One octet; a boolean wherever JSON is spoken.
    Int8(i8),
    /// A number with a fraction.
    Double(f64),
}

/// Checked values with names. A name may come more than once; [`Table::find`] takes the first, as libubox does.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Table<'a>(&'a [u8]);

/// Checked values without names.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Array<'a>(&'a [u8]);

/// A checked message of its own: the arguments of a call, an answer, an event.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Data(Vec<u8>);

impl Data {
    /// Checks octets and keeps them.
    pub fn new(octets: Vec<u8>) -> Result<Self, Malformed> {
        check(&octets, DEEPEST)?;
        Ok(Self(octets))
    }

    /// Its values.
    pub fn table(&self) -> Table<'_> {
        Table(&self.0)
    }

    /// Its octets, as they are on the wire.
    pub fn as_bytes(&self) -> &[u8] {
        &self.0
    }
}

impl<'a> Table<'a> {
    /// Checks all values in these octets, however deep.
    pub fn check(octets: &'a [u8]) -> Result<Self, Malformed> {
        check(octets, DEEPEST)?;
        Ok(Self(octets))
    }

    /// Names and values in order.
    pub fn iter(self) -> impl Iterator<Item = (&'a [u8], Value<'a>)> {
        Attributes::new(self.0).map_while(|attribute| named(attribute.ok()?))
    }

    /// The first value of that name.
    pub fn find(self, name: &str) -> Option<Value<'a>> {
        let mut values = self.iter();
        values.find_map(|(found, value)| (found == name.as_bytes()).then_some(value))
    }

    /// The text of that name, if it is text and valid UTF-8.
    pub fn text(self, name: &str) -> Option<&'a str> {
        self.find(name)?.as_str()
    }

    /// The integer of that name, of whatever size.
    pub fn integer(self, name: &str) -> Option<i64> {
        self.find(name)?.as_integer()
    }

    /// The boolean of that name.
    pub fn boolean(self, name: &str) -> Option<bool> {
        self.find(name)?.as_bool()
    }

    /// The table of that name.
    pub fn table(self, name: &str) -> Option<Self> {
        match self.find(name)? {
            Value::Table(table) => Some(table),
            _ => None,
        }
    }

    /// The values of the array of that name; none if there is no such array.
    pub fn array(self, name: &str) -> impl Iterator<Item = Value<'a>> {
        let array = match self.find(name) {
            Some(Value::Array(array)) => array,
            _ => Array::default(),
        };
        array.iter()
    }

    /// Its octets.
    pub fn as_bytes(self) -> &'a [u8] {
        self.0
    }
}

impl<'a> Array<'a> {
    /// Its values in order.
    pub fn iter(self) -> impl Iterator<Item = Value<'a>> {
        Table(self.0).iter().map(|(_, value)| value)
    }
}

impl<'a> Value<'a> {
    /// Its type's number.
    pub fn kind(self) -> u8 {
        match self {
            Self::Null => kind::UNSPEC,
            Self::Array(_) => kind::ARRAY,
            Self::Table(_) => kind::TABLE,
            Self::String(_) => kind::STRING,
            Self::Int64(_) => kind::INT64,
            Self::Int32(_) => kind::INT32,
            Self::Int16(_) => kind::INT16,
            Self::Int8(_) => kind::INT8,
            Self::Double(_) => kind::DOUBLE,
        }
    }

    /// Text that is valid UTF-8.
    pub fn as_str(self) -> Option<&'a str> {
        match self {
            Self::String(text) => str::from_utf8(text).ok(),
            _ => None,
        }
    }

    /// An integer of more than one octet; one octet is a boolean.
    pub fn as_integer(self) -> Option<i64> {
        match self {
            Self::Int64(value) => Some(value),
            Self::Int32(value) => Some(value.into()),
            Self::Int16(value) => Some(value.into()),
            _ => None,
        }
    }

    /// A boolean.
    pub fn as_bool(self) -> Option<bool> {
        match self {
            Self::Int8(value) => Some(value != 0),
            _ => None,
        }
    }

    /// A table.
    pub fn as_table(self) -> Option<Table<'a>> {
        match self {
            Self::Table(table) => Some(table),
            _ => None,
        }
    }

    fn parse(id: u8, octets: &'a [u8]) -> Result<Self, Malformed> {
        let size = Malformed::Size(id);
        Ok(match id {
            kind::UNSPEC => Self::Null,
            kind::ARRAY => Self::Array(Array(octets)),
            kind::TABLE => Self::Table(Table(octets)),
            kind::STRING => Self::String(blob::text(octets).ok_or(size)?),
            kind::INT64 => Self::Int64(i64::from_be_bytes(whole(octets).ok_or(size)?)),
            kind::INT32 => Self::Int32(i32::from_be_bytes(whole(octets).ok_or(size)?)),
            kind::INT16 => Self::Int16(i16::from_be_bytes(whole(octets).ok_or(size)?)),
            kind::INT8 => Self::Int8(i8::from_be_bytes(whole(octets).ok_or(size)?)),
            kind::DOUBLE => {
                // libubox takes a double with more octets after it.
                let (first, _) = octets.split_first_chunk().ok_or(size)?;
                Self::Double(f64::from_be_bytes(*first))
            }
            _ => return Err(Malformed::Type(id)),
        })
    }
}

/// A value's name and the octets of the value.
pub fn parts<'a>(attribute: &Attribute<'a>) -> Result<(&'a [u8], &'a [u8]), Malformed> {
    let (length, _) = attribute
        .payload
        .split_first_chunk::<NAME_LENGTH_BYTES>()
        .filter(|_| attribute.extended)
        .ok_or(Malformed::Name)?;
    let end = NAME_LENGTH_BYTES + usize::from(u16::from_be_bytes(*length));
    let name = attribute.payload.get(NAME_LENGTH_BYTES..end);
    let nul = attribute.payload.get(end) == Some(&0);
    let value = attribute.payload.get(padded(end + 1)..);
    match (name, value) {
        (Some(name), Some(value)) if nul => Ok((blob::before_nul(name), value)),
        _ => Err(Malformed::Name),
    }
}

fn named(attribute: Attribute<'_>) -> Option<(&[u8], Value<'_>)> {
    let (name, octets) = parts(&attribute).ok()?;
    Some((name, Value::parse(attribute.id, octets).ok()?))
}

fn check(octets: &[u8], depth: usize) -> Result<(), Malformed> {
    for attribute in Attributes::new(octets) {
        let attribute = attribute.map_err(|_| Malformed::Length)?;
        let (_, octets) = parts(&attribute)?;
        match Value::parse(attribute.id, octets)? {
            Value::Array(Array(inside)) | Value::Table(Table(inside)) => {
                check(inside, depth.checked_sub(1).ok_or(Malformed::Depth)?)?;
            }
            _ => {}
        }
    }
    Ok(())
}

fn whole<const N: usize>(octets: &[u8]) -> Option<[u8; N]> {
    octets.try_into().ok()
}
