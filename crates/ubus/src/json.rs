//! Blobmsg to and from JSON, by the rules of libubox's `blobmsg_json.c`, which `ubus`, rpcd and uhttpd speak.
//!
//! | JSON | blobmsg | and back |
//! |---|---|---|
//! | null | UNSPEC | null |
//! | true, false | INT8 | a boolean, whatever its value |
//! | a whole number of 32 bits | INT32 | a number |
//! | a whole number of 64 bits | INT64 | a number; a browser loses what is beyond 2^53 |
//! | a larger one | INT64, as close as it gets | |
//! | another number | DOUBLE | a number; null where it is none (NaN, infinity) |
//! | text | STRING, up to its first NUL | text; what is not UTF-8 becomes U+FFFD |
//!
//! INT16 becomes a number. Of a name that comes twice in a table, the last counts, as in every JSON reader.

use serde_json::{Map, Number, Value as Json};

use crate::blob::lossy;
use crate::blobmsg::{Data, Table, Value};
use crate::writer::{TooLong, Writer};

/// The members of an object as a message.
pub fn from_json(members: &Map<String, Json>) -> Result<Data, TooLong> {
    Writer::data(|writer| write_members(writer, members))
}

/// A message as an object.
pub fn to_json(table: Table<'_>) -> Map<String, Json> {
    table
        .iter()
        .map(|(name, value)| (lossy(name), value_to_json(value)))
        .collect()
}

/// A value as JSON.
pub fn value_to_json(value: Value<'_>) -> Json {
    match value {
        Value::Null => Json::Null,
        Value::Array(array) => Json::Array(array.iter().map(value_to_json).collect()),
        Value::Table(table) => Json::Object(to_json(table)),
        Value::String(text) => Json::String(lossy(text)),
        Value::Int64(value) => value.into(),
        Value::Int32(value) => value.into(),
        Value::Int16(value) => value.into(),
        Value::Int8(value) => Json::Bool(value != 0),
        Value::Double(value) => Number::from_f64(value).map_or(Json::Null, Json::Number),
    }
}

/// Writes a value under a name.
pub fn write_value(writer: &mut Writer, name: &str, value: &Json) {
    match value {
        Json::Null => writer.null(name),
        Json::Bool(value) => writer.boolean(name, *value),
        Json::Number(number) => write_number(writer, name, number),
        Json::String(text) => writer.string(name, text),
        Json::Array(values) => writer.array(name, |writer| {
            for value in values {
                write_value(writer, "", value);
            }
        }),
        Json::Object(members) => writer.table(name, |writer| write_members(writer, members)),
    };
}

fn write_members(writer: &mut Writer, members: &Map<String, Json>) {
    for (name, value) in members {
        write_value(writer, name, value);
    }
}

fn write_number<'a>(writer: &'a mut Writer, name: &str, number: &Number) -> &'a mut Writer {
    // json-c reads a number beyond 64 bits as the greatest there is.
    let whole = number
        .as_i64()
        .or_else(|| number.as_u64().map(|_| i64::MAX));
    match whole.map(|whole| (i32::try_from(whole), whole)) {
        Some((Ok(small), _)) => writer.int32(name, small),
        Some((Err(_), large)) => writer.int64(name, large),
        None => writer.double(name, number.as_f64().unwrap_or(f64::NAN)),
    }
}
