use super::*;

thread_local! {
    /// How many MACs this thread has computed.
    pub(crate) static CODES: std::cell::Cell<usize> = const { std::cell::Cell::new(0) };
}

fn key(algorithm: Algorithm, secret: &[u8]) -> Key {
    Key::new("k", KeyUse::Both, algorithm, secret).unwrap()
}

fn hex(octets: &[u8]) -> String {
    octets
        .iter()
        .fold(String::new(), |text, octet| format!("{text}{octet:02x}"))
}

#[test]
fn hmac_sha256_gives_what_rfc_4231_says() {
    // RFC 4231 §4.2 and §4.3.
    let code = key(Algorithm::HmacSha256, &[0x0b; 20]).code(&[b"Hi ", b"There"]);
    assert_eq!(
        hex(&code),
        "b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7"
    );
    let code = key(Algorithm::HmacSha256, b"Jefe").code(&[b"what do ya want ", b"for nothing?"]);
    assert_eq!(
        hex(&code),
        "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843"
    );
}

#[test]
fn blake2s_gives_what_the_reference_implementation_says() {
    // python3 -c "import hashlib; print(hashlib.blake2s(b'abc', digest_size=16, key=bytes(range(32))).hexdigest())"
    let secret: Vec<u8> = (0..32).collect();
    let code = key(Algorithm::Blake2s128, &secret).code(&[b"a", b"bc"]);
    assert_eq!(hex(&code), "61ba5f165c194692e09d12520cc4c74a");
}

#[test]
fn a_mac_is_the_same_however_the_octets_are_cut() {
    for algorithm in [Algorithm::HmacSha256, Algorithm::Blake2s128] {
        let key = key(algorithm, b"secret");
        let code = key.code(&[b"abcdef"]);
        assert_eq!(code.len(), algorithm.mac_len());
        assert_eq!(key.code(&[b"abc", b"", b"def"]), code);
        assert_ne!(key.code(&[b"abcdeg"]), code);
    }
}

#[test]
fn only_secrets_of_a_length_that_the_algorithm_takes_are_keys() {
    for algorithm in [Algorithm::HmacSha256, Algorithm::Blake2s128] {
        let longest = algorithm.longest_key();
        for (len, good) in [(0, false), (1, true), (longest, true), (longest + 1, false)] {
            let key = Key::new("k", KeyUse::Both, algorithm, &vec![1; len]);
            assert_eq!(key.is_ok(), good, "{algorithm:?}, {len} octets");
        }
    }
}

#[test]
fn a_key_does_not_show_its_secret() {
    let key = key(Algorithm::HmacSha256, b"hush");
    let shown = format!("{key:?}");
    assert!(!shown.contains("hush") && !shown.contains("104"), "{shown}");
}

#[test]
fn macs_are_the_same_only_when_all_octets_and_the_length_are() {
    assert!(is_same(&[1, 2], &[1, 2]));
    assert!(!is_same(&[1, 2], &[1, 3]));
    assert!(!is_same(&[1, 2], &[1]));
    assert!(!is_same(&[], &[1]));
}
