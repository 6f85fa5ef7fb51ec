//! What the command line can ask for.

use grange_daemon::command_line::{Method, Param, ParamKind, Program};
use grange_daemon::reply::routed::EVENT_KINDS;

/// The program.
pub const PROGRAM: Program = Program {
    name: "grange-routed",
    version: env!("CARGO_PKG_VERSION"),
    about: "finds the other routers of the neighbourhood and the best way to each (Babel, RFC 8966)",
    default_config: "/etc/config/grange-routed",
    methods: &[
        Method {
            name: "status",
            about: "the router in one page",
            params: &[],
        },
        Method {
            name: "interfaces",
            about: "where Babel runs, and where not and why",
            params: &[],
        },
        Method {
            name: "neighbours",
            about: "the routers heard, and how well",
            params: &[],
        },
        Method {
            name: "routes",
            about: "the routes known, best first for each prefix",
            params: &[
                Param {
                    name: "selected",
                    kind: ParamKind::Flag,
                    about: "only those in use",
                },
                Param {
                    name: "prefix",
                    kind: ParamKind::Text,
                    about: "only those inside this prefix",
                },
                OFFSET,
                LIMIT,
            ],
        },
        Method {
            name: "xroutes",
            about: "what this router announces as its own",
            params: &[OFFSET, LIMIT],
        },
        Method {
            name: "sources",
            about: "the feasibility distances",
            params: &[OFFSET, LIMIT],
        },
        Method {
            name: "config",
            about: "the configuration that holds",
            params: &[],
        },
        Method {
            name: "gateway show",
            about: "the default routes offered, and their leases",
            params: &[],
        },
        Method {
            name: "gateway set",
            about: "announce a default route for a time, or with another metric",
            params: &[
                FAMILY,
                Param {
                    name: "lease",
                    kind: ParamKind::Number,
                    about: "seconds it holds",
                },
                Param {
                    name: "metric",
                    kind: ParamKind::Number,
                    about: "the metric to announce, 0 to 65534",
                },
            ],
        },
        Method {
            name: "gateway clear",
            about: "give the lease back",
            params: &[FAMILY],
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
        Method {
            name: "netjson",
            about: "the mesh as a NetJSON NetworkGraph",
            params: &[],
        },
        Method::RELOAD,
        Method {
            name: "leave",
            about: "retract everything, clean the kernel and end",
            params: &[Param {
                name: "wait",
                kind: ParamKind::Number,
                about: "seconds to wait for a signal before it ends, for supervisors that would start it again",
            }],
        },
    ],
};

const OFFSET: Param = Param {
    name: "offset",
    kind: ParamKind::Number,
    about: "rows to skip",
};
const LIMIT: Param = Param {
    name: "limit",
    kind: ParamKind::Number,
    about: "rows to show at most",
};
const FAMILY: Param = Param {
    name: "family",
    kind: ParamKind::Choice(&["ipv4", "ipv6"]),
    about: "ipv4 or ipv6",
};
