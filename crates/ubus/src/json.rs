//! Blobmsg to and from JSON, by the rules of libubox's `blobmsg_json.c`, which `ubus`, rpcd and uhttpd speak.
//!
//! | JSON | blobmsg | and back |
//! |---|---|---|
//! | null | UNSPEC | null |
//! | true, false | INT8 | a boolean, whatever its value |
//! | a whole number of 32 bits | INT32 | a number |
//! | a whole number of 64 bits | INT64 | a number; a browser loses what is beyond 2^53 |
//! | a larger one | INT64, as close as it gets | |
//! | another number | DOUBLE | a number with at most nine decimals; null where it is none (NaN, infinity), or beyond 2^63 |
//! | text | STRING, up to its first NUL | text; what is not UTF-8 becomes U+FFFD |
//!
//! INT16 becomes a number. Of a name that comes twice in a table, the last counts, as in every JSON reader.

use grange_daemon::json::{Members, Number, Value as Json};

use crate::blob::lossy;
use crate::blobmsg::{Data, Table, Value};
use crate::writer::{TooLong, Writer};

/// Decimals of a number from the bus.
const DECIMALS: usize = 9;
/// Digits that 64 bits hold, whatever they are.
const MOST_DIGITS: u32 = 19;

/// The members of an object as a message.
pub fn from_json(members: &Members) -> Result<Data, TooLong> {
    Writer::data(|writer| write_members(writer, members))
}

/// A message as an object.
pub fn to_json(table: Table<'_>) -> Members {
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
        Value::Int32(value) => i64::from(value).into(),
        Value::Int16(value) => i64::from(value).into(),
        Value::Int8(value) => Json::Bool(value != 0),
        Value::Double(value) => decimal(value).map(Number::Other).map(Json::Number).into(),
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

fn write_members(writer: &mut Writer, members: &Members) {
    for (name, value) in members.iter() {
        write_value(writer, name, value);
    }
}

fn write_number<'a>(writer: &'a mut Writer, name: &str, number: &Number) -> &'a mut Writer {
    let whole = match number {
        // json-c reads a number beyond 64 bits as the greatest there is.
        Number::Unsigned(number) => Ok(i64::try_from(*number).unwrap_or(i64::MAX)),
        Number::Other(text) => text.parse().map_err(|_| text),
    };
    match whole.map(|whole| (i32::try_from(whole), whole)) {
        Ok((Ok(small), _)) => writer.int32(name, small),
        Ok((Err(_), large)) => writer.int64(name, large),
        Err(text) => writer.double(name, double(text)),
    }
}

/// A number as JSON writes it. It is the nearest there is up to 15 digits and 22 decimals; what is longer, or has a
/// larger exponent, may be off in the last digits. std's own reader takes 20 KB of a router's flash.
fn double(text: &str) -> f64 {
    let (mut mantissa, mut digits, mut exponent) = (0_u64, 0, 0_i32);
    let mut is_behind_point = false;
    let (number, power) = text.split_once(['e', 'E']).unwrap_or((text, "0"));
    for letter in number.bytes() {
        match letter {
            b'0'..=b'9' if digits < MOST_DIGITS => {
                mantissa = mantissa * 10 + u64::from(letter - b'0');
                digits += u32::from(mantissa != 0);
                exponent -= i32::from(is_behind_point);
            }
            b'0'..=b'9' => exponent += i32::from(!is_behind_point),
            b'.' => is_behind_point = true,
            _ => {}
        }
    }
    // Beyond these limits a number is zero or infinity anyway.
    let power: i32 = power
        .parse()
        .unwrap_or_else(|_| if power.starts_with('-') { -9999 } else { 9999 });
    let exponent = exponent.saturating_add(power).clamp(-400, 400);
    #[expect(clippy::cast_precision_loss, reason = "the nearest there is")]
    let mut value = mantissa as f64;
    // 10^22 is the largest power that a double holds exactly.
    let mut left = exponent.unsigned_abs();
    while left > 0 {
        let step = left.min(22);
        let power = (0..step).fold(1.0, |power, _| power * 10.0);
        value = if exponent < 0 {
            value / power
        } else {
            value * power
        };
        left -= step;
    }
    if number.starts_with('-') {
        -value
    } else {
        value
    }
}

/// A double with at most nine decimals; nothing for what is none (NaN, infinity) or has more than 63 bits.
fn decimal(value: f64) -> Option<String> {
    let size = value.abs();
    // 2^63.
    if size.is_nan() || size >= 9_223_372_036_854_775_808.0 {
        return None;
    }
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "it fits, and its fraction is next"
    )]
    let whole = size as u64;
    #[expect(clippy::cast_precision_loss, reason = "it was a double's")]
    let rest = size - whole as f64;
    let mut text = String::new();
    let mut scale = 1_u32;
    // The fewest decimals that mean the same.
    for decimals in 1..=DECIMALS {
        scale *= 10;
        #[expect(
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            reason = "it is at most a milliard"
        )]
        let part = (rest * f64::from(scale) + 0.5) as u32;
        let carry = u64::from(part / scale);
        text = format!("{}.{:0decimals$}", whole + carry, part % scale);
        if double(&text).to_bits() == size.to_bits() {
            break;
        }
    }
    while text.ends_with('0') && !text.ends_with(".0") {
        text.pop();
    }
    if value.is_sign_negative() && text != "0.0" {
        text.insert(0, '-');
    }
    Some(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_with_fractions_are_doubles_and_back() {
        for (text, number) in [
            ("0.5", 0.5),
            ("-12.345", -12.345),
            ("1e3", 1000.0),
            ("2.5E-3", 0.0025),
            ("123456789012.25", 123_456_789_012.25),
            ("1e400", f64::INFINITY),
            ("1e-99999999999", 0.0),
        ] {
            assert_eq!(double(text).to_bits(), f64::to_bits(number), "{text}");
        }
        // Longer than 64 bits hold: as good as the same.
        let third = double("0.33333333333333333333333");
        assert!((third - 1.0 / 3.0).abs() < 1e-15);
        for (number, text) in [
            (0.0, "0.0"),
            (-0.0, "0.0"),
            (9.25, "9.25"),
            (-1.0 / 3.0, "-0.333333333"),
            (0.999_999_999_9, "1.0"),
            (1e15, "1000000000000000.0"),
        ] {
            assert_eq!(decimal(number).as_deref(), Some(text));
        }
        for number in [f64::NAN, f64::NEG_INFINITY, 1e300] {
            assert_eq!(decimal(number), None);
        }
    }
}
