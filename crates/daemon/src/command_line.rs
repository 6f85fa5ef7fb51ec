//! The command line of every daemon: flags, and methods that are asked of the running daemon.

use core::time::Duration;
use std::ffi::OsString;
use std::path::PathBuf;

use log::LevelFilter;
use serde_json::{Map, Value};

use crate::logging::{LEVELS, level_named};
use crate::printable::escaped;
use crate::suggestion::nearest;

/// The run directory unless `--run-dir` says otherwise.
pub const DEFAULT_RUN_DIR: &str = "/var/run/grange";

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

/// What the command line asks for.
#[derive(Clone, Debug, PartialEq)]
pub enum Invocation {
    /// Run the daemon.
    Run(Options),
    /// Read the configuration, say what is wrong with it and end.
    CheckConfig(Options),
    /// Ask the running daemon.
    Call(Call),
    /// Print this text and end.
    Print(String),
}

/// The flags.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Options {
    /// `--config`: the configuration file.
    pub config: PathBuf,
    /// `--run-dir`: where lock, socket and state are.
    pub run_dir: PathBuf,
    /// `--log-level`; `None` leaves it to the configuration.
    pub log_level: Option<LevelFilter>,
}

/// A method to ask of the running daemon.
#[derive(Clone, Debug, PartialEq)]
pub struct Call {
    /// The flags.
    pub options: Options,
    /// The method.
    pub method: &'static str,
    /// Its parameters, an object.
    pub params: Value,
    /// `--json`: print the reply as it came instead of text for people.
    pub json: bool,
    /// `--timeout`: how long to wait for the reply.
    pub timeout: Duration,
}

/// A command line that cannot be understood; the text says what to do instead.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct UsageError(String);

/// How long a reply may take unless `--timeout` says otherwise: a router under load is slow.
const DEFAULT_TIMEOUT: Duration = Duration::from_secs(10);

const FLAGS: [(&str, &str); 9] = [
    ("config", "FILE     the configuration"),
    (
        "run-dir",
        "DIR     where lock, control socket and state are",
    ),
    (
        "check-config",
        "    say what is wrong with the configuration and end",
    ),
    (
        "foreground",
        "      log to stderr and do not detach (it never does)",
    ),
    (
        "log-level",
        "LEVEL error, warn, info or debug (debug: development builds only)",
    ),
    ("json", "            print replies as JSON"),
    ("timeout", "SECONDS how long to wait for a reply"),
    ("version", "         print the version"),
    ("help", "            print this text"),
];

/// Reads the arguments (without the program's own name).
pub fn parse(
    program: &Program,
    args: impl IntoIterator<Item = OsString>,
) -> Result<Invocation, UsageError> {
    use lexopt::Arg::{Long, Short, Value as Word};
    let mut options = Options {
        config: program.default_config.into(),
        run_dir: DEFAULT_RUN_DIR.into(),
        log_level: None,
    };
    let mut words = Vec::new();
    let mut check = false;
    let mut json = false;
    let mut timeout = None;
    let mut parser = lexopt::Parser::from_args(args);
    while let Some(arg) = parser.next().map_err(said)? {
        match arg {
            Long("config") => options.config = parser.value().map_err(said)?.into(),
            Long("run-dir") => options.run_dir = parser.value().map_err(said)?.into(),
            Long("check-config") => check = true,
            Long("foreground") => {}
            Long("log-level") => options.log_level = Some(level(&text(&mut parser)?)?),
            Long("json") => json = true,
            Long("timeout") => timeout = Some(seconds(&text(&mut parser)?)?),
            Long("version") | Short('V') => return Ok(Invocation::Print(version(program))),
            Long("help") | Short('h') => return Ok(Invocation::Print(help(program))),
            Long(other) => return Err(unknown_flag(other)),
            Short(other) => return Err(UsageError(format!("there is no flag -{other}"))),
            Word(word) => words.push(utf8(word)?),
        }
    }
    if words.is_empty() {
        if json || timeout.is_some() {
            let flag = if json { "--json" } else { "--timeout" };
            return Err(UsageError(format!(
                "{flag} goes with a method, such as {}",
                example(program)
            )));
        }
        return Ok(if check {
            Invocation::CheckConfig(options)
        } else {
            Invocation::Run(options)
        });
    }
    if check {
        return Err(UsageError("--check-config takes no method".to_owned()));
    }
    let (method, arguments) = method(program, &words)?;
    Ok(Invocation::Call(Call {
        options,
        method: method.name,
        params: params(method, arguments)?,
        json,
        timeout: timeout.unwrap_or(DEFAULT_TIMEOUT),
    }))
}

