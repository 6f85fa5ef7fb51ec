use super::*;

#[test]
fn numbers_come_back_exact_when_small_and_close_when_large() {
    for number in (0..2048).chain([2048, 2049, 4095, 4096, 65535, 1_000_000, u32::MAX]) {
        let back = unpack(pack(Some(number))).unwrap_or(0);
        assert!(
            back <= number && number - back <= number / 1024,
            "{number} {back}"
        );
        assert!(number >= 2048 || back == number);
    }
    assert_eq!(unpack(pack(None)), None);
    assert_eq!(unpack(23552), None);
}
