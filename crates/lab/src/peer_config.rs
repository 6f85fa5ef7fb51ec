//! Configurations of the two other daemons that speak Babel, for labs that mix them with ours.
//!
//! Both put their routes into table `main`, as they do where people run them.

use std::fmt::Write;
use std::path::Path;

use crate::addresses::RouterAddresses;
use crate::node_config::GATEWAY_METRIC;
use crate::plan::mesh_interface;
use crate::topology::graph::{Link, Topology};

/// babeld 1.12's configuration file; `socket` is where it answers questions about itself.
pub fn babeld(topology: &Topology, router: usize, socket: &Path) -> String {
    let own = RouterAddresses::new(router);
    let mut text = format!(
        "# babeld's own defaults, and what the lab's {} announces\n\
         router-id {}\nlocal-path-readwrite {}\nskip-kernel-setup true\n",
        topology.routers[router].name,
        own.router_id(),
        socket.display()
    );
    for (peer, link) in links(topology, router) {
        let kind = if link.wireless { "wireless" } else { "wired" };
        let cost = link
            .cost
            .map(|cost| format!(" rxcost {cost}"))
            .unwrap_or_default();
        add(
            &mut text,
            format_args!("interface {peer} type {kind}{cost}\n"),
        );
    }
    add(
        &mut text,
        format_args!("redistribute local ip {}/32 allow\n", own.mesh_v4()),
    );
    add(
        &mut text,
        format_args!("redistribute local ip {}/128 allow\n", own.mesh_v6()),
    );
    if topology.routers[router].laptop {
        for home in [own.home_v4(), own.home_v6()] {
            add(
                &mut text,
                format_args!("redistribute ip {home} eq {} proto 2 allow\n", home.plen),
            );
        }
    }
    if topology.uplinks_of(router).any(|uplink| uplink.shared) {
        for any in ["0.0.0.0/0", "::/0"] {
            add(
                &mut text,
                format_args!("redistribute ip {any} eq 0 proto 4 metric {GATEWAY_METRIC}\n"),
            );
        }
    }
    text.push_str("redistribute local deny\nredistribute deny\n");
    text
}

/// BIRD 2's configuration file.
pub fn bird(topology: &Topology, router: usize) -> String {
    let own = RouterAddresses::new(router);
    let shared = topology.uplinks_of(router).any(|uplink| uplink.shared);
    let mut text = format!(
        "# what the lab's {} announces\nrouter id {};\nlog stderr all;\n\
         protocol device {{ scan time 2; }}\n",
        topology.routers[router].name,
        own.mesh_v4(),
    );
    for (family, mesh, home, any) in [
        (
            "ipv4",
            format!("{}/32", own.mesh_v4()),
            own.home_v4(),
            "0.0.0.0/0",
        ),
        (
            "ipv6",
            format!("{}/128", own.mesh_v6()),
            own.home_v6(),
            "::/0",
        ),
    ] {
        let home = if topology.routers[router].laptop {
            format!(", {home}")
        } else {
            String::new()
        };
        let any = if shared {
            format!(", {any}")
        } else {
            String::new()
        };
        // Addresses on `lo` and networks on `lan` come from "direct", the default from "kernel".
        add(
            &mut text,
            format_args!(
                "filter own_{family} {{ if net ~ [ {mesh}{home}{any} ] then accept; \
             if source = RTS_BABEL then accept; reject; }}\n\
             protocol direct direct_{family} {{ {family}; interface \"lo\", \"lan\"; }}\n\
             protocol kernel kernel_{family} {{ learn; scan time 2; \
             {family} {{ import all; export where source = RTS_BABEL; }}; }}\n"
            ),
        );
    }
    text.push_str("protocol babel {\n");
    for (peer, link) in links(topology, router) {
        let kind = if link.wireless { "wireless" } else { "wired" };
        let cost = link
            .cost
            .map(|cost| format!(" rxcost {cost};"))
            .unwrap_or_default();
        add(
            &mut text,
            format_args!("  interface \"{peer}\" {{ type {kind};{cost} }};\n"),
        );
    }
    text.push_str(
        "  ipv4 { import all; export filter own_ipv4; };\n  \
         ipv6 { import all; export filter own_ipv6; };\n}\n",
    );
    text
}

fn links(topology: &Topology, router: usize) -> impl Iterator<Item = (String, &Link)> {
    topology.links.iter().filter_map(move |link| {
        let [a, b] = link.ends;
        let peer = [(a, b), (b, a)]
            .into_iter()
            .find(|(own, _)| *own == router)?
            .1;
        Some((mesh_interface(&topology.routers[peer].name), link))
    })
}

fn add(text: &mut String, line: std::fmt::Arguments<'_>) {
    // Writing to a String cannot fail.
    let _ = text.write_fmt(line);
}
