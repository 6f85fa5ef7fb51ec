//! Twenty routers with everything going wrong at once, from a seed; and after each storm a quiet time in
//! which all must be as if nothing had happened.

pub mod hostile;
pub mod random;
pub mod verdict;

use std::fmt::Write as _;
use std::thread;
use std::time::{Duration, Instant};

use crate::chaos::hostile::Hostile;
use crate::chaos::random::Random;
use crate::cuts::{Cut, cable_name};
use crate::error::Failure;
use crate::lab::Lab;
use crate::options::Options;
use crate::topology::catalogue;
use crate::topology::graph::Daemon;
use crate::topology::name::LabName;

/// Four rows of five, and a node that means harm, linked with two corners.
const TOPOLOGY: &str = "grid 4x5; router evil daemon none; link evil r1c1; link evil r4c5";
/// The node that means harm.
const EVIL: &str = "evil";
/// How long the routers have to be right again after a storm. Generous: what a silent link or a killed
/// router leaves behind lasts for some Hello intervals.
const QUIET_WITHIN: Duration = Duration::from_secs(90);

/// How long all must stay right, so that what is late to break is seen.
const QUIET: Duration = Duration::from_secs(3);

/// What has been survived.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct Survived {
    /// Storms, each followed by a quiet time that was checked.
    pub storms: usize,
    /// Troubles in them.
    pub troubles: usize,
    /// Packets of the node that means harm.
    pub hostile_packets: usize,
    /// The longest time from the end of a storm until all was right.
    pub longest_quiet: Duration,
    /// The most memory that a daemon had in a quiet time, in octets.
    pub most_memory: u64,
}

/// A trouble that lasts until the storm is over.
#[derive(Debug)]
enum Trouble {
    Cable(String),
    Loss {
        node: String,
        interface: String,
    },
    Killed(String),
    Address {
        node: String,
        interface: String,
        cidr: String,
    },
    Prefix {
        node: String,
        cidr: String,
    },
}

/// Runs storms for about this long; the error says what was wrong, with all there is to know.
pub fn run(
    name: LabName,
    seed: u64,
    duration: Duration,
    say: &mut dyn FnMut(&str),
) -> Result<Survived, Failure> {
    let found = catalogue::find(&[TOPOLOGY.to_owned()])?;
    let options = Options {
        daemon: Daemon::Routed,
        balance: false,
        fast: true,
        ..Options::new(name)
    };
    let lab = Lab::up(&found, &options, &mut ())?;
    let mut storm = Storm {
        random: Random::new(seed),
        lab: &lab,
        under_way: Vec::new(),
        survived: Survived::default(),
    };
    let start = Instant::now();
    let result = storm.rage(start + duration, say);
    let survived = storm.survived;
    result.map(|()| survived).map_err(|error| {
        let report = lab.report();
        format!(
            "seed {seed}, storm {}: {error}\n{report}",
            survived.storms + 1
        )
        .into()
    })
}

struct Storm<'a> {
    random: Random,
    lab: &'a Lab,
    under_way: Vec<Trouble>,
    survived: Survived,
}

