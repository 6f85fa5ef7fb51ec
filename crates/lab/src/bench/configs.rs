//! The same work for the three daemons: each speaks Babel on its mesh interfaces and announces its
//! mesh addresses and the static routes that a row adds. Everything else is the daemon's own default.

use std::fmt::Write;
use std::path::Path;

use crate::addresses::RouterAddresses;
use crate::topology::graph::Daemon;

/// What a row wants of each router.
#[derive(Debug, Clone, Copy, Default)]
pub struct Work {
    /// Whether the IPv4 mesh address is announced too.
    pub with_ipv4: bool,
    /// Time between Hellos in seconds, where it is not the daemon's default (4 s for all three).
    pub hello_s: Option<u32>,
    /// Time between full updates in seconds, where it is not the daemon's default (16 s for all).
    pub update_s: Option<u32>,
}

/// Static routes within this are announced, and `::/0`.
pub const STATIC_V6: &str = "fd99::/16";

/// The text of a configuration file.
pub fn text(
    daemon: Daemon,
    work: Work,
    router: usize,
    interfaces: &[&str],
    socket: &Path,
) -> String {
    let own = RouterAddresses::new(router);
    match daemon {
        Daemon::Routed => routed(work, own, interfaces),
        Daemon::Babeld => babeld(work, own, interfaces, socket),
        Daemon::Bird => bird(work, own, interfaces),
        Daemon::Nothing => String::new(),
    }
}

fn routed(work: Work, own: RouterAddresses, interfaces: &[&str]) -> String {
    let mut text = format!("config routed\n\toption router_id '{}'\n", own.router_id());
    text.push_str("config interface\n\toption type 'wired'\n");
    for interface in interfaces {
        add(&mut text, format_args!("\tlist ifname '{interface}'\n"));
    }
    for (option, seconds) in [
        ("hello_interval", work.hello_s),
        ("update_interval", work.update_s),
    ] {
        if let Some(seconds) = seconds {
            add(&mut text, format_args!("\toption {option} '{seconds}'\n"));
        }
    }
    let mut filter = |conditions: &str| {
        add(
            &mut text,
            format_args!("config filter\n\toption type 'redistribute'\n{conditions}"),
        );
    };
    filter(&format!(
        "\toption local '1'\n\toption ip '{}/128'\n",
        own.mesh_v6()
    ));
    if work.with_ipv4 {
        filter(&format!(
            "\toption local '1'\n\toption ip '{}/32'\n",
            own.mesh_v4()
        ));
    }
    filter(&format!(
        "\toption proto 'static'\n\toption ip '{STATIC_V6}'\n"
    ));
    filter("\toption proto 'static'\n\toption ip '::/0'\n\toption eq '0'\n");
    filter("\toption proto 'static'\n\toption ip '0.0.0.0/0'\n\toption eq '0'\n");
    text
}

fn babeld(work: Work, own: RouterAddresses, interfaces: &[&str], socket: &Path) -> String {
    let mut text = format!(
        "router-id {}\nlocal-path-readwrite {}\nskip-kernel-setup true\n",
        own.router_id(),
        socket.display()
    );
    for interface in interfaces {
        add(&mut text, format_args!("interface {interface} type wired"));
        for (option, seconds) in [
            ("hello-interval", work.hello_s),
            ("update-interval", work.update_s),
        ] {
            if let Some(seconds) = seconds {
                add(&mut text, format_args!(" {option} {seconds}"));
            }
        }
        text.push('\n');
    }
    add(
        &mut text,
        format_args!("redistribute local ip {}/128 allow\n", own.mesh_v6()),
    );
    if work.with_ipv4 {
        add(
            &mut text,
            format_args!("redistribute local ip {}/32 allow\n", own.mesh_v4()),
        );
    }
    add(
        &mut text,
        format_args!(
            "redistribute ip {STATIC_V6} proto 4 allow\n\
         redistribute ip ::/0 eq 0 proto 4 allow\nredistribute ip 0.0.0.0/0 eq 0 proto 4 allow\n\
         redistribute local deny\nredistribute deny\n"
        ),
    );
    text
}

fn bird(work: Work, own: RouterAddresses, interfaces: &[&str]) -> String {
    let mut text = format!(
        "router id {};\nlog stderr all;\nprotocol device {{ }}\n",
        own.mesh_v4()
    );
    let v4 = if work.with_ipv4 {
        format!("{}/32, ", own.mesh_v4())
    } else {
        String::new()
    };
    for (family, nets) in [
        ("ipv4", format!("{v4}0.0.0.0/0")),
        ("ipv6", format!("{}/128, ::/0, {STATIC_V6}+", own.mesh_v6())),
    ] {
        // Its default receive buffer overruns with a thousand routes, and the next scan is a minute
        // away: nobody who has that many leaves it so.
        add(
            &mut text,
            format_args!(
                "filter own_{family} {{ if net ~ [ {nets} ] then accept; \
             if source = RTS_BABEL then accept; reject; }}\n\
             protocol direct direct_{family} {{ {family}; interface \"lo\"; }}\n\
             protocol kernel kernel_{family} {{ learn; netlink rx buffer 67108864; \
             {family} {{ import all; export where source = RTS_BABEL; }}; }}\n"
            ),
        );
    }
    text.push_str("protocol babel {\n");
    for interface in interfaces {
        add(
            &mut text,
            format_args!("  interface \"{interface}\" {{ type wired;"),
        );
        for (option, seconds) in [
            ("hello interval", work.hello_s),
            ("update interval", work.update_s),
        ] {
            if let Some(seconds) = seconds {
                add(&mut text, format_args!(" {option} {seconds} s;"));
            }
        }
        text.push_str(" };\n");
    }
    text.push_str(
        "  ipv4 { import all; export filter own_ipv4; };\n  \
         ipv6 { import all; export filter own_ipv6; };\n}\n",
    );
    text
}

fn add(text: &mut String, piece: std::fmt::Arguments<'_>) {
    // Writing to a String cannot fail.
    let _ = text.write_fmt(piece);
}
