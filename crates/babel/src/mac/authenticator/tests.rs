use core::time::Duration;

use super::*;
use crate::mac::key::tests::CODES;
use crate::mac::key::{Algorithm, Key, KeyUse};

const A: Ipv6Addr = Ipv6Addr::new(0xfe80, 0, 0, 0, 0, 0, 0, 1);
const B: Ipv6Addr = Ipv6Addr::new(0xfe80, 0, 0, 0, 0, 0, 0, 2);
const ALL: Ipv6Addr = Ipv6Addr::new(0xff02, 0, 0, 0, 0, 0, 1, 6);
const LIMIT: usize = 4;

fn key(name: &str, usage: KeyUse, secret: &[u8]) -> Key {
    Key::new(name, usage, Algorithm::HmacSha256, secret).unwrap()
}

fn one_key() -> KeySet {
    KeySet {
        keys: vec![key("one", KeyUse::Both, b"secret one")],
        permissive: false,
    }
}

/// Somebody who signs and checks.
struct Node {
    own: Ipv6Addr,
    keys: KeySet,
    entropy: Entropy,
    authenticator: Authenticator,
}

impl Node {
    fn new(own: Ipv6Addr, keys: KeySet, start: u8) -> Self {
        Self {
            own,
            keys,
            entropy: Entropy::new(&[start; 32]),
            authenticator: Authenticator::default(),
        }
    }

    fn say(&mut self, body: &[u8], to: Ipv6Addr) -> Vec<u8> {
        let len = u16::try_from(body.len()).unwrap();
        let mut packet = [&Header::emit(len), body].concat();
        let envelope = envelope(self.own, to);
        self.authenticator
            .sign(&mut packet, envelope, &self.keys, &mut self.entropy);
        packet
    }

    fn hear(
        &mut self,
        packet: &[u8],
        from: Ipv6Addr,
        to: Ipv6Addr,
        now: Instant,
    ) -> Result<(), Cause> {
        let keys = &self.keys;
        self.authenticator
            .check(
                packet,
                envelope(from, to),
                keys,
                &mut self.entropy,
                LIMIT,
                now,
            )
            .unwrap()
    }

    /// The packets of challenges that it sends now.
    fn challenge(&mut self, now: Instant) -> Vec<(Ipv6Addr, Vec<u8>)> {
        let waiting = self.authenticator.take_challenges(now);
        waiting
            .into_iter()
            .map(|it| {
                let mut body = Vec::new();
                if let Some(nonce) = &it.request {
                    ChallengeBody { nonce }.emit(ChallengeBody::REQUEST, &mut body);
                }
                if let Some(nonce) = &it.reply {
                    ChallengeBody { nonce }.emit(ChallengeBody::REPLY, &mut body);
                }
                (it.to, self.say(&body, it.to))
            })
            .collect()
    }
}

fn envelope(source: Ipv6Addr, destination: Ipv6Addr) -> Envelope {
    Envelope {
        source,
        destination,
        port: 6696,
    }
}

fn at(ms: u64) -> Instant {
    Instant::from_micros(ms * 1000)
}

/// Exchanges challenges between two until neither has any.
fn introduce(a: &mut Node, b: &mut Node, now: Instant) {
    let first = a.say(&[], ALL);
    let _ = b.hear(&first, a.own, ALL, now);
    loop {
        let packets: Vec<_> = b.challenge(now).into_iter().map(|it| (b.own, it)).collect();
        let others: Vec<_> = a.challenge(now).into_iter().map(|it| (a.own, it)).collect();
        if packets.is_empty() && others.is_empty() {
            break;
        }
        for (from, (to, packet)) in packets.into_iter().chain(others) {
            let node = if to == a.own { &mut *a } else { &mut *b };
            let _ = node.hear(&packet, from, to, now);
        }
    }
}

fn pair() -> (Node, Node) {
    let (mut a, mut b) = (Node::new(A, one_key(), 1), Node::new(B, one_key(), 2));
    introduce(&mut a, &mut b, at(0));
    (a, b)
}

#[test]
fn a_stranger_is_believed_after_one_challenge_each_way() {
    let (mut a, mut b) = (Node::new(A, one_key(), 1), Node::new(B, one_key(), 2));
    let hello = a.say(&[], ALL);
    assert_eq!(b.hear(&hello, A, ALL, at(0)), Err(Cause::Unproven));
    let [(to, request)] = <[_; 1]>::try_from(b.challenge(at(0))).unwrap();
    assert_eq!(to, A);
    // Its own index is as unknown to A, who both answers and asks.
    assert_eq!(a.hear(&request, B, A, at(1)), Err(Cause::Unproven));
    let [(_, both)] = <[_; 1]>::try_from(a.challenge(at(1))).unwrap();
    assert_eq!(b.hear(&both, A, B, at(2)), Ok(()));
    let [(_, reply)] = <[_; 1]>::try_from(b.challenge(at(2))).unwrap();
    assert_eq!(a.hear(&reply, B, A, at(3)), Ok(()));
    let (one, other) = (a.say(&[], ALL), b.say(&[], A));
    assert_eq!(b.hear(&one, A, ALL, at(4)), Ok(()));
    assert_eq!(a.hear(&other, B, A, at(4)), Ok(()));
}

