use core::time::Duration;

use super::asking::MOST_OUTSTANDING;
use super::*;
use crate::clock::Instant;

/// An uplink whose targets answer or not, followed through time.
struct Line {
    health: Health,
    now: Instant,
    rtt: Duration,
    silent: Vec<bool>,
    portal: Portal,
    answers: Vec<(Instant, u16)>,
    changes: Vec<(Instant, State, Reason)>,
    probes: usize,
    portals: usize,
}

const MS: Duration = Duration::from_millis(1);

impl Line {
    fn new(config: Config) -> Self {
        let now = Instant::from_micros(1_000_000);
        let silent = vec![false; config.targets.len()];
        Self {
            health: Health::new(config, 7, now),
            now,
            rtt: MS * 20,
            silent,
            portal: Portal::Good,
            answers: Vec::new(),
            changes: Vec::new(),
            probes: 0,
            portals: 0,
        }
    }

    fn up(config: Config) -> Self {
        let mut line = Self::new(config);
        line.health.handle_link(Link::Ready, line.now);
        line.run(Duration::from_secs(5));
        assert_eq!(line.health.state(), State::Up);
        line
    }

    fn drain(&mut self) {
        while let Some(output) = self.health.poll_output() {
            match output {
                Output::Probe { id, target } => {
                    self.probes += 1;
                    if !self.silent[target] {
                        self.answers.push((self.now + self.rtt, id));
                    }
                }
                Output::Portal => {
                    self.portals += 1;
                    let seen = self.portal;
                    self.health.handle_portal(seen, self.now);
                }
                Output::Changed { to, why, .. } => self.changes.push((self.now, to, why)),
            }
        }
    }

    fn run(&mut self, time: Duration) {
        let end = self.now + time;
        self.drain();
        loop {
            self.answers.sort();
            let answer = self.answers.first().map(|(at, _)| *at);
            let next = [answer, self.health.poll_timeout()];
            let Some(next) = next.into_iter().flatten().min().filter(|at| *at <= end) else {
                break;
            };
            self.now = self.now.max(next);
            if answer.is_some_and(|at| at <= self.now) {
                let (_, id) = self.answers.remove(0);
                self.health.handle_answer(id, self.now);
            }
            if self.health.poll_timeout().is_some_and(|at| at <= self.now) {
                self.health.handle_timeout(self.now);
                let again = self.health.poll_timeout();
                assert!(
                    again.is_none_or(|at| at > self.now),
                    "it spins: {:?}",
                    self.health
                );
            }
            self.drain();
        }
        self.now = end;
    }

    fn silence(&mut self) {
        self.silent.fill(true);
        self.answers.clear();
    }

    /// How long until the next change to that state.
    fn time_until(&mut self, state: State, most: Duration) -> Duration {
        let start = self.now;
        let end = start + most;
        while self.health.state() != state {
            assert!(self.now < end, "never {state:?}: {:?}", self.changes);
            self.run(MS);
        }
        self.now.since(start)
    }
}

fn three() -> Config {
    Config {
        targets: vec![1, 2, 3],
        ..Config::default()
    }
}

#[test]
fn an_uplink_is_up_as_soon_as_enough_targets_answer() {
    let mut line = Line::new(three());
    line.silent[2] = true;
    line.health.handle_link(Link::Ready, line.now);
    let time = line.time_until(State::Up, MS * 100);
    assert!(time <= MS * 21, "{time:?}");
}

#[test]
fn a_silent_failure_is_found_within_one_and_three_quarter_seconds() {
    let mut worst = Duration::ZERO;
    for phase in 0..70 {
        let mut line = Line::up(three());
        line.run(MS * 10 * phase);
        line.silence();
        let time = line.time_until(State::Down, Duration::from_secs(3));
        worst = worst.max(time);
    }
    assert!(worst <= MS * 1750, "{worst:?}");
    assert!(worst >= MS * 800, "too fast to be true: {worst:?}");
}

#[test]
fn bytes_out_and_none_back_are_looked_into_at_once() {
    let mut line = Line::up(three());
    line.health.handle_traffic(100, 100, line.now);
    line.silence();
    line.run(MS * 200);
    line.health.handle_traffic(140, 100, line.now);
    assert!(line.health.is_busy(line.now));
    let time = line.time_until(State::Down, Duration::from_secs(3));
    assert!(time <= MS * 401, "{time:?}");
}

#[test]
fn silence_is_noticed_over_looks_that_see_a_packet_or_two_each() {
    let mut line = Line::up(three());
    line.health.handle_traffic(90, 90, line.now);
    line.health.handle_traffic(100, 100, line.now);
    line.silence();
    // What a connection sends again, and again.
    let mut found = None;
    for look in 1..=20 {
        line.run(MS * 100);
        line.health.handle_traffic(100 + look, 100, line.now);
        line.drain();
        if found.is_none() && line.health.state() == State::Down {
            found = Some(look);
        }
    }
    assert!(
        found.is_some_and(|look| look <= 8),
        "{found:?} tenths of a second"
    );
}

