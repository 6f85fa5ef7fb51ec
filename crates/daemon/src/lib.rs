//! What every Grange daemon shares: flags, control socket, logging, run directory, configuration file, metrics.
//!
//! A daemon's `main` goes: [`command_line::parse`] says what was asked; a method is asked of the
//! running daemon by [`client_mode::run`]; otherwise [`start::run`] reads the configuration, then come
//! [`run_dir::RunDir::open`], [`control::Server::bind`], and the daemon's own loop.
#![forbid(unsafe_code)]

pub mod build_id;
pub mod client;
pub mod client_mode;
pub mod command_line;
pub mod config_file;
pub mod control;
pub mod control_error;
pub mod json;
pub mod line_buffer;
pub mod logging;
pub mod metrics;
pub mod params;
pub mod printable;
pub mod quantity;
pub mod reply;
pub mod run_dir;
pub mod start;
pub mod suggestion;
pub mod table;
pub mod throttle;
