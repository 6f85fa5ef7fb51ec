use std::time::Duration;

use super::*;
use crate::config;

const GATEWAY: &str = "config uplinkd\n\toption mesh_address 'fd42::1'\n\
    config uplink 'dsl'\n\toption device 'eth1'\n\toption share '1'\n\
    config member 'east'\n\tlist prefix '10.42.2.0/24'\n\toption router 'fd42::2'\n";
const MEMBER: &str = "config uplinkd\n\toption mesh_address 'fd42::2'\n\
    config uplink 'via'\n\toption router 'fd42::1'\n";

/// Both ends, with this option that names a key.
fn ends(option: &str, now: Instant) -> [Peers; 2] {
    [(GATEWAY, 1), (MEMBER, 2)].map(|(text, seed)| {
        let text = format!("{text}\toption {option}\n");
        let mut peers = Peers::new([seed; 32]);
        peers.handle_config(&config::read(text.as_bytes()).config.unwrap(), now);
        peers
    })
}

/// Time passes, and each end gets what the other sends; the last datagram of the gateway.
fn talk(ends: &mut [Peers; 2], addresses: [&str; 2], now: &mut Instant) -> Vec<u8> {
    let [gateway, member] = addresses.map(|text| text.parse::<IpAddr>().unwrap());
    let mut last = Vec::new();
    for _ in 0..10 {
        *now = *now + Duration::from_secs(1);
        for end in ends.iter_mut() {
            end.handle_own(&Report::default(), |_, _| Noted::default(), *now);
            end.handle_timeout(*now);
        }
        let [one, other] = ends;
        for _ in 0..4 {
            while let Some((to, datagram)) = one.poll_output() {
                assert_eq!(to, member);
                other.handle_datagram(gateway, &datagram, *now);
                last = datagram;
            }
            while let Some((to, datagram)) = other.poll_output() {
                assert_eq!(to, gateway);
                one.handle_datagram(member, &datagram, *now);
            }
        }
    }
    last
}

fn row(peers: &Peers, now: Instant) -> reply::Neighbour {
    peers.rows(now).next().unwrap()
}

#[test]
fn what_is_forged_repeated_or_a_strangers_is_refused_and_counted() {
    let mut now = Instant::from_micros(1);
    let key = format!("key '{}'", "ab".repeat(32));
    let mut ends = ends(&key, now);
    let last = talk(&mut ends, ["fd42::1", "fd42::2"], &mut now);
    let [_, member] = &mut ends;
    let before = row(member, now);
    assert!(before.answers && !before.wireguard && before.accepted > 2);
    let refused = member.refused();
    let gateway: IpAddr = "fd42::1".parse().unwrap();
    member.handle_datagram(gateway, &last, now);
    assert_eq!(row(member, now).replayed, before.replayed + 1);
    let mut forged = last.clone();
    *forged.last_mut().unwrap() ^= 1;
    member.handle_datagram(gateway, &forged, now);
    assert_eq!(row(member, now).unauthentic, before.unauthentic + 1);
    member.handle_datagram("fd42::3".parse().unwrap(), &last, now);
    for length in 0..last.len() {
        member.handle_datagram(gateway, &last[..length], now);
    }
    assert_eq!(
        usize::try_from(member.refused() - refused).unwrap(),
        3 + last.len(),
        "each is counted once"
    );
    assert_eq!(row(member, now).accepted, before.accepted);
}

#[test]
fn with_wireguard_only_the_address_inside_the_tunnel_is_heard() {
    let mut now = Instant::from_micros(1);
    let key = format!("public_key '{}'", "ab".repeat(32));
    let mut ends = ends(&key, now);
    let inner = ["fd67:7261:6e67:6500::1", "fd67:7261:6e67:6500::2"];
    let last = talk(&mut ends, inner, &mut now);
    let [_, member] = &mut ends;
    let told = row(member, now);
    assert!(told.answers && told.wireguard, "{told:?}");
    assert_eq!(
        told.router, "fd42::1",
        "the router is called as in the mesh"
    );
    let strangers = member.strangers();
    member.handle_datagram("fd42::1".parse().unwrap(), &last, now);
    assert_eq!(member.strangers(), strangers + 1);
}