#[test]
fn answers_between_looks_end_a_silence() {
    let mut line = Line::up(three());
    let before = line.probes;
    for look in 0..50 {
        line.health.handle_traffic(look * 3, look, line.now);
        line.run(MS * 100);
    }
    // One target after the other, no burst.
    assert!(line.probes - before <= 9, "{}", line.probes - before);
}

#[test]
fn what_trickles_out_of_a_quiet_device_starts_no_burst() {
    let mut line = Line::up(Config {
        metered: true,
        ..three()
    });
    let before = line.probes;
    for look in 0..800 {
        line.health.handle_traffic(look / 2, 0, line.now);
        line.run(MS * 700);
    }
    assert!(line.probes - before <= 11, "{}", line.probes - before);
}

#[test]
fn the_log_can_say_what_was_lost() {
    let mut line = Line::up(three());
    line.silent[0] = true;
    line.silent[1] = true;
    line.time_until(State::Down, Duration::from_secs(10));
    let why = line.health.why();
    assert_eq!(
        why,
        Reason::Lost {
            probes: 3,
            lost: 2,
            targets: 3
        }
    );
    assert_eq!(
        why.to_string(),
        "3 of 3 probes lost to 2 of 3 targets, carrier up"
    );
}

#[test]
fn one_dead_target_of_three_changes_nothing_and_starts_no_storm() {
    let mut line = Line::up(three());
    line.silent[1] = true;
    line.run(Duration::from_secs(10));
    let before = line.probes;
    line.run(Duration::from_mins(1));
    assert_eq!(line.health.state(), State::Up);
    assert!(line.probes - before < 100, "{}", line.probes - before);
    assert!(line.health.is_target_lost(1));
    assert_eq!(line.health.lost_providers(), [2]);
}

#[test]
fn the_trouble_of_one_provider_is_not_the_uplinks() {
    let mut line = Line::up(Config {
        targets: vec![1, 1, 2],
        ..Config::default()
    });
    line.silent[0] = true;
    line.silent[1] = true;
    line.run(Duration::from_secs(30));
    assert_eq!(line.health.state(), State::Up);
    assert_eq!(line.health.lost_providers(), [1]);
    line.silent[2] = true;
    line.time_until(State::Down, Duration::from_secs(10));
}

#[test]
fn a_path_that_becomes_slow_is_not_dead() {
    let mut line = Line::up(three());
    line.rtt = MS * 550;
    line.run(Duration::from_mins(2));
    let downs = line.changes.iter().filter(|(_, to, _)| *to == State::Down);
    assert_eq!(downs.count(), 0, "{:?}", line.changes);
    assert_eq!(line.health.state(), State::Degraded);
    assert_eq!(line.health.quality_percent(), 50);
    line.rtt = MS * 30;
    line.run(Duration::from_mins(2));
    assert_eq!(line.health.state(), State::Up);
}

#[test]
fn recovery_is_held_and_the_hold_doubles_while_it_flaps() {
    let mut line = Line::up(three());
    let mut holds = Vec::new();
    for _ in 0..7 {
        line.silence();
        line.time_until(State::Down, Duration::from_secs(5));
        line.silent.fill(false);
        holds.push(line.time_until(State::Up, Duration::from_mins(6)).as_secs());
    }
    for (hold, least) in holds.iter().zip([15, 30, 60, 120, 240, 300, 300]) {
        assert!((least..least + 10).contains(hold), "{holds:?}");
    }
}

#[test]
fn an_uplink_that_is_being_held_can_serve_where_nothing_else_does() {
    let mut line = Line::up(three());
    line.silence();
    line.time_until(State::Down, Duration::from_secs(5));
    assert!(!line.health.is_recovering());
    line.silent.fill(false);
    line.run(Duration::from_secs(3));
    assert_eq!(line.health.state(), State::Down);
    assert!(line.health.is_recovering());
}

#[test]
fn a_lost_carrier_counts_at_once_and_is_forgiven_once() {
    let mut line = Line::up(three());
    line.health.handle_link(Link::NoCarrier, line.now);
    assert_eq!(line.health.state(), State::Down);
    assert_eq!(line.health.why().to_string(), "no carrier");
    line.run(Duration::from_secs(20));
    assert_eq!(
        line.health.poll_timeout(),
        None,
        "nothing is sent meanwhile"
    );
    line.health.handle_link(Link::Ready, line.now);
    assert!(line.time_until(State::Up, Duration::from_secs(1)) <= MS * 25);
    line.health.handle_link(Link::NoAddress, line.now);
    line.health.handle_link(Link::Ready, line.now);
    let time = line.time_until(State::Up, Duration::from_mins(1));
    assert!(time >= Duration::from_secs(15), "{time:?}");
}

