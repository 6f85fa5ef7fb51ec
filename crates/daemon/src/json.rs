//! JSON as a router's daemons need it: values, a reader and a writer.
//!
//! serde_json would do all of this, and takes 75 KB more of a router's flash (docs/dependencies.md): most of
//! that is for numbers with fractions, which stay text here. It reads replies on the host all the same.

pub mod parse;
mod value;
pub mod write;

pub use self::parse::ParseError;
pub use self::value::{Members, Number, Value};

/// An object, member by member: `object! { "name": name, "age_ms": 7 }`. Each value is whatever becomes a
/// [`Value`](crate::json::Value).
#[macro_export]
macro_rules! object {
    ($($name:literal : $value:expr),* $(,)?) => {
        $crate::json::Value::object([$(($name, $crate::json::Value::from($value))),*])
    };
}

#[cfg(test)]
mod tests;
