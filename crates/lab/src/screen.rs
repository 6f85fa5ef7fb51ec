//! What `grange-lab up` shows: headline, table, how to play.

use std::error::Error;
use std::io;
use std::path::Path;
use std::time::{Duration, Instant, SystemTime};

use crate::cuts::{self, CutError};
use crate::lab::Lab;
use crate::observe::View;
use crate::table::{self, Row};
use crate::watch::Watch;

/// Size of a terminal in characters.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Size {
    /// Lines.
    pub rows: usize,
    /// Characters in each.
    pub columns: usize,
}

/// Writes an error and its causes to stderr.
pub fn complain(error: &dyn Error) {
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(error) = cause {
        text = format!("{text}: {error}");
        cause = error.source();
    }
    eprintln!("error: {text}");
}

/// One line about the whole lab.
pub fn headline(lab: &Lab) -> Result<String, CutError> {
    let topology = lab.topology();
    let started = SystemTime::UNIX_EPOCH + Duration::from_secs(lab.record().started_s);
    let age = table::ago(started.elapsed().unwrap_or_default());
    let cut: Vec<String> = cuts::list(lab.folder())?.into_keys().collect();
    let cut = if cut.is_empty() {
        String::new()
    } else {
        format!(", CUT: {}", cut.join(", "))
    };
    Ok(format!(
        "{} ({}): {}, {}, {}, up {age}{cut}",
        lab.name(),
        short(&lab.record().title),
        count(topology.routers.len(), "router"),
        count(topology.links.len(), "link"),
        count(topology.uplinks.len(), "uplink"),
    ))
}

/// How to play, with commands that can be pasted.
pub fn how_to_play(lab: &Lab) -> Vec<String> {
    let plan = lab.plan();
    let routers = &lab.topology().routers;
    let cable = plan.cables.iter().find(|cable| {
        let [a, b] = cuts::ends(plan, **cable);
        (a.as_str(), b.as_str()) == ("main", "park")
    });
    let cable = cable
        .or_else(|| plan.cables.first())
        .map(|&cable| cuts::cable_name(plan, cable));
    let (program, place) = program_and_place();
    let command = match lab.name().as_str() {
        "street" => program,
        name => format!("{program} --lab {name}"),
    };
    let mut lines = vec![format!("In another terminal, as root{place}:")];
    let mut add = |verb: &str, why: &str| lines.push(format!("  {command} {verb:<30} {why}"));
    if let Some(last) = routers.last() {
        let internet = !lab.topology().uplinks.is_empty();
        let target = if internet { "203.0.113.1" } else { "10.42.0.1" };
        add(
            &format!("exec {} ping {target}", last.name),
            "watch traffic while you cut",
        );
    }
    if let Some(cable) = cable {
        add(&format!("cut {cable}"), "or cut --silent: nobody is told");
        add("heal", "all that is cut");
    }
    if let (true, Some(uplink)) = (lab.record().balance, lab.topology().uplinks.first()) {
        let gateway = &routers[uplink.router].name;
        add(
            &format!("exec {gateway} grange-uplinkd bill"),
            "who owes whom; or uplinks, usage",
        );
    }
    add("status", "this table once; --json for programs");
    add("down", "or Ctrl-C here");
    lines
}

/// The whole screen, cut to the size of the terminal.
pub fn draw(
    lab: &Lab,
    views: &[View],
    watch: &Watch,
    now: Instant,
    size: Size,
) -> Result<Vec<String>, CutError> {
    let rows: Vec<Row<'_>> = views
        .iter()
        .map(|view| {
            let change = watch.last(&view.router);
            let change = change.map(|c| (now.saturating_duration_since(c.at), c.what.as_str()));
            Row { view, change }
        })
        .collect();
    let footer = how_to_play(lab);
    // Headline, empty line, titles, "and more", empty line.
    let most = size.rows.saturating_sub(footer.len() + 6).max(1);
    let mut lines = vec![headline(lab)?, String::new()];
    lines.extend(table::render(&rows, most));
    lines.push(String::new());
    lines.extend(footer);
    lines.truncate(size.rows.saturating_sub(1));
    Ok(lines
        .into_iter()
        .map(|line| line.chars().take(size.columns).collect())
        .collect())
}

/// The size of the terminal on stdin or, where that cannot be told, a usual one.
pub fn size() -> Size {
    let told = || -> Option<Size> {
        let output = std::process::Command::new("stty")
            .arg("size")
            .stdin(tty().ok()?)
            .output();
        let text = String::from_utf8(output.ok()?.stdout).ok()?;
        let (rows, columns) = text.trim().split_once(' ')?;
        let size = Size {
            rows: rows.parse().ok()?,
            columns: columns.parse().ok()?,
        };
        (size.rows > 0 && size.columns > 0).then_some(size)
    };
    told().unwrap_or(Size {
        rows: 40,
        columns: 120,
    })
}

fn tty() -> io::Result<std::fs::File> {
    std::fs::File::open("/dev/tty")
}

/// Statements given on the command line can be long.
fn short(title: &str) -> String {
    match title.char_indices().nth(40) {
        None => title.to_owned(),
        Some((end, _)) => format!("{}...", &title[..end]),
    }
}

fn count(number: usize, thing: &str) -> String {
    format!("{number} {thing}{}", if number == 1 { "" } else { "s" })
}

/// What to type for this program, and where: the shell's short name if it finds this very program
/// by it, the script that has started it (`GRANGE_LAB_COMMAND`, which works in one folder only), or
/// the whole path.
fn program_and_place() -> (String, String) {
    let own = std::env::current_exe().unwrap_or_else(|_| "grange-lab".into());
    if let Ok(script) = std::env::var("GRANGE_LAB_COMMAND") {
        let folder = std::env::current_dir().unwrap_or_default();
        return (script, format!(", in {}", folder.display()));
    }
    let path = std::env::var("PATH").unwrap_or_default();
    let named = path
        .split(':')
        .map(|folder| Path::new(folder).join("grange-lab"));
    let first = named.into_iter().find(|candidate| candidate.is_file());
    let is_own = first.is_some_and(|first| first.canonicalize().ok() == own.canonicalize().ok());
    let program = if is_own {
        "grange-lab".to_owned()
    } else {
        own.display().to_string()
    };
    (program, String::new())
}
