use super::*;

const ID: RouterId = RouterId::new([2, 0, 0, 0, 0, 0, 0, 1]);

fn announced(distances: &[(u16, u16)]) -> Source {
    let mut sources = Sources::default();
    for (seqno, metric) in distances {
        let (seqno, metric) = (Seqno(*seqno), Metric::new(*metric));
        let outcome = sources.announce(ID, seqno, metric, true, Instant::default());
        outcome.unwrap();
    }
    *sources.find(ID).unwrap()
}

#[test]
fn the_distance_kept_is_the_best_ever_announced() {
    for (distances, best) in [
        (&[(5, 100), (5, 50), (5, 80)][..], (5, 50)),
        (&[(5, 50), (6, 300)], (6, 300)),
        (&[(6, 300), (5, 10)], (6, 300)),
        (&[(65535, 10), (0, 99)], (0, 99)),
    ] {
        let source = announced(distances);
        assert_eq!((source.seqno.0, source.metric.value()), best);
    }
}

#[test]
fn only_a_newer_seqno_or_a_smaller_metric_is_feasible() {
    let source = announced(&[(5, 100)]);
    for (seqno, metric, feasible) in [
        (5, 99, true),
        (5, 100, false),
        (5, 101, false),
        (6, 60000, true),
        (4, 0, false),
    ] {
        assert_eq!(
            source.is_beaten_by(Seqno(seqno), Metric::new(metric)),
            feasible,
            "{seqno} {metric}"
        );
    }
}

#[test]
fn without_room_newcomers_are_refused_and_the_rest_goes_on() {
    let mut sources = Sources::default();
    let now = Instant::default();
    let other = RouterId::new([2; 8]);
    let mut announce = |id, room| sources.announce(id, Seqno(1), Metric::ZERO, room, now);
    assert_eq!(announce(ID, true), Ok(true));
    assert_eq!(announce(other, false), Err(SourceTableFull));
    assert_eq!(announce(ID, false), Ok(false));
    assert_eq!(announce(other, true), Ok(true));
    assert!(sources.find(ID).is_some() && sources.find(other).is_some());
}

#[test]
#[cfg(target_pointer_width = "64")]
fn a_lonely_source_takes_sixteen_octets() {
    assert_eq!(size_of::<Sources>(), 16);
}
