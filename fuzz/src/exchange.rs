//! What must hold for any datagram given to an end of the gateway exchange.
//!
//! The fuzz target calls this, and so does the ordinary test that replays the corpus
//! (crates/uplink/tests/corpus_replay.rs).

use core::time::Duration;

use grange_uplink::clock::Instant;
use grange_uplink::exchange::packet::{MAC_LEN, MOST_RESOLVERS, Packet, PacketView};
use grange_uplink::exchange::{Key, Refusal, Role, Session};
use hmac::{Hmac, KeyInit as _, Mac as _};
use sha2::Sha256;

const KEY: [u8; 32] = [7; 32];
/// Where a datagram echoes the challenge of the other end.
const ECHO: core::ops::Range<usize> = 20..36;

/// As it is, nothing is believed or said. With a right MAC one challenge is said at most; with the challenge of
/// this session as well it is believed once, if it says what can be.
pub(crate) fn datagram(data: &[u8]) {
    for role in [Role::Gateway, Role::Member] {
        let (mut session, challenge) = begun(role);
        assert_ne!(
            session.handle_datagram(data, now(1)),
            Ok(()),
            "no MAC can be guessed"
        );
        assert!(session.poll_output().is_none() && session.report(now(1)).is_none());

        let Some(mut octets) = data
            .len()
            .checked_sub(MAC_LEN)
            .map(|end| data[..end].to_vec())
        else {
            continue;
        };
        let _ = session.handle_datagram(&signed(&octets), now(2));
        let said = core::iter::from_fn(|| session.poll_output()).count();
        assert!(said <= 1, "a stranger is answered once");

        let (mut session, again) = begun(role);
        assert_eq!(again, challenge, "the same seed makes the same challenges");
        let Some(echo) = octets.get_mut(ECHO) else {
            continue;
        };
        echo.copy_from_slice(&challenge);
        let datagram = signed(&octets);
        let result = session.handle_datagram(&datagram, now(3));
        let Ok(view) = PacketView::new(&datagram) else {
            assert!(matches!(result, Err(Refusal::Packet(_))));
            continue;
        };
        if let Err(refusal) = result {
            let is_named = matches!(
                refusal,
                Refusal::Packet(_) | Refusal::Reflected | Refusal::Replayed
            );
            assert!(is_named, "{refusal}");
            assert!(session.report(now(3)).is_none());
            continue;
        }
        let report = session.report(now(3)).expect("what was believed is there");
        assert!(report.load_percent <= 100 && report.resolvers.len() <= MOST_RESOLVERS);
        let packet = Packet::parse(&view).expect("what was believed can be read");
        let mut written = Vec::new();
        packet.emit(&mut written);
        assert_eq!(written.len(), packet.buffer_len());
        written.extend_from_slice(&[0; MAC_LEN]);
        let view = PacketView::new(&written).expect("what was written can be read");
        assert_eq!(Packet::parse(&view).as_ref(), Ok(&packet));
        assert_eq!(
            session.handle_datagram(&datagram, now(4)),
            Err(Refusal::Replayed)
        );
    }
}

/// A session that has said its challenge.
fn begun(role: Role) -> (Session, Vec<u8>) {
    let mut session = Session::new(role, Key::new(KEY), [9; 32], now(0));
    session.handle_timeout(now(0));
    let first = session.poll_output().expect("it begins");
    let view = PacketView::new(&first).expect("it speaks the protocol");
    let challenge = view.challenge().to_vec();
    (session, challenge)
}

fn signed(octets: &[u8]) -> Vec<u8> {
    let mut mac = Hmac::<Sha256>::new_from_slice(&KEY).expect("any length will do");
    mac.update(octets);
    [octets, &mac.finalize().into_bytes()].concat()
}

fn now(tenths: u64) -> Instant {
    Instant::from_micros(1_000_000) + Duration::from_millis(100 * tenths)
}