impl Storm<'_> {
    fn rage(&mut self, end: Instant, say: &mut dyn FnMut(&str)) -> Result<(), Failure> {
        self.wait_quiet("before the first storm")?;
        let hostile = Hostile::start(self.lab, EVIL, self.random.number())?;
        while Instant::now() < end {
            let mut what = String::new();
            for _ in 0..3 + self.random.below(5) {
                let trouble = self.trouble()?;
                // Writing to a String cannot fail.
                let _ = write!(what, "{}{trouble}", if what.is_empty() { "" } else { ", " });
                self.survived.troubles += 1;
                thread::sleep(Duration::from_millis(self.random.below(700)));
            }
            self.calm()?;
            let (quiet, last) = self.wait_quiet(&what)?;
            self.survived.storms += 1;
            self.survived.hostile_packets = hostile.sent();
            self.survived.longest_quiet = self.survived.longest_quiet.max(quiet);
            let storms = self.survived.storms;
            let last = if last.is_empty() {
                last
            } else {
                format!(" (the last: {last})")
            };
            let seconds = quiet.as_secs_f64();
            say(&format!(
                "storm {storms}: {what}; all right after {seconds:.1} s{last}"
            ));
        }
        hostile.stop();
        self.wait_quiet("after the last hostile packet").map(drop)
    }

    /// Makes one trouble; in a few words, which.
    fn trouble(&mut self) -> Result<String, Failure> {
        let routers = self.routers();
        let node = routers[self.random.index(routers.len())].clone();
        let interfaces = self.mesh_interfaces(&node);
        let interface = interfaces[self.random.index(interfaces.len())].clone();
        let (trouble, what) = match self.random.below(7) {
            0 | 1 => {
                let cables = self.cables();
                let cable = cables[self.random.index(cables.len())].clone();
                let how = if self.random.below(2) == 0 {
                    Cut::Silent
                } else {
                    Cut::Unplugged
                };
                self.lab.cut(&cable, how)?;
                let what = format!(
                    "{cable} {}",
                    if how == Cut::Silent {
                        "silent"
                    } else {
                        "unplugged"
                    }
                );
                if self.random.below(3) == 0 {
                    // A flap: healed in the midst of it.
                    thread::sleep(Duration::from_millis(self.random.below(400)));
                    self.lab.heal(&cable)?;
                    return Ok(format!("{what} and back"));
                }
                (Trouble::Cable(cable), what)
            }
            2 => {
                let per_cent = 10 + self.random.below(60);
                self.nft(&node, "add table netdev chaos")?;
                self.nft(&node, &format!("add chain netdev chaos {interface} {{ type filter hook ingress device {interface} priority 1 ; }}"))?;
                self.nft(
                    &node,
                    &format!(
                        "add rule netdev chaos {interface} numgen random mod 100 < {per_cent} drop"
                    ),
                )?;
                let what = format!("{per_cent} % loss at {node} {interface}");
                (Trouble::Loss { node, interface }, what)
            }
            3 | 4 => {
                self.lab.stop_daemon(&node, true)?;
                let what = format!("{node} killed");
                if self.random.below(2) == 0 {
                    self.lab.start_daemon(&node)?;
                    return Ok(format!("{what} and started"));
                }
                (Trouble::Killed(node), what)
            }
            5 => {
                let cidr = format!("{}/32", self.mesh_v4(&node));
                self.ip(&node, &format!("address del {cidr} dev {interface}"))?;
                // A new link-local address: to the neighbour, somebody new.
                let address = format!("fe80::{:x}/64", 0x1000 + self.random.below(0xe000));
                self.ip(
                    &node,
                    &format!("-6 address flush dev {interface} scope link"),
                )?;
                self.ip(&node, &format!("address add {address} dev {interface}"))?;
                let what = format!("other addresses at {node} {interface}");
                (
                    Trouble::Address {
                        node,
                        interface,
                        cidr,
                    },
                    what,
                )
            }
            _ => {
                let cidr = format!("fd42:6772:616e:ffff::{:x}/128", self.random.below(0xffff));
                // As `redistribute` of the lab's routers allows their mesh addresses alone, nobody may
                // ever hear of this one.
                self.ip(&node, &format!("address replace {cidr} dev lo"))?;
                let what = format!("{cidr} at {node}");
                (Trouble::Prefix { node, cidr }, what)
            }
        };
        self.under_way.push(trouble);
        Ok(what)
    }

    /// Ends all troubles.
    fn calm(&mut self) -> Result<(), Failure> {
        for trouble in std::mem::take(&mut self.under_way) {
            match trouble {
                Trouble::Cable(cable) => self.lab.heal(&cable)?,
                Trouble::Loss { node, interface } => {
                    self.nft(&node, &format!("flush chain netdev chaos {interface}"))?;
                }
                Trouble::Killed(node) => self.lab.start_daemon(&node)?,
                Trouble::Address {
                    node,
                    interface,
                    cidr,
                } => {
                    self.ip(&node, &format!("address replace {cidr} dev {interface}"))?;
                }
                Trouble::Prefix { node, cidr } => {
                    self.ip(&node, &format!("address del {cidr} dev lo"))?;
                }
            }
        }
        // A cable that was unplugged has lost addresses, if they were taken away meanwhile.
        self.lab.heal_all()?;
        Ok(())
    }

    /// Waits until all is right and stays so for a while; for how long it was not, and what was wrong
    /// last.
    fn wait_quiet(&mut self, storm: &str) -> Result<(Duration, String), Failure> {
        let routers = self.routers();
        let start = Instant::now();
        let mut right_since: Option<Instant> = None;
        let mut last = String::new();
        loop {
            match verdict::judge(self.lab, &routers)? {
                Ok(memory) => {
                    self.survived.most_memory = self.survived.most_memory.max(memory);
                    let since = *right_since.get_or_insert_with(Instant::now);
                    if since.elapsed() > QUIET {
                        return Ok((since - start, last));
                    }
                }
                Err(wrong) if start.elapsed() > QUIET_WITHIN => {
                    return Err(format!("after {storm}: {wrong}").into());
                }
                Err(wrong) => {
                    right_since = None;
                    last = wrong;
                }
            }
            thread::sleep(Duration::from_millis(200));
        }
    }

    fn routers(&self) -> Vec<String> {
        let routers = self.lab.topology().routers.iter();
        let names = routers.map(|router| router.name.to_string());
        names.filter(|name| name != EVIL).collect()
    }

    fn cables(&self) -> Vec<String> {
        let plan = self.lab.plan();
        let names = plan.cables.iter().map(|&cable| cable_name(plan, cable));
        names.filter(|name| !name.contains(EVIL)).collect()
    }

    fn mesh_interfaces(&self, node: &str) -> Vec<String> {
        let interfaces = self
            .lab
            .plan()
            .node(node)
            .map(|node| node.interfaces.iter());
        let names = interfaces
            .into_iter()
            .flatten()
            .map(|interface| interface.name.clone());
        names.filter(|name| !name.ends_with(EVIL)).collect()
    }

    fn mesh_v4(&self, node: &str) -> std::net::Ipv4Addr {
        let position = self.lab.topology().router(node).unwrap_or_default();
        crate::addresses::RouterAddresses::new(position).mesh_v4()
    }

    fn ip(&self, node: &str, words: &str) -> Result<(), Failure> {
        self.command(node, "ip", words.split(' '))
    }

    fn nft(&self, node: &str, words: &str) -> Result<(), Failure> {
        self.command(node, "nft", [words].into_iter())
    }

    fn command<'w>(
        &self,
        node: &str,
        program: &'w str,
        words: impl Iterator<Item = &'w str>,
    ) -> Result<(), Failure> {
        let argv: Vec<&str> = [program].into_iter().chain(words).collect();
        self.lab.note(format!("{node}: {}", argv.join(" ")));
        let output = self.lab.exec(node, &argv)?;
        let said = String::from_utf8_lossy(&output.stderr).into_owned();
        // What another trouble has taken away already need not be taken away again.
        let is_gone = ["Cannot assign requested", "does not exist", "No such"]
            .iter()
            .any(|gone| said.contains(gone));
        if output.status.success() || is_gone {
            return Ok(());
        }
        Err(format!("{node}: {}: {said}", argv.join(" ")).into())
    }
}