/// The text of `--help`.
pub fn help(program: &Program) -> String {
    let name = program.name;
    let mut out = format!(
        "{name} {}: {}\n\nUsage:\n  {name} [FLAGS]              run the daemon\n  \
         {name} METHOD [PARAMETERS]  ask the running daemon\n\nFlags:\n",
        program.version, program.about
    );
    for (flag, about) in FLAGS {
        out.push_str(&format!("  --{flag} {about}"));
        match flag {
            "config" => out.push_str(&format!(" (default {})", program.default_config)),
            "run-dir" => out.push_str(&format!(" (default {DEFAULT_RUN_DIR})")),
            "timeout" => out.push_str(&format!(" (default {})", DEFAULT_TIMEOUT.as_secs())),
            _ => {}
        }
        out.push('\n');
    }
    out.push_str("\nMethods:\n");
    let longest = program.methods.iter().map(|method| method.name.len());
    let width = longest.max().unwrap_or(0);
    for method in program.methods {
        out.push_str(&format!("  {:width$}  {}\n", method.name, method.about));
        for param in method.params {
            out.push_str(&format!(
                "  {:width$}    {}  {}\n",
                "",
                form(param),
                param.about
            ));
        }
    }
    out.push_str(&format!(
        "\nParameters are written NAME=VALUE, or all as one JSON object:\n  {}\n\n\
         Exit codes: 0 done; 1 wrong configuration, or refused by the daemon; 2 wrong usage, daemon \
         not\nrunning, or an error of the system.\n",
        example(program)
    ));
    out
}

/// The text of `--version`.
pub fn version(program: &Program) -> String {
    format!("{} {}\n", program.name, program.version)
}

fn method<'p, 'w>(
    program: &'p Program,
    words: &'w [String],
) -> Result<(&'p Method, &'w [String]), UsageError> {
    // A name of two words goes before one of one word.
    for count in [2, 1] {
        let Some((name, rest)) = words.split_at_checked(count) else {
            continue;
        };
        let name = name.join(" ");
        if let Some(method) = program.methods.iter().find(|method| method.name == name) {
            return Ok((method, rest));
        }
    }
    let first = words.first().map_or("", String::as_str);
    let names = || program.methods.iter().map(|method| method.name);
    let same_start: Vec<&str> = names()
        .filter(|name| {
            name.split_once(' ')
                .is_some_and(|(start, _)| start == first)
        })
        .collect();
    let shown = escaped(first);
    if !same_start.is_empty() {
        return Err(UsageError(format!(
            "'{shown}' wants one more word: {}",
            same_start.join(", ")
        )));
    }
    let two = words.iter().take(2).cloned().collect::<Vec<_>>().join(" ");
    let near = nearest(&two, names().filter(|name| name.contains(' ')))
        .or_else(|| nearest(first, names()));
    Err(UsageError(match near {
        Some(near) => format!("there is no method '{shown}', did you mean '{near}'?"),
        None => format!(
            "there is no method '{shown}', only {}",
            names().collect::<Vec<_>>().join(", ")
        ),
    }))
}

fn params(method: &Method, arguments: &[String]) -> Result<Value, UsageError> {
    let mut members = Map::new();
    for argument in arguments {
        if argument.trim_start().starts_with('{') {
            if arguments.len() > 1 {
                return Err(UsageError(
                    "a JSON object must be the only parameter, in quotes".to_owned(),
                ));
            }
            let object = serde_json::from_str(argument);
            members = object
                .map_err(|error| UsageError(format!("the parameters are not JSON: {error}")))?;
            known(method, &members)?;
            break;
        }
        let (param, text) = match argument.split_once('=') {
            Some((name, text)) => (param(method, name)?, text),
            None => (next_param(method, &members, argument)?, argument.as_str()),
        };
        let value = value(method, param, text)?;
        match (members.get_mut(param.name), value) {
            (Some(Value::Array(before)), Value::Array(more)) => before.extend(more),
            (Some(_), _) => {
                return Err(UsageError(format!(
                    "the parameter '{}' is given twice",
                    param.name
                )));
            }
            (None, value) => {
                members.insert(param.name.to_owned(), value);
            }
        }
    }
    Ok(Value::Object(members))
}

fn known(method: &Method, members: &Map<String, Value>) -> Result<(), UsageError> {
    members
        .keys()
        .try_for_each(|name| param(method, name).map(|_| ()))
}

fn param<'m>(method: &'m Method, name: &str) -> Result<&'m Param, UsageError> {
    let names = || method.params.iter().map(|param| param.name);
    let shown = escaped(name);
    if let Some(param) = method.params.iter().find(|param| param.name == name) {
        return Ok(param);
    }
    Err(UsageError(match nearest(name, names()) {
        Some(near) => format!(
            "'{}' has no parameter '{shown}', did you mean '{near}'?",
            method.name
        ),
        None if method.params.is_empty() => {
            format!("'{}' takes no parameter, not '{shown}'", method.name)
        }
        None => format!(
            "'{}' has no parameter '{shown}', only {}",
            method.name,
            names().collect::<Vec<_>>().join(", ")
        ),
    }))
}