#[test]
fn an_uplink_without_targets_goes_by_its_device() {
    let mut line = Line::new(Config::default());
    line.health.handle_link(Link::NoCarrier, line.now);
    line.drain();
    assert_eq!(line.health.state(), State::Down);
    line.health.handle_link(Link::Ready, line.now);
    line.drain();
    assert_eq!(line.health.state(), State::Up);
    assert_eq!(line.health.why(), Reason::NotProbed);
    line.run(Duration::from_hours(1));
    assert_eq!(line.probes, 0);
}

#[test]
fn a_login_page_is_captive_even_though_pings_are_answered() {
    let mut line = Line::new(Config {
        portal: true,
        ..three()
    });
    line.portal = Portal::Captive;
    line.health.handle_link(Link::Ready, line.now);
    line.run(Duration::from_secs(5));
    let states: Vec<State> = line.changes.iter().map(|(_, to, _)| *to).collect();
    assert_eq!(states, [State::Captive], "it never was up");
    assert!(!line.health.is_recovering());
    line.run(Duration::from_mins(10));
    assert!((8..=11).contains(&line.portals), "{}", line.portals);
    line.portal = Portal::Good;
    line.time_until(State::Up, Duration::from_mins(2));
    line.portal = Portal::Captive;
    line.time_until(State::Captive, Duration::from_mins(2));
    assert_eq!(line.health.why(), Reason::Portal);
}

#[test]
fn a_page_is_asked_for_at_most_once_a_minute_and_each_half_hour_where_bytes_cost() {
    for (metered, most) in [(false, 24 * 60), (true, 24 * 2 + 6)] {
        let mut line = Line::new(Config {
            portal: true,
            metered,
            ..three()
        });
        line.health.handle_link(Link::Ready, line.now);
        line.run(Duration::from_hours(24));
        assert!(
            (most / 2..=most).contains(&line.portals),
            "{}",
            line.portals
        );
    }
}

#[test]
fn a_portal_check_without_an_answer_accuses_nobody() {
    let mut line = Line::new(Config {
        portal: true,
        ..three()
    });
    line.portal = Portal::Silent;
    line.health.handle_link(Link::Ready, line.now);
    line.run(Duration::from_mins(3));
    assert_eq!(line.health.state(), State::Up);
}

#[test]
fn draining_and_caps_lie_over_what_the_probes_say() {
    let mut line = Line::up(three());
    line.health.handle_drain(true, line.now);
    assert_eq!(line.health.state(), State::Drained);
    line.silence();
    line.run(Duration::from_secs(5));
    assert_eq!(line.health.state(), State::Drained);
    line.health.handle_drain(false, line.now);
    assert_eq!(line.health.state(), State::Down);
    let mut line = Line::up(three());
    line.health.handle_cap(true, line.now);
    assert_eq!(line.health.state(), State::Capped);
    line.health.handle_cap(false, line.now);
    assert_eq!(line.health.state(), State::Up);
}

#[test]
fn a_month_of_a_metered_uplink_costs_ten_megabytes_of_probes_at_most() {
    let mut line = Line::up(Config {
        metered: true,
        ..three()
    });
    for turn in 0..30 * 24 {
        // Trouble every hour, and a traffic silence every ten minutes.
        line.silent.fill(turn % 2 == 0);
        for part in 0..6 {
            line.health
                .handle_traffic(part * 100 + turn * 600, 5, line.now);
            line.run(Duration::from_mins(10));
        }
    }
    let spent = line.probes as u64 * 168;
    assert!(spent <= 10_100_000, "{spent}");
    assert!(spent > 5_000_000, "{spent}");
}

#[test]
fn a_device_that_comes_and_goes_leaves_nothing_behind() {
    let mut line = Line::up(three());
    for _ in 0..1000 {
        line.health.handle_link(Link::Absent, line.now);
        line.health.handle_link(Link::Ready, line.now);
        line.health.handle_path_changed(line.now);
        line.health.handle_probe_request(line.now);
        line.run(MS);
    }
    assert!(line.health.outstanding.len() <= MOST_OUTSTANDING);
    assert!(line.health.outputs.is_empty());
}

#[test]
fn probes_of_uplinks_that_are_nearly_due_leave_together() {
    let mut line = Line::up(three());
    let next = line.health.next_probe.unwrap();
    let before = line.probes;
    line.now = next - MS * 200;
    line.health.handle_company(line.now);
    line.drain();
    assert_eq!(line.probes, before, "too early");
    line.now = next - MS * 100;
    line.health.handle_company(line.now);
    line.drain();
    assert_eq!(line.probes, before + 1);
    assert!(line.health.next_probe.unwrap() >= line.now + MS * 600);
}
