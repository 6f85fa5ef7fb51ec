//! One request line, parsed.

use std::borrow::Cow;

use serde_json::{Map, Value};

use crate::control_error::ControlError;

/// A request: what to do, and with what.
#[derive(Clone, Debug, PartialEq)]
pub struct Request {
    /// The method's name.
    pub method: String,
    /// Its parameters: an object, empty if none were given.
    pub params: Value,
}

impl Request {
    /// Parses a line without its line feed. Any bytes may come; the refusal says where they are wrong.
    pub fn parse(line: &[u8]) -> Result<Self, ControlError> {
        // serde_json refuses more than 128 levels of nesting, so hostile text cannot use up the stack.
        let value: Value = serde_json::from_slice(line).map_err(|error| not_json(&error))?;
        let Value::Object(mut members) = value else {
            return Err(ControlError::bad_request(
                "a request is an object such as {\"method\":\"status\"}",
            ));
        };
        let method = match members.remove("method") {
            Some(Value::String(method)) => method,
            Some(_) => return Err(ControlError::bad_request("\"method\" must be a string")),
            None => return Err(ControlError::bad_request("the request has no \"method\"")),
        };
        let params = match members.remove("params") {
            None | Some(Value::Null) => Value::Object(Map::new()),
            Some(params @ Value::Object(_)) => params,
            Some(_) => return Err(ControlError::bad_request("\"params\" must be an object")),
        };
        Ok(Self { method, params })
    }
}

fn not_json(error: &serde_json::Error) -> ControlError {
    let text = error.to_string();
    // The line is always 1, or counts line breaks that no request line can hold.
    let (what, _) = text.rsplit_once(" at line ").unwrap_or((&text, ""));
    let column = error.column();
    ControlError::bad_request(Cow::Owned(format!("not JSON at octet {column}: {what}")))
}

#[cfg(test)]
mod tests;
