use super::*;

#[test]
fn a_line_names_the_daemon_and_the_level() {
    assert_eq!(
        line("grange-routed", "warn", format_args!("{} of {}", 1, 2)),
        "grange-routed: warn: 1 of 2\n"
    );
}

#[test]
fn a_hostile_name_cannot_forge_a_line_or_move_the_cursor() {
    assert_eq!(
        line(
            "d",
            "info",
            format_args!("from {}", "x\nd: error: forged\x1b[2J")
        ),
        "d: info: from x\\nd: error: forged\\u{1b}[2J\n"
    );
}

#[test]
fn a_long_text_is_cut_between_letters() {
    let text = "ä".repeat(5000);
    let line = line("d", "info", format_args!("{text}"));
    assert_eq!(line, format!("d: info: {}...\n", "ä".repeat(500)));
}

#[test]
fn levels_are_found_by_name() {
    assert_eq!(level_named("debug"), Some(LevelFilter::Debug));
    assert_eq!(level_named("Debug"), None);
    assert_eq!(level_named(""), None);
}