/// The parameter that a bare word is for: the first that has no value yet, or a list.
fn next_param<'m>(
    method: &'m Method,
    members: &Map<String, Value>,
    word: &str,
) -> Result<&'m Param, UsageError> {
    let free = method.params.iter().find(|param| {
        matches!(param.kind, ParamKind::Choices(_)) || !members.contains_key(param.name)
    });
    free.ok_or_else(|| {
        UsageError(format!(
            "'{}' does not know what to do with '{}'",
            method.name,
            escaped(word)
        ))
    })
}

fn value(method: &Method, param: &Param, text: &str) -> Result<Value, UsageError> {
    let wrong = |what: &str| {
        UsageError(format!(
            "'{}' wants {what} for '{}', not '{}'",
            method.name,
            param.name,
            escaped(text)
        ))
    };
    let chosen = |choices: &[&str], text: &str| {
        if choices.contains(&text) {
            return Ok(Value::from(text));
        }
        let mut error = wrong(&format!("one of {}", choices.join(", ")));
        if let Some(near) = nearest(text, choices.iter().copied()) {
            error.0.push_str(&format!(": did you mean '{near}'?"));
        }
        Err(error)
    };
    match param.kind {
        ParamKind::Text => Ok(Value::from(text)),
        ParamKind::Choice(choices) => chosen(choices, text),
        ParamKind::Choices(choices) => {
            let words = text.split(',').map(|word| chosen(choices, word));
            words.collect::<Result<_, _>>().map(Value::Array)
        }
        ParamKind::Number => match text.parse::<u64>() {
            Ok(number) if !text.starts_with('+') => Ok(Value::from(number)),
            _ => Err(wrong("a whole number")),
        },
        ParamKind::Flag => match text {
            "true" | "1" | "yes" | "on" => Ok(Value::from(true)),
            "false" | "0" | "no" | "off" => Ok(Value::from(false)),
            _ => Err(wrong("yes or no")),
        },
    }
}

fn form(param: &Param) -> String {
    match param.kind {
        ParamKind::Text => format!("{}=TEXT", param.name),
        ParamKind::Choice(choices) => format!("{}={}", param.name, choices.join("|")),
        ParamKind::Number => format!("{}=NUMBER", param.name),
        ParamKind::Flag => format!("{}=yes|no", param.name),
        ParamKind::Choices(choices) => format!("{}={}", param.name, choices.join(",")),
    }
}

fn example(program: &Program) -> String {
    let richest = program
        .methods
        .iter()
        .max_by_key(|method| method.params.len());
    let mut out = program.name.to_owned();
    if let Some(method) = richest {
        out.push(' ');
        out.push_str(method.name);
        for param in method.params {
            let value = match param.kind {
                ParamKind::Text => "TEXT",
                ParamKind::Choice(choices) | ParamKind::Choices(choices) => {
                    choices.first().copied().unwrap_or("TEXT")
                }
                ParamKind::Number => "30",
                ParamKind::Flag => "yes",
            };
            out.push_str(&format!(" {}={value}", param.name));
        }
    }
    out
}

fn unknown_flag(name: &str) -> UsageError {
    let near = nearest(name, FLAGS.iter().map(|(flag, _)| *flag));
    UsageError(match near {
        Some(near) => format!(
            "there is no flag --{}, did you mean --{near}?",
            escaped(name)
        ),
        None => format!("there is no flag --{}", escaped(name)),
    })
}

fn level(name: &str) -> Result<LevelFilter, UsageError> {
    level_named(name).ok_or_else(|| {
        let names: Vec<&str> = LEVELS.iter().map(|(name, _)| *name).collect();
        UsageError(format!(
            "--log-level wants one of {}, not '{}'",
            names.join(", "),
            escaped(name)
        ))
    })
}

fn seconds(text: &str) -> Result<Duration, UsageError> {
    match text.parse::<u32>() {
        Ok(seconds) if seconds > 0 => Ok(Duration::from_secs(seconds.into())),
        _ => Err(UsageError(format!(
            "--timeout wants whole seconds, 1 or more, not '{}'",
            escaped(text)
        ))),
    }
}

fn text(parser: &mut lexopt::Parser) -> Result<String, UsageError> {
    parser.value().map_err(said).and_then(utf8)
}

fn utf8(word: OsString) -> Result<String, UsageError> {
    word.into_string().map_err(|word| {
        let shown = word.to_string_lossy();
        UsageError(format!("'{}' is not UTF-8", escaped(&shown)))
    })
}

fn said(error: lexopt::Error) -> UsageError {
    UsageError(escaped(&error.to_string()).into_owned())
}

#[cfg(test)]
mod tests;
