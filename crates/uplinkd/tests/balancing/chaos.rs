//! Providers that die, addresses that change, firewalls that reload and a daemon that is killed, at random, under
//! traffic: connections over healthy uplinks notice nothing, and no byte is lost from the ledger.

use std::time::{Duration, Instant};

use nix::sys::signal::Signal;

use crate::town::{DEADLINE, FIREWALL, Flow, Town};

/// GRANGE_CHAOS_SEED names another, which finds other troubles.
const SEED: u64 = 5;
/// GRANGE_CHAOS_SECONDS names a longer time; scripts/bench/uplink-chaos runs half an hour.
const SECONDS: u64 = 60;
const PROVIDERS: usize = 3;
const LAPTOPS: usize = 10;
const FLOWS_OF_EACH: usize = 20;
const PIECE: usize = 2_000;
/// Counts what the ledger has to count, by itself, in a table that nobody takes away.
const WITNESS: &str = "table inet witness { counter up { }; counter down { }; chain forward { \
     type filter hook forward priority mangle + 20; \
     ip saddr 192.168.1.0/24 oifname \"wan*\" counter name up; \
     ip daddr 192.168.1.0/24 iifname \"wan*\" counter name down; }; }\n";

/// What befalls a provider, or the router.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Trouble {
    Silence,
    Carrier,
    Address,
    Crash,
    Restart,
    Firewall,
    Reload,
}

const TROUBLES: [Trouble; 7] = [
    Trouble::Silence,
    Trouble::Carrier,
    Trouble::Address,
    Trouble::Crash,
    Trouble::Restart,
    Trouble::Firewall,
    Trouble::Reload,
];

/// SplitMix64 (Steele and others 2014).
struct Random(u64);

impl Random {
    fn below(&mut self, end: usize) -> usize {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        z ^= z >> 31;
        usize::try_from(z % u64::try_from(end).unwrap()).unwrap()
    }
}

fn number(name: &str, usual: u64) -> u64 {
    std::env::var(name).map_or(usual, |text| text.parse().unwrap())
}

/// Bytes up and down in the ledger.
fn ledger(town: &Town) -> [u64; 2] {
    let rows = town.call("usage");
    let rows = rows.as_array().unwrap();
    ["bytes_up", "bytes_down"].map(|way| rows.iter().map(|row| row[way].as_u64().unwrap()).sum())
}

/// Bytes up and down by the witness.
fn witness(town: &Town) -> [u64; 2] {
    ["up", "down"].map(|way| {
        let text = town.run(&format!("nft list counter inet witness {way}"));
        let mut words = text.split_whitespace().skip_while(|word| *word != "bytes");
        words.nth(1).unwrap().parse().unwrap()
    })
}

fn provider(flow: &Flow) -> usize {
    flow.isp[3..].parse().unwrap()
}

/// A connection; a program that finds nobody tries again.
fn connect(town: &Town, place: usize) -> Flow {
    let start = Instant::now();
    loop {
        if let Some(flow) = town.connect(place % LAPTOPS + 1) {
            return flow;
        }
        assert!(
            start.elapsed() < DEADLINE,
            "nobody answers connection {place}"
        );
    }
}

/// Uploads over every connection of these providers; each must work as before. Bytes sent.
fn upload(flows: &mut [Flow], healthy: &[usize], when: &str) -> u64 {
    let mut sent = 0;
    for flow in flows {
        if healthy.contains(&provider(flow)) {
            flow.try_upload(PIECE)
                .unwrap_or_else(|error| panic!("{when}: over {}: {error}", flow.isp));
            sent += u64::try_from(PIECE).unwrap();
        }
    }
    sent
}

fn wait_used(town: &Town, isps: &[usize]) {
    let names: Vec<String> = isps.iter().map(|n| format!("wan{n}")).collect();
    town.wait_used(&names.iter().map(String::as_str).collect::<Vec<_>>());
}

