//! Signals read from a descriptor; in a process of their own, since they stay blocked.
//!
//! A process inherits what its parent's thread has blocked. So the test blocks the signals before it
//! starts itself again: the harness's other threads must not have them either.

use std::os::unix::process::ExitStatusExt;
use std::process::{Command, id};

use grange_linux::event_loop::{EventLoop, Interest, Token};
use grange_linux::signals::{Signal, Signals};

use crate::namespace::{LIMIT, in_namespace};

fn send(signal: &str) {
    let status = Command::new("kill")
        .args([signal, &id().to_string()])
        .status();
    assert!(status.expect("kill can be started").success());
}

const WANTED: [(&str, Signal); 6] = [
    ("-TERM", Signal::Terminate),
    ("-INT", Signal::Interrupt),
    ("-HUP", Signal::Hangup),
    ("-USR1", Signal::User1),
    ("-USR2", Signal::User2),
    ("-CHLD", Signal::Child),
];

fn signals() -> Signals {
    Signals::new(&WANTED.map(|(_, signal)| signal)).expect("a signalfd")
}

#[test]
fn blocked_signals_are_read_in_the_loop_and_do_not_kill() {
    let mut signals = signals();
    in_namespace(|| {
        let mut events = EventLoop::new().expect("a loop");
        events
            .register(&signals, Token(1), Interest::Read)
            .expect("registered");
        assert_eq!(signals.read().expect("readable"), None);
        let mut ready = Vec::new();
        for (name, signal) in WANTED {
            send(name);
            let mut found = Vec::new();
            while !found.contains(&signal) {
                events.wait(Some(LIMIT), &mut ready).expect("a wait");
                assert_eq!(
                    ready.first().map(|ready| ready.token),
                    Some(Token(1)),
                    "{name}"
                );
                found.extend(std::iter::from_fn(|| signals.read().expect("readable")));
            }
            // The `kill` programs end, too.
            found.retain(|found| *found != Signal::Child);
            assert!(found.iter().all(|found| *found == signal), "{found:?}");
        }
    });
}

#[test]
fn a_started_process_can_be_terminated_and_its_end_is_told() {
    let mut signals = signals();
    in_namespace(|| {
        let mut events = EventLoop::new().expect("a loop");
        events
            .register(&signals, Token(1), Interest::Read)
            .expect("registered");
        // It kills itself with a signal that is blocked here.
        let mut command = Command::new("sh");
        command.args(["-c", "kill -TERM $$; exit 3"]);
        Signals::unblock_in_child(&mut command);
        let mut child = command.spawn().expect("sh can be started");
        let mut ready = Vec::new();
        events.wait(Some(LIMIT), &mut ready).expect("a wait");
        assert_eq!(signals.read().expect("readable"), Some(Signal::Child));
        let status = child.wait().expect("it ended");
        assert_eq!(status.signal(), Some(15), "killed, not exited: {status}");
    });
}
