//! grange-uplinkd on the routers of a lab, beside their routing daemons.

use std::fs;
use std::io;
use std::path::PathBuf;
use std::process::Child;

use crate::balancer_config;
use crate::daemons::{self, StartError};
use crate::folder::RouterFiles;
use crate::process::ProcessId;
use crate::topology::graph::Topology;

/// Its name.
pub const PROGRAM: &str = "grange-uplinkd";

/// Where it answers questions.
pub fn socket(files: &RouterFiles) -> PathBuf {
    files.run().join(format!("{PROGRAM}.sock"))
}

/// Where its configuration is.
pub fn config_file(files: &RouterFiles) -> PathBuf {
    files.config().join(balancer_config::FILE)
}

/// Finds the program: what GRANGE_UPLINKD names, or as [`daemons::find_ours`] does.
pub fn find() -> Result<PathBuf, StartError> {
    let remedy =
        "build it with `cargo build --release -p grange-uplinkd`, or name it in GRANGE_UPLINKD";
    let missing = StartError::Missing {
        program: PROGRAM,
        remedy,
    };
    daemons::find_ours(PROGRAM, "GRANGE_UPLINKD").ok_or(missing)
}

/// Writes the configuration of the router at this position.
pub fn configure(
    topology: &Topology,
    router: usize,
    files: &RouterFiles,
) -> Result<(), StartError> {
    let text = balancer_config::text(topology, router, &files.state());
    fs::create_dir_all(files.config())
        .and_then(|()| fs::create_dir_all(files.run()))
        .and_then(|()| fs::create_dir_all(files.state()))
        .and_then(|()| fs::write(config_file(files), text))
        .map_err(failed(topology.routers[router].name.as_str()))
}

/// Starts it with the configuration that is there; does not wait until it answers.
pub fn start(
    namespace: &str,
    router: &str,
    files: &RouterFiles,
) -> Result<(Child, ProcessId), StartError> {
    let argv = [
        find()?,
        "--foreground".into(),
        "--config".into(),
        config_file(files),
        "--run-dir".into(),
        files.run(),
    ];
    let argv = argv.map(|word| word.to_string_lossy().into_owned());
    let started = daemons::launch(namespace, &argv, &socket(files), &files.balancer_log());
    started.map_err(failed(router))
}

/// Waits until it answers.
pub fn wait_ready(router: &str, process: ProcessId, files: &RouterFiles) -> Result<(), StartError> {
    daemons::wait_socket(
        PROGRAM,
        router,
        process,
        &socket(files),
        &files.balancer_log(),
    )
}

fn failed(router: &str) -> impl FnOnce(io::Error) -> StartError {
    let router = router.to_owned();
    move |source| StartError::Start {
        program: PROGRAM,
        router,
        source,
    }
}
