//! What must hold for any octets given to the netlink reader: no panic, fewer events than octets,
//! and the same answer twice.

#![no_main]

use grange_linux::monitor::read_frames;

libfuzzer_sys::fuzz_target!(|data: &[u8]| {
    let (mut once, mut twice) = (Vec::new(), Vec::new());
    let whole = read_frames(data, &mut once);
    assert_eq!(read_frames(data, &mut twice), whole);
    assert_eq!(once, twice);
    assert!(once.len() <= data.len());
});
