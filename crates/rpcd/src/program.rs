//! What the command line can ask for.

use grange_daemon::command_line::{Method, Param, ParamKind, Program};

/// The program.
pub const PROGRAM: Program = Program {
    name: "grange-rpcd",
    version: env!("CARGO_PKG_VERSION"),
    about: "answers web pages and scripts on ubus, and keeps the history for their graphs",
    default_config: "/etc/config/grange-rpcd",
    methods: &[
        Method {
            name: "call",
            about: "what an object on the bus would answer, for debugging",
            params: &[
                Param {
                    name: "object",
                    kind: ParamKind::Text,
                    about: "such as grange.mesh",
                },
                Param {
                    name: "method",
                    kind: ParamKind::Text,
                    about: "such as path",
                },
                Param {
                    name: "arguments",
                    kind: ParamKind::Text,
                    about: "as JSON, such as '{\"to\":\"10.0.0.1\"}'",
                },
            ],
        },
        Method {
            name: "status",
            about: "the bus, the daemons, and how much of the history is kept",
            params: &[],
        },
        Method::METRICS,
        Method::RELOAD,
    ],
};
