use super::*;

fn check(body: &str) -> HttpCheck {
    HttpCheck {
        port: 80,
        host: "example.org".to_owned(),
        path: "/".to_owned(),
        status: 200,
        body: body.to_owned(),
    }
}

#[test]
fn status_and_body_must_be_the_expected_ones() {
    let good = Progress::Answered(Portal::Good);
    let captive = Progress::Answered(Portal::Captive);
    let page = b"HTTP/1.1 200 OK\r\nA: b\r\n\r\nsuccess\n";
    assert_eq!(judge_page(page, false, &check("success")), good);
    assert_eq!(judge_page(page, false, &check("")), good);
    assert_eq!(judge_page(page, false, &check("other")), Progress::Waiting);
    assert_eq!(judge_page(page, true, &check("other")), captive);
    assert_eq!(judge_page(&page[..9], false, &check("")), Progress::Waiting);
    let moved = b"HTTP/1.1 302 Found\r\nLocation: http://login/\r\n";
    assert_eq!(judge_page(moved, false, &check("")), captive);
    assert_eq!(judge_page(b"SSH-2.0-x\n", true, &check("")), captive);
    assert_eq!(judge_page(b"", true, &check("")), Progress::Failed);
    assert_eq!(judge_page(b"\xff\xff\n", true, &check("")), captive);
}

#[test]
fn a_resolvers_answer_is_one_to_our_question() {
    let mut packet = query(0x1234).to_vec();
    assert!(!is_resolvers_answer(&packet, 0x1234), "the question itself");
    packet[2] |= 0x80;
    assert!(is_resolvers_answer(&packet, 0x1234));
    assert!(!is_resolvers_answer(&packet, 0x1235));
    packet[3] = 3;
    assert!(
        is_resolvers_answer(&packet, 0x1234),
        "no such name is an answer"
    );
    packet[3] = 2;
    assert!(!is_resolvers_answer(&packet, 0x1234), "server failure");
    assert!(!is_resolvers_answer(&packet[..11], 0x1234));
}
