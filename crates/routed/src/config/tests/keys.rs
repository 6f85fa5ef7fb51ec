//! Sections of type key: secrets stay secret, and weak ones are warned of.

use super::{Refused, assert_refused, config, lines};
use crate::config::read;

/// What a key may not have.
const BAD: &[Refused] = &[
    (
        "config key k\n\toption type hmac-sha256\n\toption value 00112233445566778899aabbccddeeff\n\
      config key\n\toption id k\n\toption type hmac-sha256\n\
      \toption value 00112233445566778899aabbccddeeff\n",
        &[
            "5:12: error: grange-routed.@key[1].id: expected a name that no other key has, found 'k'",
        ],
    ),
    (
        "config key k\n\toption type md5\n\toption value secret\n",
        &[
            "2:14: error: grange-routed.k.type: expected one of hmac-sha256, blake2s128, found 'md5'",
            "3:15: error: grange-routed.k.value: expected 1 to 64 octets in hexadecimal, found a secret of 6 \
         bytes",
        ],
    ),
    (
        "config key\n",
        &[
            "1:8: error: grange-routed.@key[0].id: expected a name, or a section with a name, found nothing",
            "1:8: error: grange-routed.@key[0].type: this option is required",
            "1:8: error: grange-routed.@key[0].value: this option is required",
        ],
    ),
];

#[test]
fn what_is_wrong_with_a_key_is_said_with_its_place() {
    assert_refused(BAD);
}

#[test]
fn keys_that_protect_nothing_are_warned_of() {
    let text = "config key k\n\toption type hmac-sha256\n\toption value 00ff\n\
                config interface\n\toption ifname a\n\toption permissive 1\n";
    assert_eq!(
        lines(&read(text.as_bytes()).problems),
        [
            "1:8: warning: grange-routed.k.value: 2 octets can be guessed; a good key is 32 random ones",
            "4:8: warning: grange-routed.@interface[0].permissive: it changes nothing without a key",
        ]
    );
}

#[test]
fn a_secret_is_in_no_debug_text() {
    let secret = "5ec2e7".repeat(6);
    let config = config(&format!(
        "config key k\n\toption type hmac-sha256\n\toption value {secret}\n"
    ));
    let text = format!("{config:?}");
    assert!(
        text.contains("HmacSha256") && !text.contains("94") && !text.contains("5ec2"),
        "{text}"
    );
}
