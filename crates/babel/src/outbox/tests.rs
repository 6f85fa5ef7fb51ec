use super::*;

fn at(millis: u64) -> Instant {
    Instant::from_micros(millis * 1000)
}

#[test]
fn the_same_tlv_waits_once() {
    let mut outbox = Outbox::default();
    outbox.push(Tlv::Ack { nonce: 7 }, at(5));
    outbox.push(Tlv::Ack { nonce: 7 }, at(3));
    assert_eq!(outbox.take_tlvs(), vec![Tlv::Ack { nonce: 7 }]);
}

#[test]
fn small_tlvs_are_bounded() {
    let mut outbox = Outbox::default();
    for nonce in 0..10_000 {
        outbox.push(Tlv::Ack { nonce }, at(0));
    }
    assert_eq!(outbox.take_tlvs().len(), TLVS);
}

#[test]
fn a_change_during_retransmission_gets_all_its_copies() {
    let mut outbox = Outbox::default();
    let third = Ask {
        copy: 3,
        must: false,
    };
    outbox.announce(Prefix::DEFAULT_V6, third, at(0));
    outbox.announce(Prefix::DEFAULT_V6, Ask::RELIABLE, at(0));
    outbox.announce(Prefix::DEFAULT_V6, Ask::default(), at(0));
    assert!(outbox.is_reliable());
    assert_eq!(
        outbox.pop_update(),
        Some((Prefix::DEFAULT_V6, Ask::RELIABLE))
    );
    assert!(!outbox.is_reliable());
}

#[test]
fn pacing_holds_announcements_back_but_not_small_tlvs() {
    let mut outbox = Outbox::default();
    outbox.pace(at(50));
    outbox.announce(Prefix::DEFAULT_V6, Ask::RELIABLE, at(1));
    assert_eq!(outbox.poll_timeout(true), Some(at(50)));
    assert_eq!(outbox.poll_timeout(false), None);
    outbox.push(Tlv::Ack { nonce: 7 }, at(2));
    assert_eq!(outbox.poll_timeout(true), Some(at(1)));
}
