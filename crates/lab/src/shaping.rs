//! What makes a cable worse than perfect: loss, a limit to its rate, silence; and what hides a home
//! behind its provider's address.
//!
//! Loss is an nft drop where packets arrive, before anything else sees them (ARP and neighbour
//! discovery included). netem, the usual tool, is missing from many kernels.

use std::io::{self, Write};
use std::process::{Command, Output, Stdio};

use crate::namespace::{Namespace, NamespaceError};
use crate::plan::{Interface, Node};
use crate::topology::quantity::Loss;

/// `nft` or `tc` could not be run or refused.
#[derive(Debug, thiserror::Error)]
pub enum ShapingError {
    /// The namespace cannot be entered.
    #[error(transparent)]
    Namespace(#[from] NamespaceError),
    /// The program did not start.
    #[error("cannot run {program}")]
    Start {
        /// `nft` or `tc`.
        program: &'static str,
        /// Why.
        #[source]
        source: io::Error,
    },
    /// The program refused.
    #[error("{program}: {answer}")]
    Refused {
        /// `nft` or `tc`.
        program: &'static str,
        /// What it wrote to stderr.
        answer: String,
    },
}

/// Sets up loss, rates and masquerading of a node; nothing when it has none.
pub fn apply(namespace: &Namespace, node: &Node) -> Result<(), ShapingError> {
    let script = script(node);
    if !script.is_empty() {
        run(namespace, "nft", &["-f", "-"], &script)?;
    }
    for interface in &node.interfaces {
        let Some(rate) = interface.rate else { continue };
        let (rate, burst) = (rate.to_string(), rate.burst_bytes().to_string());
        let arguments = [
            "qdisc",
            "replace",
            "dev",
            &interface.name,
            "root",
            "tbf",
            "rate",
            &rate,
            "burst",
            &burst,
            "latency",
            "50ms",
        ];
        run(namespace, "tc", &arguments, "")?;
    }
    Ok(())
}

/// Drops all that arrives at an interface, which itself stays up and knows of nothing.
pub fn silence(namespace: &Namespace, interface: &str) -> Result<(), ShapingError> {
    let script = in_table("netdev", &drop_chain("cut", interface, Loss::ALL));
    run(namespace, "nft", &["-f", "-"], &script).map(drop)
}

/// Ends the silence; none is no error.
pub fn unsilence(namespace: &Namespace, interface: &str) -> Result<(), ShapingError> {
    let chain = chain("cut", interface);
    // "add" makes sure that there is something to delete.
    let script = format!(
        "add table netdev {TABLE}\nadd chain netdev {TABLE} {chain}\n\
         flush chain netdev {TABLE} {chain}\ndelete chain netdev {TABLE} {chain}\n"
    );
    run(namespace, "nft", &["-f", "-"], &script).map(drop)
}

/// Has a switch drop all that it would forward.
pub fn stop_forwarding(switch: &Namespace) -> Result<(), ShapingError> {
    let chain = "chain cut {\ntype filter hook forward priority 0;\ncounter drop\n}\n";
    run(switch, "nft", &["-f", "-"], &in_table("bridge", chain))
}

/// Ends that; nothing to end is no error.
pub fn forward_again(switch: &Namespace) -> Result<(), ShapingError> {
    let script = format!("add table bridge {TABLE}\ndelete table bridge {TABLE}\n");
    run(switch, "nft", &["-f", "-"], &script)
}

const TABLE: &str = "grange_lab";

fn script(node: &Node) -> String {
    let mut script = String::new();
    let lossy = |interface: &Interface| {
        interface
            .loss
            .map(|loss| drop_chain("loss", &interface.name, loss))
    };
    let chains: String = node.interfaces.iter().filter_map(lossy).collect();
    if !chains.is_empty() {
        script.push_str(&in_table("netdev", &chains));
    }
    let mut hiding = node
        .interfaces
        .iter()
        .filter(|interface| interface.masquerade)
        .peekable();
    if hiding.peek().is_some() {
        let mut chain = String::from("chain wan {\ntype nat hook postrouting priority srcnat;\n");
        for interface in hiding {
            chain.extend(["oifname \"", &interface.name, "\" masquerade\n"]);
        }
        chain.push_str("}\n");
        script.push_str(&in_table("inet", &chain));
    }
    script
}

fn in_table(family: &str, chains: &str) -> String {
    format!("table {family} {TABLE} {{\n{chains}}}\n")
}

fn drop_chain(purpose: &str, interface: &str, loss: Loss) -> String {
    let condition = match loss {
        Loss::ALL => String::new(),
        loss => format!("numgen random mod 10000 < {} ", loss.per_ten_thousand()),
    };
    format!(
        "chain {} {{\ntype filter hook ingress device \"{interface}\" priority 0;\n\
         {condition}counter drop\n}}\n",
        chain(purpose, interface)
    )
}

fn chain(purpose: &str, interface: &str) -> String {
    format!("{purpose}_{interface}")
}

fn run(
    namespace: &Namespace,
    program: &'static str,
    arguments: &[&str],
    input: &str,
) -> Result<(), ShapingError> {
    let output = namespace.enter(|| feed(program, arguments, input))?;
    let output = output.map_err(|source| ShapingError::Start { program, source })?;
    if output.status.success() {
        return Ok(());
    }
    let answer = String::from_utf8_lossy(&output.stderr).trim().to_owned();
    Err(ShapingError::Refused { program, answer })
}

fn feed(program: &str, arguments: &[&str], input: &str) -> io::Result<Output> {
    let path = std::env::var("PATH").unwrap_or_default();
    let mut child = Command::new(program)
        .args(arguments)
        .env("PATH", format!("{path}:/usr/sbin:/sbin"))
        .stdin(Stdio::piped())
        .stdout(Stdio::null())
        .stderr(Stdio::piped())
        .spawn()?;
    if let Some(mut stdin) = child.stdin.take() {
        // A program that does not read its input says why on stderr.
        drop(stdin.write_all(input.as_bytes()));
    }
    child.wait_with_output()
}

#[cfg(test)]
mod tests;
