//! How well the shares of connections agree with the weights, by the kernel's own hash.

use std::fs;
use std::net::{Ipv4Addr, UdpSocket};

use grange_uplink::buckets::{Buckets, COUNT};
use grange_uplink::uplink_id::UplinkId;
use nix::sys::signal::Signal;

use crate::median_and_worst;
use crate::town::Town;

const WEIGHTS: [u32; 3] = [5, 3, 2];
/// Sources and destinations: ten thousand pairs.
const SIDE: u8 = 100;

/// Ten thousand pairs of addresses for each seed; each pair makes one connection.
pub(crate) fn measure(seeds: usize) {
    let mut town = Town::new(3, 1);
    town.give_addresses(1, SIDE);
    let config = town
        .config(&WEIGHTS, "")
        .replace("\tlist lan", "\toption balance 'flow'\n\tlist lan");
    town.configure(&config);
    fs::create_dir_all(town.path("etc")).unwrap();
    let mut errors = Vec::new();
    for seed in 1..=seeds {
        // Any numbers: the golden ratio spreads them.
        let seed = u32::try_from(seed).unwrap().wrapping_mul(0x9E37_79B9);
        fs::write(town.path("etc/uplink-seed"), format!("1 {seed:#010x}\n")).unwrap();
        town.start();
        town.wait_used(&["wan1", "wan2", "wan3"]);
        town.run("conntrack -F 2>/dev/null");
        town.at_laptop(1, send_all);
        errors.push(worst_error(&connections(&town)));
        town.end(Signal::SIGTERM);
    }
    let (median, worst) = median_and_worst(&mut errors);
    println!(
        "| weight error, 5:3:2, 10,000 pairs of addresses, {seeds} seeds | {median:.2} pp | {worst:.2} pp | {seeds} |"
    );
    println!(
        "| bucket error, 5:3:2 | {:.2} pp | | 1 |",
        bucket_error(&WEIGHTS)
    );
    let mut all: Vec<f64> = (1..=50)
        .flat_map(|a| (1..=50).map(move |b| bucket_error(&[50, a, b])))
        .collect();
    let (median, worst) = median_and_worst(&mut all);
    println!(
        "| bucket error, 50:a:b for all a and b up to 50 | {median:.2} pp | {worst:.2} pp | {} |",
        all.len()
    );
}

fn send_all() {
    for source in 101..=100 + SIDE {
        let socket = UdpSocket::bind((Ipv4Addr::new(192, 168, 1, source), 5000)).unwrap();
        for last in 1..=SIDE {
            socket
                .send_to(b"x", (Ipv4Addr::new(198, 51, 100, last), 5000))
                .unwrap();
        }
    }
}

/// How many connections each uplink has, by their marks.
fn connections(town: &Town) -> Vec<u32> {
    let text = town.run(
        "conntrack -L -p udp --dport 5000 2>/dev/null | grep -o 'mark=[0-9]*' | sort | uniq -c",
    );
    let mut counts = vec![0; WEIGHTS.len()];
    for line in text.lines() {
        let (count, mark) = line.trim().split_once(" mark=").unwrap();
        let mark: usize = mark.parse().unwrap();
        counts[(mark >> 8) - 1] += count.parse::<u32>().unwrap();
    }
    let all: u32 = counts.iter().sum();
    assert_eq!(all, u32::from(SIDE) * u32::from(SIDE), "{text}");
    counts
}

/// The largest difference between an uplink's share and its weight's, in percentage points.
fn worst_error(counts: &[u32]) -> f64 {
    let pairs: Vec<(u32, u32)> = counts.iter().copied().zip(WEIGHTS).collect();
    error(&pairs)
}

fn bucket_error(weights: &[u32]) -> f64 {
    let owners: Vec<(UplinkId, u32)> = (1..)
        .map_while(UplinkId::new)
        .zip(weights.iter().copied())
        .collect();
    let mut buckets = Buckets::new();
    buckets.assign(&owners);
    let held = |id| u32::try_from(buckets.held_by(id)).unwrap();
    let pairs: Vec<(u32, u32)> = owners
        .iter()
        .map(|(id, weight)| (held(*id), *weight))
        .collect();
    assert_eq!(
        pairs.iter().map(|pair| pair.0 as usize).sum::<usize>(),
        COUNT
    );
    error(&pairs)
}

/// Pairs of what an uplink has and its weight.
fn error(pairs: &[(u32, u32)]) -> f64 {
    let all: u32 = pairs.iter().map(|pair| pair.0).sum();
    let weights: u32 = pairs.iter().map(|pair| pair.1).sum();
    let share = |part: u32, of: u32| 100.0 * f64::from(part) / f64::from(of);
    let errors = pairs
        .iter()
        .map(|(has, weight)| (share(*has, all) - share(*weight, weights)).abs());
    errors.fold(0.0, f64::max)
}
