//! What is on the bus. `docs/rpcd-schema.json` says the same with the shapes of the replies; a test compares.

use grange_ubus::ArgumentType::{self, Bool, Int32, String as Text};
use grange_ubus::{Method, Object};

use crate::config::Config;

const NONE: &[(&str, ArgumentType)] = &[];
const PAGE: &[(&str, ArgumentType)] = &[("limit", Int32), ("offset", Int32)];
const UPLINK: &[(&str, ArgumentType)] = &[("uplink", Text)];

const fn method(name: &'static str, arguments: &'static [(&'static str, ArgumentType)]) -> Method {
    Method { name, arguments }
}

/// `grange`: the router in one page, what happened, history, jobs.
pub const GRANGE: Object = Object {
    path: "grange",
    methods: &[
        method("version", NONE),
        method("status", NONE),
        method(
            "events",
            &[("limit", Int32), ("offset", Int32), ("since", Int32)],
        ),
        method(
            "history",
            &[
                ("kind", Text),
                ("name", Text),
                ("family", Text),
                ("span", Text),
            ],
        ),
        method("job", &[("id", Text)]),
    ],
};

/// `grange.mesh`: what grange-routed knows.
pub const MESH: Object = Object {
    path: "grange.mesh",
    methods: &[
        method("topology", PAGE),
        method("neighbours", PAGE),
        method(
            "routes",
            &[
                ("selected", Bool),
                ("prefix", Text),
                ("limit", Int32),
                ("offset", Int32),
            ],
        ),
        method("router", &[("id", Text)]),
        method("path", &[("to", Text)]),
        method("linktest", &[("neighbour", Text), ("count", Int32)]),
    ],
};

/// `grange.uplink`: what grange-uplinkd knows.
pub const UPLINKS: Object = Object {
    path: "grange.uplink",
    methods: &[
        method("status", NONE),
        method("members", PAGE),
        method(
            "usage",
            &[("month", Text), ("limit", Int32), ("offset", Int32)],
        ),
        method("bill", &[("month", Text), ("format", Text)]),
        method(
            "explain",
            &[
                ("address", Text),
                ("to", Text),
                ("protocol", Text),
                ("port", Int32),
            ],
        ),
        method("drain", UPLINK),
        method("undrain", UPLINK),
        method("probe", UPLINK),
    ],
};

/// `babeld`, as babeld with `ubus_bindings` has it.
pub const BABELD: Object = Object {
    path: "babeld",
    methods: &[
        method("get_info", NONE),
        method("get_routes", NONE),
        method("get_neighbours", NONE),
        method("get_xroutes", NONE),
    ],
};

/// `mwan3`, as its rpcd plugin has it.
pub const MWAN3: Object = Object {
    path: "mwan3",
    methods: &[method("status", &[("section", Text)])],
};

/// The objects of a configuration.
pub fn of(config: &Config) -> impl Iterator<Item = &'static Object> {
    let all = [
        (&GRANGE, true),
        (&MESH, true),
        (&UPLINKS, true),
        (&BABELD, config.babeld),
        (&MWAN3, config.mwan3),
    ];
    let wanted = all.into_iter().filter(|(_, is_wanted)| *is_wanted);
    wanted.map(|(object, _)| object)
}
