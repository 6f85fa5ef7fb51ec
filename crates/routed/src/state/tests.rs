use grange_babel::output::SavedSeqnos;
use grange_babel::router_id::RouterId;
use grange_babel::seqno::Seqno;

use super::State;

fn example() -> State {
    let mut state = State::default();
    state.take(&SavedSeqnos {
        router_id: RouterId::new([2, 0, 0, 0, 0, 0, 0, 1]),
        seqno: Seqno(4711),
        hello: vec![
            ("mesh0".to_owned(), Seqno(815)),
            ("odd name".to_owned(), Seqno(0)),
        ],
        neighbours: vec![("odd name".to_owned(), "fe80::1".parse().unwrap())],
    });
    state
        .sysctls
        .insert("net/ipv4/conf/all/forwarding".to_owned(), "0".to_owned());
    state
}

#[test]
fn what_is_written_is_read_back() {
    assert_eq!(State::parse(example().to_text().as_bytes()), example());
}

#[test]
fn an_interface_that_is_gone_keeps_its_number() {
    let mut state = example();
    state.take(&SavedSeqnos {
        router_id: RouterId::new([2, 0, 0, 0, 0, 0, 0, 1]),
        seqno: Seqno(4712),
        hello: vec![("mesh1".to_owned(), Seqno(1))],
        neighbours: Vec::new(),
    });
    assert_eq!(state.hello.get("mesh0"), Some(&Seqno(815)));
    assert_eq!(state.seqno, Some(Seqno(4712)));
}

#[test]
fn a_newer_version_with_the_same_first_line_is_read_as_far_as_it_is_known() {
    let mut text = example().to_text();
    text.push_str("colour blue and green\nlonely\n");
    assert_eq!(State::parse(text.as_bytes()), example());
}

#[test]
fn rubbish_is_an_empty_state() {
    for text in [
        &b""[..],
        b"\xFF\xFE",
        b"grange-routed state 2\nseqno 1\n",
        b"seqno 1\n",
    ] {
        assert_eq!(State::parse(text), State::default());
    }
    let bad = b"grange-routed state 1\nrouter-id x\nseqno 65536\nhello -1 mesh0\nhello 1\nneighbour x mesh0\n";
    assert_eq!(State::parse(bad), State::default());
}

#[test]
fn a_name_that_ends_like_a_line_is_read_back() {
    // Found by fuzzing. No kernel gives such a name, but what is kept must not depend on that.
    let mut state = example();
    state.hello.insert("mesh\r\r".to_owned(), Seqno(8));
    assert_eq!(State::parse(state.to_text().as_bytes()), state);
}
