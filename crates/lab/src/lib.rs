//! grange-lab: neighbourhoods of routers in network namespaces, for trying out and for tests.
//!
//! A [`topology`] says which routers, links and uplinks there are; a [`plan`] gives them addresses;
//! [`lab::Lab`] brings the plan to life, runs a routing daemon on each router, cuts and heals
//! cables, and leaves nothing behind. docs/lab.md is the manual.
//!
//! The lab is a host tool and runs as root. Nothing of it ships on a router.
#![forbid(unsafe_code)]

pub mod addresses;
pub mod balancer;
pub mod balancer_config;
pub mod bench;
pub mod chaos;
pub mod claim;
pub mod cli;
pub mod cuts;
pub mod daemons;
pub mod dialogue;
pub mod error;
pub mod folder;
pub mod lab;
pub mod live;
pub mod namespace;
pub mod netlink;
pub mod node_config;
pub mod observe;
pub mod options;
pub mod peer_config;
pub mod plan;
pub mod process;
pub mod progress;
pub mod record;
pub mod report;
pub mod screen;
pub mod shaping;
pub mod table;
pub mod teardown;
pub mod topology;
pub mod watch;
pub mod wiring;
