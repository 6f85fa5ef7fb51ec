//! Leases on the announcement of a default route: whoever checks the uplink renews one.

use std::time::Duration;

use grange_babel::clock::Instant;
use grange_babel::prefix::Prefix;
use grange_linux::Family;

/// The leases, one for each family.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Leases {
    v4: Option<Lease>,
    v6: Option<Lease>,
}

/// A lease.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Lease {
    /// The metric to announce, in place of the redistribute filter's.
    pub metric: Option<u16>,
    /// When it runs out; `None` is when it is cleared.
    pub expires: Option<Instant>,
}

impl Leases {
    /// Takes out or renews a lease.
    pub fn set(&mut self, family: Family, lease: Lease) {
        *self.slot(family) = Some(lease);
    }

    /// Gives a lease back; says whether there was one.
    pub fn clear(&mut self, family: Family) -> bool {
        self.slot(family).take().is_some()
    }

    /// Drops the leases that have run out; says for which families.
    pub fn expire(&mut self, now: Instant) -> Vec<Family> {
        let mut expired = Vec::new();
        for family in Family::BOTH {
            let slot = self.slot(family);
            if slot.is_some_and(|lease| lease.expires.is_some_and(|at| at <= now)) {
                *slot = None;
                expired.push(family);
            }
        }
        expired
    }

    /// The lease for a family.
    pub fn lease(&self, family: Family) -> Option<&Lease> {
        match family {
            Family::V4 => self.v4.as_ref(),
            Family::V6 => self.v6.as_ref(),
        }
    }

    /// When the next lease runs out.
    pub fn next_expiry(&self) -> Option<Instant> {
        [self.v4, self.v6]
            .iter()
            .flatten()
            .filter_map(|lease| lease.expires)
            .min()
    }

    fn slot(&mut self, family: Family) -> &mut Option<Lease> {
        match family {
            Family::V4 => &mut self.v4,
            Family::V6 => &mut self.v6,
        }
    }
}

impl Lease {
    /// How long it still holds; `None` is until it is cleared.
    pub fn left(&self, now: Instant) -> Option<Duration> {
        self.expires.map(|at| now.until(at))
    }
}

/// The default route of a family.
pub fn default_prefix(family: Family) -> Prefix {
    match family {
        Family::V4 => Prefix::DEFAULT_V4,
        Family::V6 => Prefix::DEFAULT_V6,
    }
}

/// The family of a prefix.
pub fn family_of(prefix: Prefix) -> Family {
    if prefix.is_v4() {
        Family::V4
    } else {
        Family::V6
    }
}
