//! What must hold for any arguments given to any method of grange-rpcd's objects. Shared by the fuzz target and by
//! the test that replays its corpus.

use core::time::Duration;

use grange_daemon::json::Value;
use grange_rpcd::daemon_link::{LinkEvent, Problem};
use grange_rpcd::facts::Source;
use grange_rpcd::history::History;
use grange_rpcd::moment::Moment;
use grange_rpcd::objects::{BABELD, GRANGE, MESH, MWAN3, UPLINKS};
use grange_rpcd::page::LONGEST_REPLY_BYTES;
use grange_rpcd::service::{AskerId, Output, Service};
use grange_ubus::Data;

/// The first octet chooses a method, the second what daemons say; the rest are its arguments, as blobmsg. No panic; who asks
/// is answered once, within bounds; what a daemon is asked is JSON that fits a line.
pub(crate) fn arguments(octets: &[u8]) {
    let [method, mood, arguments @ ..] = octets else {
        return;
    };
    let objects = [&GRANGE, &MESH, &UPLINKS, &BABELD, &MWAN3];
    let all = objects.iter().flat_map(|object| {
        let methods = object.methods.iter();
        methods.map(|method| (object.path, method))
    });
    let all: Vec<_> = all.collect();
    let (object, method) = all[usize::from(*method) % all.len()];
    let Ok(arguments) = Data::new(arguments.to_vec()) else {
        return;
    };
    if !method.accepts(arguments.table()) {
        return;
    }
    let now = Moment {
        since_boot: Duration::from_secs(100),
        wall_s: 0,
    };
    let mut service = Service::new(History::default(), now.since_boot);
    for source in Source::ALL {
        service.handle_link(source, LinkEvent::Up, now);
    }
    service.handle_call(AskerId(1), object, method.name, arguments, now);
    let (mut answers, mut questions) = (0, 0);
    while let Some(output) = service.poll_output() {
        match output {
            Output::Ask {
                source,
                tag,
                params,
                ..
            } => {
                questions += 1;
                let text = params.to_string();
                assert!(!text.contains('\n'));
                assert!(matches!(
                    Value::parse(text.as_bytes()),
                    Ok(Value::Object(_))
                ));
                let outcome = said(*mood);
                service.handle_link(source, LinkEvent::Reply { tag, outcome }, now);
            }
            Output::Answer { asker, outcome } => {
                assert_eq!(asker, AskerId(1));
                answers += 1;
                if let Ok(data) = outcome {
                    assert!(data.as_bytes().len() < LONGEST_REPLY_BYTES);
                }
            }
            _ => {}
        }
    }
    assert_eq!(answers, 1, "{object} {}", method.name);
    assert!(questions <= 8);
}

/// What daemons answer, whatever they are asked: nothing, a list, an object, a text, or a refusal.
fn said(mood: u8) -> Result<Value, Problem> {
    let text: &[u8] = match mood % 5 {
        0 => b"null",
        1 => br#"[{"address":"fe80::2","interface":"mesh0","prefix":"::/0","router_id":"x","metric":1,"name":"wan"}]"#,
        2 => br#"{"nodes":[{"id":"x","local_addresses":["fe80::2"]}],"links":[{"source":"x","target":"x"}],"uplinks":[{"name":"wan"}],"router_id":"x"}"#,
        3 => br#""a,b""#,
        _ => {
            return Err(Problem {
                code: "refused".to_owned(),
                message: "no".to_owned(),
            });
        }
    };
    Ok(Value::parse(text).unwrap_or_default())
}
