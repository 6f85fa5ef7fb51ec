//! CAKE on the uplinks: each host behind the router gets as much of a busy line as any other, whatever the number of its
//! connections, and nobody waits behind somebody's upload.
//!
//! | packets | queue |
//! |---|---|
//! | to the provider | CAKE at the device's root |
//! | from the provider | CAKE at the root of `grange-in-INDEX`, to which everything that comes in by the device with that index is sent |

use grange_linux::cake::{CakeControl, Owner, Toward};
use grange_linux::{KernelError, KernelErrorKind, Link};

use crate::config::Config;

/// What the devices for arriving packets begin with; the index of the uplink's device follows.
const PREFIX: &str = "grange-in-";
/// A line's own queue stays empty when it is offered a little less than it carries, per cent.
const PART: u64 = 95;

/// An uplink's device and what it carries.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Shaper {
    /// The device.
    pub device: String,
    /// To the provider, bits a second.
    pub up_bps: Option<u64>,
    /// From the provider.
    pub down_bps: Option<u64>,
}

/// Why a line has no queue.
#[derive(Debug, thiserror::Error)]
pub enum ShapingError {
    /// There is none to be had.
    #[error(
        "the kernel has no CAKE or what sends packets to it ({0}): are kmod-sched-cake and kmod-ifb installed?"
    )]
    Missing(#[source] KernelError),
    /// Another program's.
    #[error(
        "{0} has a queue of another program, such as sqm: it is left alone; end that program or take `option cake` away"
    )]
    Foreign(String),
    /// Refused.
    #[error("{device}: {error}")]
    Refused {
        /// Where.
        device: String,
        /// The kernel's words.
        #[source]
        error: KernelError,
    },
}

/// What has been done.
#[derive(Clone, Debug, Default)]
pub struct Shaping {
    /// As it was last, by the device's index.
    made: Vec<(u32, Shaper)>,
    /// Whether what an earlier run may have left has been looked for.
    swept: bool,
}

/// The queues there should be.
pub fn wanted(config: &Config) -> Vec<Shaper> {
    let part = |bps: Option<u64>| bps.map(|bps| bps.saturating_mul(PART) / 100);
    let uplinks = config.uplinks.iter().filter(|uplink| uplink.cake);
    let shapers = uplinks.map(|uplink| Shaper {
        device: uplink.device.clone(),
        up_bps: part(uplink.up_bps),
        down_bps: part(uplink.down_bps),
    });
    shapers.collect()
}

impl Shaping {
    /// Makes queues those that are wanted; what is as it should be is not touched. The first error is told, the
    /// rest is done all the same.
    pub fn reconcile(
        &mut self,
        control: &mut CakeControl,
        links: &[Link],
        wanted: &[Shaper],
    ) -> Result<(), ShapingError> {
        let refused = |device: &str| {
            let device = device.to_owned();
            move |error| ShapingError::Refused { device, error }
        };
        let mut roots = control.roots().map_err(refused("queues"))?;
        let owner = |roots: &[grange_linux::cake::RootQueue], index| {
            let root = roots.iter().find(|root| root.index == index);
            root.map_or(Owner::Kernel, |root| root.owner)
        };
        let shaper_of = |name: &str| wanted.iter().find(|shaper| shaper.device == name);
        // First what is not wanted any more.
        for link in links {
            if let Some(index) = intermediate_of(&link.name) {
                let outside = links.iter().find(|link| link.index == index);
                let shaper = outside.and_then(|outside| shaper_of(&outside.name));
                if shaper.is_none_or(|shaper| shaper.down_bps.is_none()) {
                    // Before its target goes, or everything that comes in would be lost.
                    let _ = control.end_redirect(index);
                    let _ = control.delete_device(link.index);
                }
            } else if owner(&roots, link.index) == Owner::Us
                && shaper_of(&link.name).is_none_or(|shaper| shaper.up_bps.is_none())
            {
                control.remove(link.index).map_err(refused(&link.name))?;
                roots.retain(|root| root.index != link.index);
            }
        }
        self.swept = true;
        let before = std::mem::take(&mut self.made);
        let mut result = Ok(());
        for shaper in wanted {
            let Some(link) = links.iter().find(|link| link.name == shaper.device) else {
                continue;
            };
            let owner = |index| owner(&roots, index);
            let is_known = before.contains(&(link.index, shaper.clone()));
            let shaped = shape(control, links, link.index, shaper, owner, is_known);
            match shaped {
                Ok(()) => self.made.push((link.index, shaper.clone())),
                Err(error) => result = result.and(Err(error)),
            }
        }
        result
    }

    /// Whether there may be something of ours.
    pub fn has_any(&self) -> bool {
        !self.swept || !self.made.is_empty()
    }
}

/// Both directions of a line. `is_known`: with these rates.
fn shape(
    control: &mut CakeControl,
    links: &[Link],
    index: u32,
    shaper: &Shaper,
    owner: impl Fn(u32) -> Owner,
    is_known: bool,
) -> Result<(), ShapingError> {
    let explain = |error: KernelError| match error.kind() {
        KernelErrorKind::NotFound | KernelErrorKind::Unsupported => ShapingError::Missing(error),
        _ => ShapingError::Refused {
            device: shaper.device.clone(),
            error,
        },
    };
    let foreign = || ShapingError::Foreign(shaper.device.clone());
    if let Some(bits) = shaper.up_bps {
        match owner(index) {
            Owner::Other => return Err(foreign()),
            Owner::Us if is_known => {}
            Owner::Us | Owner::Kernel => {
                control.set(index, bits, Toward::Outside).map_err(explain)?;
            }
        }
    }
    let Some(bits) = shaper.down_bps else {
        return Ok(());
    };
    let name = format!("{PREFIX}{index}");
    let there = links.iter().find(|link| link.name == name);
    if let Some(there) = there {
        if !(is_known && owner(there.index) == Owner::Us) {
            let set = control.set(there.index, bits, Toward::Inside);
            set.map_err(explain)?;
        }
        return Ok(());
    }
    let inside = control.add_intermediate(&name).map_err(explain)?;
    let made = control
        .set(inside, bits, Toward::Inside)
        .and_then(|()| control.redirect(index, inside));
    if let Err(error) = made {
        let is_foreign = error.kind() == KernelErrorKind::Exists;
        let _ = control.delete_device(inside);
        return Err(if is_foreign {
            foreign()
        } else {
            explain(error)
        });
    }
    Ok(())
}

/// The index of the uplink's device that an intermediate device belongs to.
fn intermediate_of(name: &str) -> Option<u32> {
    name.strip_prefix(PREFIX)?.parse().ok()
}
