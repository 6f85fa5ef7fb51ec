use super::Align::{Left, Right};
use super::*;

#[test]
fn columns_are_as_wide_as_their_widest_cell() {
    let mut table = Table::new(&[("NAME", Left), ("COST", Right), ("NOTE", Left)]);
    table.row(["a".into(), "65535".into(), "first".into()]);
    table.row(["a longer name".into(), "1".into(), String::new()]);
    assert_eq!(
        table.finish(),
        "NAME            COST  NOTE\n\
         a              65535  first\n\
         a longer name      1\n"
    );
}

#[test]
fn hostile_and_wide_names_keep_the_columns_straight() {
    let mut table = Table::new(&[("NAME", Left), ("N", Right)]);
    table.row(["東通り".into(), "1".into()]);
    table.row(["\x1b[31m\n".into(), "2".into()]);
    table.row(["e\u{301}".into(), "3".into()]);
    assert_eq!(
        table.finish(),
        "NAME          N\n\
         東通り        1\n\
         \\u{1b}[31m\\n  2\n\
         e\u{301}             3\n"
    );
}

#[test]
fn rows_that_do_not_fit_the_columns_are_made_to() {
    let mut table = Table::new(&[("A", Left), ("B", Left)]);
    table.row(["1".into()]);
    table.row(["2".into(), "3".into(), "4".into()]);
    assert_eq!(table.finish(), "A  B\n1\n2  3\n");
    assert_eq!(Table::new(&[]).finish(), "\n");
}
