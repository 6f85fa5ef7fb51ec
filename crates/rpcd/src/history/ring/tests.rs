use super::*;

fn column(ring: &Ring, now: u64) -> Vec<Option<u32>> {
    ring.values(0, now).collect()
}

#[test]
fn a_ring_has_the_last_values_and_gaps_where_there_were_none() {
    let mut ring = Ring::new(1, 4);
    assert_eq!(ring.bytes(), 0);
    assert_eq!(column(&ring, 9), [None; 4]);
    for step in [100, 101, 103] {
        ring.put(step, &[u32::try_from(step).ok()]);
    }
    assert_eq!(column(&ring, 103), [Some(100), Some(101), None, Some(103)]);
    assert_eq!(column(&ring, 105), [None, Some(103), None, None]);
    ring.put(104, &[None]);
    ring.put(102, &[Some(2)]);
    ring.put(7, &[Some(7)]);
    assert_eq!(column(&ring, 104), [Some(101), Some(2), Some(103), None]);
    ring.put(1_000_000, &[Some(1)]);
    assert_eq!(column(&ring, 1_000_000), [None, None, None, Some(1)]);
}

#[test]
fn a_ring_is_the_same_after_it_was_taken_apart() {
    let mut ring = Ring::new(2, 5);
    for step in 8..22 {
        ring.put(step, &[u32::try_from(step).ok(), None]);
        let (newest, codes) = ring
            .parts()
            .map_or((0, Vec::new()), |(newest, codes)| (newest, codes.collect()));
        assert_eq!(Ring::from_parts(2, 5, newest, &codes).as_ref(), Some(&ring));
    }
    assert_eq!(Ring::from_parts(2, 5, u64::MAX, &[0; 10]), None);
    assert_eq!(Ring::from_parts(2, 5, 3, &[0; 9]), None);
}
