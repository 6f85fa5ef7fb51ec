//! What a network is made of, besides its links.

use core::time::Duration;

use grange_babel::limits::Limits;
use grange_babel::link::LinkKind;
use grange_babel::mac::KeySet;

use crate::link::Quality;

/// How a network is built.
#[derive(Clone, Debug)]
pub(crate) struct Options {
    pub(crate) kind: LinkKind,
    /// Whether all links are one radio channel on which only linked nodes hear each other.
    pub(crate) radio: bool,
    pub(crate) quality: Quality,
    pub(crate) hello_interval: Duration,
    pub(crate) update_interval: Duration,
    /// Whether updates and further Hellos are unicast.
    pub(crate) unicast: bool,
    /// `None` is by the kind of link.
    pub(crate) split_horizon: Option<bool>,
    /// The keys of every interface.
    pub(crate) mac: KeySet,
    pub(crate) limits: Limits,
    pub(crate) smoothing_half_life: Duration,
    /// Nodes start within this time.
    pub(crate) boot_spread: Duration,
    /// Whether each node originates its home prefixes.
    pub(crate) homes: bool,
    /// Whether a kernel forgets the routes over a link without a carrier, as if the interface had
    /// been switched off; otherwise it keeps them.
    pub(crate) flushing: bool,
    /// Whether prefixes nest.
    pub(crate) nested: bool,
    /// Whether every packet sent is taken apart and checked.
    pub(crate) inspect: bool,
    /// How long a node works on a packet, and how many wait meanwhile before more are lost.
    pub(crate) receiver: Option<(Duration, u64)>,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            kind: LinkKind::Wired,
            radio: false,
            quality: Quality::CLEAN,
            hello_interval: Duration::from_secs(4),
            update_interval: Duration::from_secs(16),
            unicast: false,
            split_horizon: None,
            mac: KeySet::default(),
            limits: Limits::default(),
            smoothing_half_life: Duration::ZERO,
            boot_spread: Duration::ZERO,
            homes: true,
            flushing: false,
            nested: false,
            inspect: true,
            receiver: None,
        }
    }
}
