//! The `/etc/config/grange-routed` of a lab's router, written with `uci_rs`.
//!
//! All values are ours or checked (names of letters, digits and dashes), so that crate's missing
//! escapes cannot matter; every section has a name, because it confuses nameless ones.

use std::io::BufWriter;

use uci_rs::{Uci, UciCommand};

use crate::addresses::RouterAddresses;
use crate::plan::mesh_interface;
use crate::topology::graph::Topology;

/// `uci_rs` refused to take or write a value.
#[derive(Debug, thiserror::Error)]
#[error("cannot write a UCI file: {0}")]
pub struct NodeConfigError(String);

/// Name of the configuration file in the router's config folder.
pub const FILE: &str = "grange-routed";

/// The metric that a shared uplink is announced with, as babeld's packages do.
pub const GATEWAY_METRIC: u16 = 128;

/// The text of the file for the router at this position.
pub fn routed(topology: &Topology, router: usize) -> Result<String, NodeConfigError> {
    write(topology, router, false)
}

/// The same for a router whose grange-uplinkd says when a default route may be announced.
pub fn leased(topology: &Topology, router: usize) -> Result<String, NodeConfigError> {
    write(topology, router, true)
}

fn write(topology: &Topology, router: usize, lease: bool) -> Result<String, NodeConfigError> {
    let own = RouterAddresses::new(router);
    let mut file = File { uci: Uci::new("") };
    let (v4, v6) = (own.mesh_v4(), own.mesh_v6());
    let router_id = own.router_id();
    let mut options = vec![("router_id", router_id.as_str())];
    if lease {
        options.push(("require_lease", "1"));
    }
    file.section("routed", "main", &options)?;
    let addresses = [v4.to_string(), v6.to_string()];
    file.list("main", "mesh_address", &addresses)?;

    for link in topology
        .links
        .iter()
        .filter(|link| link.ends.contains(&router))
    {
        let [a, b] = link.ends;
        let peer = &topology.routers[if a == router { b } else { a }].name;
        let section = format!("to_{}", peer.as_str().replace('-', "_"));
        let medium = if link.wireless { "wireless" } else { "wired" };
        let options = [
            ("ifname", mesh_interface(peer)),
            ("type", medium.to_owned()),
        ];
        let cost = link.cost.map(|cost| ("cost", cost.to_string()));
        let options: Vec<(&str, String)> = options.into_iter().chain(cost).collect();
        let options: Vec<(&str, &str)> = options.iter().map(|(k, v)| (*k, v.as_str())).collect();
        file.section("interface", &section, &options)?;
    }

    let local = ("local", "1");
    file.redistribute(
        "mesh4",
        &[("ip", &format!("{v4}/32")), local, ("action", "allow")],
    )?;
    file.redistribute(
        "mesh6",
        &[("ip", &format!("{v6}/128")), local, ("action", "allow")],
    )?;
    if topology.routers[router].laptop {
        for (section, home) in [("home4", own.home_v4()), ("home6", own.home_v6())] {
            let (ip, eq) = (home.to_string(), home.plen.to_string());
            let from_kernel = ("proto", "kernel");
            file.redistribute(
                section,
                &[("ip", &ip), ("eq", &eq), from_kernel, ("action", "allow")],
            )?;
        }
    }
    if topology.uplinks_of(router).any(|uplink| uplink.shared) {
        let action = format!("metric {GATEWAY_METRIC}");
        for (section, ip) in [("internet4", "0.0.0.0/0"), ("internet6", "::/0")] {
            file.redistribute(
                section,
                &[
                    ("ip", ip),
                    ("eq", "0"),
                    ("proto", "static"),
                    ("action", &action),
                ],
            )?;
        }
    }
    file.text()
}

struct File {
    uci: Uci,
}

impl File {
    fn section(
        &mut self,
        kind: &str,
        name: &str,
        options: &[(&str, &str)],
    ) -> Result<(), NodeConfigError> {
        self.uci.add_section(kind, name).map_err(refused)?;
        for (option, value) in options {
            self.uci
                .set_option(name, option, vec![value])
                .map_err(refused)?;
        }
        Ok(())
    }

    /// `uci_rs` writes a list only where there are two values or more.
    fn list(
        &mut self,
        section: &str,
        option: &str,
        values: &[String],
    ) -> Result<(), NodeConfigError> {
        let values = values.iter().map(String::as_str).collect();
        self.uci
            .set_option(section, option, values)
            .map_err(refused)
    }

    fn redistribute(
        &mut self,
        name: &str,
        options: &[(&str, &str)],
    ) -> Result<(), NodeConfigError> {
        let kind = [("type", "redistribute")];
        let options: Vec<(&str, &str)> = kind.iter().chain(options).copied().collect();
        self.section("filter", name, &options)
    }

    fn text(&self) -> Result<String, NodeConfigError> {
        let mut writer = BufWriter::new(Vec::new());
        self.uci.write_in(&mut writer).map_err(refused)?;
        let bytes = writer
            .into_inner()
            .map_err(|error| NodeConfigError(error.to_string()))?;
        let text = String::from_utf8_lossy(&bytes);
        Ok(format!("{}\n", text.trim()))
    }
}

fn refused(error: uci_rs::Error) -> NodeConfigError {
    NodeConfigError(error.message)
}

#[cfg(test)]
mod tests;
