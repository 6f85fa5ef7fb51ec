//! What an uplink can be, and why it became so.

use core::fmt;
use core::time::Duration;

/// The state of an uplink in one family, as people and policy see it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum State {
    /// Nothing is known yet.
    Init,
    /// It works.
    Up,
    /// It works badly: loss or delay; it gets less.
    Degraded,
    /// Something on the way answers in the internet's place: a login page, or a provider's bill.
    Captive,
    /// It does not work.
    Down,
    /// Its owner takes it out of use: what flows stays, nothing new comes.
    Drained,
    /// Its monthly cap is reached.
    Capped,
}

/// What the kernel says of the uplink's device.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Link {
    /// There is no such device.
    Absent,
    /// It has no carrier, or is switched off.
    NoCarrier,
    /// It has no address of this family.
    NoAddress,
    /// No default route of this family leads over it.
    NoGateway,
    /// The gateway at the other end shares no uplink that lives.
    Closed,
    /// Packets can be sent.
    Ready,
}

/// Why the state changed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Reason {
    /// The device.
    Link(Link),
    /// Probes were not answered.
    Lost {
        /// Lost in a row by each of the lost targets.
        probes: u8,
        /// Targets that do not answer.
        lost: u8,
        /// All of them.
        targets: u8,
    },
    /// Enough targets answer.
    Answered {
        /// Targets that answer.
        alive: u8,
        /// All of them.
        targets: u8,
        /// How long it has been good, and had to be.
        held: Duration,
    },
    /// It has no targets; the device suffices.
    NotProbed,
    /// The check of HTTP saw something else than it should.
    Portal,
    /// The check of HTTP is content again.
    PortalGone,
    /// Loss or delay.
    Quality {
        /// Smoothed loss in thousandths.
        loss_permille: u16,
        /// Smoothed round-trip time in milliseconds.
        rtt_ms: u32,
    },
    /// Its owner took it out of use, or put it back.
    Owner,
    /// The monthly cap was reached, or a new month began.
    Cap,
}

impl State {
    /// Whether it carries new flows.
    pub const fn is_live(self) -> bool {
        matches!(self, Self::Up | Self::Degraded)
    }

    /// Its name in replies and logs.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Init => "init",
            Self::Up => "up",
            Self::Degraded => "degraded",
            Self::Captive => "captive",
            Self::Down => "down",
            Self::Drained => "drained",
            Self::Capped => "capped",
        }
    }
}

impl fmt::Display for Reason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Link(Link::Absent) => f.write_str("the device is not there"),
            Self::Link(Link::NoCarrier) => f.write_str("no carrier"),
            Self::Link(Link::NoAddress) => f.write_str("carrier up, no address"),
            Self::Link(Link::NoGateway) => f.write_str("carrier and address, no gateway"),
            Self::Link(Link::Closed) => {
                f.write_str("the gateway says that it has no uplink to share")
            }
            Self::Link(Link::Ready) => f.write_str("carrier, address and gateway are there"),
            Self::Lost {
                probes,
                lost,
                targets,
            } => write!(
                f,
                "{probes} of {probes} probes lost to {lost} of {targets} targets, carrier up"
            ),
            Self::Answered {
                alive,
                targets,
                held,
            } => {
                write!(f, "{alive} of {targets} targets answer")?;
                match held.as_secs() {
                    0 => Ok(()),
                    held => write!(f, ", for {held} s now"),
                }
            }
            Self::NotProbed => f.write_str("the device is ready, no probe is configured"),
            Self::Portal => {
                f.write_str("the HTTP check was answered by something else: a login page?")
            }
            Self::PortalGone => f.write_str("the HTTP check is answered as it should be"),
            Self::Quality {
                loss_permille,
                rtt_ms,
            } => write!(
                f,
                "{}.{} % loss, round trip {rtt_ms} ms",
                loss_permille / 10,
                loss_permille % 10
            ),
            Self::Owner => f.write_str("its owner said so"),
            Self::Cap => f.write_str("the monthly cap"),
        }
    }
}
