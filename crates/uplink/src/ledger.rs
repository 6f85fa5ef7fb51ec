//! A month's shares and balances, exact to the cent.
//!
//! For each uplink of cost C: share = C (f w d / Σ w d + (1 - f) x / Σ x), where w is a member's
//! household shares, d the days it was active, x its bytes beyond the free allowance, and f the fixed
//! part. A sum that is 0 leaves its part to the other; both 0 leave the cost with the owner. Shares
//! beyond a member's hardship cap are spread over the others by their shares.

use crate::apportion::by_weight;

/// The version of the formula, kept with every ledger.
pub const FORMULA: u8 = 1;

/// The whole, in thousandths.
const WHOLE_PERMILLE: u16 = 1000;

/// A household.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Member {
    /// Household shares: 1 for most.
    pub weight: u32,
    /// Days of the month on which it was a member.
    pub days: u8,
    /// What it pays at most, in cents.
    pub cap_cents: Option<u64>,
}

/// An uplink and what it carried.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Pipe {
    /// What it costs this month, in cents.
    pub cost_cents: u64,
    /// The member who has paid it, by place.
    pub owner: usize,
    /// Bytes of each member, both directions, by place; missing ones are 0.
    pub bytes: Vec<u64>,
}

/// What the village has agreed on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Terms {
    /// The part of each cost that all pay alike, in thousandths; more than 1000 counts as 1000.
    pub fixed_permille: u16,
    /// Bytes a member may use of each uplink that do not count.
    pub free_bytes: u64,
}

/// One member's month.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Account {
    /// What it has to bear, in cents.
    pub share_cents: u64,
    /// What it has paid to its provider, in cents.
    pub paid_cents: u64,
    /// Paid less share: what it gets, or owes when negative.
    pub balance_cents: i64,
}

/// Why a ledger cannot be made.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LedgerError {
    /// An uplink's owner is not among the members.
    NoOwner {
        /// The uplink's place.
        pipe: usize,
    },
    /// The costs are beyond any currency.
    TooLarge,
}

/// Shares out the costs of a month. Shares add up to the costs exactly, balances to zero.
pub fn settle(
    terms: Terms,
    members: &[Member],
    pipes: &[Pipe],
) -> Result<Vec<Account>, LedgerError> {
    let total = pipes
        .iter()
        .try_fold(0_u64, |sum, pipe| sum.checked_add(pipe.cost_cents));
    if total.is_none_or(|total| i64::try_from(total).is_err()) {
        return Err(LedgerError::TooLarge);
    }
    let mut accounts = vec![Account::default(); members.len()];
    for (place, pipe) in pipes.iter().enumerate() {
        let owner = accounts
            .get_mut(pipe.owner)
            .ok_or(LedgerError::NoOwner { pipe: place })?;
        owner.paid_cents += pipe.cost_cents;
        for (account, share) in accounts.iter_mut().zip(shares(terms, members, pipe)) {
            account.share_cents += share;
        }
    }
    relieve(members, &mut accounts, pipes);
    for account in &mut accounts {
        account.balance_cents =
            account.paid_cents.cast_signed() - account.share_cents.cast_signed();
    }
    Ok(accounts)
}

/// The members' shares of one uplink.
fn shares(terms: Terms, members: &[Member], pipe: &Pipe) -> Vec<u64> {
    let presence: Vec<u128> = members
        .iter()
        .map(|member| u128::from(member.weight) * u128::from(member.days))
        .collect();
    let usage: Vec<u128> = (0..members.len())
        .map(|place| {
            let bytes = pipe.bytes.get(place).copied().unwrap_or(0);
            // Kilobytes: no cent depends on less, and the products stay small.
            u128::from(bytes.saturating_sub(terms.free_bytes)).div_ceil(1024)
        })
        .collect();
    let (present, used): (u128, u128) = (presence.iter().sum(), usage.iter().sum());
    let fixed = u128::from(match (present, used) {
        (0, _) => 0,
        (_, 0) => WHOLE_PERMILLE,
        _ => terms.fixed_permille.min(WHOLE_PERMILLE),
    });
    // Over the common denominator of both parts, so that there is one rounding. At most
    // 10 + 37 + 64 and a few bits for the number of members.
    let weights: Vec<u128> = presence
        .iter()
        .zip(&usage)
        .map(|(&present_here, &used_here)| {
            fixed * present_here * used.max(1)
                + (u128::from(WHOLE_PERMILLE) - fixed) * used_here * present.max(1)
        })
        .collect();
    by_weight(pipe.cost_cents, &weights).unwrap_or_else(|| {
        let mut alone = vec![0; members.len()];
        if let Some(share) = alone.get_mut(pipe.owner) {
            *share = pipe.cost_cents;
        }
        alone
    })
}

/// Takes from those beyond their hardship cap and gives to the others; where all are capped, to the
/// owners of the uplinks.
fn relieve(members: &[Member], accounts: &mut [Account], pipes: &[Pipe]) {
    let mut capped = vec![false; members.len()];
    // Each round caps at least one more.
    for _ in 0..=members.len() {
        let mut excess = 0;
        for ((member, account), capped) in members.iter().zip(accounts.iter_mut()).zip(&mut capped)
        {
            if let Some(cap) = member.cap_cents
                && account.share_cents > cap
            {
                excess += account.share_cents - cap;
                account.share_cents = cap;
                *capped = true;
            }
        }
        if excess == 0 {
            return;
        }
        let open = |place: usize| !capped.get(place).copied().unwrap_or(true);
        let by_share: Vec<u128> = accounts
            .iter()
            .enumerate()
            .map(|(place, account)| {
                if open(place) {
                    u128::from(account.share_cents)
                } else {
                    0
                }
            })
            .collect();
        let alike: Vec<u128> = (0..accounts.len())
            .map(|place| u128::from(open(place)))
            .collect();
        let spread = by_weight(excess, &by_share).or_else(|| by_weight(excess, &alike));
        let Some(spread) = spread else {
            let mut owners = vec![0_u128; accounts.len()];
            for pipe in pipes {
                if let Some(owner) = owners.get_mut(pipe.owner) {
                    *owner += u128::from(pipe.cost_cents);
                }
            }
            for (account, more) in accounts
                .iter_mut()
                .zip(by_weight(excess, &owners).unwrap_or_default())
            {
                account.share_cents += more;
            }
            return;
        };
        for (account, more) in accounts.iter_mut().zip(spread) {
            account.share_cents += more;
        }
    }
}

#[cfg(test)]
mod tests;
