//! /etc/config/grange-routed: what may stand in it and what it means.

mod babeld;
mod filter;
mod general;
mod interface;
mod kernel_names;
mod key;
mod logical;
mod pattern;

use std::ffi::OsStr;
use std::path::Path;

use grange_babel::filter::Filters;
use grange_babel::mac::Key;
use grange_daemon::config_file::Configuration;
use grange_uci::{Package, Problems};
use log::LevelFilter;

pub use self::general::{General, MeshAddresses};
pub use self::interface::{InterfaceSection, Medium, Traits};
pub use self::kernel_names::{protocol_name, table_name};
pub use self::logical::Logical;
pub use self::pattern::{ParsePatternError, Pattern};
pub use grange_uci::Problem;

use crate::config::filter::Chain;

/// The package's name: `uci show grange-routed`.
const PACKAGE: &str = "grange-routed";
/// The types of sections.
const SECTIONS: [&str; 4] = ["routed", "interface", "filter", "key"];

/// A configuration without errors.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Config {
    /// The `routed` section, or its defaults.
    pub general: General,
    /// The `interface` sections in the order of the file: the first that matches a name counts.
    pub interfaces: Vec<InterfaceSection>,
    /// The `filter` sections by chain, each in the order of the file: the first that matches counts.
    pub filters: Filters,
    /// The `key` sections.
    pub keys: Vec<Key>,
    /// What netifd says of the names of interfaces: not from the file, and kept when that is read again.
    pub logical: Logical,
}

/// What reading a file gives.
pub type Reading = grange_uci::Reading<Config>;

/// Reads the text of a configuration file of our own.
pub fn read(text: &[u8]) -> Reading {
    Reading::new(text, |package, problems| {
        let dialect = Dialect {
            general: "routed",
            sections: &SECTIONS,
            defaults: General::default(),
        };
        package_config(&package.named(PACKAGE), dialect, problems)
    })
}

/// Reads the text of the file at that path: one that is called `babeld` as babeld's package has it.
pub fn read_file(path: &Path, text: &[u8]) -> Reading {
    if path.file_name() != Some(OsStr::new(babeld::FILE)) {
        return read(text);
    }
    Reading::new(text, |package, problems| {
        let dialect = Dialect {
            general: babeld::GENERAL,
            sections: &babeld::SECTIONS,
            defaults: babeld::defaults(),
        };
        let package = babeld::translate(package.named(babeld::FILE), problems);
        let mut config = package_config(&package, dialect, problems);
        let rules = std::mem::take(&mut config.filters.redistribute);
        config.filters.redistribute = babeld::redistribute(rules);
        config
    })
}

/// Where packages of the same sense differ.
struct Dialect {
    /// The type of the section about the whole router.
    general: &'static str,
    /// The types of sections.
    sections: &'static [&'static str],
    /// What holds without that section.
    defaults: General,
}

impl Configuration for Config {
    fn read(path: &Path, text: &[u8]) -> Reading {
        read_file(path, text)
    }

    fn is_enabled(&self) -> bool {
        self.general.enabled
    }

    fn log_level(&self) -> Option<LevelFilter> {
        self.general.log_level
    }
}

impl Config {
    /// The section for the device of that name, if Babel is to run there.
    pub fn interface(&self, device: &str) -> Option<&InterfaceSection> {
        let mut sections = self.interfaces.iter();
        let first = sections.find(|section| section.matches(device, &self.logical));
        first.filter(|section| !section.ignore)
    }

    /// Every kernel table that this configuration puts Babel routes into.
    pub fn tables(&self) -> Vec<u32> {
        let mut tables = vec![self.general.table];
        for rule in &self.filters.install {
            if let Some(table) = rule.action.install.table
                && !tables.contains(&table)
            {
                tables.push(table);
            }
        }
        tables.sort_unstable();
        tables
    }
}

fn package_config(package: &Package, dialect: Dialect, problems: &mut Problems) -> Config {
    let mut config = Config {
        general: dialect.defaults.clone(),
        ..Config::default()
    };
    problems.package(package, dialect.sections);
    if let Some(reader) = problems.only(package, dialect.general) {
        config.general = general::read(&reader, dialect.defaults, problems);
    }
    for reader in package.readers_of("key") {
        let key = key::read(&reader, &config.keys, problems);
        config.keys.extend(key);
    }
    for reader in package.readers_of("interface") {
        config
            .interfaces
            .extend(interface::read(&reader, &config.keys, problems));
    }
    for reader in package.readers_of("filter") {
        let Some((chain, rule)) = filter::read(&reader, config.general.table, problems) else {
            continue;
        };
        match chain {
            Chain::Input => config.filters.input.push(rule),
            Chain::Output => config.filters.output.push(rule),
            Chain::Redistribute => config.filters.redistribute.push(rule),
            Chain::Install => config.filters.install.push(rule),
        }
    }
    config
}

#[cfg(test)]
mod tests;
