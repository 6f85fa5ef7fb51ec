use super::*;

/// Looks with so many packets more each time; at which look somebody was to be asked.
fn looks(steps: &[(u32, u32)]) -> Vec<usize> {
    let mut hush = Hush::default();
    let mut counts = Counts {
        received: u32::MAX - 5,
        sent: 7,
    };
    let mut asked = Vec::new();
    for (number, (came, left)) in steps.iter().enumerate() {
        counts.received = counts.received.wrapping_add(*came);
        counts.sent = counts.sent.wrapping_add(*left);
        let now = hush.next_look();
        if !hush.look(&BTreeMap::from([(4, counts)]), now).is_empty() {
            asked.push(number);
        }
    }
    asked
}

#[test]
fn a_link_whose_answers_stop_is_quiet_after_two_looks() {
    assert_eq!(
        looks(&[
            (0, 0),
            (9, 9),
            (9, 9),
            (2, 9),
            (0, 9),
            (0, 9),
            (0, 9),
            (0, 9)
        ]),
        [5]
    );
}

#[test]
fn traffic_that_only_leaves_or_only_comes_or_is_little_is_no_sign() {
    assert_eq!(looks(&[(0, 0), (1, 90), (0, 90), (0, 90), (0, 90)]), [0; 0]);
    assert_eq!(looks(&[(0, 0), (90, 90), (90, 0), (0, 0), (0, 0)]), [0; 0]);
    assert_eq!(looks(&[(0, 0), (9, 9), (0, 2), (0, 2), (0, 2)]), [0; 0]);
    // One packet is enough of an answer.
    assert_eq!(
        looks(&[(0, 0), (9, 9), (0, 9), (1, 9), (0, 9), (1, 9)]),
        [0; 0]
    );
}

#[test]
fn an_answer_makes_a_link_worth_asking_about_again() {
    let steps = [(0, 0), (9, 9), (0, 9), (0, 9), (9, 9), (0, 9), (0, 9)];
    assert_eq!(looks(&steps), [3, 6]);
}

#[test]
fn looks_are_rare_while_nothing_moves_and_frequent_under_traffic() {
    let mut hush = Hush::default();
    let start = Instant::from_micros(0);
    let one = |sent| BTreeMap::from([(1, Counts { received: 0, sent })]);
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
    let at = |number: u64| Instant::from_micros(number * 1_000_000);
    let counts = |n| {
        BTreeMap::from([(
            1,
            Counts {
                received: n,
                sent: n,
            },
        )])
    };
    hush.look(&counts(0), at(0));
    hush.look(&counts(9), at(1));
    hush.look(&BTreeMap::new(), at(2));
    let still = BTreeMap::from([(
        1,
        Counts {
            received: 9,
            sent: 90,
        },
    )]);
    for second in 3..9 {
        assert!(hush.look(&still, at(second)).is_empty());
    }
}
