//! `struct tcmsg` (linux/rtnetlink.h) of CAKE, and of what sends arriving packets to it.
//!
//! ```text
//! 0        1     4       8        12       16     20
//! | family | pad | index | handle | parent | info | TCA_KIND, TCA_OPTIONS
//! ```

use crate::cake::{Owner, RootQueue, Toward};
use crate::netlink::attribute::{Attributes, push, push_number};
use crate::netlink::frame::number32;
use crate::netlink::link_body::{self, IFF_UP, IFLA_LINKINFO, INFO_KIND};

const HEADER: usize = 20;
const TCA_KIND: u16 = 1;
const TCA_OPTIONS: u16 = 2;

/// "gr" in ASCII: ours.
const HANDLE: u32 = 0x6772_0000;
/// linux/pkt_sched.h: `TC_H_ROOT`, `TC_H_INGRESS`, and the only handle that an ingress queue can have.
const ROOT: u32 = 0xffff_ffff;
const INGRESS: u32 = 0xffff_fff1;
const INGRESS_HANDLE: u32 = 0xffff_0000;

/// linux/pkt_sched.h
const CAKE_BASE_RATE64: u16 = 2;
const CAKE_FLOW_MODE: u16 = 5;
const CAKE_NAT: u16 = 11;
const CAKE_INGRESS: u16 = 15;
const CAKE_FLOW_DUAL_SRC: u32 = 5;
const CAKE_FLOW_DUAL_DST: u32 = 6;

/// linux/pkt_cls.h, linux/tc_act/tc_mirred.h
const U32_SEL: u16 = 5;
const U32_ACT: u16 = 7;
const U32_TERMINAL: u8 = 1;
const ACT_KIND: u16 = 1;
const ACT_OPTIONS: u16 = 2;
const ACT_STOLEN: u32 = 4;
const MIRRED_PARMS: u16 = 2;
const EGRESS_REDIR: u32 = 1;
/// `ETH_P_ALL`
const ALL_PROTOCOLS: u16 = 3;

/// A request for all queues.
pub(crate) fn dump() -> Vec<u8> {
    vec![0; HEADER]
}

/// Reads the queue at a device's root; `None` for any other.
pub(crate) fn read_root(payload: &[u8]) -> Option<RootQueue> {
    let handle = number32(payload, 8)?;
    let (_, kind) = Attributes::new(payload.get(HEADER..)?).find(|(kind, _)| *kind == TCA_KIND)?;
    (number32(payload, 12)? == ROOT).then_some(RootQueue {
        index: number32(payload, 4)?,
        owner: match handle {
            // The kernel's own have none.
            0 => Owner::Kernel,
            HANDLE if kind == b"cake\0" => Owner::Us,
            _ => Owner::Other,
        },
    })
}

/// CAKE at the root of a device. `nat`: hosts are known although the firewall has translated them.
pub(crate) fn cake(index: u32, bits: u64, toward: Toward) -> Vec<u8> {
    let mut message = our_root(index);
    push(&mut message, TCA_KIND, b"cake\0");
    let mut options = Vec::new();
    let (mode, ingress) = match toward {
        Toward::Outside => (CAKE_FLOW_DUAL_SRC, 0),
        Toward::Inside => (CAKE_FLOW_DUAL_DST, 1),
    };
    push(&mut options, CAKE_BASE_RATE64, &(bits / 8).to_ne_bytes());
    push_number(&mut options, CAKE_FLOW_MODE, mode);
    push_number(&mut options, CAKE_NAT, 1);
    push_number(&mut options, CAKE_INGRESS, ingress);
    push(&mut message, TCA_OPTIONS, &options);
    message
}

/// Our queue at the root of a device.
pub(crate) fn our_root(index: u32) -> Vec<u8> {
    header(index, HANDLE, ROOT, 0)
}

/// The hook for what comes in by a device.
pub(crate) fn ingress(index: u32) -> Vec<u8> {
    let mut message = header(index, INGRESS_HANDLE, INGRESS, 0);
    push(&mut message, TCA_KIND, b"ingress\0");
    message
}

/// A filter there that matches everything and sends it out of another device.
pub(crate) fn redirection(from: u32, through: u32) -> Vec<u8> {
    let info = 1 << 16 | u32::from(ALL_PROTOCOLS.to_be());
    let mut message = header(from, 0, INGRESS_HANDLE, info);
    push(&mut message, TCA_KIND, b"u32\0");
    // struct tc_mirred: index, capabilities, action, two counts, what to do, where.
    let parameters = [0, 0, ACT_STOLEN, 0, 0, EGRESS_REDIR, through];
    let parameters = parameters.map(u32::to_ne_bytes).concat();
    let action = nested(&[
        (ACT_KIND, b"mirred\0"),
        (ACT_OPTIONS, &nested(&[(MIRRED_PARMS, &parameters)])),
    ]);
    // struct tc_u32_sel with one struct tc_u32_key: nothing of the first word must be anything.
    let mut selector = [0; 32];
    selector[0] = U32_TERMINAL;
    selector[2] = 1;
    let options = nested(&[(U32_SEL, &selector), (U32_ACT, &nested(&[(1, &action)]))]);
    push(&mut message, TCA_OPTIONS, &options);
    message
}

/// A request that makes an intermediate device, up.
pub(crate) fn intermediate(name: &str) -> Vec<u8> {
    let mut message = link_body::create(name, IFF_UP);
    push(&mut message, IFLA_LINKINFO, &nested(&[(INFO_KIND, b"ifb")]));
    message
}

fn header(index: u32, handle: u32, parent: u32, info: u32) -> Vec<u8> {
    let mut message = vec![0; 4];
    for number in [index, handle, parent, info] {
        message.extend_from_slice(&number.to_ne_bytes());
    }
    message
}

fn nested(attributes: &[(u16, &[u8])]) -> Vec<u8> {
    let mut out = Vec::new();
    for (kind, value) in attributes {
        push(&mut out, *kind, value);
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_root_queue_is_told_apart_by_its_handle() {
        let ours = RootQueue {
            index: 7,
            owner: Owner::Us,
        };
        let message = cake(7, 8_000, Toward::Outside);
        assert_eq!(read_root(&message), Some(ours));
        for (handle, owner) in [(0, Owner::Kernel), (0x8001_0000, Owner::Other)] {
            let mut other = message.clone();
            other[8..12].copy_from_slice(&u32::to_ne_bytes(handle));
            assert_eq!(read_root(&other).unwrap().owner, owner);
        }
        assert_eq!(read_root(&ingress(7)), None);
        for length in 0..message.len() {
            // Cut short it may be another queue, but never a panic.
            let _ = read_root(&message[..length]);
        }
    }
}
