//! The way back to members: what comes in by a shared uplink for a member's address belongs to a connection
//! that came through his tunnel, and returns there; never through the mesh as it is.
//!
//! | priority | packets | looked up in |
//! |---|---|---|
//! | 905 | that came in by a shared uplink | table 1062: members' prefixes, through the tunnel |

use grange_linux::route::{PROTOCOL_BABEL, Route};
use grange_linux::{Family, Rule, RuleAction};

use crate::config::Config;
use crate::tunnel_address::next_hop;

/// Before the mesh's own routes.
pub const PRIORITY: u32 = 905;
/// Behind the tables of 60 uplinks.
pub const TABLE: u32 = 1062;
const METRIC: u32 = 1;

/// The devices that lead to members, where they are there: without and with WireGuard.
pub type Devices = [Option<u32>; 2];

/// Adds the routes and rules there should be while a device that leads to members is there.
pub fn add(config: &Config, devices: Devices, routes: &mut Vec<Route>, rules: &mut Vec<Rule>) {
    if devices == [None; 2] {
        return;
    }
    for (member, peer) in config.peers() {
        let [plain, proved] = devices;
        let device = if peer.public_key.is_some() {
            proved
        } else {
            plain
        };
        let Some(index) = device else {
            continue;
        };
        for prefix in &member.prefixes {
            routes.push(Route {
                table: TABLE,
                protocol: PROTOCOL_BABEL,
                metric: METRIC,
                gateway: Some(next_hop(peer.router)),
                interface: Some(index),
                onlink: true,
                ..Route::new(*prefix)
            });
        }
    }
    for family in Family::BOTH {
        for uplink in config.shared_uplinks() {
            rules.push(Rule {
                protocol: PROTOCOL_BABEL,
                iif: Some(uplink.device.clone()),
                ..Rule::new(family, PRIORITY, RuleAction::Lookup(TABLE))
            });
        }
    }
}
