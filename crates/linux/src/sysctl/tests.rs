use super::{read, write};
use crate::kernel_error::KernelErrorKind;

#[test]
fn a_value_is_read_without_its_newline() {
    let value = read("kernel/ostype").expect("every Linux has it");
    assert_eq!(value, "Linux");
}

#[test]
fn a_path_stays_below_proc_sys() {
    for path in [
        "",
        "/etc/passwd",
        "../version",
        "net/../../version",
        "./net",
        "net/ipv4/..",
    ] {
        let kind = read(path).expect_err(path).kind();
        assert_eq!(kind, KernelErrorKind::Unsupported, "{path}");
        let kind = write(path, "1").expect_err(path).kind();
        assert_eq!(kind, KernelErrorKind::Unsupported, "{path}");
    }
}

#[test]
fn an_absent_interface_is_not_found_and_named() {
    let path = super::ipv6_accept_redirects("absent0");
    let error = read(&path).expect_err("absent");
    assert_eq!(error.kind(), KernelErrorKind::NotFound);
    assert_eq!(
        error.detail(),
        Some("net/ipv6/conf/absent0/accept_redirects")
    );
}