#[test]
fn a_packet_of_another_key_without_a_mac_or_changed_is_refused_and_leaves_no_trace() {
    let (mut a, mut b) = pair();
    let mut forger = Node::new(
        A,
        KeySet {
            keys: vec![key("one", KeyUse::Both, b"guessed")],
            permissive: false,
        },
        9,
    );
    let fresh = Ipv6Addr::new(0xfe80, 0, 0, 0, 0, 0, 0, 77);
    let forged = forger.say(&[4, 0], ALL);
    assert_eq!(b.hear(&forged, A, ALL, at(9)), Err(Cause::WrongMac));
    assert_eq!(b.hear(&forged, fresh, ALL, at(9)), Err(Cause::WrongMac));
    assert_eq!(
        b.hear(&[42, 2, 0, 0], fresh, ALL, at(9)),
        Err(Cause::Unsigned)
    );
    let good = a.say(&[1, 2, 0, 0], ALL);
    for place in 0..good.len() {
        let mut changed = good.clone();
        changed[place] ^= 1;
        let outcome = b.authenticator.check(
            &changed,
            envelope(A, ALL),
            &b.keys,
            &mut b.entropy,
            LIMIT,
            at(9),
        );
        assert!(!matches!(outcome, Ok(Ok(()))), "octet {place}");
    }
    assert_eq!(b.authenticator.peers(), 1, "only A is known");
    assert_eq!(b.hear(&good, A, ALL, at(9)), Ok(()));
}

#[test]
fn a_packet_is_accepted_once_and_none_that_was_sent_before_it() {
    let (mut a, mut b) = pair();
    let (first, second) = (a.say(&[], ALL), a.say(&[], ALL));
    assert_eq!(b.hear(&second, A, ALL, at(5)), Ok(()));
    assert_eq!(b.hear(&second, A, ALL, at(6)), Err(Cause::Replayed));
    assert_eq!(b.hear(&first, A, ALL, at(6)), Err(Cause::Replayed));
    // RFC 8967 §4.3: no challenge is sent in this case
    assert_eq!(b.challenge(at(6)), []);
}

#[test]
fn multicast_that_unicast_overtook_is_still_accepted() {
    let (mut a, mut b) = pair();
    let (slow, fast) = (a.say(&[], ALL), a.say(&[], B));
    assert_eq!(b.hear(&fast, A, B, at(5)), Ok(()));
    assert_eq!(b.hear(&slow, A, ALL, at(6)), Ok(()));
    assert_eq!(b.hear(&slow, A, ALL, at(7)), Err(Cause::Replayed));
}

#[test]
fn a_packet_for_one_is_refused_when_it_is_sent_on_to_another_or_back() {
    let (mut a, mut b) = pair();
    let packet = a.say(&[], B);
    assert_eq!(b.hear(&packet, A, ALL, at(5)), Err(Cause::WrongMac));
    assert_eq!(b.hear(&packet, B, B, at(5)), Err(Cause::WrongMac));
    assert_eq!(a.hear(&packet, B, A, at(5)), Err(Cause::WrongMac));
    assert_eq!(b.hear(&packet, A, B, at(5)), Ok(()));
}

#[test]
fn one_that_restarts_is_challenged_and_its_old_packets_stay_refused() {
    let (mut a, mut b) = pair();
    let old = a.say(&[], ALL);
    assert_eq!(b.hear(&old, A, ALL, at(5)), Ok(()));
    let mut again = Node::new(A, one_key(), 3);
    introduce(&mut again, &mut b, at(400));
    let hello = again.say(&[], ALL);
    assert_eq!(b.hear(&hello, A, ALL, at(401)), Ok(()));
    assert_eq!(b.hear(&old, A, ALL, at(402)), Err(Cause::Unproven));
    // What was replayed had A challenged again, and it is still believed meanwhile.
    let hello = again.say(&[], ALL);
    assert_eq!(b.hear(&hello, A, ALL, at(403)), Ok(()));
}

