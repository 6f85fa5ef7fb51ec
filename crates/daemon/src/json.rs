//! JSON as a router's daemons need it: values, a reader and a writer.
//!
//! serde_json would do all of this, and takes 75 KB more of a router's flash (docs/dependencies.md): most of
//! that is for numbers with fractions, which stay text here. It reads replies on the host all the same.

pub mod parse;
mod value;
pub mod write;

pub use self::parse::ParseError;
pub use self::value::{Members, Number, Value};

#[cfg(test)]
mod tests;
