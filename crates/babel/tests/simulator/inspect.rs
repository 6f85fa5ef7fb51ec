//! What must hold of every packet a node sends, whatever goes on around it.

use core::net::IpAddr;

use grange_babel::clock::Instant;
use grange_babel::router::Router;
use grange_babel::wire::{PacketReader, Tlv, Update};

use crate::node::{Node, Port};

/// How many Hello seqnos one reservation covers.
const HELLO_BLOCK: i16 = 8;

/// Whether a packet may leave a node by a port; an error says what is wrong with it.
pub(crate) fn inspect(
    node: &Node,
    router: &Router,
    port: &Port,
    payload: &[u8],
    now: Instant,
) -> Result<(), String> {
    let capacity = port.addresses.payload_capacity();
    if payload.len() > capacity {
        return Err(format!("{} octets on a link for {capacity}", payload.len()));
    }
    let saved = node
        .saved
        .as_ref()
        .ok_or("sends a packet before its state is saved")?;
    if saved.router_id != router.router_id() {
        return Err(format!("saved the router-id {}", saved.router_id));
    }
    let source = IpAddr::V6(port.addresses.link_local);
    let tlvs = PacketReader::new(payload, source).map_err(|error| error.to_string())?;
    for tlv in tlvs {
        match tlv.map_err(|error| error.to_string())? {
            Tlv::Hello {
                unicast: false,
                seqno,
                ..
            } => {
                let base = saved
                    .hello
                    .iter()
                    .find(|(name, _)| *name == port.config.name)
                    .map(|(_, base)| *base)
                    .ok_or("sends a Hello whose seqno is not saved")?;
                let ahead = seqno.distance_from(base);
                // The base may be the number after this one: a restart then steps neither back nor on.
                if !(-1..=HELLO_BLOCK).contains(&ahead) {
                    return Err(format!("sends Hello {seqno}, {base} is saved"));
                }
            }
            Tlv::Update(update) if !update.metric.is_infinite() => {
                check_update(router, saved.seqno, &update, now)?;
            }
            _ => {}
        }
    }
    Ok(())
}

/// An own update is covered by the saved seqno, any other by the feasibility distance.
// RFC 8966 §3.7.3: before sending an update with finite metric the source table is updated
fn check_update(
    router: &Router,
    saved: grange_babel::seqno::Seqno,
    update: &Update,
    now: Instant,
) -> Result<(), String> {
    let Update {
        prefix,
        router_id,
        seqno,
        metric,
        ..
    } = *update;
    if router_id == router.router_id() {
        return if saved.is_at_least(seqno) {
            Ok(())
        } else {
            Err(format!("announces its seqno {seqno}, {saved} is saved"))
        };
    }
    let covered = router.sources(now).any(|source| {
        (source.prefix, source.router_id) == (prefix, router_id)
            && (source.seqno.is_newer_than(seqno)
                || source.seqno == seqno && source.metric <= metric)
    });
    if covered {
        Ok(())
    } else {
        Err(format!(
            "announces {prefix} from {router_id} at {seqno} {metric} without a feasibility distance"
        ))
    }
}
