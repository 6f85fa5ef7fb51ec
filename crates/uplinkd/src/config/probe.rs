//! The section `probe`: what is asked to know whether an uplink lives.

use std::net::IpAddr;

use grange_uci::{Problems, Reader};

/// What is asked of a target.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Check {
    /// An echo.
    Icmp,
    /// Whether a TCP connection can be made to this port.
    Tcp(u16),
    /// A resolver's answer, at this port.
    Dns(u16),
    /// A page, to find login pages.
    Http(HttpCheck),
}

/// What page is asked for and what must come.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HttpCheck {
    /// The server's port.
    pub port: u16,
    /// `Host:`.
    pub host: String,
    /// The page.
    pub path: String,
    /// The status that must come.
    pub status: u16,
    /// What must stand in the body; empty is nothing in particular.
    pub body: String,
}

/// A section `probe`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Probe {
    /// What is asked.
    pub check: Check,
    /// Whom.
    pub address: IpAddr,
    /// Whose the target is: targets of one provider fail together. Its address where not said.
    pub provider: String,
    /// For which uplinks; empty is all.
    pub uplinks: Vec<String>,
}

impl Check {
    /// Whether it is the check for login pages.
    pub fn is_http(&self) -> bool {
        matches!(self, Self::Http(_))
    }

    /// What a probe costs both ways, octets of IP packets, roughly.
    pub fn cost_bytes(&self) -> u64 {
        match self {
            Self::Icmp => 168,
            Self::Dns(_) => 200,
            Self::Tcp(_) => 360,
            Self::Http(_) => 1200,
        }
    }
}

impl Probe {
    /// Three resolvers of three providers in each family.
    pub fn well_known() -> impl Iterator<Item = Self> {
        const TARGETS: [(&str, &str); 6] = [
            ("1.1.1.1", "Cloudflare"),
            ("8.8.8.8", "Google"),
            ("9.9.9.9", "Quad9"),
            ("2606:4700:4700::1111", "Cloudflare"),
            ("2001:4860:4860::8888", "Google"),
            ("2620:fe::fe", "Quad9"),
        ];
        TARGETS.into_iter().filter_map(|(address, provider)| {
            Some(Self {
                check: Check::Icmp,
                address: address.parse().ok()?,
                provider: provider.to_owned(),
                uplinks: Vec::new(),
            })
        })
    }
}

/// Reads a section; `None` when it cannot be used.
pub(super) fn read(reader: &Reader<'_>, problems: &mut Problems) -> Option<Probe> {
    let kinds = [("icmp", 0_u8), ("tcp", 1), ("dns", 2), ("http", 3)];
    let kind = problems.value(reader.choice("type", &kinds)).unwrap_or(0);
    let address = reader.required("address", |reader, option| {
        reader.parse_with(option, "an address", str::parse::<IpAddr>)
    });
    let address = address.map_err(|error| problems.error(&error)).ok();
    let port = problems.value(reader.unsigned("port", 1..=u16::MAX));
    let line = |option, problems: &mut Problems| {
        let expected = "one line of printable ASCII";
        problems.value(reader.parse_with(option, expected, |text: &str| {
            let plain = text.bytes().all(|c| (b' '..=b'~').contains(&c));
            if plain { Ok(text.to_owned()) } else { Err("") }
        }))
    };
    let check = match kind {
        0 => Check::Icmp,
        1 => Check::Tcp(port.unwrap_or(443)),
        2 => Check::Dns(port.unwrap_or(53)),
        _ => Check::Http(HttpCheck {
            port: port.unwrap_or(80),
            host: line("host", problems)
                .or_else(|| address.map(|address| address.to_string()))
                .unwrap_or_default(),
            path: line("path", problems).unwrap_or_else(|| "/".to_owned()),
            status: problems
                .value(reader.unsigned("status", 100..=599))
                .unwrap_or(204),
            body: line("body", problems).unwrap_or_default(),
        }),
    };
    if let Check::Http(http) = &check
        && (!http.path.starts_with('/') || http.path.contains(' '))
    {
        problems.error(&reader.refuse("path", "a path such as /generate_204"));
    }
    let probe = address.map(|address| Probe {
        check,
        address,
        provider: line("provider", problems).unwrap_or_else(|| address.to_string()),
        uplinks: problems
            .list(reader.list("uplink"))
            .into_iter()
            .map(str::to_owned)
            .collect(),
    });
    for warning in reader.unknown_options() {
        problems.warning(&warning);
    }
    probe
}
