//! The error that a daemon answers a request with.

use std::borrow::Cow;

/// A refusal, as it goes over the control socket: `{"error":{"code":..,"message":..}}`.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{message}")]
pub struct ControlError {
    /// What kind of refusal, for programs: `bad_request`, `unknown_method`, `bad_params`, `refused`,
    /// `failed`, `too_slow` or `too_many_clients`.
    pub code: &'static str,
    /// Why, and what to do about it, for people: lower-case without full stop.
    pub message: Cow<'static, str>,
}

impl ControlError {
    /// The request line is not a request.
    pub fn bad_request(message: impl Into<Cow<'static, str>>) -> Self {
        Self::new("bad_request", message)
    }

    /// A parameter is missing, unknown or has an impossible value.
    pub fn bad_params(message: impl Into<Cow<'static, str>>) -> Self {
        Self::new("bad_params", message)
    }

    /// The daemon understands the request and will not do it.
    pub fn refused(message: impl Into<Cow<'static, str>>) -> Self {
        Self::new("refused", message)
    }

    /// The daemon tried and could not, for instance because the kernel said no.
    pub fn failed(message: impl Into<Cow<'static, str>>) -> Self {
        Self::new("failed", message)
    }

    /// There is no such method; names the nearest of those there are.
    pub fn unknown_method<'a>(method: &str, methods: impl IntoIterator<Item = &'a str>) -> Self {
        let mut message = format!("there is no method '{}'", crate::printable::escaped(method));
        if let Some(near) = crate::suggestion::nearest(method, methods) {
            message.push_str(", did you mean '");
            message.push_str(near);
            message.push_str("'?");
        }
        Self::new("unknown_method", message)
    }

    /// Any other kind.
    pub fn new(code: &'static str, message: impl Into<Cow<'static, str>>) -> Self {
        Self {
            code,
            message: message.into(),
        }
    }
}
