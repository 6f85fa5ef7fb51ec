//! `grange-lab up`: brings a lab up, shows it until a signal comes, takes it down.

use std::error::Error;
use std::io::{self, IsTerminal, Write};
use std::process::ExitCode;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use tokio::signal::unix::{Signal, SignalKind, signal};
use tokio::task::spawn_blocking;
use tokio::time::{MissedTickBehavior, interval};

use crate::error::UpError;
use crate::lab::Lab;
use crate::options::Options;
use crate::screen;
use crate::topology::catalogue::Found;
use crate::watch::Watch;

/// What a shell calls a program that ended by Ctrl-C.
const INTERRUPTED: u8 = 130;
const REFRESH: Duration = Duration::from_secs(1);

/// Another screen without a cursor, and back.
const ENTER: &str = "\x1b[?1049h\x1b[?25l";
const LEAVE: &str = "\x1b[?25h\x1b[?1049l";

type Failure = Box<dyn Error>;

/// Runs the whole of `grange-lab up`.
pub fn up(found: &Found, options: &Options) -> Result<ExitCode, Failure> {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()?;
    runtime.block_on(async {
        // Before anything is made: from here on Ctrl-C cleans up.
        let mut stop = Stop::new()?;
        let lab = match start(found, options, &mut stop).await {
            Ok(lab) => lab,
            Err(UpError::Cancelled) => {
                say("stopped; everything is taken down again")?;
                return Ok(ExitCode::from(INTERRUPTED));
            }
            Err(error) => return Err(error.into()),
        };
        if options.detached {
            introduce(&lab)?;
            return Ok(ExitCode::SUCCESS);
        }
        let lab = Arc::new(lab);
        let shown = show(&lab, &mut stop).await;
        if let Some(lab) = Arc::into_inner(lab) {
            spawn_blocking(|| lab.down()).await??;
        }
        shown?;
        say(&format!(
            "lab {} is down, nothing is left of it",
            options.name
        ))?;
        Ok(ExitCode::SUCCESS)
    })
}

/// The signals that end a lab.
struct Stop {
    interrupt: Signal,
    terminate: Signal,
    hangup: Signal,
}

impl Stop {
    fn new() -> io::Result<Self> {
        Ok(Self {
            interrupt: signal(SignalKind::interrupt())?,
            terminate: signal(SignalKind::terminate())?,
            hangup: signal(SignalKind::hangup())?,
        })
    }

    /// Waits for one of them.
    async fn wanted(&mut self) {
        tokio::select! {
            _ = self.interrupt.recv() => {}
            _ = self.terminate.recv() => {}
            _ = self.hangup.recv() => {}
        }
    }
}

async fn start(found: &Found, options: &Options, stop: &mut Stop) -> Result<Lab, UpError> {
    let cancelled = Arc::new(AtomicBool::new(false));
    let (found, options, flag) = (found.clone(), options.clone(), Arc::clone(&cancelled));
    let mut building = spawn_blocking(move || {
        let tell = |step: &str| {
            // A reader that has gone away is noticed when the table is shown.
            drop(say(&format!("making {step}")));
        };
        Lab::up(&found, &options, &mut (tell, &*flag))
    });
    loop {
        tokio::select! {
            built = &mut building => return built.unwrap_or_else(|error| match error.try_into_panic() {
                Ok(panic) => std::panic::resume_unwind(panic),
                Err(_) => Err(UpError::Cancelled),
            }),
            () = stop.wanted() => cancelled.store(true, Ordering::Relaxed),
        }
    }
}

/// Shows the lab until a signal comes. When it returns, nothing else uses the lab any more.
async fn show(lab: &Arc<Lab>, stop: &mut Stop) -> Result<(), Failure> {
    let terminal = io::stdout().is_terminal();
    if terminal {
        write(ENTER)?;
    } else {
        introduce(lab)?;
    }
    let shown = watch(lab, stop, terminal).await;
    if terminal {
        // If the terminal has gone away, so has its screen.
        drop(write(LEAVE));
    }
    shown
}

async fn watch(lab: &Arc<Lab>, stop: &mut Stop, terminal: bool) -> Result<(), Failure> {
    let start = Instant::now();
    let mut watch = Watch::default();
    let mut resized = signal(SignalKind::window_change())?;
    let mut size = screen::size();
    let mut tick = interval(REFRESH);
    tick.set_missed_tick_behavior(MissedTickBehavior::Delay);
    loop {
        tokio::select! {
            () = stop.wanted() => return Ok(()),
            _ = resized.recv() => size = screen::size(),
            _ = tick.tick() => {}
        }
        let asked = Arc::clone(lab);
        // Always waited for, signal or not: it takes two seconds at most, and holds the lab.
        let views = spawn_blocking(move || asked.views()).await?;
        lab.reap();
        let now = Instant::now();
        let changes = watch.update(&views, now);
        if terminal {
            let lines = screen::draw(lab, &views, &watch, now, size)?;
            let rows: String = lines
                .iter()
                .flat_map(|line| [line.as_str(), "\x1b[K\r\n"])
                .collect();
            write(&format!("\x1b[H{rows}\x1b[J"))?;
        } else {
            for change in changes {
                let since = now.duration_since(start).as_secs();
                say(&format!("{since:5} s  {}: {}", change.router, change.what))?;
            }
        }
    }
}

fn introduce(lab: &Lab) -> Result<(), Failure> {
    say(&screen::headline(lab)?)?;
    for line in screen::how_to_play(lab) {
        say(&line)?;
    }
    Ok(())
}

fn say(line: &str) -> io::Result<()> {
    write(&format!("{line}\n"))
}

fn write(text: &str) -> io::Result<()> {
    let mut out = io::stdout().lock();
    out.write_all(text.as_bytes())?;
    out.flush()
}
