//! What the command line can ask for.

use grange_daemon::command_line::{Method, Param, ParamKind, Program};
use grange_daemon::reply::uplinkd::EVENT_KINDS;

/// The program.
pub const PROGRAM: Program = Program {
    name: "grange-uplinkd",
    version: env!("CARGO_PKG_VERSION"),
    about: "balances connections over the uplinks that live, and moves them when one dies",
    default_config: "/etc/config/grange-uplinkd",
    methods: &[
        Method {
            name: "status",
            about: "the uplinks in one page",
            params: &[Param {
                name: "devices",
                kind: ParamKind::Flag,
                about: "0 counts the devices as they were read last, and starts no nft",
            }],
        },
        Method {
            name: "uplinks",
            about: "every uplink: its state and why, what was measured, who uses it",
            params: &[],
        },
        Method {
            name: "policies",
            about: "which uplinks take new connections, and how much of them",
            params: &[],
        },
        Method {
            name: "rules",
            about: "the rules, in order, and where their connections go",
            params: &[],
        },
        Method {
            name: "explain",
            about: "which uplink a new connection of a device would take, and why",
            params: &[
                Param {
                    name: "address",
                    kind: ParamKind::Text,
                    about: "the device's address",
                },
                Param {
                    name: "to",
                    kind: ParamKind::Text,
                    about: "the destination's address; rules look at it",
                },
                Param {
                    name: "protocol",
                    kind: ParamKind::Choice(&["tcp", "udp", "icmp"]),
                    about: "of the connection; rules look at it",
                },
                Param {
                    name: "port",
                    kind: ParamKind::Number,
                    about: "the destination's port; rules look at it",
                },
            ],
        },
        Method {
            name: "members",
            about: "the households that share, and their prefixes",
            params: &[],
        },
        Method {
            name: "neighbours",
            about: "the routers at the other ends of tunnels, and their datagrams that were refused",
            params: &[],
        },
        Method {
            name: "usage",
            about: "bytes of each member over each uplink in a month",
            params: &[MONTH],
        },
        Method {
            name: "bill",
            about: "a month's shares, and who owes whom",
            params: &[
                MONTH,
                Param {
                    name: "format",
                    kind: ParamKind::Choice(&["csv"]),
                    about: "csv for spreadsheets",
                },
            ],
        },
        Method {
            name: "public-key",
            about: "this router's WireGuard key, for the configuration of its neighbours",
            params: &[],
        },
        Method {
            name: "drain",
            about: "take an uplink out of use: connections stay, devices choose anew",
            params: &[UPLINK],
        },
        Method {
            name: "undrain",
            about: "put it back",
            params: &[UPLINK],
        },
        Method {
            name: "probe",
            about: "look at an uplink now",
            params: &[UPLINK],
        },
        Method {
            name: "exec",
            about: "run a command over an uplink alone: exec UPLINK -- COMMAND ..",
            params: &[UPLINK],
        },
        Method {
            name: "portal",
            about: "a proxy for a browser of the LAN over an uplink alone, for its login page",
            params: &[
                UPLINK,
                Param {
                    name: "client",
                    kind: ParamKind::Text,
                    about: "the address of the device that has the browser; without it who is logged in by SSH",
                },
                Param {
                    name: "minutes",
                    kind: ParamKind::Number,
                    about: "how long, 1 to 60; 10 without it",
                },
                Param {
                    name: "port",
                    kind: ParamKind::Number,
                    about: "the port it listens on, from 1024 on; 8118 without it",
                },
                Param {
                    name: "resolver",
                    kind: ParamKind::Text,
                    about: "the IPv4 address that is asked for names; without it the uplink's gateway",
                },
            ],
        },
        Method {
            name: "subscribe",
            about: "a line for each event",
            params: &[Param {
                name: "kinds",
                kind: ParamKind::Choices(EVENT_KINDS),
                about: "of these kinds, without any of all",
            }],
        },
        Method::METRICS,
        Method::RELOAD,
        Method {
            name: "leave",
            about: "take table, routes and rules out of the kernel and end",
            params: &[Param {
                name: "wait",
                kind: ParamKind::Number,
                about: "seconds to wait for a signal before it ends, for supervisors that would start it again",
            }],
        },
    ],
};

const MONTH: Param = Param {
    name: "month",
    kind: ParamKind::Text,
    about: "such as 2026-11; this month without it",
};
const UPLINK: Param = Param {
    name: "uplink",
    kind: ParamKind::Text,
    about: "the uplink's name",
};
