//! `grange-lab bench`: the same work for grange-routed, babeld and BIRD, beside each other.
//!
//! Each row of [`rows`] is measured some times for each daemon, every time in a new lab of its own;
//! the table shows the median and the worst of them. docs/benchmarks.md tells what a row does.

pub mod configs;
pub mod fibs;
pub mod figure;
pub mod flood;
pub mod grid;
pub mod machine;
pub mod outage;
pub mod probe;
pub mod rows;
pub mod start;
pub mod table;
pub mod town;
pub mod usage;
pub mod withdrawal;

use std::collections::VecDeque;
use std::error::Error;
use std::io::{self, Write};
use std::sync::{Mutex, PoisonError};
use std::thread;
use std::time::Instant;

use clap::Args;

use crate::bench::rows::{ROWS, Row};
use crate::bench::table::Results;
use crate::bench::town::{DAEMONS, Trial};
use crate::daemons::program;
use crate::topology::graph::Daemon;

/// What to measure, and how often.
#[derive(Debug, Args)]
pub struct Arguments {
    /// Rows to measure, all by default; `list` names them
    rows: Vec<String>,
    /// Runs of grange-routed in each row
    #[arg(long, value_name = "N")]
    runs: Option<usize>,
    /// Runs of babeld and BIRD in each row; 0 leaves them out
    #[arg(long, value_name = "N")]
    peer_runs: Option<usize>,
}

/// Measures and prints the table. False when a run could not be made.
pub fn run(arguments: &Arguments) -> Result<bool, Box<dyn Error>> {
    let mut out = io::stdout();
    if arguments.rows.iter().any(|word| word == "list") {
        for row in ROWS {
            writeln!(out, "  {:<16} {}", row.name, row.about)?;
        }
        return Ok(true);
    }
    let rows = chosen(&arguments.rows)?;
    let start = Instant::now();
    writeln!(out, "{}", machine::describe())?;
    writeln!(out, "{}", table::HEAD)?;
    let mut complete = true;
    for row in rows {
        let results = measure(row, arguments);
        complete &= results.failures == 0;
        writeln!(out, "{}", table::render(row, &results))?;
        out.flush()?;
    }
    let minutes = start.elapsed().as_secs_f64() / 60.0;
    writeln!(out, "\nMeasured in {minutes:.0} minutes.")?;
    Ok(complete)
}

fn chosen(words: &[String]) -> Result<Vec<&'static Row>, String> {
    if words.is_empty() {
        return Ok(ROWS.iter().collect());
    }
    let find = |word: &String| {
        let found = ROWS.iter().find(|row| row.name == word);
        found.ok_or_else(|| format!("no row called {word}: `list` names them"))
    };
    words.iter().map(find).collect()
}

/// All runs of a row: the daemons take turns, so that what else the machine does meets all alike.
fn measure(row: &'static Row, arguments: &Arguments) -> Results {
    let runs_of = |daemon| {
        let wanted = if daemon == Daemon::Routed {
            arguments.runs
        } else {
            arguments.peer_runs
        };
        match (row.runs_of(daemon), wanted) {
            // A row that a daemon is not in, whatever is wished.
            (0, _) => 0,
            (default, wanted) => wanted.unwrap_or(default),
        }
    };
    let most = DAEMONS.map(runs_of).into_iter().max().unwrap_or(0);
    let mut queue = VecDeque::new();
    for number in 0..most {
        for daemon in DAEMONS
            .into_iter()
            .filter(|&daemon| number < runs_of(daemon))
        {
            queue.push_back(Trial {
                row: row.name,
                daemon,
                number,
            });
        }
    }
    let all = queue.len();
    let queue = Mutex::new(queue);
    let results = Mutex::new(Results::default());
    let work = || {
        loop {
            let next = queue
                .lock()
                .unwrap_or_else(PoisonError::into_inner)
                .pop_front();
            let Some(trial) = next else { return };
            let outcome = (row.measure)(&trial);
            let mut results = results.lock().unwrap_or_else(PoisonError::into_inner);
            let (done, name) = (results.done() + 1, program(trial.daemon));
            match outcome {
                Ok(values) => {
                    let shown = table::show(row, &values);
                    eprintln!("{}: {done} of {all}: {name}: {shown}", row.name);
                    results.add(trial.daemon, values);
                }
                Err(error) => {
                    results.failures += 1;
                    eprintln!(
                        "{}: {done} of {all}: {name}: not measured: {error}",
                        row.name
                    );
                }
            }
        }
    };
    thread::scope(|scope| {
        for _ in 0..row.at_once {
            scope.spawn(work);
        }
    });
    results.into_inner().unwrap_or_else(PoisonError::into_inner)
}
