//! The neighbour cache.

use std::net::{IpAddr, SocketAddr, UdpSocket};

use grange_linux::kernel::Kernel;
use grange_linux::monitor::{KernelEvent, Monitor};
use grange_linux::neighbour::NeighbourState;
use grange_linux::rtnetlink::RtNetlink;

use crate::namespace::{in_namespace, ip, kernel, veth, wait_for};

#[test]
fn a_neighbour_nobody_answers_for_is_announced_as_failed() {
    in_namespace(|| {
        let (a, _) = veth();
        ip("address add 10.0.0.1/24 dev m0");
        let absent: IpAddr = "10.0.0.9".parse().expect("an address");
        let mut monitor = Monitor::new().expect("a netlink socket");
        let socket = UdpSocket::bind("10.0.0.1:0").expect("a socket");
        socket
            .send_to(b"anybody?", SocketAddr::new(absent, 9))
            .expect("sent");
        let wanted = KernelEvent::NeighbourFailed {
            index: a,
            address: absent,
        };
        wait_for(&mut monitor, |event| *event == wanted);
    });
}

#[test]
fn the_cache_is_dumped_with_its_states() {
    in_namespace(|| {
        let (a, _) = veth();
        ip("address add 10.0.0.1/24 dev m0");
        ip("neighbour add 10.0.0.7 lladdr 02:00:00:00:00:07 dev m0 nud permanent");
        ip("neighbour add fe80::7 lladdr 02:00:00:00:00:07 dev m0 nud stale");
        let neighbours = kernel().neighbours().expect("a dump");
        let state = |address: &str| {
            let address: IpAddr = address.parse().expect("an address");
            let found = neighbours
                .iter()
                .find(|neighbour| neighbour.address == address);
            found.map(|neighbour| (neighbour.index, neighbour.state))
        };
        assert_eq!(state("10.0.0.7"), Some((a, NeighbourState::Permanent)));
        assert_eq!(state("fe80::7"), Some((a, NeighbourState::Stale)));
        assert_eq!(state("10.0.0.8"), None);
    });
}

#[test]
fn families_of_generic_netlink_are_found_by_name_and_without_a_radio_there_is_no_station() {
    in_namespace(|| {
        let (a, _) = veth();
        // The controller is always there, and always has this number (linux/genetlink.h).
        let found = RtNetlink::generic_family("nlctrl");
        assert_eq!(found, Ok(Some(16)));
        assert_eq!(RtNetlink::generic_family("nlctr"), Ok(None));
        assert_eq!(kernel().stations(a), Ok(Vec::new()));
    });
}
