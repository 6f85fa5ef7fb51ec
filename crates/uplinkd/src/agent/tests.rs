use std::time::Duration;

use grange_linux::link;
use grange_linux::route::Route;
use grange_linux::{Address, Family, IpPrefix, RecordingKernel};
use grange_uplink::clock::Instant;
use grange_uplink::exchange::{Announced, Report};
use grange_uplink::health::State;
use grange_uplink::quota;
use grange_uplink::uplink_id::UplinkId;

use super::*;
use crate::config;
use crate::paths::Tables;
use crate::probing::{Answer, Seen};
use crate::saved::Saved;
use crate::uplink::Quota;

const TEXT: &str = "config uplink 'one'\n\toption device 'wan1'\n\
     config uplink 'two'\n\toption device 'wan2'\n\
     config probe\n\toption address '192.0.2.1'\n";

fn kernel() -> RecordingKernel {
    let mut kernel = RecordingKernel::new();
    for index in 1..=2 {
        kernel.links.push(link::Link {
            index,
            name: format!("wan{index}"),
            up: true,
            running: true,
            mtu: 1500,
            wireless: false,
            tunnel: false,
            loopback: false,
            ether_address: None,
        });
        kernel.addresses.push(Address {
            index,
            address: format!("10.0.{index}.2").parse().unwrap(),
            plen: 24,
            scope: 0,
            tentative: false,
            failed_dad: false,
        });
        kernel.put_route(Route {
            interface: Some(index),
            metric: index,
            gateway: format!("10.0.{index}.1").parse().ok(),
            ..Route::new(IpPrefix::DEFAULT_V4)
        });
    }
    kernel
}

/// An agent and time; what it asks is answered at once while `answers` says so.
struct Bench {
    agent: Agent,
    now: Instant,
    changes: Vec<Change>,
    saved: String,
    answers: [bool; 2],
}

impl Bench {
    fn new(text: &str) -> Self {
        Self::answering(text, [true, true])
    }

    fn answering(text: &str, answers: [bool; 2]) -> Self {
        let now = Instant::from_micros(1_000_000);
        let config = config::read(text.as_bytes()).config.unwrap();
        let mut bench = Self {
            agent: Agent::new(config, Saved::default(), 1, 2, now),
            now,
            changes: Vec::new(),
            saved: String::new(),
            answers,
        };
        bench.look(&mut kernel());
        bench
    }

    fn look(&mut self, kernel: &mut RecordingKernel) {
        let tables = Tables::read(kernel).unwrap();
        self.agent.handle_tables(&tables, self.now);
        self.carry_out();
    }

    fn carry_out(&mut self) {
        while let Some(effect) = self.agent.poll_effect(self.now) {
            match effect {
                Effect::Ask(question) => {
                    let place = usize::from(question.uplink.number() - 1);
                    if let Some(id) = question.id.filter(|_| self.answers[place]) {
                        let answer = Answer {
                            uplink: question.uplink,
                            family: question.family,
                            seen: Seen::Alive(id),
                        };
                        self.agent.handle_answer(answer, self.now);
                    }
                }
                Effect::Apply(change) => self.changes.push(*change),
                Effect::Save(text) => self.saved = text,
                Effect::Forget(..) | Effect::Routes => {}
            }
        }
    }

    fn run(&mut self, time: Duration) {
        let end = self.now + time;
        while let Some(next) = self.agent.poll_timeout().filter(|at| *at <= end) {
            self.now = self.now.max(next);
            self.agent.handle_timeout(self.now);
            self.carry_out();
        }
        self.now = end;
    }

    fn used(&self) -> Vec<u8> {
        let members = &self.agent.choice(Family::V4).members;
        members.iter().map(|(id, _)| id.number()).collect()
    }
}

#[test]
fn the_first_ruleset_waits_for_the_first_answers() {
    let mut bench = Bench::new(TEXT);
    bench.run(Duration::from_secs(2));
    assert_eq!(bench.used(), [1, 2]);
    let first = bench.changes[0].ruleset.as_ref().unwrap();
    assert!(
        first.contains("goto take4_1") && first.contains("goto take4_2"),
        "{first}"
    );
    let mut silent = Bench::answering(TEXT, [false, false]);
    silent.run(Duration::from_millis(500));
    assert!(silent.changes.is_empty());
    silent.run(Duration::from_millis(1100));
    assert!(!silent.changes.is_empty(), "but not for ever");
}

