//! /etc/config/grange-rpcd: what may stand in it and what it means.

use std::path::Path;

use grange_daemon::config_file::Configuration;
use grange_daemon::logging::LEVELS;
use grange_uci::{Package, Problems, Reader};
use log::LevelFilter;

/// The package's name: `uci show grange-rpcd`.
const PACKAGE: &str = "grange-rpcd";
/// The types of sections.
const SECTIONS: [&str; 1] = ["rpcd"];

/// A configuration without errors.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Config {
    /// Whether the daemon does anything at all.
    pub enabled: bool,
    /// Whether numbers are collected for graphs while nobody looks, once a minute.
    pub history: bool,
    /// Whether the object `babeld` is there, as babeld's own.
    pub babeld: bool,
    /// Whether the object `mwan3` is there, as mwan3's own.
    pub mwan3: bool,
    /// The least important message that is logged; `None` leaves it to the command line.
    pub log_level: Option<LevelFilter>,
}

impl Default for Config {
    fn default() -> Self {
        Self {
            enabled: true,
            history: true,
            babeld: false,
            mwan3: false,
            log_level: None,
        }
    }
}

/// What reading a file gives.
pub type Reading = grange_uci::Reading<Config>;

/// Reads the text of a configuration file.
pub fn read(text: &[u8]) -> Reading {
    Reading::new(text, |package, problems| {
        package_config(&package.named(PACKAGE), problems)
    })
}

impl Configuration for Config {
    fn read(_path: &Path, text: &[u8]) -> Reading {
        read(text)
    }

    fn is_enabled(&self) -> bool {
        self.enabled
    }

    fn log_level(&self) -> Option<LevelFilter> {
        self.log_level
    }
}

fn package_config(package: &Package, problems: &mut Problems) -> Config {
    let mut config = Config::default();
    problems.package(package, &SECTIONS);
    if let Some(reader) = problems.only(package, "rpcd") {
        section(&reader, &mut config, problems);
    }
    config
}

fn section(reader: &Reader<'_>, config: &mut Config, problems: &mut Problems) {
    for (name, value) in [
        ("enabled", &mut config.enabled),
        ("history", &mut config.history),
        ("babeld", &mut config.babeld),
        ("mwan3", &mut config.mwan3),
    ] {
        if let Some(set) = problems.value(reader.flag(name)) {
            *value = set;
        }
    }
    config.log_level = problems.value(reader.choice("log_level", &LEVELS));
    for warning in reader.unknown_options() {
        problems.warning(&warning);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_empty_file_is_the_defaults() {
        let reading = read(b"");
        assert_eq!(reading.config, Some(Config::default()));
        assert!(reading.problems.is_empty());
    }

    #[test]
    fn what_is_wrong_is_said_with_its_place() {
        let reading = read(
            b"config rpcd\n\toption babeld '1'\n\toption history 'often'\n\toption colour x\n",
        );
        assert_eq!(reading.config, None);
        let shown: Vec<String> = reading.problems.iter().map(ToString::to_string).collect();
        assert_eq!(shown.len(), 2);
        assert!(shown[0].starts_with("3:"), "{shown:?}");
        assert!(shown[1].contains("colour"), "{shown:?}");
    }
}
