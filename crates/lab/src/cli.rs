//! The command line: `grange-lab VERB ...`.

use std::error::Error;
use std::io::{self, Write};
use std::os::unix::process::CommandExt;
use std::process::{Command, ExitCode};
use std::time::Duration;

use clap::{Parser, Subcommand};
use nix::sys::signal::Signal;

use crate::balancer;
use crate::bench;
use crate::chaos;
use crate::cuts::{self, Cut};
use crate::daemons;
use crate::folder::{Folder, ROOT};
use crate::lab::Lab;
use crate::live;
use crate::options::Options;
use crate::process::{self, ProcessId};
use crate::record::Record;
use crate::screen;
use crate::teardown;
use crate::topology::catalogue;
use crate::topology::graph::Daemon;
use crate::topology::name::LabName;

/// How long the process that a lab belongs to may take to clean up.
const OWNER_CLEANS_WITHIN: Duration = Duration::from_secs(30);

#[derive(Debug, Parser)]
#[command(
    name = "grange-lab",
    version,
    about = "A neighbourhood of routers in network namespaces of this machine",
    after_help = "docs/lab.md tells how to write topologies and what the lab does not prove."
)]
struct Arguments {
    /// Which lab; several can be up at once
    #[arg(
        long,
        global = true,
        env = "GRANGE_LAB",
        value_name = "NAME",
        default_value = "street"
    )]
    lab: LabName,
    #[command(subcommand)]
    verb: Verb,
}

#[derive(Debug, Subcommand)]
enum Verb {
    /// Bring a neighbourhood up and watch it; Ctrl-C takes it down
    Up {
        /// Come back when it is up, and leave it up until `grange-lab down`
        #[arg(long)]
        detach: bool,
        /// What routers run that the topology leaves open: routed, babeld, bird or none
        #[arg(long, default_value = "routed")]
        daemon: Daemon,
        /// Only routing daemons: nobody balances, nothing is counted
        #[arg(long)]
        no_uplinkd: bool,
        /// No duplicate address detection: links work a second or two earlier
        #[arg(long)]
        fast: bool,
        /// neighbourhood (the default), lossy, a file, or statements such as: ring 8
        topology: Vec<String>,
    },
    /// Cut a cable, such as main-park or broad-fibre
    Cut {
        /// The two nodes
        #[arg(value_name = "A-B")]
        cable: String,
        /// Let the interfaces stay up and drop everything: nobody is told
        #[arg(long)]
        silent: bool,
    },
    /// Heal a cable, or all that are cut
    Heal {
        /// The two nodes
        #[arg(value_name = "A-B")]
        cable: Option<String>,
    },
    /// Run a command on a node
    Exec {
        /// A router, laptop-ROUTER, a provider or internet
        node: String,
        /// The command and its arguments
        #[arg(required = true, trailing_var_arg = true, allow_hyphen_values = true)]
        command: Vec<String>,
    },
    /// What every router sees
    Status {
        /// For programs
        #[arg(long)]
        json: bool,
    },
    /// Take the lab down, also one that was left behind
    Down,
    /// What a router's daemon has logged
    Logs {
        /// The router
        router: String,
        /// Go on as it grows
        #[arg(short, long)]
        follow: bool,
    },
    /// Restart a router's daemon
    Restart {
        /// The router
        router: String,
        /// Kill it without giving it time to write anything down
        #[arg(long)]
        kill9: bool,
    },
    /// The labs of this machine
    List,
    /// Measure grange-routed beside babeld and BIRD (scripts/bench/routing)
    Bench(bench::Arguments),
    /// Twenty routers with everything going wrong, from a seed (scripts/bench/chaos)
    Chaos {
        /// Decides what goes wrong
        #[arg(long, default_value_t = 1)]
        seed: u64,
        /// For how long
        #[arg(long, default_value_t = 10)]
        minutes: u64,
    },
}

type Outcome = Result<ExitCode, Box<dyn Error>>;

/// Does what the process's arguments say.
pub fn main() -> ExitCode {
    let arguments = Arguments::parse();
    run(&arguments).unwrap_or_else(|error| {
        screen::complain(&*error);
        ExitCode::FAILURE
    })
}

