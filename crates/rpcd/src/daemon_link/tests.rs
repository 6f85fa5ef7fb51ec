use super::*;

const SECOND: Duration = Duration::from_secs(1);

fn connected() -> DaemonLink {
    let mut link = DaemonLink::new("grange-routed", &["neighbour"]);
    link.handle_connected(SECOND);
    let sent = link.outgoing().len();
    assert_eq!(
        link.outgoing(),
        b"{\"method\":\"subscribe\",\"params\":{\"kinds\":[\"neighbour\"]}}\n"
    );
    link.handle_sent(sent);
    link
}

fn events(link: &mut DaemonLink) -> Vec<LinkEvent> {
    std::iter::from_fn(|| link.poll_event()).collect()
}

#[test]
fn answers_come_in_order_and_news_between() {
    let mut link = connected();
    link.ask(7, "status", &json!({}), SECOND * 3);
    link.ask(8, "routes", &json!({"limit": 1}), SECOND * 3);
    let octets = b"{\"result\":{}}\n{\"event\":\"neighbour\",\"data\":{\"interface\":\"m\\u202e\"}}\n{\"result\":1}\n\n{\"error\":{\"code\":\"refused\",\"message\":\"no\\n\"}}\n";
    for octet in octets {
        link.handle_bytes(&[*octet], SECOND);
    }
    assert_eq!(
        events(&mut link),
        [
            LinkEvent::Up,
            LinkEvent::News {
                kind: "neighbour".to_owned(),
                data: json!({"interface": "m\\u{202e}"}),
            },
            LinkEvent::Reply {
                tag: 7,
                outcome: Ok(json!(1))
            },
            LinkEvent::Reply {
                tag: 8,
                outcome: Err(Problem {
                    code: "refused".to_owned(),
                    message: "no\\n".to_owned()
                })
            },
        ]
    );
    assert!(link.is_open());
}

#[test]
fn a_late_answer_ends_the_connection_and_all_that_wait_are_told() {
    let mut link = connected();
    link.handle_bytes(b"{\"result\":{}}\n", SECOND);
    link.ask(1, "status", &json!({}), SECOND * 2);
    link.ask(2, "status", &json!({}), SECOND * 9);
    assert_eq!(link.poll_timeout(), Some(SECOND * 2));
    link.handle_timeout(SECOND * 2);
    assert!(!link.is_open());
    let tags: Vec<u32> = events(&mut link)
        .into_iter()
        .filter_map(|event| match event {
            LinkEvent::Reply {
                tag,
                outcome: Err(problem),
            } if problem.code == "timeout" => Some(tag),
            _ => None,
        })
        .collect();
    assert_eq!(tags, [1, 2]);
}

#[test]
fn a_daemon_that_is_away_is_tried_again_less_and_less_often() {
    let mut link = DaemonLink::new("grange-routed", &[]);
    let mut now = Duration::ZERO;
    let mut waits = Vec::new();
    for _ in 0..7 {
        assert!(link.wants_connection());
        link.handle_disconnected(now);
        let until = link.poll_timeout().unwrap_or_default();
        waits.push(until.saturating_sub(now).as_millis());
        now = until;
        link.handle_timeout(now);
    }
    assert_eq!(waits, [250, 500, 1000, 2000, 4000, 5000, 5000]);
    link.handle_disconnected(now);
    events(&mut link);
    link.ask(3, "status", &Value::Null, now + SECOND);
    assert!(matches!(
        events(&mut link).as_slice(),
        [LinkEvent::Reply { tag: 3, outcome: Err(problem) }] if problem.code == "not_running"
    ));
}

#[test]
fn a_line_without_end_and_a_line_without_sense_end_the_connection() {
    let mut link = connected();
    for _ in 0..=LONGEST_LINE_BYTES / 65536 {
        link.handle_bytes(&vec![b'x'; 65536], SECOND);
    }
    assert!(!link.is_open());
    let mut link = connected();
    link.handle_bytes(b"\xff\xfe\n", SECOND);
    assert!(!link.is_open());
    assert_eq!(link.refused_lines(), 1);
}
