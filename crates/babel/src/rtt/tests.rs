use proptest::prelude::*;

use super::*;

const OURS: Clock = Clock {
    origin: 0xFFFF_0000,
};
const THEIRS: Clock = Clock { origin: 77 };
const CONFIG: RttConfig = RttConfig {
    max_penalty: 96,
    ..RttConfig::DEFAULT
};

fn at(millis: u64) -> Instant {
    Instant::from_micros(millis * 1000)
}

/// Our Hello leaves, takes `there`, is kept for `kept`, and the answer takes `back`.
fn exchange(rtt: &mut Rtt, start: u64, [there, kept, back]: [u64; 3]) -> Instant {
    let (arrived, left) = (at(start + there), at(start + there + kept));
    let now = left + Duration::from_millis(back);
    rtt.handle_hello(Some(THEIRS.read(left)), now);
    let timestamps = Timestamps {
        origin: OURS.read(at(start)),
        receive: THEIRS.read(arrived),
    };
    rtt.handle_ihu(timestamps, OURS, CONFIG, now);
    now
}

#[test]
fn the_time_a_neighbour_keeps_a_hello_does_not_count() {
    let mut rtt = Rtt::default();
    let now = exchange(&mut rtt, 1000, [20, 3000, 30]);
    assert_eq!(
        rtt.value(now),
        Some(Duration::from_millis(100)),
        "twice the first sample"
    );
    for round in 1..60 {
        exchange(&mut rtt, 1000 + round * 4000, [20, 3000, 30]);
    }
    let now = exchange(&mut rtt, 300_000, [20, 3000, 30]);
    assert_eq!(rtt.value(now), Some(Duration::from_millis(50)));
}

#[test]
fn one_slow_packet_moves_the_mean_by_a_sixth() {
    let mut rtt = Rtt::default();
    for round in 0..60 {
        exchange(&mut rtt, round * 4000, [5, 100, 5]);
    }
    let now = exchange(&mut rtt, 240_000, [5, 100, 261]);
    let value = rtt.value(now).unwrap();
    assert_eq!(value.as_millis(), 10 + 256 * 42 / 256);
}

#[test]
fn the_penalty_is_linear_between_its_bounds() {
    let penalty = |millis: u32| {
        let rtt = Rtt {
            hello: None,
            smoothed: millis * 1000,
            sampled_at: Some(at(0)),
        };
        rtt.penalty(CONFIG, at(1))
    };
    assert_eq!([0, 10, 65, 120, 5000].map(penalty), [0, 0, 48, 96, 96]);
}

#[test]
fn a_limit_below_the_other_makes_a_step() {
    let config = RttConfig {
        min: Duration::from_millis(50),
        max: Duration::from_millis(20),
        ..CONFIG
    };
    let rtt = |millis: u32| Rtt {
        hello: None,
        smoothed: millis * 1000,
        sampled_at: Some(at(0)),
    };
    assert_eq!(rtt(50).penalty(config, at(1)), 0);
    assert_eq!(rtt(51).penalty(config, at(1)), 96);
}

#[test]
fn what_is_old_is_forgotten() {
    let mut rtt = Rtt::default();
    let now = exchange(&mut rtt, 1000, [200, 0, 200]);
    assert_eq!(rtt.penalty(CONFIG, now), 96);
    let later = now + VALIDITY;
    assert_eq!(rtt.value(later), None);
    assert_eq!(rtt.penalty(CONFIG, later), 0);
    assert_eq!(rtt.echo(OURS, later), None);
}

#[test]
fn an_ihu_without_a_hello_beside_it_is_no_sample() {
    let mut rtt = Rtt::default();
    rtt.handle_hello(Some(1), at(5));
    let timestamps = Timestamps {
        origin: OURS.read(at(1)),
        receive: 0,
    };
    rtt.handle_ihu(timestamps, OURS, CONFIG, at(6));
    assert_eq!(rtt.value(at(6)), None);
    rtt.handle_hello(None, at(7));
    rtt.handle_ihu(timestamps, OURS, CONFIG, at(7));
    assert_eq!(rtt.value(at(7)), None);
}

#[test]
fn a_clock_that_stepped_or_lies_is_no_sample() {
    let mut rtt = Rtt::default();
    let now = at(10_000);
    // Kept for longer than the round trip took: its clock runs fast, and the link is as good as instant.
    rtt.handle_hello(Some(5000), now);
    let mut timestamps = Timestamps {
        origin: OURS.read(at(9_999)),
        receive: 0,
    };
    rtt.handle_ihu(timestamps, OURS, CONFIG, now);
    assert_eq!(rtt.value(now), Some(Duration::ZERO));
    let before = rtt;
    // Our Hello left in the future; theirs left before ours arrived.
    timestamps.origin = OURS.read(at(11_000));
    rtt.handle_ihu(timestamps, OURS, CONFIG, now);
    timestamps.origin = OURS.read(at(9_000));
    timestamps.receive = 6000;
    rtt.handle_ihu(timestamps, OURS, CONFIG, now);
    assert_eq!(rtt, before);
}

proptest! {
    #[test]
    fn no_timestamps_make_a_penalty_beyond_the_largest(
        hellos in proptest::collection::vec(any::<(Option<u32>, u32, u32, u32)>(), 0..50),
        decay in any::<u16>(),
    ) {
        let config = RttConfig { decay, ..CONFIG };
        let mut rtt = Rtt::default();
        let mut now = Instant::default();
        for (transmit, origin, receive, passed) in hellos {
            now = now + Duration::from_micros(passed.into());
            rtt.handle_hello(transmit, now);
            rtt.handle_ihu(Timestamps { origin, receive }, OURS, config, now);
            prop_assert!(rtt.penalty(config, now) <= config.max_penalty);
        }
    }
}
