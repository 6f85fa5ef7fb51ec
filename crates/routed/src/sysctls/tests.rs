use litemap::LiteMap;

use grange_linux::RecordingKernel;
use grange_linux::recording::Call;

use super::{apply, restore, wanted};

fn kernel(values: &[(&str, &str)]) -> RecordingKernel {
    let mut kernel = RecordingKernel::new();
    kernel.sysctls = values
        .iter()
        .map(|(path, value)| ((*path).to_owned(), (*value).to_owned()))
        .collect();
    kernel
}

#[test]
fn only_what_differs_is_set_and_it_is_restored_at_the_end() {
    let first = [
        ("net/ipv4/conf/all/forwarding", "0"),
        ("net/ipv6/conf/all/forwarding", "1"),
        ("net/ipv4/conf/all/rp_filter", "2"),
        ("net/ipv4/conf/all/send_redirects", "1"),
        ("net/ipv4/conf/m/accept_redirects", "1"),
        ("net/ipv6/conf/m/accept_redirects", "0"),
        ("net/ipv4/conf/m/send_redirects", "1"),
        ("net/ipv4/conf/m/rp_filter", "0"),
    ];
    let mut kernel = kernel(&first);
    let before_us = kernel.sysctls.clone();
    let mut before = LiteMap::new();
    let settings = wanted(true, &["m".to_owned()]);
    assert_eq!(apply(&mut kernel, &settings, &mut before), []);
    assert_eq!(before.len(), 5);
    assert!(
        settings
            .iter()
            .all(|(path, value)| kernel.sysctls[path] == *value)
    );
    // A second start notes nothing new.
    apply(&mut kernel, &settings, &mut before);
    assert_eq!(before.get("net/ipv4/conf/all/rp_filter").unwrap(), "2");
    restore(&mut kernel, &mut before);
    assert_eq!(kernel.sysctls, before_us);
    assert!(before.is_empty());
}

#[test]
fn forwarding_is_switched_on_last_and_only_when_asked_for() {
    let settings = wanted(true, &["m".to_owned()]);
    let forwarding = settings
        .iter()
        .position(|(path, _)| path.ends_with("/forwarding"))
        .unwrap();
    assert_eq!(forwarding, settings.len() - 2);
    assert!(
        wanted(false, &["m".to_owned()])
            .iter()
            .all(|(path, _)| !path.ends_with("/forwarding"))
    );
    assert_eq!(wanted(false, &[]), []);
}

#[test]
fn what_cannot_be_set_is_told_and_the_rest_is_set() {
    let mut kernel = kernel(&[
        ("net/ipv4/conf/all/forwarding", "0"),
        ("net/ipv6/conf/all/forwarding", "0"),
    ]);
    let failures = apply(
        &mut kernel,
        &wanted(true, &["gone".to_owned()]),
        &mut LiteMap::new(),
    );
    assert_eq!(failures.len(), 6);
    let set = kernel
        .take_calls()
        .into_iter()
        .filter(|call| matches!(call, Call::SetSysctl(..)))
        .count();
    assert_eq!(set, 2);
}
