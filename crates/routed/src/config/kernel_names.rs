//! Routing tables and route protocols by the names that `ip route` shows.

/// The table that the kernel keeps for addresses of this host.
const TABLE_LOCAL: u32 = 255;

/// Why a text is not a table that routes may go to or come from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub(super) enum ParseTableError {
    /// Neither a number nor a name.
    #[error("only `main` and `default` have names, others are numbers from 1 to 4294967295")]
    Unknown,
    /// Table 255.
    #[error("table `local` belongs to the kernel")]
    Local,
}

/// A routing table: `main`, `default` or a number.
pub(super) fn parse_table(text: &str) -> Result<u32, ParseTableError> {
    match text {
        "main" => Ok(254),
        "default" => Ok(253),
        "local" => Err(ParseTableError::Local),
        _ => match number::<u32>(text) {
            Some(TABLE_LOCAL) => Err(ParseTableError::Local),
            Some(table) if table > 0 => Ok(table),
            _ => Err(ParseTableError::Unknown),
        },
    }
}

/// What people call a table.
pub fn table_name(table: u32) -> String {
    match table {
        254 => "main".to_owned(),
        253 => "default".to_owned(),
        _ => table.to_string(),
    }
}

/// The protocols of iproute2's etc/iproute2/rt_protos and linux/rtnetlink.h (RTPROT_*).
const PROTOCOLS: &[(&str, u8)] = &[
    ("redirect", 1),
    ("kernel", 2),
    ("boot", 3),
    ("static", 4),
    ("gated", 8),
    ("ra", 9),
    ("mrt", 10),
    ("zebra", 11),
    ("bird", 12),
    ("dnrouted", 13),
    ("xorp", 14),
    ("ntk", 15),
    ("dhcp", 16),
    ("mrouted", 17),
    ("keepalived", 18),
    ("babel", 42),
    ("ovn", 84),
    ("openr", 99),
    ("bgp", 186),
    ("isis", 187),
    ("ospf", 188),
    ("rip", 189),
    ("eigrp", 192),
];

/// A route protocol: one of `ip route`'s names or a number from 0 to 255.
pub(super) fn parse_protocol(text: &str) -> Option<u8> {
    let known = PROTOCOLS.iter().find(|(name, _)| *name == text);
    known.map(|(_, number)| *number).or_else(|| number(text))
}

/// What `ip route` calls a protocol.
pub fn protocol_name(protocol: u8) -> String {
    let known = PROTOCOLS.iter().find(|(_, number)| *number == protocol);
    known.map_or_else(|| protocol.to_string(), |(name, _)| (*name).to_owned())
}

fn number<T: std::str::FromStr>(text: &str) -> Option<T> {
    // `parse` takes a sign, which nobody means here.
    text.bytes()
        .all(|byte| byte.is_ascii_digit())
        .then(|| text.parse().ok())
        .flatten()
}
