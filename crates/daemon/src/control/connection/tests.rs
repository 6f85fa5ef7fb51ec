use serde_json::{Value, json};

use super::*;

fn pair() -> (Connection, UnixStream) {
    let (ours, theirs) = UnixStream::pair().unwrap();
    theirs.set_nonblocking(true).unwrap();
    (Connection::new(ours).unwrap(), theirs)
}

/// Steps until nothing more can be done; the last step and how many lines were refused.
fn settle(connection: &mut Connection) -> (Step, u32) {
    let mut refused = 0;
    loop {
        match connection.advance() {
            Step::Progress => {}
            Step::BadRequest => refused += 1,
            step => return (step, refused),
        }
    }
}

fn drain(theirs: &mut UnixStream) -> Vec<u8> {
    let mut all = Vec::new();
    let mut chunk = vec![0; 65_536];
    while let Ok(count) = theirs.read(&mut chunk) {
        if count == 0 {
            break;
        }
        all.extend_from_slice(&chunk[..count]);
    }
    all
}

#[test]
fn nothing_is_read_while_a_request_is_being_served() {
    let (mut connection, mut theirs) = pair();
    theirs
        .write_all(b"{\"method\":\"a\"}\n{\"method\":\"b\"}\n")
        .unwrap();
    let (Step::Request(request), 0) = settle(&mut connection) else {
        panic!("no request");
    };
    assert_eq!(request.method, "a");
    assert_eq!(settle(&mut connection), (Step::Waiting, 0));
    connection.reply(Ok(1));
    assert_eq!(drain(&mut theirs), b"{\"result\":1}\n");
    assert!(
        matches!(settle(&mut connection), (Step::Request(request), 0) if request.method == "b")
    );
}

#[test]
fn a_client_that_sends_rubbish_and_never_reads_is_stopped_by_its_own_replies() {
    let (mut connection, mut theirs) = pair();
    let rubbish = "x\n".repeat(4096);
    let mut sent = 0;
    let mut stuck = 0;
    // Each octet it sends costs us forty, so without a stop this would go on for ever.
    while stuck < 3 {
        match theirs.write(rubbish.as_bytes()) {
            Ok(count) => sent += count,
            Err(_) => stuck += 1,
        }
        settle(&mut connection);
        assert!(sent < 4 << 20, "nothing stops it");
    }
    assert!(connection.output.len() < 1024);
    assert!(connection.input.len() <= LONGEST_REQUEST_BYTES + CHUNK_BYTES);
}

#[test]
fn an_idle_client_keeps_no_buffers() {
    let (mut connection, mut theirs) = pair();
    theirs.write_all(&[b'\n'; 10_000]).unwrap();
    theirs.write_all(b"{\"method\":\"a\"}\n").unwrap();
    assert!(matches!(settle(&mut connection), (Step::Request(_), 0)));
    connection.reply(Ok("x".repeat(10_000)));
    drain(&mut theirs);
    assert_eq!(settle(&mut connection), (Step::Waiting, 0));
    assert_eq!(
        (connection.input.capacity(), connection.output.capacity()),
        (0, 0)
    );
}

#[test]
fn a_long_reply_does_not_count_against_the_events_behind_it() {
    let (mut connection, mut theirs) = pair();
    let long = "r".repeat(3 << 20);
    connection.reply(Ok(&long));
    let event = format!("{{\"event\":\"{}\"}}\n", "e".repeat(1000));
    let mut queued = 0;
    while connection.push_event(event.as_bytes()) {
        queued += 1;
        assert!(
            queued * event.len() <= MOST_QUEUED_BYTES,
            "events are not bounded"
        );
    }
    assert!(queued > 200);
    // Being sent away must not have cut the reply short.
    let mut all = Vec::new();
    while !connection.output.is_empty() {
        all.extend(drain(&mut theirs));
        connection.flush();
    }
    all.extend(drain(&mut theirs));
    let text = String::from_utf8(all).unwrap();
    let mut lines = text.lines();
    let reply: Value = serde_json::from_str(lines.next().unwrap()).unwrap();
    assert_eq!(reply["result"].as_str().unwrap().len(), long.len());
    let last: Value = serde_json::from_str(lines.next_back().unwrap()).unwrap();
    assert_eq!(last["error"]["code"], "too_slow");
    assert_eq!(connection.advance(), Step::Gone);
}

#[test]
fn an_event_larger_than_the_queue_passes_when_nothing_else_waits() {
    let (mut connection, _theirs) = pair();
    assert!(connection.push_event(&vec![b'x'; MOST_QUEUED_BYTES * 2]));
    assert!(!connection.push_event(b"y\n"));
}

#[test]
fn a_result_that_cannot_be_written_as_json_is_an_error_and_leaves_no_half_line() {
    struct Impossible;
    impl Serialize for Impossible {
        fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
            use serde::ser::{Error as _, SerializeSeq as _};
            let mut list = serializer.serialize_seq(None)?;
            list.serialize_element(&1)?;
            Err(S::Error::custom("no"))
        }
    }
    let (mut connection, mut theirs) = pair();
    connection.reply(Ok(Impossible));
    let line: Value = serde_json::from_slice(&drain(&mut theirs)).unwrap();
    assert_eq!(
        line,
        json!({"error": {"code": "failed", "message": "the reply cannot be written"}})
    );
}

#[test]
fn a_client_that_has_gone_is_found_out_when_it_is_written_to() {
    let (mut connection, theirs) = pair();
    drop(theirs);
    connection.subscribe(1);
    connection.push_event(b"x\n");
    assert!(connection.is_expendable());
    assert_eq!(connection.advance(), Step::Gone);
}
