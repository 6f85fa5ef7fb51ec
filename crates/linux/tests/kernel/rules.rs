//! Policy rules and sysctls.

use grange_linux::ip_prefix::IpPrefix;
use grange_linux::kernel::{Kernel, RuleChange};
use grange_linux::kernel_error::KernelErrorKind;
use grange_linux::route::PROTOCOL_BABEL;
use grange_linux::rule::{Family, Rule, RuleAction};
use grange_linux::sysctl;

use crate::namespace::{in_namespace, kernel, refusal, rule, veth};

fn ours() -> Vec<Rule> {
    let rules = kernel().rules().expect("a dump");
    rules
        .into_iter()
        .filter(|rule| rule.protocol == PROTOCOL_BABEL)
        .collect()
}

fn babel(family: Family, priority: u32, action: RuleAction) -> Rule {
    Rule {
        protocol: PROTOCOL_BABEL,
        ..Rule::new(family, priority, action)
    }
}

#[test]
fn the_rules_of_a_router_are_added_read_back_and_deleted() {
    in_namespace(|| {
        veth();
        let mut rules = Vec::new();
        for family in Family::BOTH {
            let source = match family {
                Family::V4 => IpPrefix::new([10, 0, 0, 0].into(), 8),
                Family::V6 => IpPrefix::new([0xfd00, 0, 0, 0, 0, 0, 0, 0].into(), 8),
            };
            let iif = Some("m0".to_owned());
            rules.extend([
                Rule {
                    suppress_prefixlength: Some(0),
                    ..babel(family, 900, RuleAction::Lookup(254))
                },
                Rule {
                    suppress_prefixlength: Some(0),
                    ..babel(family, 910, RuleAction::Lookup(42))
                },
                Rule {
                    fwmark: Some((0x0100, 0x3f00)),
                    ..babel(family, 1000, RuleAction::Lookup(100_000))
                },
                Rule {
                    iif: iif.clone(),
                    ..babel(family, 4000, RuleAction::Lookup(42))
                },
                Rule {
                    iif: Some("not-there-yet".to_owned()),
                    ..babel(family, 4001, RuleAction::Lookup(254))
                },
                Rule {
                    iif,
                    ..babel(family, 4002, RuleAction::Unreachable)
                },
                Rule {
                    from: source,
                    ..babel(family, 4010, RuleAction::Lookup(42))
                },
                babel(family, 32_770, RuleAction::Lookup(42)),
            ]);
        }
        let before = kernel().rules().expect("a dump");
        for added in &rules {
            assert_eq!(rule(RuleChange::Add(added.clone())), Ok(()), "{added:?}");
            assert_eq!(
                refusal(rule(RuleChange::Add(added.clone()))),
                KernelErrorKind::Exists
            );
        }
        assert_eq!(ours(), rules);
        let delete: Vec<_> = rules.into_iter().map(RuleChange::Delete).collect();
        assert!(kernel().change_rules(&delete).iter().all(Result::is_ok));
        let again = kernel().change_rules(&delete);
        assert!(
            again
                .into_iter()
                .all(|answer| refusal(answer) == KernelErrorKind::NotFound)
        );
        assert_eq!(kernel().rules(), Ok(before));
    });
}

#[test]
fn deleting_ours_leaves_anothers_twin_alone() {
    in_namespace(|| {
        let mine = babel(Family::V4, 910, RuleAction::Lookup(42));
        let foreign = Rule {
            protocol: 3,
            ..mine.clone()
        };
        assert_eq!(rule(RuleChange::Add(foreign.clone())), Ok(()));
        assert_eq!(
            refusal(rule(RuleChange::Delete(mine))),
            KernelErrorKind::NotFound
        );
        assert!(kernel().rules().expect("a dump").contains(&foreign));
    });
}

#[test]
fn a_kernel_starts_with_the_rules_the_recording_one_starts_with() {
    in_namespace(|| {
        let real = kernel().rules();
        assert_eq!(
            grange_linux::recording::RecordingKernel::new().rules(),
            real
        );
    });
}

#[test]
fn sysctls_are_written_and_read_back() {
    in_namespace(|| {
        veth();
        let mut kernel = kernel();
        for path in [
            sysctl::IPV4_FORWARDING.to_owned(),
            sysctl::IPV6_FORWARDING.to_owned(),
            sysctl::ipv4_accept_redirects("m0"),
            sysctl::ipv4_send_redirects("m0"),
            sysctl::ipv4_rp_filter("m0"),
            sysctl::ipv6_accept_redirects("m0"),
        ] {
            for value in ["1", "0"] {
                assert_eq!(kernel.set_sysctl(&path, value), Ok(()), "{path}");
                assert_eq!(kernel.sysctl(&path), Ok(value.to_owned()), "{path}");
            }
        }
        let absent = sysctl::ipv6_accept_redirects("absent");
        let error = kernel.set_sysctl(&absent, "0").expect_err("absent");
        assert_eq!(error.kind(), KernelErrorKind::NotFound);
    });
}
