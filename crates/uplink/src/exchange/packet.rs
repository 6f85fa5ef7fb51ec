//! The datagrams of the gateway exchange.
//!
//! ```text
//!  0                   1                   2                   3
//!  0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1
//! +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
//! |      71       |      88       |  Version = 2  |     Role      |
//! +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
//! |                     Challenge (128 bits)                      |
//! |                       Echo (128 bits)                         |
//! |                       Counter (64 bits)                       |
//! +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
//! |     IPv4      |     IPv6      |     Load      |   Resolvers   |
//! +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
//! |                  Capacity down (kbit/s)                       |
//! |                   Capacity up (kbit/s)                        |
//! |                      Bytes up (64 bits)                       |
//! |                     Bytes down (64 bits)                      |
//! |     Month of the first balance, 0 where there is none         |
//! |                 Balance of that month (cents)                 |
//! |              Balance of the month before (cents)              |
//! |             Resolver (128 bits each, IPv4 mapped)             |
//! +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
//! |                       MAC (256 bits)                          |
//! +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
//! ```
//! In network byte order. The MAC is HMAC-SHA256 (RFC 2104) over all before it.

use core::net::{IpAddr, Ipv6Addr};

const MAGIC: [u8; 3] = [71, 88, 2];
/// Octets before the resolvers.
const FIXED: usize = 84;
/// Octets of a MAC.
pub const MAC_LEN: usize = 32;
/// Resolvers at most.
pub const MOST_RESOLVERS: usize = 4;
/// The longest datagram.
pub const LONGEST: usize = FIXED + 16 * MOST_RESOLVERS + MAC_LEN;
/// A line that has carried this many bytes has not been built.
const MOST_BYTES: u64 = 1 << 56;

/// What one end demands to see again: made anew for each session.
pub type Challenge = [u8; 16];

/// Who speaks.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Role {
    /// The router that shares its uplinks.
    Gateway,
    /// The router that uses them.
    Member,
}

/// What a gateway says of its shared uplinks in one family.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Announced {
    /// It shares none, or not now.
    #[default]
    Closed,
    /// One lives.
    Up,
    /// They live, but badly.
    Degraded,
    /// None lives.
    Down,
    /// Its owner takes them out of use.
    Drained,
    /// What its owner gives in a month is used up.
    Capped,
}

/// How a member stands with those who have paid for a gateway's uplinks, in cents: less than 0 is owed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Balance {
    /// Whole months since the year 0.
    pub month: u32,
    /// So far in that month.
    pub cents: i32,
    /// In the month before it.
    pub before_cents: i32,
}

/// What one end tells the other.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Report {
    /// The shared uplinks in IPv4 and IPv6; a member has none.
    pub states: [Announced; 2],
    /// How full they are, per cent.
    pub load_percent: u8,
    /// What members may have towards them, kbit/s; 0 is unknown.
    pub down_kbps: u32,
    /// What members may have from them, kbit/s; 0 is unknown.
    pub up_kbps: u32,
    /// Octets of this member's IP packets to the internet, as this end has counted them.
    pub bytes_up: u64,
    /// Octets of IP packets to this member.
    pub bytes_down: u64,
    /// What a gateway's ledger says of this member; a member says nothing, nor does who shares no costs.
    pub balance: Option<Balance>,
    /// Resolvers that are asked through the tunnel; at most [`MOST_RESOLVERS`] are sent.
    pub resolvers: Vec<IpAddr>,
}

/// Why octets are no datagram of the exchange.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum PacketError {
    /// Another protocol, another version, or cut short.
    #[error("no datagram of the gateway exchange, or of another version")]
    Malformed,
    /// It says what cannot be.
    #[error("a datagram with {0} that cannot be")]
    Absurd(&'static str),
}

/// A checked view of a datagram: of the right length, nothing else is known.
#[derive(Clone, Copy, Debug)]
pub struct PacketView<'a> {
    octets: &'a [u8],
}

impl<'a> PacketView<'a> {
    /// Looks at octets from the network.
    pub fn new(octets: &'a [u8]) -> Result<Self, PacketError> {
        let view = Self { octets };
        let resolvers = octets.get(47).map_or(0, |count| usize::from(*count));
        if octets.get(..3) != Some(&MAGIC)
            || resolvers > MOST_RESOLVERS
            || octets.len() != FIXED + 16 * resolvers + MAC_LEN
            || octets.get(3).is_none_or(|role| *role > 1)
        {
            return Err(PacketError::Malformed);
        }
        Ok(view)
    }

    /// Who says that he speaks.
    pub fn role(&self) -> Role {
        if self.octets[3] == 0 {
            Role::Gateway
        } else {
            Role::Member
        }
    }

