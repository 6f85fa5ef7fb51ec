//! Why a TLV yields nothing: either the RFC wants silence, or it breaks a rule.

use crate::wire::error::TlvError;

/// The two ways in which a TLV is ignored.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Refusal {
    /// Something in it is unknown here: ignored without a word.
    Unknown,
    /// It is wrong.
    Wrong(TlvError),
}

impl From<TlvError> for Refusal {
    fn from(error: TlvError) -> Self {
        Self::Wrong(error)
    }
}
