//! What a failed test prints.

use std::fmt::Write;
use std::time::SystemTime;

use crate::daemons::last_lines;
use crate::folder::Folder;
use crate::namespace::Namespace;
use crate::plan::{Plan, Role};
use crate::process;

/// Events, and of each router its addresses, routes, rules, filters and the end of the log.
pub fn report(
    events: &[(SystemTime, String)],
    plan: &Plan,
    namespaces: &[Namespace],
    folder: &Folder,
) -> String {
    let mut text = String::from("---- what was done\n");
    for (time, what) in events {
        let ago = time.elapsed().unwrap_or_default();
        line(
            &mut text,
            &format!("{:8.2} s ago  {what}", ago.as_secs_f64()),
        );
    }
    for (node, namespace) in plan.nodes.iter().zip(namespaces) {
        if !matches!(node.role, Role::Router(_)) {
            continue;
        }
        for command in [
            "ip -brief address",
            "ip -4 route show table all",
            "ip -6 route show table all",
            "ip -4 rule",
            "ip -6 rule",
            "nft list ruleset",
        ] {
            line(&mut text, &format!("---- {}: {command}", node.name));
            let output = process::inside(namespace.name())
                .args(command.split(' '))
                .output();
            match output {
                Ok(output) => {
                    let all = [output.stdout, output.stderr].concat();
                    let all = String::from_utf8_lossy(&all).into_owned();
                    // Table "local" says nothing that the addresses have not said.
                    for row in all.lines().filter(|row| !row.contains("table local")) {
                        line(&mut text, row);
                    }
                }
                Err(error) => line(&mut text, &error.to_string()),
            }
        }
        line(&mut text, &format!("---- {}: log", node.name));
        line(&mut text, &last_lines(&folder.router(&node.name).log(), 40));
    }
    text
}

fn line(text: &mut String, line: &str) {
    // Writing to a String cannot fail.
    let _ = writeln!(text, "{line}");
}
