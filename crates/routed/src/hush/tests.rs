use super::*;

const LINK: u32 = 4;

/// Looks with so many packets more each time, from a time when it is busy; at which look somebody was to
/// be asked.
fn looks(steps: &[(u32, u32)]) -> Vec<usize> {
    let mut hush = Hush::default();
    let mut counts = Counts {
        received: u32::MAX - 5,
        sent: 7,
    };
    let mut asked = Vec::new();
    let mut now = Instant::from_micros(0);
    for (number, (came, left)) in steps.iter().enumerate() {
        counts.received = counts.received.wrapping_add(*came);
        counts.sent = counts.sent.wrapping_add(*left);
        if !hush
            .look(&LiteMap::from_iter([(LINK, counts)]), now)
            .is_empty()
        {
            asked.push(number);
        }
        now = now + BUSY;
    }
    asked
}

/// The steps one after the other, each so many times.
fn times(steps: &[(usize, (u32, u32))]) -> Vec<(u32, u32)> {
    let steps = steps.iter();
    steps
        .flat_map(|(times, step)| std::iter::repeat_n(*step, *times))
        .collect()
}

#[test]
fn a_link_whose_answers_stop_is_quiet_after_two_looks() {
    let steps = times(&[(1, (0, 0)), (9, (20, 20)), (9, (0, 20))]);
    assert_eq!(looks(&steps), [11]);
}

#[test]
fn a_download_that_stops_is_asked_about_although_nothing_leaves_for_it_any_more() {
    let steps = times(&[(1, (0, 0)), (9, (200, 100)), (1, (30, 15)), (9, (0, 0))]);
    assert_eq!(looks(&steps), [12]);
}

#[test]
fn what_somebody_else_on_the_link_says_does_not_hide_that_a_stream_has_stopped() {
    let steps = times(&[(1, (0, 0)), (9, (20, 20)), (9, (1, 20))]);
    assert_eq!(looks(&steps), [11]);
}

#[test]
fn a_slower_stream_is_waited_for_longer() {
    let steps = times(&[(1, (0, 0)), (30, (2, 2)), (9, (0, 2))]);
    assert_eq!(looks(&steps), [34]);
    // A packet a second, as ping sends them, is not waited for.
    let second = times(&[(1, (1, 1)), (9, (0, 0))]);
    assert_eq!(
        looks(&[second.repeat(60), vec![(0, 0); 60]].concat()),
        [0; 0]
    );
}

#[test]
fn a_stream_that_becomes_slower_is_asked_about_once_at_most() {
    let steps = times(&[(1, (0, 0)), (9, (64, 20)), (100, (1, 20))]);
    assert_eq!(looks(&steps), [11]);
    let steps = times(&[(1, (0, 0)), (9, (20, 20)), (100, (10, 20)), (100, (5, 0))]);
    assert_eq!(looks(&steps), [0; 0]);
}

#[test]
fn traffic_that_only_leaves_has_somebody_asked_once_and_traffic_that_only_comes_when_it_ends() {
    let one_way = times(&[(1, (0, 0)), (300, (0, 90))]);
    assert_eq!(looks(&one_way), [3]);
    let stream = times(&[(1, (0, 0)), (300, (90, 0)), (100, (0, 0))]);
    assert_eq!(looks(&stream), [302]);
    // The neighbour's Hellos are no answer that makes it worth asking again.
    let hellos = times(&[(39, (0, 90)), (1, (1, 90))]).repeat(9);
    assert_eq!(looks(&hellos), [3]);
}

#[test]
fn what_came_at_the_start_is_not_waited_for_for_ever() {
    // As two routers meet, and from then on traffic that only leaves.
    let steps = times(&[(1, (0, 0)), (3, (5, 5)), (300, (0, 90))]);
    assert_eq!(looks(&steps), [53]);
}

#[test]
fn babels_own_packets_are_no_sign() {
    let steps = times(&[(1, (1, 1)), (19, (0, 0)), (1, (0, 1)), (19, (0, 0))]);
    assert_eq!(looks(&steps.repeat(50)), [0; 0]);
}

#[test]
fn questions_are_few_beside_the_traffic() {
    // Bursts of ten packets, as somebody types or a page is loaded bit by bit.
    let bursts = times(&[(2, (5, 5)), (8, (0, 0))]).repeat(100);
    assert!(looks(&bursts).len() <= 1000 / 40, "{:?}", looks(&bursts));
}

#[test]
fn an_answer_makes_a_link_worth_asking_about_again() {
    let on_off = times(&[(9, (20, 20)), (9, (0, 20))]);
    assert_eq!(looks(&on_off.repeat(2)), [10, 28]);
}

#[test]
fn looks_are_rare_while_nothing_moves_and_frequent_under_traffic() {
    let mut hush = Hush::default();
    let start = Instant::from_micros(0);
    let one = |sent| LiteMap::from_iter([(1, Counts { received: 0, sent })]);
    hush.look(&one(0), start);
    assert_eq!(hush.next_look(), start + IDLE);
    let now = hush.next_look();
    hush.look(&one(50), now);
    assert_eq!(hush.next_look(), now + BUSY);
    let later = now + LULL;
    hush.look(&one(51), later);
    assert_eq!(hush.next_look(), later + IDLE);
}

#[test]
fn a_link_that_is_no_longer_watched_is_forgotten() {
    let mut hush = Hush::default();
    let mut now = Instant::from_micros(0);
    let mut look = |counts: &LiteMap<u32, Counts>| {
        now = now + BUSY;
        hush.look(counts, now)
    };
    let counts = |received, sent| LiteMap::from_iter([(LINK, Counts { received, sent })]);
    for number in 0..20 {
        look(&counts(20 * number, 0));
    }
    look(&LiteMap::new());
    for _ in 0..9 {
        assert!(look(&counts(400, 0)).is_empty());
    }
}
