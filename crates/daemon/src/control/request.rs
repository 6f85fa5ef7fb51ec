//! One request line, parsed.

use crate::control_error::ControlError;
use crate::json::{Members, Value};

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
        let value = Value::parse(line).map_err(|error| {
            let (octet, what) = (error.octet, error.what);
            ControlError::bad_request(format!("not JSON at octet {octet}: {what}"))
        })?;
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
            None | Some(Value::Null) => Value::Object(Members::new()),
            Some(params @ Value::Object(_)) => params,
            Some(_) => return Err(ControlError::bad_request("\"params\" must be an object")),
        };
        Ok(Self { method, params })
    }
}

#[cfg(test)]
mod tests;
