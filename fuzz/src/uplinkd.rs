//! What must hold for whatever grange-uplinkd reads: files, what `nft` and the kernel print, what probes bring back.
//!
//! The fuzz targets call this, and so does the ordinary test that replays their corpora
//! (crates/uplinkd/tests/corpus_replay.rs).

use std::path::Path;
use std::time::Duration;

use grange_linux::{Family, echo_reply, traffic};
use grange_uplink::clock::Instant;
use grange_uplink::health::Portal;
use grange_uplinkd::account;
use grange_uplinkd::agent::{Agent, Effect};
use grange_uplinkd::config::{Check, Config, HttpCheck, read_file};
use grange_uplinkd::date::Date;
use grange_uplinkd::ledger_file::{Bytes, Ledger};
use grange_uplinkd::probing::answer::{Progress, is_resolvers_answer, judge_page};
use grange_uplinkd::ruleset;
use grange_uplinkd::saved::Saved;
use grange_uplinkd::{seed, servers_file, tunnel_table};

/// Octets as a configuration, of our own package and of mwan3's: refused only for an error with a place; what is
/// accepted becomes rulesets in which no word of the file stands for more than a word.
pub(crate) fn config(data: &[u8]) {
    for name in ["/etc/config/grange-uplinkd", "/etc/config/mwan3"] {
        let reading = read_file(Path::new(name), data);
        let refused = reading.problems.iter().any(|problem| problem.is_error);
        assert_eq!(reading.config.is_none(), refused);
        if let Some(config) = reading.config {
            obeyed(config);
        }
    }
}

fn obeyed(config: Config) {
    is_script(&tunnel_table::text(&config));
    if let Some(text) = account::text(&config) {
        is_script(&text);
    }
    for probe in config
        .uplinks
        .iter()
        .flat_map(|uplink| config.probes_of(&uplink.name))
    {
        if let Check::Http(http) = probe.check {
            let words = [http.host, http.path].concat();
            assert!(!words.contains(['\r', '\n']), "a request has one header");
        }
    }
    let now = Instant::from_micros(1);
    let mut agent = Agent::new(config, Saved::default(), 7, 7, now);
    let _ = agent.wanted();
    for line in servers_file::text(agent.uplinks()).lines() {
        assert!(
            line.starts_with("server=") || line.starts_with('#'),
            "{line}"
        );
    }
    let now = now + Duration::from_secs(5);
    agent.handle_timeout(now);
    while let Some(effect) = agent.poll_effect(now) {
        match effect {
            Effect::Apply(change) => change.ruleset.iter().for_each(|text| is_script(text)),
            Effect::Save(text) => {
                assert_eq!(Saved::parse(text.as_bytes()).to_string(), text);
            }
            Effect::Ask(_) | Effect::Forget(..) | Effect::Routes => {}
        }
    }
}

/// Nothing that was quoted ends its line or its quotes, and what was opened is closed.
fn is_script(text: &str) {
    let mut open = 0_i64;
    for line in text.lines() {
        assert!(line.matches('"').count() % 2 == 0, "{line}");
        assert!(
            !line.contains([';', '#', '`', '$']) || line.contains(" { type "),
            "{line}"
        );
        assert!(
            line.bytes()
                .all(|c| c == b'\t' || (b' '..=b'~').contains(&c)),
            "{line}"
        );
        open += line.chars().fold(0, |open, c| match c {
            '{' => open + 1,
            '}' => open - 1,
            _ => open,
        });
        assert!(open >= 0, "{line}");
    }
    assert_eq!(open, 0, "{text}");
}

/// Octets as what lasts: uplinks, ledgers (two files, with a NUL between) and the seed. What was read is written and
/// read again as the same, and sums of bytes only grow.
pub(crate) fn lasting(data: &[u8]) {
    let saved = Saved::parse(data).to_string();
    assert_eq!(Saved::parse(saved.as_bytes()).to_string(), saved);
    let _ = seed::parse(&String::from_utf8_lossy(data));
    let mut parts = data.splitn(2, |octet| *octet == 0);
    let (file, run) = (parts.next().unwrap_or(&[]), parts.next().unwrap_or(&[]));
    let alone = sum(&Ledger::parse(file, &[]));
    let mut ledger = Ledger::parse(file, run);
    let both = sum(&ledger);
    assert!(
        both.up >= alone.up && both.down >= alone.down,
        "a sum shrank"
    );
    let recent = ledger.recent();
    assert_eq!(Ledger::parse(&[], recent.as_bytes()).recent(), recent);
    let again = Ledger::parse(file, recent.as_bytes());
    assert_eq!(
        again.recent(),
        recent,
        "a crash loses nothing and doubles nothing"
    );
    assert_eq!(sum(&again), both);
    let Some(today) = Date::parse("2026-11-24") else {
        return;
    };
    let text = ledger.lasting(today);
    let mut again = Ledger::parse(text.as_bytes(), &[]);
    assert_eq!(again.lasting(today), text);
}

fn sum(ledger: &Ledger) -> Bytes {
    let months = ledger.months();
    let months = months.iter().map(|month| ledger.month(*month));
    months
        .flat_map(|month| month.values().copied().collect::<Vec<_>>())
        .sum()
}

/// Octets as what `nft list` and the kernel print: no more is found than there are words.
pub(crate) fn listings(data: &[u8]) {
    let text = String::from_utf8_lossy(data);
    let words = text
        .split(|c: char| !c.is_alphanumeric() && c != ':')
        .count();
    assert!(ruleset::devices(&text).len() <= words);
    assert!(account::counters(&text).count() <= words);
    assert!(traffic::devices(&text).count() <= text.lines().count());
}

/// Octets as what comes back to a probe: they are an answer only with its number, and a page is judged at its end.
pub(crate) fn answers(data: &[u8]) {
    for family in [Family::V4, Family::V6] {
        for identifier in [None, Some(7)] {
            if let Some(sequence) = echo_reply(family, identifier, data) {
                let octets = sequence.to_be_bytes();
                assert!(data.windows(2).any(|pair| pair == octets));
            }
        }
    }
    if is_resolvers_answer(data, 0x1234) {
        assert_eq!(data.first_chunk(), Some(&[0x12, 0x34]));
    }
    for (status, body) in [(204, ""), (200, "success")] {
        let http = HttpCheck {
            port: 80,
            host: "example.org".to_owned(),
            path: "/".to_owned(),
            status,
            body: body.to_owned(),
        };
        let over = judge_page(data, true, &http);
        assert_ne!(over, Progress::Waiting);
        let before = judge_page(data, false, &http);
        assert!(
            before == Progress::Waiting || before == over,
            "a verdict holds"
        );
        if before == Progress::Answered(Portal::Good) {
            assert!(
                data.starts_with(b"HTTP/") || data.first().is_some_and(u8::is_ascii_whitespace)
            );
        }
    }
}
