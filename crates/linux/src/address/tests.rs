use std::net::IpAddr;

use super::Address;

fn address(text: &str) -> Address {
    let address: IpAddr = text.parse().expect("an address");
    Address {
        index: 1,
        address,
        plen: 64,
        scope: 0,
        tentative: false,
        failed_dad: false,
    }
}

#[test]
fn an_address_is_usable_once_it_is_known_to_be_alone() {
    let fresh = address("fe80::1");
    assert!(fresh.is_usable());
    assert!(
        !Address {
            tentative: true,
            ..fresh
        }
        .is_usable()
    );
    assert!(
        !Address {
            failed_dad: true,
            ..fresh
        }
        .is_usable()
    );
}

#[test]
fn only_fe80_is_link_local() {
    assert!(address("fe80::1").is_link_local_v6());
    assert!(address("febf::1").is_link_local_v6());
    assert!(!address("fec0::1").is_link_local_v6());
    assert!(!address("169.254.1.1").is_link_local_v6());
}
