use super::*;

fn id(number: u8) -> UplinkId {
    UplinkId::new(number).unwrap()
}

fn candidate(number: u8, tier: u8, state: State) -> Candidate {
    Candidate {
        id: id(number),
        tier,
        weight: 10,
        state,
        recovering: false,
        busy: false,
        metered: false,
        quality_percent: 100,
        fail_back: FailBack::Soft,
    }
}

#[test]
fn a_busy_line_spills_over_to_neighbours_but_never_to_what_costs_by_the_byte() {
    let mut all = [
        candidate(1, 1, State::Up),
        candidate(2, 2, State::Up),
        candidate(3, 3, State::Up),
    ];
    all[2].metered = true;
    assert_eq!(choose(&all).members, [(id(1), 1000)]);
    all[0].busy = true;
    let choice = choose(&all);
    assert_eq!(choice.members, [(id(1), 1000), (id(2), 1000)]);
    assert_eq!(choice.tier, Some(2));
    all[1].busy = true;
    assert_eq!(choose(&all).members.len(), 2, "metered");
    all[2].metered = false;
    assert_eq!(choose(&all).members.len(), 3);
    // With everything else dead, what costs by the byte is used.
    all[2].metered = true;
    for line in &mut all[..2] {
        line.state = State::Down;
    }
    assert_eq!(choose(&all).members, [(id(3), 1000)]);
}

#[test]
fn the_lowest_tier_that_lives_takes_all() {
    let mut all = [
        candidate(1, 1, State::Up),
        candidate(2, 1, State::Degraded),
        candidate(3, 2, State::Up),
    ];
    all[1].quality_percent = 50;
    let choice = choose(&all);
    assert_eq!(choice.tier, Some(1));
    assert_eq!(choice.members, [(id(1), 1000), (id(2), 500)]);
    all[0].state = State::Down;
    all[1].state = State::Captive;
    assert_eq!(choose(&all).members, [(id(3), 1000)]);
}

#[test]
fn what_answers_again_serves_when_nothing_lives() {
    let mut all = [candidate(1, 1, State::Down), candidate(2, 2, State::Down)];
    assert_eq!(choose(&all), Choice::default());
    all[1].recovering = true;
    let choice = choose(&all);
    assert_eq!(choice.members, [(id(2), 1000)]);
    assert!(choice.is_makeshift);
    assert_eq!(emptying(&all[1], &choice), Emptying::Nobody);
    assert_eq!(emptying(&all[0], &choice), Emptying::Connections);
}

#[test]
fn weight_nought_is_for_when_the_others_are_gone() {
    let mut all = [candidate(1, 1, State::Up), candidate(2, 1, State::Up)];
    all[1].weight = 0;
    assert_eq!(choose(&all).members, [(id(1), 1000)]);
    all[0].state = State::Down;
    assert_eq!(choose(&all).members, [(id(2), 100)]);
}

#[test]
fn connections_are_broken_only_where_somebody_can_take_them() {
    let down = candidate(1, 1, State::Down);
    assert_eq!(emptying(&down, &Choice::default()), Emptying::Nobody);
    let choice = choose(&[down, candidate(2, 1, State::Up)]);
    assert_eq!(emptying(&down, &choice), Emptying::Connections);
    let drained = candidate(3, 1, State::Drained);
    assert_eq!(emptying(&drained, &choice), Emptying::Devices);
}

#[test]
fn falling_back_is_soft_unless_it_costs_money() {
    let spare = candidate(2, 2, State::Up);
    let choice = choose(&[candidate(1, 1, State::Up), spare]);
    assert_eq!(emptying(&spare, &choice), Emptying::Nobody);
    let metered = Candidate {
        fail_back: FailBack::Hard,
        ..spare
    };
    assert_eq!(emptying(&metered, &choice), Emptying::Connections);
}
