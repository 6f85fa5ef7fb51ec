//! The numbers that the daemons' replies hold, for the history.

use grange_daemon::json::Value;

use crate::history::{Kind, Name};
use crate::rates::Rates;
use crate::routers::neighbour_id;
use crate::rows::{list, maybe, member, text};
use crate::uplinks::carried;

/// Those of uplinks, and those of links; what a series has no column for is none.
pub fn samples(
    rates: &Rates,
    uplinkd: &Value,
    neighbours: &Value,
) -> Vec<(Name, [Option<u32>; 4])> {
    let uplinks = list(member(uplinkd, "uplinks")).iter().map(|row| {
        let carried = carried(row, rates);
        let name = Name {
            kind: Kind::Uplink,
            name: text(row, "name").to_owned(),
            family: text(row, "family").to_owned(),
        };
        let values = [
            carried.and_then(|carried| carried.down_bytes_per_s),
            carried.and_then(|carried| carried.up_bytes_per_s),
            maybe(row, "rtt_us"),
            maybe(row, "loss_permille"),
        ];
        (name, values)
    });
    let links = list(neighbours).iter().map(|row| {
        let reach = u16::from_str_radix(text(row, "reach"), 16).ok();
        let name = Name {
            kind: Kind::Link,
            name: neighbour_id(row),
            family: String::new(),
        };
        let values = [maybe(row, "cost"), reach.map(u16::count_ones), None, None];
        (name, values)
    });
    uplinks.chain(links).collect()
}
