//! Reading the daemons' replies by name: what is missing or of another type is as good as null.

use grange_daemon::json::{Members, Value};

/// A member of an object.
pub fn member<'a>(value: &'a Value, name: &str) -> &'a Value {
    &value[name]
}

/// A text.
pub fn text<'a>(value: &'a Value, name: &str) -> &'a str {
    member(value, name).as_str().unwrap_or_default()
}

/// A whole number, zero where there is none.
pub fn number(value: &Value, name: &str) -> u64 {
    member(value, name).as_u64().unwrap_or(0)
}

/// A number that can be missing.
pub fn maybe(value: &Value, name: &str) -> Option<u32> {
    u32::try_from(member(value, name).as_u64()?).ok()
}

/// Yes or no.
pub fn flag(value: &Value, name: &str) -> bool {
    member(value, name).as_bool().unwrap_or(false)
}

/// The entries of a list.
pub fn list(value: &Value) -> &[Value] {
    value.as_array().unwrap_or_default()
}

/// A row with some of the members of another, null where it has none, in the order of `names`.
pub fn pick(value: &Value, names: &[&str]) -> Members {
    let pairs = names
        .iter()
        .map(|name| ((*name).to_owned(), member(value, name).clone()));
    pairs.collect()
}

/// Turns counters of octets into texts: a browser's numbers end at 2^53.
pub fn counters_as_texts(row: &mut Value, names: &[&str]) {
    for name in names {
        if let Some(value) = row.get_mut(name)
            && let Some(number) = value.as_u64()
        {
            *value = number.to_string().into();
        }
    }
}
