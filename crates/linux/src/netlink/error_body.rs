//! `struct nlmsgerr` and what `NETLINK_EXT_ACK` adds: the answer to a change.
//!
//! ```text
//! | -errno or 0 (32 bits) | header of the request (16) | its payload unless capped | attributes |
//! ```

use crate::kernel_error::KernelError;
use crate::netlink::attribute::{Attributes, text};
use crate::netlink::frame::{Frame, aligned, number32};
use crate::netlink::number::{NLM_F_ACK_TLVS, NLM_F_CAPPED};
use crate::sys::number;

/// The text of the explanation.
const NLMSGERR_ATTR_MSG: u16 = 1;
/// Octets of the error number and of the request's header.
const NUMBER: usize = 4;
const REQUEST_HEADER: usize = 16;

/// What the kernel answered in an `NLMSG_ERROR` message: it is one for successes, too.
pub(crate) fn result(frame: &Frame<'_>) -> Result<(), KernelError> {
    let request = number32(frame.payload, NUMBER)
        .filter(|_| frame.flags & NLM_F_CAPPED == 0)
        .and_then(|length| usize::try_from(length).ok())
        .map_or(REQUEST_HEADER, aligned);
    refusal(frame, NUMBER.saturating_add(request))
}

/// How a dump ended, as told in its `NLMSG_DONE` message.
pub(crate) fn dump_result(frame: &Frame<'_>) -> Result<(), KernelError> {
    // Old kernels send no number: they have nothing to complain about.
    if frame.payload.len() < NUMBER {
        Ok(())
    } else {
        refusal(frame, NUMBER)
    }
}

fn refusal(frame: &Frame<'_>, attributes: usize) -> Result<(), KernelError> {
    let Some(number) = number32(frame.payload, 0).map(u32::cast_signed) else {
        return Err(KernelError::from_errno(number::EBADMSG));
    };
    if number == 0 {
        return Ok(());
    }
    let error = KernelError::from_errno(number.saturating_neg());
    if frame.flags & NLM_F_ACK_TLVS == 0 {
        return Err(error);
    }
    let attributes = frame.payload.get(attributes..).unwrap_or(&[]);
    let message = Attributes::new(attributes).find(|(kind, _)| *kind == NLMSGERR_ATTR_MSG);
    Err(match message {
        Some((_, message)) => error.with_detail(&text(message)),
        None => error,
    })
}

#[cfg(test)]
mod tests;
