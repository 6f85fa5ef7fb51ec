use std::io::{Read, Write};
use std::os::unix::net::UnixStream;
use std::time::Duration;

use super::{EventLoop, Interest, Ready, Token};

/// Far longer than any wait here takes.
const LIMIT: Option<Duration> = Some(Duration::from_secs(20));

fn pair() -> (UnixStream, UnixStream) {
    let (one, other) = UnixStream::pair().expect("a pair");
    one.set_nonblocking(true).expect("non-blocking");
    other.set_nonblocking(true).expect("non-blocking");
    (one, other)
}

#[test]
fn a_descriptor_is_reported_by_its_token_when_it_can_be_read() {
    let mut events = EventLoop::new().expect("a loop");
    let (mut near, far) = pair();
    let (_idle_near, idle_far) = pair();
    events
        .register(&far, Token(7), Interest::Read)
        .expect("registered");
    events
        .register(&idle_far, Token(8), Interest::Read)
        .expect("registered");
    near.write_all(b"x").expect("written");
    let mut ready = vec![Ready {
        token: Token(99),
        readable: true,
        writable: true,
    }];
    events.wait(LIMIT, &mut ready).expect("a wait");
    assert_eq!(
        ready,
        [Ready {
            token: Token(7),
            readable: true,
            writable: false
        }]
    );
}

#[test]
fn a_timeout_without_events_ends_the_wait_with_nothing() {
    let mut events = EventLoop::new().expect("a loop");
    let (_near, far) = pair();
    events
        .register(&far, Token(1), Interest::Read)
        .expect("registered");
    let mut ready = Vec::new();
    events
        .wait(Some(Duration::ZERO), &mut ready)
        .expect("a wait");
    events
        .wait(Some(Duration::from_micros(100)), &mut ready)
        .expect("a wait");
    assert_eq!(ready, []);
}

#[test]
fn readiness_is_told_once_and_again_after_reregistering() {
    let mut events = EventLoop::new().expect("a loop");
    let (mut near, mut far) = pair();
    events
        .register(&far, Token(1), Interest::Read)
        .expect("registered");
    near.write_all(b"xy").expect("written");
    let mut ready = Vec::new();
    events.wait(LIMIT, &mut ready).expect("a wait");
    assert_eq!(ready.len(), 1);
    far.read_exact(&mut [0]).expect("a byte");
    events
        .wait(Some(Duration::ZERO), &mut ready)
        .expect("a wait");
    assert_eq!(ready, [], "one byte is left, and not told of");
    events
        .reregister(&far, Token(2), Interest::ReadWrite)
        .expect("reregistered");
    events.wait(LIMIT, &mut ready).expect("a wait");
    assert_eq!(
        ready,
        [Ready {
            token: Token(2),
            readable: true,
            writable: true
        }]
    );
}

#[test]
fn a_closed_peer_makes_a_descriptor_readable() {
    let mut events = EventLoop::new().expect("a loop");
    let (near, far) = pair();
    events
        .register(&far, Token(1), Interest::Read)
        .expect("registered");
    drop(near);
    let mut ready = Vec::new();
    events.wait(LIMIT, &mut ready).expect("a wait");
    assert!(ready.iter().any(|ready| ready.readable), "{ready:?}");
}

#[test]
fn a_deregistered_descriptor_is_silent_and_a_double_registration_an_error() {
    let mut events = EventLoop::new().expect("a loop");
    let (mut near, far) = pair();
    events
        .register(&far, Token(1), Interest::Read)
        .expect("registered");
    assert!(events.register(&far, Token(2), Interest::Read).is_err());
    events.deregister(&far).expect("deregistered");
    near.write_all(b"x").expect("written");
    let mut ready = Vec::new();
    events
        .wait(Some(Duration::ZERO), &mut ready)
        .expect("a wait");
    assert_eq!(ready, []);
}
