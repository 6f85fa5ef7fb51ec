//! What a change of policy takes, and what the daemon costs while nothing happens.

use std::fs;
use std::thread;
use std::time::{Duration, Instant};

use serde_json::json;

use crate::row;
use crate::town::Town;

/// A home with eight uplinks and a hundred members: how long a change takes, and what the daemon costs.
pub(crate) fn measure(runs: usize) {
    let mut town = Town::new(8, 1);
    let names: Vec<String> = (1..=8).map(|n| format!("wan{n}")).collect();
    let names: Vec<&str> = names.iter().map(String::as_str).collect();
    let members = members();
    town.start_with(&town.config(&[1; 8], &members), &names);
    let mut times = Vec::new();
    let rulesets = |town: &Town| {
        let page = town.call("metrics");
        let page = page.as_str().unwrap().to_owned();
        let line = page
            .lines()
            .find(|line| line.starts_with("grange_uplink_rulesets_total "));
        line.unwrap()
            .rsplit(' ')
            .next()
            .unwrap()
            .parse::<u64>()
            .unwrap()
    };
    let before = rulesets(&town);
    for run in 0..runs {
        let weight = u32::try_from(run + 2).unwrap();
        town.configure(&town.config(&[weight, 1, 1, 1, 1, 1, 1, 1], &members));
        let start = Instant::now();
        town.call_with("reload", &json!({}));
        times.push(start.elapsed());
    }
    let processes = rulesets(&town) - before;
    row(
        "a change of policy with 8 uplinks, asked for and in the kernel",
        &mut times,
    );
    println!("| processes started for these {runs} changes | {processes} | | |");
    let cpu = |town: &Town| {
        let text = fs::read_to_string(format!("/proc/{}/schedstat", town.pid())).unwrap();
        text.split(' ').next().unwrap().parse::<u64>().unwrap() / 1_000_000
    };
    let (start, children) = (cpu(&town), children_cpu(&town));
    thread::sleep(Duration::from_mins(1));
    println!(
        "| CPU in a quiet minute, 8 uplinks, 24 targets, 100 members | {} ms | | 1 |",
        cpu(&town) - start
    );
    println!(
        "| the same of its children: nft once a minute, for the members' counters | {} ms | | 1 |",
        children_cpu(&town) - children
    );
    let status = fs::read_to_string(format!("/proc/{}/status", town.pid())).unwrap();
    for (field, name) in [
        ("RssAnon:", "own memory"),
        ("VmRSS:", "RSS, the program's pages with it"),
        ("VmHWM:", "the highest RSS"),
    ] {
        let line = status.lines().find(|line| line.starts_with(field)).unwrap();
        println!(
            "| {name}, 8 uplinks | {} | | 1 |",
            line[field.len()..].trim()
        );
    }
}

/// Sections of a hundred members with a prefix each.
pub(crate) fn members() -> String {
    let member = |n| {
        format!(
            "config member 'm{n}'\n\tlist prefix '192.168.1.{}/32'\n",
            100 + n
        )
    };
    (1..=100).map(member).collect()
}

/// Milliseconds that children which have ended used, by ticks of 10 ms.
fn children_cpu(town: &Town) -> u64 {
    let text = fs::read_to_string(format!("/proc/{}/stat", town.pid())).unwrap();
    let after_name = text.rsplit(')').next().unwrap();
    // proc(5): cutime and cstime are the fields 16 and 17, the first of these is the third.
    let fields: Vec<&str> = after_name.split_whitespace().collect();
    let ticks = |place: usize| fields[place - 3].parse::<u64>().unwrap();
    10 * (ticks(16) + ticks(17))
}
