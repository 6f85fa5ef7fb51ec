//! Reading the parameters of a request, with refusals that name the parameter.

use core::str::FromStr;

use crate::control_error::ControlError;
use crate::json::Value;
use crate::printable::escaped;
use crate::suggestion::nearest;

/// The parameters of a request: a JSON object, or `null` for none.
#[derive(Clone, Copy, Debug)]
pub struct Params<'a> {
    value: &'a Value,
}

impl<'a> Params<'a> {
    /// Refuses parameters that are not in the list: a mistyped name must not be ignored.
    pub fn new(value: &'a Value, known: &[&str]) -> Result<Self, ControlError> {
        let members = match value {
            Value::Null => return Ok(Self { value }),
            Value::Object(members) => members,
            _ => return Err(ControlError::bad_params("the parameters must be an object")),
        };
        let Some(unknown) = members.keys().find(|name| !known.contains(&name.as_str())) else {
            return Ok(Self { value });
        };
        let near = nearest(unknown, known.iter().copied());
        Err(ControlError::bad_params(match near {
            Some(near) => format!(
                "there is no parameter '{}', did you mean '{near}'?",
                escaped(unknown)
            ),
            None if known.is_empty() => format!(
                "there is no parameter '{}': the method takes none",
                escaped(unknown)
            ),
            None => format!(
                "there is no parameter '{}', only {}",
                escaped(unknown),
                known.join(", ")
            ),
        }))
    }

    /// A whole number in the range of the type.
    pub fn unsigned<T: TryFrom<u64>>(self, name: &str) -> Result<Option<T>, ControlError> {
        let Some(value) = self.member(name) else {
            return Ok(None);
        };
        let number = value.as_u64().and_then(|number| T::try_from(number).ok());
        number
            .map(Some)
            .ok_or_else(|| wrong(name, "a whole number in its range", value))
    }

    /// A piece of text.
    pub fn text(self, name: &str) -> Result<Option<&'a str>, ControlError> {
        match self.member(name) {
            None => Ok(None),
            Some(Value::String(text)) => Ok(Some(text)),
            Some(value) => Err(wrong(name, "a string", value)),
        }
    }

    /// Yes or no.
    pub fn flag(self, name: &str) -> Result<Option<bool>, ControlError> {
        match self.member(name) {
            None => Ok(None),
            Some(Value::Bool(yes)) => Ok(Some(*yes)),
            Some(value) => Err(wrong(name, "true or false", value)),
        }
    }

    /// A list of texts; one text alone is a list of one.
    pub fn texts(self, name: &str) -> Result<Option<Vec<&'a str>>, ControlError> {
        match self.member(name) {
            None => Ok(None),
            Some(Value::String(text)) => Ok(Some(vec![text])),
            Some(Value::Array(values)) => values
                .iter()
                .map(|value| value.as_str().ok_or_else(|| wrong(name, "strings", value)))
                .collect::<Result<_, _>>()
                .map(Some),
            Some(value) => Err(wrong(name, "a list of strings", value)),
        }
    }

    /// A text that is parsed: an address, a prefix, a router-id.
    pub fn parsed<T: FromStr>(self, name: &str, what: &str) -> Result<Option<T>, ControlError> {
        let Some(value) = self.member(name) else {
            return Ok(None);
        };
        let parsed = value.as_str().and_then(|text| text.parse().ok());
        parsed.map(Some).ok_or_else(|| wrong(name, what, value))
    }

    /// The part of a long list that `offset` and `limit` ask for: how many to skip, how many to take.
    pub fn page(self) -> Result<Page, ControlError> {
        Ok(Page {
            offset: self.unsigned("offset")?.unwrap_or(0),
            limit: self.unsigned("limit")?.unwrap_or(usize::MAX),
        })
    }

    fn member(self, name: &str) -> Option<&'a Value> {
        self.value.get(name).filter(|value| !value.is_null())
    }
}

/// A part of a list.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Page {
    /// Entries to skip.
    pub offset: usize,
    /// Entries to take at most.
    pub limit: usize,
}

impl Page {
    /// The entries of that part.
    pub fn of<T>(self, entries: impl IntoIterator<Item = T>) -> impl Iterator<Item = T> {
        entries.into_iter().skip(self.offset).take(self.limit)
    }
}

/// The refusal for a parameter that must be there.
pub fn missing(name: &str) -> ControlError {
    ControlError::bad_params(format!("the parameter '{name}' is missing"))
}

/// The refusal for a value that is not what the parameter takes.
pub fn wrong(name: &str, what: &str, value: &Value) -> ControlError {
    let mut shown = value.to_string();
    if shown.len() > 40 {
        shown.truncate(shown.floor_char_boundary(37));
        shown.push_str("...");
    }
    ControlError::bad_params(format!(
        "the parameter '{name}' must be {what}, not {}",
        escaped(&shown)
    ))
}

#[cfg(test)]
mod tests;
