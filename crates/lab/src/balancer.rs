//! grange-uplinkd on the routers of a lab, beside their routing daemons.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::process::Child;
use std::thread;
use std::time::{Duration, Instant};

use crate::balancer_config;
use crate::folder::RouterFiles;
use crate::process::{self, ProcessId};
use crate::topology::graph::Topology;

/// Its name.
pub const PROGRAM: &str = "grange-uplinkd";
const READY_WITHIN: Duration = Duration::from_secs(30);
const POLL: Duration = Duration::from_millis(10);

/// Where it answers questions.
pub fn socket(files: &RouterFiles) -> PathBuf {
    files.run().join(format!("{PROGRAM}.sock"))
}

/// Where its configuration is.
pub fn config_file(files: &RouterFiles) -> PathBuf {
    files.config().join(balancer_config::FILE)
}

/// Finds the program: what the environment variable GRANGE_UPLINKD names, else the file beside the
/// lab's own, else the one in PATH.
pub fn find() -> Option<PathBuf> {
    let named = std::env::var_os("GRANGE_UPLINKD").map(PathBuf::from);
    let own = std::env::current_exe().ok();
    // A test's program is one folder below the programs.
    let beside = own.iter().flat_map(|own| own.ancestors().skip(1).take(2));
    let beside = beside.map(|folder| folder.join(PROGRAM));
    let path = std::env::var("PATH").unwrap_or_default();
    let folders = path
        .split(':')
        .map(|folder| Path::new(folder).join(PROGRAM));
    let mut candidates = named.into_iter().chain(beside).chain(folders);
    candidates.find(|path| path.is_file())
}

/// Writes the configuration of the router at this position.
pub fn configure(topology: &Topology, router: usize, files: &RouterFiles) -> io::Result<()> {
    fs::create_dir_all(files.config())?;
    fs::create_dir_all(files.run())?;
    fs::create_dir_all(files.state())?;
    let text = balancer_config::text(topology, router, &files.state());
    fs::write(config_file(files), text)
}

/// Starts it with the configuration that is there, and waits until it answers.
pub fn start(namespace: &str, files: &RouterFiles) -> io::Result<(Child, ProcessId)> {
    let missing = || io::Error::other(format!("there is no program {PROGRAM}: build it"));
    let binary = find().ok_or_else(missing)?;
    let socket = socket(files);
    // Left by one that was killed, it would look like a sign of life.
    match fs::remove_file(&socket) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
        _ => {}
    }
    let argv = [
        binary,
        "--foreground".into(),
        "--config".into(),
        config_file(files),
        "--run-dir".into(),
        files.run(),
    ];
    let argv = argv.map(|word| word.to_string_lossy().into_owned());
    let (child, id) = process::start(namespace, &argv, &files.balancer_log())?;
    let start = Instant::now();
    while !socket.exists() {
        if !id.is_running() || start.elapsed() > READY_WITHIN {
            let said = fs::read_to_string(files.balancer_log()).unwrap_or_default();
            return Err(io::Error::other(format!(
                "{PROGRAM} does not start: {said}"
            )));
        }
        thread::sleep(POLL);
    }
    Ok((child, id))
}
