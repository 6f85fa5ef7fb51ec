use proptest::prelude::*;

use super::{KernelEvent, read_frames};
use crate::netlink::frame::append;
use crate::netlink::route_body;
use crate::route::Route;
use crate::{ip_prefix::IpPrefix, netlink::number};

/// An announcement with this payload.
fn frame(kind: u16, payload: &[u8]) -> Vec<u8> {
    let length = u32::try_from(16 + payload.len()).expect("short");
    let mut bytes = [
        &length.to_ne_bytes()[..],
        &kind.to_ne_bytes(),
        &[0; 10],
        payload,
    ]
    .concat();
    bytes.resize(bytes.len().next_multiple_of(4), 0);
    bytes
}

#[test]
fn announcements_become_events_in_order_with_their_protocol() {
    let route = Route {
        protocol: 42,
        ..Route::new(IpPrefix::DEFAULT_V4)
    };
    let message = route_body::set(&route).expect("expressible");
    let mut bytes = Vec::new();
    append(&mut bytes, number::RTM_NEWROUTE, 0, 0, &message);
    append(&mut bytes, number::RTM_DELROUTE, 0, 0, &message);
    let mut events = Vec::new();
    assert!(read_frames(&bytes, &mut events));
    assert_eq!(
        events,
        [
            KernelEvent::RouteAdded(route),
            KernelEvent::RouteRemoved(route)
        ]
    );
}

#[test]
fn only_a_failed_neighbour_is_an_event() {
    let neighbour = |state: u16| {
        let payload = [
            &[2, 0, 0, 0][..],
            &4_u32.to_ne_bytes(),
            &state.to_ne_bytes(),
            &[0, 1],
            &8_u16.to_ne_bytes(),
            &1_u16.to_ne_bytes(),
            &[10, 0, 0, 9],
        ]
        .concat();
        frame(number::RTM_NEWNEIGH, &payload)
    };
    let mut events = Vec::new();
    let bytes = [neighbour(0x02), neighbour(0x20), neighbour(0x04)].concat();
    assert!(read_frames(&bytes, &mut events));
    let address = [10, 0, 0, 9].into();
    assert_eq!(events, [KernelEvent::NeighbourFailed { index: 4, address }]);
}

#[test]
fn a_port_leaving_its_bridge_is_no_removed_link() {
    let payload = |family: u8| [&[family, 0, 1, 0][..], &9_u32.to_ne_bytes(), &[0; 8]].concat();
    let bytes = [
        frame(number::RTM_DELLINK, &payload(7)),
        frame(number::RTM_DELLINK, &payload(0)),
    ];
    let mut events = Vec::new();
    assert!(read_frames(&bytes.concat(), &mut events));
    assert_eq!(events, [KernelEvent::LinkRemoved(9)]);
}

#[test]
fn a_malformed_buffer_is_told() {
    let mut bytes = frame(number::RTM_NEWROUTE, &[0; 12]);
    bytes.extend([1, 2, 3]);
    assert!(!read_frames(&bytes, &mut Vec::new()));
}

proptest! {
    #[test]
    fn no_announcement_panics(
        kind in 14_u16..40,
        payload in proptest::collection::vec(any::<u8>(), 0..160),
    ) {
        let mut events = Vec::new();
        prop_assert!(read_frames(&frame(kind, &payload), &mut events));
        prop_assert!(events.len() <= 1);
    }
}
