use std::io;

use super::{KernelError, KernelErrorKind};
use crate::sys::number;

#[test]
fn errnos_are_told_apart_as_far_as_a_caller_must() {
    let cases = [
        (number::ESRCH, KernelErrorKind::NotFound),
        (number::ENOENT, KernelErrorKind::NotFound),
        (number::EEXIST, KernelErrorKind::Exists),
        (number::ENODEV, KernelErrorKind::NoDevice),
        (number::ENETDOWN, KernelErrorKind::Unreachable),
        (number::ENETUNREACH, KernelErrorKind::Unreachable),
        (number::EHOSTUNREACH, KernelErrorKind::Unreachable),
        (number::EPERM, KernelErrorKind::Permission),
        (number::ENOBUFS, KernelErrorKind::NoBuffers),
        (number::EBUSY, KernelErrorKind::Busy),
        (12_345, KernelErrorKind::Other(12_345)),
    ];
    for (errno, kind) in cases {
        assert_eq!(KernelError::from_errno(errno).kind(), kind, "errno {errno}");
        let error = KernelError::from(io::Error::from_raw_os_error(errno));
        assert_eq!(error.kind(), kind, "io error {errno}");
    }
    let timeout = io::Error::from(io::ErrorKind::TimedOut);
    assert_eq!(KernelError::from(timeout).kind(), KernelErrorKind::Timeout);
}

#[test]
fn the_kernels_words_follow_ours() {
    let error = KernelError::from_errno(number::ENETUNREACH);
    assert_eq!(error.to_string(), "interface down or gateway unreachable");
    let error = error.with_detail("Nexthop has invalid gateway");
    assert_eq!(
        error.to_string(),
        "interface down or gateway unreachable: Nexthop has invalid gateway"
    );
    assert_eq!(error.detail(), Some("Nexthop has invalid gateway"));
}