#[test]
fn a_reply_helps_only_while_its_challenge_is_open_and_only_once() {
    let (mut a, mut b) = (Node::new(A, one_key(), 1), Node::new(B, one_key(), 2));
    let hello = a.say(&[], ALL);
    let _ = b.hear(&hello, A, ALL, at(0));
    let [request] = <[_; 1]>::try_from(b.authenticator.take_challenges(at(0))).unwrap();
    let nonce = request.request.unwrap();
    let reply = |a: &mut Node, nonce: &[u8]| {
        let mut body = Vec::new();
        ChallengeBody { nonce }.emit(ChallengeBody::REPLY, &mut body);
        a.say(&body, B)
    };
    let cut = reply(&mut a, &nonce[..15]);
    assert_eq!(b.hear(&cut, A, B, at(1)), Err(Cause::Unproven));
    let late = reply(&mut a, &nonce);
    assert_eq!(b.hear(&late, A, B, at(30_001)), Err(Cause::Unproven));
    let [request] = <[_; 1]>::try_from(b.authenticator.take_challenges(at(30_001))).unwrap();
    let good = reply(&mut a, &request.request.unwrap());
    assert_eq!(b.hear(&good, A, B, at(60_000)), Ok(()));
    assert_eq!(b.hear(&good, A, B, at(60_001)), Err(Cause::Replayed));
}

#[test]
fn a_multicast_challenge_and_a_packet_without_a_counter_get_nowhere() {
    let (mut a, mut b) = pair();
    let mut body = Vec::new();
    ChallengeBody { nonce: &[1] }.emit(ChallengeBody::REQUEST, &mut body);
    let asked = a.say(&body, ALL);
    assert_eq!(b.hear(&asked, A, ALL, at(5)), Ok(()));
    assert_eq!(b.challenge(at(5)), []);

    let mut uncounted = Header::emit(0).to_vec();
    let header = envelope(A, ALL).pseudo_header();
    let code = a.keys.keys[0].code(&[header.octets(), &uncounted]);
    MacBody { mac: &code }.emit(&mut uncounted);
    assert_eq!(b.hear(&uncounted, A, ALL, at(6)), Err(Cause::Uncounted));
}

#[test]
fn of_several_counters_the_first_counts() {
    let (mut a, mut b) = pair();
    let mut body = Vec::new();
    let other = PcBody {
        pc: 99,
        index: b"other",
    };
    other.emit(&mut body);
    let packet = a.say(&body, ALL);
    assert_eq!(b.hear(&packet, A, ALL, at(5)), Err(Cause::Unproven));
}

#[test]
fn challenges_and_replies_to_one_are_300_ms_apart_however_much_is_replayed() {
    let (mut a, mut b) = (Node::new(A, one_key(), 1), Node::new(B, one_key(), 2));
    let mut body = Vec::new();
    ChallengeBody { nonce: &[1; 192] }.emit(ChallengeBody::REQUEST, &mut body);
    let replayed = a.say(&body, B);
    let mut sent = Vec::new();
    for ms in 0..3000 {
        let _ = b.hear(&replayed, A, B, at(ms));
        for challenges in b.authenticator.take_challenges(at(ms)) {
            sent.push((ms, challenges.request.is_some(), challenges.reply.is_some()));
        }
    }
    let expected: Vec<_> = (0..10).map(|n| (n * 300, true, true)).collect();
    assert_eq!(sent, expected);
}

#[test]
fn a_flood_from_many_senders_makes_neither_the_table_nor_the_channel_fuller_than_allowed() {
    let mut b = Node::new(B, one_key(), 2);
    let mut known = Node::new(A, one_key(), 1);
    introduce(&mut known, &mut b, at(0));
    let mut sent = 0;
    for n in 0..1000_u16 {
        let own = Ipv6Addr::new(0xfe80, 0, 0, 0, 0, 0, 1, n);
        let mut stranger = Node::new(own, one_key(), 5);
        let hello = stranger.say(&[], ALL);
        let _ = b.hear(&hello, own, ALL, at(1000));
        assert!(b.authenticator.peers() <= LIMIT);
        sent += b.authenticator.take_challenges(at(1000)).len();
    }
    assert_eq!(sent, usize::from(BATCH), "in a pause");
    assert_eq!(
        b.authenticator.poll_timeout(),
        Some(at(1000) + CHALLENGE_PAUSE)
    );
    let hello = known.say(&[], ALL);
    assert_eq!(
        b.hear(&hello, A, ALL, at(1001)),
        Ok(()),
        "who is known stays"
    );
    // Where everybody has proved to be there, one more is turned away.
    for n in 2..=4 {
        let own = Ipv6Addr::new(0xfe80, 0, 0, 0, 0, 0, 2, n);
        let mut other = Node::new(own, one_key(), 6);
        introduce(&mut other, &mut b, at(2000 + u64::from(n) * 400));
    }
    let own = Ipv6Addr::new(0xfe80, 0, 0, 0, 0, 0, 2, 9);
    let hello = Node::new(own, one_key(), 7).say(&[], ALL);
    assert_eq!(b.hear(&hello, own, ALL, at(9000)), Err(Cause::Crowded));
}

