use grange_linux::NeighbourState;

use super::*;

const PEER: Peer = (InterfaceId(4), Ipv6Addr::new(0xfe80, 0, 0, 0, 0, 0, 0, 9));

fn at(seconds: u64) -> Instant {
    Instant::from_micros(seconds * 1_000_000)
}

fn station(ether_address: [u8; 6]) -> Station {
    Station {
        ether_address,
        expected_kbps: None,
        transmit_kbps: None,
        signal_dbm: None,
        inactive: None,
    }
}

#[test]
fn a_quarter_of_the_throughput_makes_a_link_cost_four_times_as_much() {
    let table = [
        (u32::MAX, 256),
        (50_000, 256),
        (25_000, 362),
        (12_500, 512),
        (3125, 1024),
        (1000, 1024),
        (1, 1024),
        (0, 1024),
    ];
    for (kbps, expected) in table {
        assert!(cost(kbps).abs_diff(expected) <= 1, "{kbps}: {}", cost(kbps));
    }
}

#[test]
fn what_the_driver_expects_goes_before_the_rate() {
    let mut one = station([2, 0, 0, 0, 0, 1]);
    assert_eq!(throughput(&one), None);
    one.transmit_kbps = Some(65_000);
    assert_eq!(throughput(&one), Some(32_500));
    one.expected_kbps = Some(40_000);
    assert_eq!(throughput(&one), Some(40_000));
    one.expected_kbps = Some(0);
    assert_eq!(throughput(&one), Some(32_500));
}

#[test]
fn a_change_is_told_once_it_is_large_and_the_end_of_it_at_once() {
    let mut stations = Stations::default();
    let mut look = |kbps: Option<u32>, seconds| {
        let kbps = kbps.map(|kbps| (PEER, kbps)).into_iter().collect();
        stations.look(&kbps, at(seconds))
    };
    assert_eq!(look(Some(12_500), 0).len(), 1);
    assert_eq!(look(Some(12_000), 5), []);
    assert_eq!(look(Some(15_000), 10), []);
    // One bad sample says less than one that stays.
    let changed: usize = (0..6).map(|n| look(Some(3125), 15 + n).len()).sum();
    assert!((2..=6).contains(&changed), "{changed}");
    assert_eq!(look(None, 60), [(PEER, None)]);
    assert_eq!(look(None, 65), []);
}

#[test]
fn a_station_is_known_by_the_neighbour_cache_and_else_by_its_address() {
    let stations = [
        station([2, 0, 0, 0, 0, 1]),
        station([0, 0x11, 0x22, 0x33, 0x44, 0x55]),
    ];
    let made: Ipv6Addr = "fe80::211:22ff:fe33:4455".parse().unwrap();
    let of = |address, cache: &[Neighbour]| {
        station_of(address, 4, cache, &stations).map(|station| station.ether_address[5])
    };
    assert_eq!(of(made, &[]), Some(0x55));
    assert_eq!(of(PEER.1, &[]), None);
    let mut cached = Neighbour {
        index: 4,
        address: PEER.1.into(),
        state: NeighbourState::Reachable,
        ether_address: Some([2, 0, 0, 0, 0, 1]),
    };
    assert_eq!(of(PEER.1, &[cached]), Some(1));
    cached.index = 5;
    assert_eq!(of(PEER.1, &[cached]), None);
    // The cache knows better than the form of an address.
    cached = Neighbour {
        index: 4,
        address: made.into(),
        ..cached
    };
    assert_eq!(of(made, &[cached]), Some(1));
}
