use super::*;

#[test]
fn text_round_trips() {
    let text = "02:00:5e:ff:fe:00:01:0a";
    let id: RouterId = text.parse().unwrap();
    assert_eq!(id.to_string(), text);
}

#[test]
fn reserved_and_malformed_texts_are_refused() {
    for (text, error) in [
        ("00:00:00:00:00:00:00:00", ParseRouterIdError::Reserved),
        ("ff:ff:ff:ff:ff:ff:ff:ff", ParseRouterIdError::Reserved),
        ("02:00:5e:ff:fe:00:01", ParseRouterIdError::Form),
        ("02:00:5e:ff:fe:00:01:0a:0b", ParseRouterIdError::Form),
        ("02:00:5e:ff:fe:00:01:+a", ParseRouterIdError::Form),
        ("", ParseRouterIdError::Form),
    ] {
        assert_eq!(text.parse::<RouterId>(), Err(error), "{text}");
    }
}
