//! A router: a folder, a bus, daemons, and the program itself.

use std::path::PathBuf;
use std::process::{Child, Command, Output, Stdio};
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::{Duration, Instant};

use grange_ubusd_stand_in::StandIn;

use crate::caller::{Caller, DEADLINE};
use crate::daemons::{Daemon, routed, uplinkd};

pub(crate) struct Router {
    pub(crate) folder: PathBuf,
    pub(crate) bus: Option<StandIn>,
    pub(crate) routed: Option<Daemon>,
    pub(crate) uplinkd: Option<Daemon>,
    pub(crate) program: Child,
}

impl Router {
    /// A router with everything running.
    pub(crate) fn start() -> Self {
        Self::with("")
    }

    /// One whose section has these lines.
    pub(crate) fn with(options: &str) -> Self {
        static NEXT: AtomicU32 = AtomicU32::new(0);
        let number = NEXT.fetch_add(1, Ordering::Relaxed);
        let name = format!("grange-rpcd-{}-{number}", std::process::id());
        let folder = std::env::temp_dir().join(name);
        std::fs::create_dir_all(&folder).unwrap();
        std::fs::write(folder.join("config"), format!("config rpcd\n{options}")).unwrap();
        let bus = StandIn::start(folder.join("ubus.sock")).unwrap();
        let mut router = Self {
            routed: Some(Daemon::start(&folder, "grange-routed", routed())),
            uplinkd: Some(Daemon::start(&folder, "grange-uplinkd", uplinkd())),
            bus: Some(bus),
            program: program(&folder).stderr(Stdio::null()).spawn().unwrap(),
            folder,
        };
        router.wait_for_objects();
        router
    }

    pub(crate) fn caller(&self) -> Caller {
        Caller::new(&self.folder.join("ubus.sock"))
    }

    /// Waits until the objects are on the bus and both daemons answer.
    pub(crate) fn wait_for_objects(&mut self) {
        let start = Instant::now();
        let is_there = |router: &Self| {
            let bus = router.bus.as_ref().unwrap();
            bus.paths()
                .iter()
                .filter(|path| path.starts_with("grange"))
                .count()
                == 3
        };
        while !is_there(self) {
            let ended = self.program.try_wait().unwrap();
            assert!(ended.is_none(), "the program has ended: {ended:?}");
            assert!(start.elapsed() < DEADLINE, "no objects");
            std::thread::sleep(Duration::from_millis(10));
        }
    }

    /// Ends the program and starts it again.
    pub(crate) fn restart(&mut self, signal: &str) {
        let pid = self.program.id().to_string();
        let kill = Command::new("kill").args([signal, &pid]).status().unwrap();
        assert!(kill.success());
        self.program.wait().unwrap();
        let start = Instant::now();
        while !self.bus.as_ref().unwrap().paths().is_empty() {
            assert!(
                start.elapsed() < DEADLINE,
                "the objects of a dead program stay"
            );
            std::thread::sleep(Duration::from_millis(10));
        }
        self.program = program(&self.folder).stderr(Stdio::null()).spawn().unwrap();
        self.wait_for_objects();
    }

    /// The program as a client of itself.
    pub(crate) fn command(&self, arguments: &[&str]) -> Output {
        let mut command = Command::new(env!("CARGO_BIN_EXE_grange-rpcd"));
        command.arg("--run-dir").arg(&self.folder);
        command.args(arguments).output().unwrap()
    }
}

fn program(folder: &std::path::Path) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_grange-rpcd"));
    command
        .arg("--run-dir")
        .arg(folder)
        .arg("--config")
        .arg(folder.join("config"))
        .arg("--ubus-socket")
        .arg(folder.join("ubus.sock"));
    command
}

impl Drop for Router {
    fn drop(&mut self) {
        let _ = self.program.kill();
        let _ = self.program.wait();
        let _ = std::fs::remove_dir_all(&self.folder);
    }
}
