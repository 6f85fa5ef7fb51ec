//! How each routing daemon is configured and started, and how one knows that it is ready.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::process::Child;
use std::thread;
use std::time::{Duration, Instant};

use crate::folder::RouterFiles;
use crate::node_config::{self, NodeConfigError};
use crate::peer_config;
use crate::process::{self, ProcessId};
use crate::topology::graph::{Daemon, Topology};

/// How long a daemon may take until it answers. Generous: fifty start at once.
const READY_WITHIN: Duration = Duration::from_secs(30);
const POLL: Duration = Duration::from_millis(10);

/// A daemon could not be started.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    /// No such program.
    #[error("cannot find {program}: {remedy}")]
    Missing {
        /// Its name.
        program: &'static str,
        /// What to do about it.
        remedy: &'static str,
    },
    /// Its configuration could not be written.
    #[error(transparent)]
    Config(#[from] NodeConfigError),
    /// Its files could not be written, or it could not be run.
    #[error("cannot start {program} on {router}")]
    Start {
        /// Its name.
        program: &'static str,
        /// Where.
        router: String,
        /// Why.
        #[source]
        source: io::Error,
    },
    /// It ended, or did not open its control socket in time.
    #[error("{program} on {router} {what}; its last lines are:\n{log}")]
    NotReady {
        /// Its name.
        program: &'static str,
        /// Where.
        router: String,
        /// What happened.
        what: &'static str,
        /// The end of its log.
        log: String,
    },
}

/// The name of the program.
pub fn program(daemon: Daemon) -> &'static str {
    match daemon {
        Daemon::Routed => "grange-routed",
        Daemon::Babeld => "babeld",
        Daemon::Bird => "bird",
        Daemon::Nothing => "none",
    }
}

/// Where the daemon answers questions; the socket appears when it is ready.
pub fn socket(daemon: Daemon, files: &RouterFiles) -> PathBuf {
    files.run().join(format!("{}.sock", program(daemon)))
}

/// Finds the daemon's program: ours as [`find_ours`] does, the others in PATH.
pub fn find(daemon: Daemon) -> Result<PathBuf, StartError> {
    let program = program(daemon);
    let found = match daemon {
        Daemon::Routed => find_ours(program, "GRANGE_ROUTED"),
        _ => find_in_path(program),
    };
    found.ok_or(StartError::Missing {
        program,
        remedy: match daemon {
            Daemon::Routed => "build it with `cargo build --release -p grange-routed`, or name it in GRANGE_ROUTED",
            Daemon::Babeld => "install it with `apt-get install babeld`",
            Daemon::Bird | Daemon::Nothing => "install it with `apt-get install bird2`",
        },
    })
}

/// Finds a program of ours: what the environment variable names, else the file beside the lab's own, else
/// the one in PATH.
pub fn find_ours(program: &str, variable: &str) -> Option<PathBuf> {
    let named = std::env::var_os(variable).map(PathBuf::from);
    let own = std::env::current_exe().ok();
    // A test's program is one folder below the programs.
    let beside = own.iter().flat_map(|own| own.ancestors().skip(1).take(2));
    let beside = beside.map(|folder| folder.join(program));
    let mut candidates = named.into_iter().chain(beside);
    candidates
        .find(|path| path.is_file())
        .or_else(|| find_in_path(program))
}

fn find_in_path(program: &str) -> Option<PathBuf> {
    let path = std::env::var("PATH").unwrap_or_default();
    let folders = path.split(':').chain(["/usr/sbin", "/sbin"]);
    let mut candidates = folders.map(|folder| Path::new(folder).join(program));
    candidates.find(|path| path.is_file())
}

/// Starts a program that answers at a socket; does not wait until it does.
pub fn launch(
    namespace: &str,
    argv: &[String],
    socket: &Path,
    log: &Path,
) -> io::Result<(Child, ProcessId)> {
    // Left by one that was killed, it would look like a sign of life (and stop babeld).
    match fs::remove_file(socket) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
        _ => {}
    }
    process::start(namespace, argv, log)
}