fn run(arguments: &Arguments) -> Outcome {
    let name = &arguments.lab;
    match &arguments.verb {
        Verb::Up {
            detach,
            daemon,
            no_uplinkd,
            fast,
            topology,
        } => {
            let found = catalogue::find(topology)?;
            let (detached, daemon, fast) = (*detach, *daemon, *fast);
            live::up(
                &found,
                &Options {
                    name: name.clone(),
                    daemon,
                    // Without uplinks there is nothing to balance.
                    balance: !no_uplinkd
                        && daemon == Daemon::Routed
                        && !found.topology.uplinks.is_empty(),
                    fast,
                    detached,
                },
            )
        }
        Verb::Cut { cable, silent } => {
            let lab = Lab::open(name)?;
            lab.cut(cable, if *silent { Cut::Silent } else { Cut::Unplugged })?;
            say(&format!("cut {}", canonical(&lab, cable)?))
        }
        Verb::Heal { cable: Some(cable) } => {
            let lab = Lab::open(name)?;
            lab.heal(cable)?;
            say(&format!("healed {}", canonical(&lab, cable)?))
        }
        Verb::Heal { cable: None } => {
            let healed = Lab::open(name)?.heal_all()?;
            let nothing = healed.is_empty();
            say(&if nothing {
                "no cable is cut".to_owned()
            } else {
                format!("healed {}", healed.join(", "))
            })
        }
        Verb::Exec { node, command } => {
            let lab = Lab::open(name)?;
            let mut inside = process::inside(lab.namespace(node)?.name());
            inside.args(with_run_dir(&lab, node, command));
            // Becomes the command, so that signals and the exit code are its own.
            Err(Box::new(inside.exec()))
        }
        Verb::Status { json } => status(&Lab::open(name)?, *json),
        Verb::Down => down(name),
        Verb::Logs { router, follow } => {
            let lab = Lab::open(name)?;
            lab.daemon(router)?;
            let position = lab.topology().router(router)?;
            let log = lab
                .folder()
                .router(&lab.topology().routers[position].name)
                .log();
            let mut tail = Command::new("tail");
            tail.args(["-n", "+1"])
                .args(follow.then_some("-f"))
                .arg(log);
            Err(Box::new(tail.exec()))
        }
        Verb::Restart { router, kill9 } => {
            let lab = Lab::open(name)?;
            lab.stop_daemon(router, *kill9)?;
            lab.start_daemon(router)?;
            say(&format!("the daemon of {router} runs again"))
        }
        Verb::List => list(),
        Verb::Chaos { seed, minutes } => {
            let name = LabName::new(&format!("chaos-{}", std::process::id()))?;
            let duration = Duration::from_secs(minutes * 60);
            let survived = chaos::run(name, *seed, duration, &mut |line| {
                // Whoever reads no longer is not told.
                drop(say(line));
            });
            let survived = survived.map_err(|error| error as Box<dyn Error>)?;
            say(&format!("seed {seed}: {survived:#?}"))
        }
        Verb::Bench(arguments) => Ok(if bench::run(arguments)? {
            ExitCode::SUCCESS
        } else {
            ExitCode::FAILURE
        }),
    }
}

/// Our own programs are found beside this one, and told where the router has its run directory.
fn with_run_dir(lab: &Lab, node: &str, command: &[String]) -> Vec<String> {
    let program = match command.first().map(String::as_str) {
        Some(balancer::PROGRAM) => balancer::find().ok(),
        Some("grange-routed") => daemons::find(Daemon::Routed).ok(),
        _ => None,
    };
    let position = lab.topology().router(node).ok();
    let (Some(program), Some(position)) = (program, position) else {
        return command.to_vec();
    };
    let files = lab.folder().router(&lab.topology().routers[position].name);
    let mut words = vec![
        program.to_string_lossy().into_owned(),
        "--run-dir".to_owned(),
        files.run().to_string_lossy().into_owned(),
    ];
    words.extend_from_slice(command.get(1..).unwrap_or(&[]));
    words
}

fn say(text: &str) -> Outcome {
    writeln!(io::stdout(), "{text}")?;
    Ok(ExitCode::SUCCESS)
}

fn canonical(lab: &Lab, cable: &str) -> Result<String, Box<dyn Error>> {
    Ok(cuts::cable_name(lab.plan(), cuts::find(lab.plan(), cable)?))
}

fn status(lab: &Lab, json: bool) -> Outcome {
    let views = lab.views();
    if json {
        let routers: Vec<_> = views.iter().map(crate::observe::View::to_json).collect();
        let cuts: Vec<String> = cuts::list(lab.folder())?.into_keys().collect();
        let value =
            serde_json::json!({ "lab": lab.name().as_str(), "cut": cuts, "routers": routers });
        return say(&format!("{value:#}"));
    }
    let rows: Vec<_> = views
        .iter()
        .map(|view| crate::table::Row { view, change: None })
        .collect();
    say(&screen::headline(lab)?)?;
    say(&crate::table::render(&rows, usize::MAX).join("\n"))
}

fn down(name: &LabName) -> Outcome {
    let folder = Folder::of(name);
    let Some(record) = Record::load(&folder)? else {
        return say(&format!("no lab called {name} is up"));
    };
    if let Some(owner) = record.owner.filter(|owner| owner.is_running()) {
        if !is_lab(owner) {
            let pid = owner.pid();
            return Err(
                format!("lab {name} belongs to process {pid}, a test perhaps: end that").into(),
            );
        }
        owner.signal(Signal::SIGTERM)?;
        owner.wait_end(OWNER_CLEANS_WITHIN);
    }
    // Nothing to do when its owner has done it.
    teardown::tear_down(&folder, &record)?;
    say(&format!("lab {name} is down"))
}

fn is_lab(process: ProcessId) -> bool {
    let program = std::fs::read_link(format!("/proc/{}/exe", process.pid())).unwrap_or_default();
    // A rebuild leaves " (deleted)" after the name.
    let name = program
        .file_name()
        .unwrap_or_default()
        .to_string_lossy()
        .into_owned();
    name.split(' ').next() == Some("grange-lab")
}

fn list() -> Outcome {
    let mut any = false;
    for entry in std::fs::read_dir(ROOT).into_iter().flatten().flatten() {
        let Ok(name) = LabName::new(&entry.file_name().to_string_lossy()) else {
            continue;
        };
        let Some(record) = Record::load(&Folder::of(&name))? else {
            continue;
        };
        let state = match record.owner {
            None => "detached",
            Some(owner) if owner.is_running() => "up",
            Some(_) => "left behind (grange-lab down cleans up)",
        };
        any = true;
        say(&format!(
            "{name}: {}, {} namespaces, {state}",
            record.title,
            record.namespaces.len()
        ))?;
    }
    if any {
        Ok(ExitCode::SUCCESS)
    } else {
        say("no lab is up")
    }
}
