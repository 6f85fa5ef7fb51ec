//! The texts of `--help` and `--version`.

use std::fmt::{self, Write as _};

use crate::build_id::BUILD_ID;
use crate::command_line::flags::{DEFAULT_RUN_DIR, DEFAULT_TIMEOUT, DEFAULT_UBUS_SOCKET, FLAGS};
use crate::command_line::program::{Param, ParamKind, Program};

/// The text of `--help`.
pub fn help(program: &Program) -> String {
    let mut out = String::new();
    // Writing to a String cannot fail.
    let _ = write_help(&mut out, program);
    out
}

/// The text of `--version`.
pub fn version(program: &Program) -> String {
    let build = BUILD_ID.map_or_else(String::new, |id| format!(" (build {id})"));
    format!("{} {}{build}\n", program.name, program.version)
}

/// A call that shows how parameters are written.
pub fn example(program: &Program) -> String {
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
            out.push(' ');
            out.push_str(param.name);
            out.push('=');
            out.push_str(value);
        }
    }
    out
}

fn write_help(out: &mut String, program: &Program) -> fmt::Result {
    let name = program.name;
    writeln!(out, "{name} {}: {}\n", program.version, program.about)?;
    writeln!(
        out,
        "Usage:\n  {name} [FLAGS]                        run the daemon"
    )?;
    writeln!(
        out,
        "  {name} [FLAGS] METHOD [PARAMETERS]    ask the running daemon\n"
    )?;
    writeln!(out, "Flags:")?;
    for (flag, takes, about) in FLAGS {
        let form = format!("--{flag} {takes}");
        write!(out, "  {form:19}  {about}")?;
        match flag {
            "config" => writeln!(out, " (default {})", program.default_config)?,
            "run-dir" => writeln!(out, " (default {DEFAULT_RUN_DIR})")?,
            "ubus-socket" => writeln!(out, " (default {DEFAULT_UBUS_SOCKET})")?,
            "timeout" => writeln!(out, " (default {})", DEFAULT_TIMEOUT.as_secs())?,
            _ => writeln!(out)?,
        }
    }
    writeln!(out, "\nMethods:")?;
    for method in program.methods {
        writeln!(out, "  {:19}  {}", method.name, method.about)?;
        for param in method.params {
            writeln!(out, "  {:19}    {}: {}", "", form(param), param.about)?;
        }
    }
    writeln!(
        out,
        "\nParameters are written NAME=VALUE, or all as one JSON object:"
    )?;
    writeln!(out, "  {}\n", example(program))?;
    writeln!(
        out,
        "Exit codes: 0 done; 1 wrong configuration, or refused by the daemon;"
    )?;
    writeln!(
        out,
        "2 wrong usage, daemon not running, or an error of the system."
    )
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