/// Starts the daemon of the router at this position; does not wait until it is ready.
pub fn start(
    daemon: Daemon,
    topology: &Topology,
    router: usize,
    namespace: &str,
    files: &RouterFiles,
) -> Result<(Child, ProcessId), StartError> {
    let program = program(daemon);
    let argv = argv(daemon, files)?;
    let started = (|| {
        let (child, id) = launch(namespace, &argv, &socket(daemon, files), &files.log())?;
        id.save(&files.process())?;
        Ok((child, id))
    })();
    let router = topology.routers[router].name.to_string();
    started.map_err(|source| StartError::Start {
        program,
        router,
        source,
    })
}

/// Writes the configuration of the router at this position; `leased`: its balancer says when a default
/// route may be announced.
pub fn configure(
    daemon: Daemon,
    topology: &Topology,
    router: usize,
    leased: bool,
    files: &RouterFiles,
) -> Result<(), StartError> {
    let program = program(daemon);
    let text = match daemon {
        Daemon::Routed if leased => node_config::leased(topology, router)?,
        Daemon::Routed => node_config::routed(topology, router)?,
        Daemon::Babeld => peer_config::babeld(topology, router, &socket(daemon, files)),
        Daemon::Bird => peer_config::bird(topology, router),
        Daemon::Nothing => return Ok(()),
    };
    let written = fs::create_dir_all(files.config())
        .and_then(|()| fs::create_dir_all(files.run()))
        .and_then(|()| fs::write(config_file(daemon, files), text));
    let router = topology.routers[router].name.to_string();
    written.map_err(|source| StartError::Start {
        program,
        router,
        source,
    })
}

/// Waits until the daemon answers.
pub fn wait_ready(
    daemon: Daemon,
    router: &str,
    process: ProcessId,
    files: &RouterFiles,
) -> Result<(), StartError> {
    let socket = socket(daemon, files);
    wait_socket(program(daemon), router, process, &socket, &files.log())
}

/// Waits until a program answers at its socket.
pub fn wait_socket(
    program: &'static str,
    router: &str,
    process: ProcessId,
    socket: &Path,
    log: &Path,
) -> Result<(), StartError> {
    let start = Instant::now();
    let failed = |what| StartError::NotReady {
        program,
        router: router.to_owned(),
        what,
        log: last_lines(log, 15),
    };
    loop {
        if !process.is_running() {
            return Err(failed("ended at once"));
        }
        if socket.exists() {
            return Ok(());
        }
        if start.elapsed() > READY_WITHIN {
            return Err(failed("does not open its control socket"));
        }
        thread::sleep(POLL);
    }
}

/// The end of a log, for error messages.
pub fn last_lines(log: &Path, count: usize) -> String {
    let bytes = fs::read(log).unwrap_or_default();
    let text = String::from_utf8_lossy(&bytes);
    let lines: Vec<&str> = text.lines().collect();
    lines[lines.len().saturating_sub(count)..].join("\n")
}

/// Where its configuration is.
pub fn config_file(daemon: Daemon, files: &RouterFiles) -> PathBuf {
    match daemon {
        Daemon::Routed | Daemon::Nothing => files.config().join(node_config::FILE),
        Daemon::Babeld => files.config().join("babeld.conf"),
        Daemon::Bird => files.config().join("bird.conf"),
    }
}

fn argv(daemon: Daemon, files: &RouterFiles) -> Result<Vec<String>, StartError> {
    let text = |path: PathBuf| path.to_string_lossy().into_owned();
    let binary = text(find(daemon)?);
    let config = text(config_file(daemon, files));
    let run = |file: &str| text(files.run().join(file));
    let arguments = match daemon {
        Daemon::Routed => vec![
            "--foreground".into(),
            "--config".into(),
            config,
            "--run-dir".into(),
            run(""),
        ],
        Daemon::Babeld => vec![
            "-c".into(),
            config,
            "-S".into(),
            run("state"),
            "-I".into(),
            String::new(),
        ],
        Daemon::Bird => {
            let socket = text(socket(daemon, files));
            vec![
                "-f".into(),
                "-c".into(),
                config,
                "-s".into(),
                socket,
                "-P".into(),
                run("bird.pid"),
            ]
        }
        Daemon::Nothing => Vec::new(),
    };
    Ok([binary].into_iter().chain(arguments).collect())
}
