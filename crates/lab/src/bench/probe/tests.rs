use super::*;

fn times(count: u64) -> Vec<Instant> {
    let start = Instant::now();
    (0..count)
        .map(|number| start + Duration::from_millis(10 * number))
        .collect()
}

#[test]
fn the_longest_silence_after_the_cut_counts() {
    let sent = times(100);
    let received: Vec<u32> = (0..100)
        .filter(|n| !(10..20).contains(n) && !(40..75).contains(n))
        .collect();
    assert!((longest_gap(&sent, &received, sent[0]) - 0.35).abs() < 1e-9);
    assert!((longest_gap(&sent, &received, sent[80])).abs() < 1e-9);
}

#[test]
fn a_silence_that_does_not_end_is_infinite() {
    let sent = times(100);
    let received: Vec<u32> = (0..50).collect();
    assert!(longest_gap(&sent, &received, sent[0]).is_infinite());
}