#[test]
fn who_is_silent_for_five_minutes_has_to_prove_itself_again() {
    let (mut a, mut b) = pair();
    let minutes = |n| at(0) + Duration::from_mins(n);
    let hello = a.say(&[], ALL);
    assert_eq!(b.hear(&hello, A, ALL, minutes(4)), Ok(()));
    let held_back = a.say(&[], ALL);
    // Challenges that fail do not keep it alive.
    let stray = Node::new(A, one_key(), 8).say(&[], ALL);
    assert_eq!(b.hear(&stray, A, ALL, minutes(8)), Err(Cause::Unproven));
    assert_eq!(b.hear(&held_back, A, ALL, minutes(9)), Err(Cause::Unproven));
    let _ = b.authenticator.take_challenges(minutes(10));
    assert_eq!(b.authenticator.peers(), 0);
}

#[test]
fn a_counter_that_ends_goes_on_under_a_new_index() {
    let mut a = Node::new(A, one_key(), 1);
    a.authenticator.own = Some(([7; INDEX], u32::MAX - 1));
    let counter = |packet: &[u8]| {
        let packet = SignedPacket::parse(packet).unwrap();
        let found = packet.preparse().next().unwrap();
        let PreparsedTlv::Pc(PcBody { pc, index }) = found else {
            panic!("{found:?}");
        };
        (pc, index.to_vec())
    };
    assert_eq!(counter(&a.say(&[], ALL)), (u32::MAX, vec![7; INDEX]));
    let (pc, index) = counter(&a.say(&[], ALL));
    assert!(pc == 1 && index != [7; INDEX]);
}

#[test]
fn a_packet_is_signed_by_keys_for_both_and_accepted_by_those_too() {
    let keys = |one, two| KeySet {
        keys: vec![
            key("one", one, b"secret one"),
            key("two", two, b"secret two"),
        ],
        permissive: false,
    };
    let all = [KeyUse::Accept, KeyUse::Both, KeyUse::Off];
    for (mine, yours) in [(0, 1), (1, 1), (1, 0), (1, 2), (2, 1)] {
        let mut a = Node::new(A, keys(KeyUse::Both, all[mine]), 1);
        let mut b = Node::new(B, keys(all[yours], KeyUse::Both), 2);
        introduce(&mut a, &mut b, at(0));
        let hello = a.say(&[], ALL);
        let agree = all[yours] != KeyUse::Off || all[mine] == KeyUse::Both;
        assert_eq!(
            b.hear(&hello, A, ALL, at(5)).is_ok(),
            agree,
            "{mine} {yours}"
        );
        let signed: Vec<&str> = b.authenticator.signed_with(A, &b.keys).collect();
        assert_eq!(signed.contains(&"two"), agree && all[mine] == KeyUse::Both);
        assert_eq!(signed.contains(&"one"), agree && all[yours] != KeyUse::Off);
    }
}

#[test]
fn what_signing_adds_is_what_was_allowed_for() {
    let mut keys = one_key();
    let blake = Key::new("b", KeyUse::Both, Algorithm::Blake2s128, b"x").unwrap();
    keys.keys.push(blake);
    keys.keys.push(key("later", KeyUse::Accept, b"y"));
    let packet = Node::new(A, keys.clone(), 1).say(&[1, 0], ALL);
    assert_eq!(packet.len(), 6 + keys.overhead());
    assert_eq!(KeySet::default().overhead(), 0);
}

#[test]
fn a_challenge_that_is_lost_is_sent_again_three_times_of_itself() {
    let (mut a, mut b) = (Node::new(A, one_key(), 1), Node::new(B, one_key(), 2));
    let hello = a.say(&[], ALL);
    let _ = b.hear(&hello, A, ALL, at(0));
    let (mut times, mut nonces) = (Vec::new(), Vec::new());
    let mut now = at(0);
    while let Some(due) = b.authenticator.poll_timeout() {
        now = now.max(due);
        for challenges in b.authenticator.take_challenges(now) {
            times.push(now);
            nonces.extend(challenges.request);
        }
    }
    assert_eq!(times, [at(0), at(300), at(600), at(900)]);
    assert!(nonces.iter().all(|nonce| *nonce == nonces[0]) && nonces.len() == 4);
}

#[test]
fn macs_are_computed_once_for_each_key() {
    let (mut a, mut b) = pair();
    b.keys.keys.push(key("two", KeyUse::Accept, b"secret two"));
    let mut packet = a.say(&[], ALL);
    for n in 0..30 {
        MacBody { mac: &[n; 32] }.emit(&mut packet);
    }
    let before = CODES.get();
    assert_eq!(b.hear(&packet, A, ALL, at(5)), Ok(()));
    assert_eq!(CODES.get() - before, 2);
}
