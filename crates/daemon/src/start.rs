//! How a daemon starts, and what its exit codes are.

use std::error::Error;
use std::process::ExitCode;

use grange_linux::fatal::install_fatal_handler;
use log::LevelFilter;

use crate::build_id::BUILD_ID;
use crate::client_mode::{FAILED, REFUSED};
use crate::command_line::{Options, Program};
use crate::config_file::{self, Configuration};
use crate::logging;

/// What the crash line calls a build that nobody named.
const UNNAMED: &str = "unnamed-build";

/// Runs the daemon until it is told to stop: `serve` has the rest.
pub fn run<C: Configuration>(
    program: &Program,
    options: &Options,
    serve: impl FnOnce(C) -> Result<(), Box<dyn Error>>,
) -> ExitCode {
    logging::init(program.name, options.log_level.unwrap_or(LevelFilter::Info));
    install_fatal_handler(program.name, program.version, BUILD_ID.unwrap_or(UNNAMED));
    let Some(reading) = config_file::read::<C>(&options.config) else {
        return ExitCode::from(FAILED);
    };
    config_file::log_problems(&options.config, &reading.problems);
    let Some(config) = reading.config else {
        return ExitCode::from(REFUSED);
    };
    logging::set_level(config.level(options));
    if !config.is_enabled() {
        log::info!("option enabled is 0: there is nothing to do");
        return ExitCode::SUCCESS;
    }
    match serve(config) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            log::error!("{error}");
            ExitCode::from(FAILED)
        }
    }
}

/// Says on stderr what is wrong with the configuration.
pub fn check_config<C: Configuration>(program: &Program, options: &Options) -> ExitCode {
    logging::init(program.name, LevelFilter::Info);
    let Some(reading) = config_file::read::<C>(&options.config) else {
        return ExitCode::from(FAILED);
    };
    config_file::print_problems(&options.config, &reading.problems);
    if reading.config.is_some() {
        ExitCode::SUCCESS
    } else {
        ExitCode::from(REFUSED)
    }
}