    /// What the MAC is over.
    pub fn signed(&self) -> &'a [u8] {
        &self.octets[..self.octets.len() - MAC_LEN]
    }

    /// The MAC.
    pub fn mac(&self) -> &'a [u8] {
        &self.octets[self.octets.len() - MAC_LEN..]
    }

    /// What the sender demands to see again.
    pub fn challenge(&self) -> Challenge {
        self.array(4)
    }

    /// What it has seen of ours.
    pub fn echo(&self) -> Challenge {
        self.array(20)
    }

    /// The number of the datagram in its session.
    pub fn counter(&self) -> u64 {
        u64::from_be_bytes(self.array(36))
    }

    /// What it tells.
    pub fn report(&self) -> Result<Report, PacketError> {
        let [v4, v6, load_percent, _] = self.array(44);
        let number = |offset| u32::from_be_bytes(self.array(offset));
        let bytes = |offset| {
            let bytes = u64::from_be_bytes(self.array(offset));
            (bytes < MOST_BYTES)
                .then_some(bytes)
                .ok_or(PacketError::Absurd("a count of bytes"))
        };
        if load_percent > 100 {
            return Err(PacketError::Absurd("a load"));
        }
        let cents = |offset| i32::from_be_bytes(self.array(offset));
        let balance = (number(72) != 0).then(|| Balance {
            month: number(72),
            cents: cents(76),
            before_cents: cents(80),
        });
        let (chunks, _) = self.signed()[FIXED..].as_chunks::<16>();
        let resolvers = chunks.iter().map(|octets| resolver(*octets));
        Ok(Report {
            states: [announced(v4)?, announced(v6)?],
            load_percent,
            down_kbps: number(48),
            up_kbps: number(52),
            bytes_up: bytes(56)?,
            bytes_down: bytes(64)?,
            balance,
            resolvers: resolvers.collect::<Result<_, _>>()?,
        })
    }

    /// The octets at an offset before the resolvers, which are there.
    fn array<const N: usize>(&self, offset: usize) -> [u8; N] {
        let mut array = [0; N];
        array.copy_from_slice(&self.octets[offset..offset + N]);
        array
    }
}

/// A datagram without its MAC.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Packet {
    /// Who speaks.
    pub role: Role,
    /// What the sender demands to see again.
    pub challenge: Challenge,
    /// What it has seen of the other's; zeros when nothing.
    pub echo: Challenge,
    /// Its number in the session.
    pub counter: u64,
    /// What it tells.
    pub report: Report,
}

impl Packet {
    /// Reads all of a datagram but its MAC.
    pub fn parse(view: &PacketView<'_>) -> Result<Self, PacketError> {
        Ok(Self {
            role: view.role(),
            challenge: view.challenge(),
            echo: view.echo(),
            counter: view.counter(),
            report: view.report()?,
        })
    }

    /// Octets without the MAC.
    pub fn buffer_len(&self) -> usize {
        FIXED + 16 * self.report.resolvers.len().min(MOST_RESOLVERS)
    }

    /// Appends all but the MAC.
    pub fn emit(&self, out: &mut Vec<u8>) {
        let report = &self.report;
        let resolvers = report.resolvers.iter().take(MOST_RESOLVERS);
        out.reserve(self.buffer_len() + MAC_LEN);
        out.extend_from_slice(&MAGIC);
        out.push(match self.role {
            Role::Gateway => 0,
            Role::Member => 1,
        });
        out.extend_from_slice(&self.challenge);
        out.extend_from_slice(&self.echo);
        out.extend_from_slice(&self.counter.to_be_bytes());
        out.extend(report.states.map(number_of));
        out.push(report.load_percent.min(100));
        out.push(u8::try_from(resolvers.len()).unwrap_or(0));
        out.extend_from_slice(&report.down_kbps.to_be_bytes());
        out.extend_from_slice(&report.up_kbps.to_be_bytes());
        out.extend_from_slice(&report.bytes_up.min(MOST_BYTES - 1).to_be_bytes());
        out.extend_from_slice(&report.bytes_down.min(MOST_BYTES - 1).to_be_bytes());
        let balance = report.balance;
        out.extend_from_slice(&balance.map_or(0, |it| it.month).to_be_bytes());
        for cents in balance.map_or([0; 2], |it| [it.cents, it.before_cents]) {
            out.extend_from_slice(&cents.to_be_bytes());
        }
        for resolver in resolvers {
            let octets = match resolver {
                IpAddr::V4(v4) => v4.to_ipv6_mapped().octets(),
                IpAddr::V6(v6) => v6.octets(),
            };
            out.extend_from_slice(&octets);
        }
    }
}

impl Announced {
    /// Whether new flows may be sent there.
    pub const fn is_live(self) -> bool {
        matches!(self, Self::Up | Self::Degraded)
    }
}

fn resolver(octets: [u8; 16]) -> Result<IpAddr, PacketError> {
    let address = Ipv6Addr::from(octets).to_canonical();
    if address.is_unspecified() || address.is_loopback() || address.is_multicast() {
        return Err(PacketError::Absurd("a resolver"));
    }
    Ok(address)
}

const ANNOUNCED: [Announced; 6] = [
    Announced::Closed,
    Announced::Up,
    Announced::Degraded,
    Announced::Down,
    Announced::Drained,
    Announced::Capped,
];

fn announced(number: u8) -> Result<Announced, PacketError> {
    let found = ANNOUNCED.get(usize::from(number));
    found.copied().ok_or(PacketError::Absurd("a state"))
}

fn number_of(state: Announced) -> u8 {
    let place = ANNOUNCED.iter().position(|known| *known == state);
    place
        .and_then(|place| u8::try_from(place).ok())
        .unwrap_or(0)
}
