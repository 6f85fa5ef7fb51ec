//! What an object offers: methods and the types of their arguments.

use crate::blobmsg::{Table, Value, kind};
use crate::writer::{TooLong, Writer};

/// An object to publish.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Object {
    /// Where it is found, such as `grange.mesh`. Two objects cannot have the same.
    pub path: &'static str,
    /// What can be asked of it.
    pub methods: &'static [Method],
}

/// A method of an object.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Method {
    /// Its name.
    pub name: &'static str,
    /// Its arguments. Each may be left out by a caller; others that he gives are passed on (rpcd and uhttpd add
    /// `ubus_rpc_session`).
    pub arguments: &'static [(&'static str, ArgumentType)],
}

/// The type of an argument.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ArgumentType {
    /// Anything.
    Any,
    /// Values without names.
    Array,
    /// Values with names.
    Table,
    /// Text.
    String,
    /// A whole number of 64 bits. A caller may use fewer bits, here and below: JSON does not tell.
    Int64,
    /// A whole number of 32 bits.
    Int32,
    /// A whole number of 16 bits.
    Int16,
    /// A boolean.
    Bool,
    /// A number with a fraction, or a whole one.
    Double,
}

impl Object {
    /// The methods as ubusd wants them: a table for each, with the number of each argument's type.
    pub fn signature(&self) -> Result<Vec<u8>, TooLong> {
        let signature = Writer::data(|writer| {
            for method in self.methods {
                writer.table(method.name, |writer| {
                    for (name, argument) in method.arguments {
                        writer.int32(name, argument.kind().into());
                    }
                });
            }
        });
        signature.map(|signature| signature.as_bytes().to_vec())
    }

    /// The method of that name.
    pub fn method(&self, name: &[u8]) -> Option<&'static Method> {
        let mut methods = self.methods.iter();
        methods.find(|method| method.name.as_bytes() == name)
    }
}

impl Method {
    /// Whether each argument that is there has its type.
    pub fn accepts(&self, arguments: Table<'_>) -> bool {
        self.arguments.iter().all(|(name, argument)| {
            let value = arguments.find(name);
            value.is_none_or(|value| argument.accepts(value))
        })
    }
}

impl ArgumentType {
    /// Whether a value has the type.
    pub fn accepts(self, value: Value<'_>) -> bool {
        let fits = |least: i64, most: i64| {
            let number = value.as_integer();
            number.is_some_and(|number| (least..=most).contains(&number))
        };
        match self {
            Self::Any => true,
            Self::Int64 => value.as_integer().is_some(),
            Self::Int32 => fits(i32::MIN.into(), i32::MAX.into()),
            Self::Int16 => fits(i16::MIN.into(), i16::MAX.into()),
            Self::Double => matches!(value, Value::Double(_)) || value.as_integer().is_some(),
            Self::Array | Self::Table | Self::String | Self::Bool => value.kind() == self.kind(),
        }
    }

    fn kind(self) -> u8 {
        match self {
            Self::Any => kind::UNSPEC,
            Self::Array => kind::ARRAY,
            Self::Table => kind::TABLE,
            Self::String => kind::STRING,
            Self::Int64 => kind::INT64,
            Self::Int32 => kind::INT32,
            Self::Int16 => kind::INT16,
            Self::Bool => kind::INT8,
            Self::Double => kind::DOUBLE,
        }
    }
}
