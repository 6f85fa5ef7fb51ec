//! From Hello histories and IHUs to the cost of a link (RFC 8966 appendix A.2).

use crate::history::HelloHistory;
use crate::link::{InterfaceConfig, LinkKind};
use crate::metric::Cost;

/// What it costs to receive from a neighbour.
///
/// `estimate` is what something better informed than the Hello history says, such as the driver
/// of a radio; the history still decides whether the neighbour is heard at all.
pub(crate) fn rxcost(
    config: &InterfaceConfig,
    multicast: &HelloHistory,
    unicast: &HelloHistory,
    estimate: Option<u16>,
) -> Cost {
    // RFC 8966 §3.4.3: if no Hello TLVs of either kind were received recently, then the cost is
    // infinite
    if multicast.is_empty() && unicast.is_empty() {
        return Cost::INFINITY;
    }
    if config.fixed_cost {
        return Cost::new(config.nominal_cost());
    }
    match config.kind {
        // RFC 8966 A.2.1: performs k-out-of-j twice, the resulting rxcost is the minimum
        LinkKind::Wired if two_out_of_three(multicast) || two_out_of_three(unicast) => {
            Cost::new(estimate.unwrap_or_else(|| config.nominal_cost()))
        }
        LinkKind::Wired => Cost::INFINITY,
        LinkKind::Wireless => etx(estimate.unwrap_or_else(|| config.nominal_cost()), multicast),
    }
}

/// The cost of the link in both directions.
pub(crate) fn link_cost(config: &InterfaceConfig, rxcost: Cost, txcost: Cost) -> Cost {
    // RFC 8966 §3.4.3: if the txcost is infinite, then the cost is infinite
    if rxcost.is_infinite() || txcost.is_infinite() {
        return Cost::INFINITY;
    }
    match config.kind {
        // RFC 8966 A.2.1: cost = txcost
        LinkKind::Wired => txcost,
        // RFC 8966 A.2.2: cost = (MAX(txcost, 256) * rxcost) / 256
        LinkKind::Wireless => {
            saturate(u32::from(txcost.value().max(256)) * u32::from(rxcost.value()) / 256)
        }
    }
}

// RFC 8966 appendix B: 2-out-of-3 on wired links
fn two_out_of_three(history: &HelloHistory) -> bool {
    (history.bits() & 0xE000).count_ones() >= 2
}

// RFC 8966 A.2.2: let rxcost be 256/beta; unicast Hellos are ignored
fn etx(nominal: u16, multicast: &HelloHistory) -> Cost {
    match multicast.received_of_last_six() {
        (0, _) => Cost::INFINITY,
        (received, window) => saturate(u32::from(nominal) * window / received),
    }
}

/// A finite cost, as large as fits: 0xFFFF would say that the link is dead.
fn saturate(cost: u32) -> Cost {
    Cost::new(u16::try_from(cost).unwrap_or(u16::MAX).min(0xFFFE))
}

#[cfg(test)]
mod tests;
