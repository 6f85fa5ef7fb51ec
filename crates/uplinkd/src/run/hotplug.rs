//! Scripts that want to know when an uplink comes or goes: `hotplug-call iface`, as netifd and mwan3 call it.
//!
//! One process for each change, one at a time and in order, so that a script that says "connected" last is right.

use std::collections::VecDeque;
use std::fs;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use grange_linux::Signals;
use grange_uplink::clock::Instant;

use crate::run::{Daemon, now};
use crate::uplink::Uplink;

/// Where the scripts of `hotplug-call iface` are.
const SCRIPTS: &str = "/etc/hotplug.d/iface";
/// Scripts that take longer are ended: the next change is waiting.
const PATIENCE: Duration = Duration::from_mins(1);
/// How often a script that runs is looked at.
const STEP: Duration = Duration::from_millis(200);
/// Changes that wait at most; then the oldest are forgotten.
const MOST: usize = 128;

/// An uplink has come or gone.
#[derive(Debug)]
struct Change {
    action: &'static str,
    interface: String,
    device: String,
}

/// The scripts.
#[derive(Debug, Default)]
pub(super) struct Hotplug {
    /// Uplinks that scripts know as connected.
    connected: Vec<String>,
    waiting: VecDeque<Change>,
    running: Option<(Child, Instant)>,
}

impl Hotplug {
    /// When [`Daemon::call_scripts`] wants to be called.
    pub(super) fn poll_timeout(&self) -> Option<Instant> {
        self.running.is_some().then(|| now() + STEP)
    }
}

impl Daemon<'_> {
    /// Notes which uplinks have come and gone, in whatever family.
    pub(super) fn note_connected(&mut self) {
        let lives = |uplink: &Uplink| {
            let mut lines = uplink.lines.iter().flatten();
            lines.any(|line| line.health.state().is_live())
        };
        let (agent, hotplug) = (&self.agent, &mut self.hotplug);
        let is_there = |name: &String| {
            agent
                .uplinks()
                .iter()
                .any(|uplink| uplink.section.name == *name)
        };
        hotplug.connected.retain(is_there);
        for uplink in agent.uplinks() {
            let section = &uplink.section;
            let known = hotplug
                .connected
                .iter()
                .position(|name| *name == section.name);
            let action = match (known, lives(uplink)) {
                (None, true) => {
                    hotplug.connected.push(section.name.clone());
                    "connected"
                }
                (Some(place), false) => {
                    hotplug.connected.remove(place);
                    "disconnected"
                }
                _ => continue,
            };
            if hotplug.waiting.len() >= MOST {
                hotplug.waiting.pop_front();
            }
            hotplug.waiting.push_back(Change {
                action,
                interface: section.interfaces.first().unwrap_or(&section.name).clone(),
                device: section.device.clone(),
            });
        }
    }

    /// Starts the next script when the one before has ended. Never waits.
    pub(super) fn call_scripts(&mut self) {
        if let Some((child, since)) = &mut self.hotplug.running {
            match child.try_wait() {
                Ok(None) if since.until(now()) < PATIENCE => return,
                Ok(None) => {
                    let _ = child.kill();
                    let _ = child.wait();
                    let seconds = PATIENCE.as_secs();
                    self.trouble(
                        "hotplug",
                        format_args!("hotplug scripts took more than {seconds} s: ended"),
                    );
                }
                Ok(Some(_)) | Err(_) => {}
            }
            self.hotplug.running = None;
        }
        let program = self.agent.config().general.hotplug.clone();
        if self.hotplug.waiting.is_empty() {
            return;
        }
        if !has_scripts(&program) {
            self.hotplug.waiting.clear();
            return;
        }
        let Some(change) = self.hotplug.waiting.pop_front() else {
            return;
        };
        let mut command = Command::new(&program);
        command
            .arg("iface")
            .env("ACTION", change.action)
            .env("INTERFACE", &change.interface)
            .env("DEVICE", &change.device)
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::null());
        // It must be possible to end it, although this process blocks the signals it reads.
        Signals::unblock_in_child(&mut command);
        match command.spawn() {
            Ok(child) => self.hotplug.running = Some((child, now())),
            Err(error) => {
                let program = program.display();
                self.trouble("hotplug", format_args!("cannot run {program}: {error}"));
            }
        }
    }
}

/// Whether there is anything to be called: a program without a script would be a process for nothing.
fn has_scripts(program: &Path) -> bool {
    let is_ours = program
        .file_name()
        .is_some_and(|name| name == "hotplug-call");
    program.exists()
        && (!is_ours || fs::read_dir(SCRIPTS).is_ok_and(|mut scripts| scripts.next().is_some()))
}
