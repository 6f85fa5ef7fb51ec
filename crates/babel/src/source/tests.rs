use super::*;

const ID: RouterId = RouterId::new([2, 0, 0, 0, 0, 0, 0, 1]);

fn announced(distances: &[(u16, u16)]) -> SourceTable {
    let mut table = SourceTable::new(10);
    for (seqno, metric) in distances {
        table
            .announce(
                Prefix::DEFAULT_V6,
                ID,
                Seqno(*seqno),
                Metric::new(*metric),
                Instant::default(),
            )
            .unwrap();
    }
    table
}

#[test]
fn the_distance_kept_is_the_best_ever_announced() {
    for (distances, best) in [
        (&[(5, 100), (5, 50), (5, 80)][..], (5, 50)),
        (&[(5, 50), (6, 300)], (6, 300)),
        (&[(6, 300), (5, 10)], (6, 300)),
        (&[(65535, 10), (0, 99)], (0, 99)),
    ] {
        let table = announced(distances);
        let source = table.find(Prefix::DEFAULT_V6, ID).unwrap();
        assert_eq!((source.seqno.0, source.metric.value()), best);
    }
}

#[test]
fn only_a_newer_seqno_or_a_smaller_metric_is_feasible() {
    let table = announced(&[(5, 100)]);
    let source = table.find(Prefix::DEFAULT_V6, ID).unwrap();
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
fn an_entry_is_forgotten_three_minutes_after_its_last_announcement() {
    let mut table = announced(&[(5, 100)]);
    let later = Instant::default() + Duration::from_mins(2);
    table
        .announce(Prefix::DEFAULT_V6, ID, Seqno(5), Metric::new(200), later)
        .unwrap();
    table.handle_timeout(Instant::default() + Duration::from_mins(4));
    assert_eq!(table.len(), 1);
    table.handle_timeout(Instant::default() + Duration::from_mins(5));
    assert!(table.len() == 0);
    assert_eq!(table.poll_timeout(), None);
}

#[test]
fn a_full_table_refuses_newcomers_and_keeps_the_rest() {
    let mut table = SourceTable::new(1);
    let now = Instant::default();
    let first = |table: &mut SourceTable| {
        table.announce(Prefix::DEFAULT_V6, ID, Seqno(1), Metric::ZERO, now)
    };
    assert_eq!(first(&mut table), Ok(()));
    assert_eq!(
        table.announce(Prefix::DEFAULT_V4, ID, Seqno(1), Metric::ZERO, now),
        Err(SourceTableFull)
    );
    assert_eq!(first(&mut table), Ok(()));
}
