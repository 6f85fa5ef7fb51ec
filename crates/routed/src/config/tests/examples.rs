//! Configurations that people copy: of the manual, and of the package.

use super::config;

#[test]
fn the_examples_of_the_manual_are_valid() {
    let manual = include_str!("../../../../../docs/config-routed.md");
    let mut examples: Vec<String> = vec![String::new()];
    for line in manual.lines() {
        match line.strip_prefix("    ") {
            Some(code) => examples.last_mut().unwrap().extend([code, "\n"]),
            None if line.is_empty() => {}
            None => examples.push(String::new()),
        }
    }
    examples.retain(|example| example.contains("config "));
    examples.retain(|example| !example.contains("grange-routed"));
    assert_eq!(examples.len(), 5);
    for example in examples {
        config(&example);
    }
}

/// The configuration the OpenWrt package brings.
const SHIPPED: &str =
    include_str!("../../../../../feeds/grange/grange-routed/files/grange-routed.config");
/// The page whose `uci` lines people paste.
const BY_HAND: &str = include_str!("../../../../../docs/openwrt-by-hand.md");

#[test]
fn what_the_package_ships_and_what_people_paste_is_a_configuration() {
    let shipped = config(SHIPPED);
    assert!(!shipped.general.enabled);
    let mut text = SHIPPED.replace("option enabled '0'", "option enabled '1'");
    for line in BY_HAND.lines().map(str::trim) {
        if let Some(kind) = line.strip_prefix("uci add grange-routed ") {
            text.extend(["\nconfig ", kind, "\n"]);
        }
        if let Some(option) = line.strip_prefix("uci set grange-routed.@filter[-1].") {
            let (name, value) = option.split_once('=').unwrap();
            text.extend(["\toption ", name, " ", value, "\n"]);
        }
    }
    let pasted = config(&text);
    assert!(pasted.general.enabled);
    assert_eq!(text.matches("type 'redistribute'").count(), 4, "{text}");
}