#[test]
fn a_dead_uplink_is_emptied_once() {
    let mut bench = Bench::new(TEXT);
    bench.run(Duration::from_secs(5));
    bench.changes.clear();
    bench.answers[0] = false;
    bench.run(Duration::from_mins(1));
    assert_eq!(bench.used(), [2]);
    let forgotten: Vec<_> = bench
        .changes
        .iter()
        .flat_map(|change| &change.forgotten)
        .collect();
    assert_eq!(forgotten, [&(Family::V4, UplinkId::new(1).unwrap())]);
    let news: Vec<_> = bench
        .changes
        .iter()
        .flat_map(|change| &change.news)
        .collect();
    assert_eq!(news.len(), 1);
    assert_eq!((news[0].uplink.as_str(), news[0].to), ("one", State::Down));
}

#[test]
fn with_nobody_to_take_them_no_connection_is_forgotten() {
    let mut bench = Bench::new(TEXT);
    bench.run(Duration::from_secs(5));
    bench.answers = [false, false];
    bench.changes.clear();
    bench.run(Duration::from_secs(30));
    assert_eq!(bench.used(), [0; 0]);
    let last: Vec<_> = bench
        .changes
        .iter()
        .flat_map(|change| &change.forgotten)
        .collect();
    assert!(
        last.len() <= 1,
        "the last one keeps its connections: {last:?}"
    );
}

#[test]
fn numbers_stay_with_their_names() {
    let mut bench = Bench::new(TEXT);
    let swapped = "config uplink 'new'\n\toption device 'wan3'\n\
         config uplink 'two'\n\toption device 'wan2'\n\
         config probe\n\toption address '192.0.2.1'\n";
    let config = config::read(swapped.as_bytes()).config.unwrap();
    bench.agent.handle_config(config, bench.now);
    bench.carry_out();
    assert_eq!(bench.saved, "uplinks 1\nid new 1\nid two 2\n");
}

#[test]
fn a_reload_of_the_same_file_forgets_nothing() {
    let mut bench = Bench::new(TEXT);
    bench.run(Duration::from_secs(5));
    let before = bench.changes.last().unwrap().ruleset.clone();
    let config = config::read(TEXT.as_bytes()).config.unwrap();
    bench.agent.handle_config(config, bench.now);
    bench.carry_out();
    assert_eq!(bench.used(), [1, 2]);
    let last = bench.changes.last().unwrap();
    assert_eq!(last.ruleset, before);
    assert_eq!((last.moves.len(), last.forgotten.len()), (0, 0));
}

#[test]
fn draining_is_told_and_saved() {
    let mut bench = Bench::new(TEXT);
    bench.run(Duration::from_secs(5));
    assert!(bench.agent.handle_drain("one", true, bench.now));
    bench.carry_out();
    assert_eq!(bench.used(), [2]);
    let last = bench.changes.last().unwrap();
    assert_eq!(last.moves.len(), 1, "its devices choose anew");
    assert_eq!(last.forgotten, [], "its connections stay");
    assert!(bench.saved.contains("drained one"));
    assert!(!bench.agent.handle_drain("three", true, bench.now));
}