#[test]
fn two_hundred_connections_over_healthy_uplinks_notice_nothing_of_any_trouble() {
    let seed = number("GRANGE_CHAOS_SEED", SEED);
    let time = Duration::from_secs(number("GRANGE_CHAOS_SECONDS", SECONDS));
    let mut random = Random(seed);
    let mut town = Town::new(PROVIDERS, LAPTOPS);
    town.nft(WITNESS);
    let member = "config member 'street'\n\tlist prefix '192.168.1.0/24'\n";
    town.configure(&town.config(&[1; PROVIDERS], member));
    town.start();
    let all: Vec<usize> = (1..=PROVIDERS).collect();
    wait_used(&town, &all);
    let mut flows: Vec<Flow> = (0..LAPTOPS * FLOWS_OF_EACH)
        .map(|place| connect(&town, place))
        .collect();
    let mut counts = [0_u32; TROUBLES.len()];
    let mut sent = 0;
    let start = Instant::now();
    while start.elapsed() < time {
        let isp = random.below(PROVIDERS) + 1;
        let place = random.below(TROUBLES.len());
        let trouble = TROUBLES[place];
        counts[place] += 1;
        let when = format!(
            "seed {seed}, {:.1?}, {trouble:?}, isp{isp}",
            start.elapsed()
        );
        eprintln!("{when}");
        let others: Vec<usize> = all.iter().copied().filter(|n| *n != isp).collect();
        let mut hurt = true;
        match trouble {
            Trouble::Silence | Trouble::Carrier => {
                let set_dead = |town: &Town, dead: bool| {
                    if trouble == Trouble::Silence {
                        town.silence(isp, dead);
                    } else {
                        let state = if dead { "down" } else { "up" };
                        town.at_isp(isp, &format!("ip link set cable {state}"));
                    }
                };
                set_dead(&town, true);
                sent += upload(&mut flows, &others, &when);
                wait_used(&town, &others);
                sent += upload(&mut flows, &others, &when);
                set_dead(&town, false);
            }
            // Connections over the old address cannot go on.
            Trouble::Address => {
                let last = random.below(200) + 20;
                town.run(&format!(
                    "ip addr flush dev wan{isp} scope global; ip addr add 10.0.{isp}.{last}/24 dev wan{isp}; ip route \
                     replace default via 10.0.{isp}.1 dev wan{isp} metric {isp}"
                ));
                sent += upload(&mut flows, &others, &when);
                town.wait("the new address is known", |town| {
                    town.uplink(&format!("wan{isp}"))["address"] == format!("10.0.{isp}.{last}")
                });
            }
            Trouble::Crash | Trouble::Restart => {
                hurt = false;
                let signal = match trouble {
                    Trouble::Crash => Signal::SIGKILL,
                    _ => Signal::SIGTERM,
                };
                town.end(signal);
                sent += upload(&mut flows, &all, &when);
                town.start();
            }
            Trouble::Firewall => {
                hurt = false;
                town.nft(FIREWALL);
            }
            Trouble::Reload => {
                hurt = false;
                town.call("reload");
            }
        }
        wait_used(&town, &all);
        // What was on the uplink that died begins anew; everybody else's is as before.
        for (place, flow) in flows.iter_mut().enumerate() {
            if hurt && provider(flow) == isp {
                *flow = connect(&town, place);
            }
        }
        sent += upload(&mut flows, &all, &when);
    }
    town.wait("the ledger has what the witness has", |town| {
        ledger(town) == witness(town)
    });
    let [up, down] = ledger(&town);
    let troubles: Vec<String> = TROUBLES
        .iter()
        .zip(counts)
        .map(|(trouble, count)| format!("{count} {trouble:?}"))
        .collect();
    eprintln!(
        "seed {seed}: {}; {} connections; {sent} bytes sent, {up} up and {down} down in the ledger",
        troubles.join(", "),
        flows.len()
    );
    assert!(up > sent, "{sent} bytes were sent, {up} counted");
}
