//! The section `routed`: what concerns the whole router.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};
use std::path::PathBuf;
use std::time::Duration;

use grange_babel::router_id::RouterId;
use grange_daemon::logging::LEVELS;
use grange_linux::route::TABLE_MAIN;
use grange_uci::{Problems, Reader};
use log::LevelFilter;

use crate::config::kernel_names::{parse_table, table_name};

/// The table of Babel routes: nothing else on a router looks there.
const TABLE: u32 = 42;
/// The metric of our routes in the kernel: in `main` above netifd's and the kernel's own (0 to 1024),
/// so that a local uplink goes before a neighbour's.
const METRIC: u32 = 2042;

/// The section `routed`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct General {
    /// Whether the daemon does anything at all.
    pub enabled: bool,
    /// The router-id; `None` is the saved one, or a random one the first time.
    pub router_id: Option<RouterId>,
    /// The kernel table for Babel routes.
    pub table: u32,
    /// The kernel's metric of every Babel route; 0 is the kernel's own default, which others use too
    /// (only babeld's file has it).
    pub metric: u32,
    /// The kernel tables that routes are redistributed from.
    pub import_tables: Vec<u32>,
    /// Whether a default route is announced only while somebody holds a lease on it.
    pub require_lease: bool,
    /// Half-life of the smoothed metric in route selection; zero switches smoothing off.
    pub smoothing_half_life: Duration,
    /// The least important message that is logged; `None` leaves it to the command line.
    pub log_level: Option<LevelFilter>,
    /// Whether forwarding is switched on in the kernel.
    pub forwarding: bool,
    /// The preferred source addresses, where they are not to be found by themselves.
    pub mesh_addresses: MeshAddresses,
    /// The TCP port of `::1` where babeld's local protocol is spoken.
    pub local_port: Option<u16>,
    /// The socket where babeld's local protocol is spoken.
    pub local_path: Option<PathBuf>,
}

/// This router's own address in the mesh, per family.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct MeshAddresses {
    /// For IPv4.
    pub v4: Option<Ipv4Addr>,
    /// For IPv6.
    pub v6: Option<Ipv6Addr>,
}

impl Default for General {
    fn default() -> Self {
        Self {
            enabled: true,
            router_id: None,
            table: TABLE,
            metric: METRIC,
            import_tables: vec![TABLE_MAIN],
            require_lease: false,
            smoothing_half_life: Duration::from_secs(4),
            log_level: None,
            forwarding: true,
            mesh_addresses: MeshAddresses::default(),
            local_port: None,
            local_path: None,
        }
    }
}

impl General {
    /// Whether Babel routes stand in `main`, among everybody else's: then there are no rules.
    pub fn is_in_main(&self) -> bool {
        self.table == TABLE_MAIN
    }
}

/// Reads the section; what it does not say is as in `general`.
pub(super) fn read(reader: &Reader<'_>, mut general: General, problems: &mut Problems) -> General {
    if let Some(enabled) = problems.value(reader.flag("enabled")) {
        general.enabled = enabled;
    }
    general.router_id = problems.value(reader.parse_with(
        "router_id",
        "8 octets such as 02:11:22:ff:fe:33:44:55",
        str::parse,
    ));
    let table = "a table: `main` or a number";
    if let Some(number) = problems.value(reader.parse_with("table", table, parse_table)) {
        general.table = number;
    }
    if let Some(metric) = problems.value(reader.unsigned("metric", 1..=u32::MAX)) {
        general.metric = metric;
    }
    let tables = problems.list(reader.list_with("import_table", table, parse_table));
    if !tables.is_empty() {
        general.import_tables = tables;
        general.import_tables.sort_unstable();
        general.import_tables.dedup();
    }
    if !general.is_in_main() && general.import_tables.contains(&general.table) {
        let own = format!(
            "another table than {}, where Babel routes go",
            table_name(general.table)
        );
        problems.error(&reader.refuse("import_table", &own));
    }
    if let Some(require_lease) = problems.value(reader.flag("require_lease")) {
        general.require_lease = require_lease;
    }
    let half_life = reader.duration(
        "smoothing_half_life",
        Duration::ZERO..=Duration::from_mins(10),
    );
    if let Some(half_life) = problems.value(half_life) {
        general.smoothing_half_life = half_life;
    }
    general.log_level = problems.value(reader.choice("log_level", &LEVELS));
    if let Some(forwarding) = problems.value(reader.flag("forwarding")) {
        general.forwarding = forwarding;
    }
    general.mesh_addresses = mesh_addresses(reader, problems);
    general.local_port = problems.value(reader.unsigned("local_port", 1..=u16::MAX));
    let absolute = |text: &str| {
        let path = PathBuf::from(text);
        path.is_absolute().then_some(path).ok_or("")
    };
    general.local_path =
        problems.value(reader.parse_with("local_path", "an absolute path", absolute));
    for warning in reader.unknown_options() {
        problems.warning(&warning);
    }
    general
}

fn mesh_addresses(reader: &Reader<'_>, problems: &mut Problems) -> MeshAddresses {
    const OPTION: &str = "mesh_address";
    let mut found = MeshAddresses::default();
    let expected = "one IPv4 and one IPv6 address at most, without a prefix length";
    for address in problems.list(reader.list_with(OPTION, expected, str::parse::<IpAddr>)) {
        let taken = match address {
            IpAddr::V4(v4) => found.v4.replace(v4).is_some(),
            IpAddr::V6(v6) => found.v6.replace(v6).is_some(),
        };
        if taken || address.is_loopback() || address.is_unspecified() || address.is_multicast() {
            problems.error(&reader.refuse(OPTION, expected));
        }
    }
    found
}