#[test]
fn a_gateway_that_is_used_up_or_drained_stays_so_whatever_happens_here() {
    let probed_every = |seconds: u32| {
        let key = "ab".repeat(32);
        let text = format!(
            "config uplinkd\n\toption mesh_address 'fd42::1'\n{TEXT}config uplink 'via'\n\t\
             option router 'fd42::2'\n\toption key '{key}'\n\toption interval '{seconds}'\n"
        );
        config::read(text.as_bytes()).config.unwrap()
    };
    let mut bench = Bench::new(TEXT);
    let now = bench.now;
    bench.agent.handle_config(probed_every(1), now);
    let id = UplinkId::new(3).unwrap();
    let state = |bench: &Bench| {
        let uplink = bench.agent.uplinks().iter().find(|uplink| uplink.id == id);
        uplink.unwrap().line(Family::V4).unwrap().health.state()
    };
    let mut report = Report {
        states: [Announced::Capped, Announced::Closed],
        ..Report::default()
    };
    let router = "fd42::2".parse().unwrap();
    bench.agent.handle_gateway(router, Some(&report), now);
    assert_eq!(state(&bench), State::Capped);
    bench.agent.handle_quota(id, None, now);
    assert_eq!(state(&bench), State::Capped, "no cap of this router's own");
    // Other probes begin anew; what the gateway has said still holds.
    bench.agent.handle_config(probed_every(2), now);
    assert_eq!(state(&bench), State::Capped);
    report.states[0] = Announced::Drained;
    bench.agent.handle_gateway(router, Some(&report), now);
    assert!(bench.agent.handle_drain("via", true, now));
    assert!(bench.agent.handle_drain("via", false, now));
    assert_eq!(state(&bench), State::Drained);
    // A cap of this router's own is not lifted by what the gateway says.
    let quota = Quota {
        used_bytes: 100,
        cap_bytes: 100,
        period: quota::period(2026, 11, 25, 1),
    };
    bench.agent.handle_quota(id, Some(quota), now);
    report.states[0] = Announced::Up;
    bench.agent.handle_gateway(router, Some(&report), now);
    assert_eq!(state(&bench), State::Capped);
    bench.agent.handle_quota(id, None, now);
    assert_ne!(state(&bench), State::Capped);
}

#[test]
fn a_neighbours_line_is_shown_with_the_weight_that_counts() {
    let key = "ab".repeat(32);
    let text = format!(
        "config uplinkd\n\toption mesh_address 'fd42::1'\n{TEXT}config uplink 'via'\n\t\
         option router 'fd42::2'\n\toption key '{key}'\n"
    );
    let mut bench = Bench::new(TEXT);
    let now = bench.now;
    let config = config::read(text.as_bytes()).config.unwrap();
    bench.agent.handle_config(config, now);
    let shown = |bench: &Bench| {
        let rows = crate::report::uplinks(&bench.agent, now);
        rows.iter().find(|row| row.name == "via").unwrap().weight
    };
    assert_eq!(shown(&bench), 10, "nothing was heard of it yet");
    let report = Report {
        down_kbps: 40_000,
        ..Report::default()
    };
    let router = "fd42::2".parse().unwrap();
    bench.agent.handle_gateway(router, Some(&report), now);
    assert_eq!(shown(&bench), 40);
}

/// Time from the death of a line, under traffic that had begun so long before, to a ruleset without it.
fn found_after(traffic: Duration, phase: Duration) -> Duration {
    const MS: Duration = Duration::from_millis(1);
    let mut bench = Bench::new(TEXT);
    let begins = bench.now + Duration::from_secs(10) + phase;
    let dies = begins + traffic;
    let (mut sent, mut received, mut before) = (0_u32, 0_u32, bench.now);
    while bench.used() != [2] {
        assert!(bench.now < dies + Duration::from_secs(5), "never found");
        bench.run(MS);
        bench.answers[0] = bench.now < dies;
        // Twenty connections a second are opened, each of a few packets; then each tries in vain.
        let is_due = |step: Duration| bench.now.since(before) >= step;
        if bench.now >= dies && is_due(MS * 20) {
            (sent, before) = (sent + 1, bench.now);
        } else if bench.now >= begins && bench.now < dies && is_due(MS * 10) {
            (sent, received, before) = (sent + 1, received + 1, bench.now);
        }
        if bench
            .agent
            .poll_counters()
            .is_some_and(|at| at <= bench.now)
        {
            let text =
                format!("wan1: 0 {received} 0 0 0 0 0 0 0 {sent}\nwan2: 0 9 0 0 0 0 0 0 0 9\n");
            bench.agent.handle_counters(&text, bench.now);
            bench.carry_out();
        }
    }
    bench.now.since(dies)
}

#[test]
fn a_line_that_dies_under_traffic_is_found_within_four_fifths_of_a_second_however_it_falls() {
    let phases = (0..70).map(|place| Duration::from_millis(place * 10));
    let traffics = [400, 1000, 5000].map(Duration::from_millis);
    let times = phases
        .flat_map(|phase| traffics.map(|traffic| (found_after(traffic, phase), traffic, phase)));
    let worst = times.max().unwrap();
    assert!(worst.0 <= Duration::from_millis(800), "{worst:?}");
}
