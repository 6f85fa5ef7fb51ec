use super::packet::{LONGEST, MAC_LEN};
use super::*;

const KEY: Key = Key::new([7; 32]);

/// Both ends, and what went between them.
struct Pair {
    ends: [Session; 2],
    now: Instant,
    starts: u8,
    recorded: [Vec<Vec<u8>>; 2],
}

impl Pair {
    fn new() -> Self {
        let now = Instant::from_micros(1_000_000);
        Self {
            ends: [
                Session::new(Role::Gateway, KEY, [1; 32], now),
                Session::new(Role::Member, KEY, [2; 32], now),
            ],
            now,
            starts: 2,
            recorded: [Vec::new(), Vec::new()],
        }
    }

    fn restart(&mut self, end: usize) {
        self.starts += 1;
        let role = [Role::Gateway, Role::Member][end];
        self.ends[end] = Session::new(role, KEY, [self.starts; 32], self.now);
    }

    /// So many milliseconds in which datagrams arrive, of each direction only where `arrives`.
    fn run(&mut self, millis: u64, arrives: [bool; 2]) {
        for _ in 0..millis / 50 {
            self.now = self.now + Duration::from_millis(50);
            for end in 0..2 {
                self.ends[end].handle_timeout(self.now);
            }
            for _ in 0..4 {
                for (from, arrives) in arrives.into_iter().enumerate() {
                    while let Some(datagram) = self.ends[from].poll_output() {
                        assert!(datagram.len() <= LONGEST);
                        if arrives {
                            let _ = self.ends[1 - from].handle_datagram(&datagram, self.now);
                        }
                        self.recorded[from].push(datagram);
                    }
                }
            }
        }
    }

    fn heard(&self, end: usize) -> Option<&Report> {
        self.ends[end].report(self.now)
    }
}

fn living(load_percent: u8) -> Report {
    Report {
        states: [Announced::Up, Announced::Closed],
        load_percent,
        down_kbps: 50_000,
        up_kbps: 10_000,
        bytes_up: 1,
        bytes_down: 2,
        balance: Some(Balance {
            month: 2026 * 12 + 10,
            cents: -1234,
            before_cents: 56,
        }),
        resolvers: vec![
            "192.0.2.53".parse().unwrap(),
            "2001:db8::53".parse().unwrap(),
        ],
    }
}

#[test]
fn both_ends_meet_and_hear_what_the_other_tells() {
    let mut pair = Pair::new();
    pair.ends[0].handle_own_report(living(30), pair.now);
    pair.run(1000, [true, true]);
    assert_eq!(pair.heard(1), Some(&living(30)));
    assert_eq!(pair.heard(0), Some(&Report::default()));
    // Silence makes it stale.
    pair.run(20_000, [false, true]);
    assert_eq!(pair.heard(1), None);
    pair.run(4000, [true, true]);
    assert_eq!(pair.heard(1), Some(&living(30)));
}

#[test]
fn another_state_is_told_at_once_and_again() {
    let mut pair = Pair::new();
    pair.ends[0].handle_own_report(living(30), pair.now);
    pair.run(5000, [true, true]);
    let down = Report {
        states: [Announced::Down, Announced::Closed],
        ..living(30)
    };
    pair.ends[0].handle_own_report(down.clone(), pair.now);
    // The first is lost.
    while pair.ends[0].poll_output().is_some() {}
    pair.run(200, [true, true]);
    assert_eq!(pair.heard(1), Some(&down));
}

#[test]
fn a_restart_of_either_end_is_healed_within_an_interval() {
    let mut pair = Pair::new();
    pair.run(2000, [true, true]);
    for round in 0..6_u8 {
        let end = usize::from(round % 2);
        pair.restart(end);
        if round > 3 {
            pair.restart(1 - end);
        }
        pair.ends[0].handle_own_report(living(round), pair.now);
        pair.run(3500, [true, true]);
        assert_eq!(pair.heard(1), Some(&living(round)), "round {round}");
        assert!(pair.heard(0).is_some(), "round {round}");
    }
}

