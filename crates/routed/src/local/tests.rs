use crate::local::lines::{Lines, Subject, difference, dump};
use std::net::Ipv6Addr;

fn neighbour(last: u16) -> Subject {
    Subject::Neighbour(3, Ipv6Addr::new(0xfe80, 0, 0, 0, 0, 0, 0, last))
}

#[test]
fn what_went_is_flushed_what_came_is_added_and_what_differs_is_changed() {
    let table = |rows: &[(u16, &str)]| -> Lines {
        rows.iter()
            .map(|(last, line)| (neighbour(*last), (*line).to_owned()))
            .collect()
    };
    let before = table(&[
        (1, "neighbour 1 a"),
        (2, "neighbour 2 b"),
        (3, "neighbour 3 c"),
    ]);
    let after = table(&[
        (1, "neighbour 1 a"),
        (3, "neighbour 3 d"),
        (4, "neighbour 4 e"),
    ]);
    assert_eq!(
        difference(&before, &after),
        "flush neighbour 2 b\nchange neighbour 3 d\nadd neighbour 4 e\n"
    );
    assert_eq!(difference(&after, &after), "");
    assert_eq!(
        dump(&after),
        "add neighbour 1 a\nadd neighbour 3 d\nadd neighbour 4 e\n"
    );
}
