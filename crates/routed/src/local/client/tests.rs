use super::*;
use std::time::Duration;

/// A reader's end and ours.
fn pair() -> (UnixStream, Client) {
    let (theirs, ours) = UnixStream::pair().unwrap();
    theirs
        .set_read_timeout(Some(Duration::from_secs(10)))
        .unwrap();
    (theirs, Client::new(Stream::Unix(ours)).unwrap())
}

#[test]
fn a_command_is_one_word_with_blanks_and_a_comment_around_it() {
    for (line, wanted) in [
        (&b"dump"[..], Command::Dump),
        (b"  dump\t# all of it", Command::Dump),
        (b"monitor\r", Command::Monitor),
        (b"unmonitor", Command::Unmonitor),
        (b"quit", Command::End),
        (b"", Command::Nothing),
        (b"# nothing", Command::Nothing),
        (b"dump all", Command::Bad),
        (b"interface eth0", Command::Bad),
        (b"flush interface eth0", Command::Bad),
        (b"DUMP", Command::Bad),
        (b"\xff\xfe\x00", Command::Bad),
    ] {
        assert_eq!(command(line), wanted, "{line:?}");
    }
}

#[test]
fn commands_come_in_pieces_and_several_at_once() {
    let (mut theirs, mut client) = pair();
    theirs.write_all(b"du").unwrap();
    assert_eq!(client.advance(), None);
    theirs.write_all(b"mp\nmonitor\nun").unwrap();
    assert_eq!(client.advance(), Some(Command::Dump));
    assert_eq!(client.advance(), Some(Command::Monitor));
    assert_eq!(client.advance(), None);
    drop(theirs);
    assert_eq!(client.advance(), Some(Command::End));
}

#[test]
fn a_line_without_end_ends_the_connection() {
    let (mut theirs, mut client) = pair();
    theirs.write_all(&[b'x'; 3000]).unwrap();
    assert_eq!(client.advance(), Some(Command::End));
    assert!(client.input.len() <= LONGEST_LINE);
}

#[test]
fn who_does_not_read_is_sent_away_and_costs_no_more_than_the_queue() {
    let (mut theirs, mut client) = pair();
    theirs.write_all(b"monitor\ndump\n").unwrap();
    assert_eq!(client.advance(), Some(Command::Monitor));
    client.set_monitors(true);
    let line = [b'y'; 1000];
    for _ in 0..5000 {
        client.notify(&line);
    }
    assert!(client.output.len() <= MOST_WAITING + line.len());
    assert!(!client.monitors());
    // Nor is its next command obeyed while it does not read.
    assert_eq!(client.advance(), None);
}