#[test]
fn no_recording_is_believed_in_this_session_or_a_later_one() {
    let mut pair = Pair::new();
    for round in 0..5 {
        pair.ends[0].handle_own_report(living(round), pair.now);
        pair.run(3500, [true, true]);
        pair.restart(usize::from(round % 2));
        pair.run(3500, [true, true]);
    }
    pair.ends[0].handle_own_report(living(99), pair.now);
    pair.run(3500, [true, true]);
    let recorded = pair.recorded.clone();
    for (from, datagrams) in recorded.iter().enumerate() {
        let accepted = pair.ends[1 - from].counts().accepted;
        for datagram in datagrams {
            let result = pair.ends[1 - from].handle_datagram(datagram, pair.now);
            assert!(
                matches!(result, Err(Refusal::Replayed | Refusal::OtherSession)),
                "{result:?}"
            );
            assert_eq!(
                pair.ends[from].handle_datagram(datagram, pair.now),
                Err(Refusal::Reflected)
            );
        }
        assert_eq!(pair.ends[1 - from].counts().accepted, accepted);
        // Answers are few, whatever comes.
        let mut answers = 0;
        while pair.ends[1 - from].poll_output().is_some() {
            answers += 1;
        }
        assert!(answers <= 1, "{answers}");
    }
    assert_eq!(pair.heard(1), Some(&living(99)));
    pair.run(3500, [true, true]);
    assert_eq!(pair.heard(1), Some(&living(99)), "and the session goes on");
}

#[test]
fn without_the_key_nothing_is_believed_or_answered() {
    let mut pair = Pair::new();
    pair.run(2000, [true, true]);
    let good = pair.recorded[1].last().unwrap().clone();
    for place in 0..good.len() {
        let mut bad = good.clone();
        bad[place] ^= 1;
        assert!(pair.ends[0].handle_datagram(&bad, pair.now).is_err());
    }
    for length in 0..good.len() {
        assert!(
            pair.ends[0]
                .handle_datagram(&good[..length], pair.now)
                .is_err()
        );
    }
    let mut stranger = Session::new(Role::Member, Key::new([8; 32]), [3; 32], pair.now);
    stranger.handle_timeout(pair.now);
    let hello = stranger.poll_output().unwrap();
    let refused = pair.ends[0].handle_datagram(&hello, pair.now);
    assert_eq!(refused, Err(Refusal::Unauthentic));
    assert_eq!(pair.ends[0].poll_output(), None);
    assert!(pair.ends[0].counts().unauthentic > 0);
}

#[test]
fn what_cannot_be_is_refused_although_it_is_authentic() {
    let mut pair = Pair::new();
    pair.run(2000, [true, true]);
    // (offset, octet): a state, a load, a count, a resolver of zeros.
    for (offset, octet) in [(44, 6), (46, 101), (56, 1)] {
        let packet = Packet {
            role: Role::Member,
            challenge: pair.ends[1].challenge,
            echo: pair.ends[0].challenge,
            counter: 1_000_000,
            report: Report::default(),
        };
        let mut octets = Vec::new();
        packet.emit(&mut octets);
        octets[offset] = octet;
        let mac = KEY.mac(&octets).unwrap().finalize().into_bytes();
        octets.extend_from_slice(&mac);
        let refused = pair.ends[0].handle_datagram(&octets, pair.now);
        assert!(
            matches!(refused, Err(Refusal::Packet(PacketError::Absurd(_)))),
            "{refused:?}"
        );
    }
    assert_eq!(pair.ends[0].counts().absurd, 3);
}

#[test]
fn a_datagram_has_the_octets_of_its_picture() {
    let packet = Packet {
        role: Role::Gateway,
        challenge: [1; 16],
        echo: [2; 16],
        counter: 3,
        report: living(40),
    };
    let mut octets = Vec::new();
    packet.emit(&mut octets);
    assert_eq!(octets.len(), packet.buffer_len());
    assert_eq!(octets[..4], [71, 88, 2, 0]);
    assert_eq!(octets[4..36], [[1; 16], [2; 16]].concat()[..]);
    assert_eq!(octets[36..48], [0, 0, 0, 0, 0, 0, 0, 3, 1, 0, 40, 2]);
    assert_eq!(octets[48..52], 50_000_u32.to_be_bytes());
    octets.extend_from_slice(&[0; MAC_LEN]);
    let view = PacketView::new(&octets).unwrap();
    assert_eq!(Packet::parse(&view), Ok(packet));
}
