//! What a daemon tells the command line about itself.

/// A daemon, as its command line describes it.
#[derive(Debug)]
pub struct Program {
    /// Its name, such as `grange-routed`.
    pub name: &'static str,
    /// Its version.
    pub version: &'static str,
    /// What it is, in one line.
    pub about: &'static str,
    /// Where its configuration is unless `--config` says otherwise.
    pub default_config: &'static str,
    /// What can be asked of the running daemon.
    pub methods: &'static [Method],
}

/// A method of a daemon.
#[derive(Debug)]
pub struct Method {
    /// Its name: one word, or two such as `gateway set`.
    pub name: &'static str,
    /// What it does, in one line.
    pub about: &'static str,
    /// Its parameters, in the order in which bare words are taken for them.
    pub params: &'static [Param],
}

impl Method {
    /// What every daemon counts.
    pub const METRICS: Self = Self {
        name: "metrics",
        about: "counters and gauges for Prometheus",
        params: &[],
    };
    /// What every daemon does at SIGHUP as well.
    pub const RELOAD: Self = Self {
        name: "reload",
        about: "read the configuration again",
        params: &[],
    };
}

/// A parameter of a method.
#[derive(Debug)]
pub struct Param {
    /// Its name.
    pub name: &'static str,
    /// What it takes.
    pub kind: ParamKind,
    /// What it means, in a few words.
    pub about: &'static str,
}

/// What a parameter takes, and how it is written in JSON.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ParamKind {
    /// Text.
    Text,
    /// One of these texts.
    Choice(&'static [&'static str]),
    /// A whole number, 0 or more.
    Number,
    /// `true`, `false`, `1`, `0`, `yes`, `no`, `on` or `off`.
    Flag,
    /// A list of these texts, separated by commas; takes every bare word that is left.
    Choices(&'static [&'static str]),
}
