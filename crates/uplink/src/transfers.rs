//! Who gives how much to whom.

/// A payment.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Transfer {
    /// Who gives, by place.
    pub from: usize,
    /// Who gets, by place.
    pub to: usize,
    /// How much, more than 0.
    pub cents: u64,
}

/// Up to so many open balances the list is the shortest there is; finding that takes 2^n steps.
const EXACT: usize = 12;

/// The payments that settle balances which add up to zero (positive: gets; negative: owes).
///
/// n open balances need n - 1 payments, and one less for each group of them that adds up to zero by
/// itself. Up to 12 the most groups are found; beyond, only pairs of equal amounts are set apart. What
/// the balances do not add up to stays open.
pub fn transfers(balances: &[i64]) -> Vec<Transfer> {
    let mut open: Vec<(usize, i64)> = balances
        .iter()
        .copied()
        .enumerate()
        .filter(|(_, balance)| *balance != 0)
        .collect();
    let mut list = Vec::new();
    if open.len() <= EXACT {
        for group in groups(&open) {
            settle_group(group, &mut list);
        }
        return list;
    }
    let mut place = 0;
    while let Some(&(_, balance)) = open.get(place) {
        let twin = open
            .iter()
            .skip(place + 1)
            .position(|(_, other)| balance.checked_add(*other) == Some(0));
        match twin {
            Some(offset) => {
                let second = open.remove(place + 1 + offset);
                let first = open.remove(place);
                settle_group(vec![first, second], &mut list);
            }
            None => place += 1,
        }
    }
    settle_group(open, &mut list);
    list
}

/// The largest creditor gets from the largest debtor, until nobody is left on one side.
fn settle_group(mut group: Vec<(usize, i64)>, list: &mut Vec<Transfer>) {
    loop {
        let most = group
            .iter_mut()
            .max_by_key(|(place, balance)| (*balance, core::cmp::Reverse(*place)));
        let Some(&mut (to, credit)) = most else {
            return;
        };
        let least = group
            .iter()
            .min_by_key(|(place, balance)| (*balance, *place));
        let Some(&(from, debt)) = least else {
            return;
        };
        if credit <= 0 || debt >= 0 {
            return;
        }
        let cents = credit.unsigned_abs().min(debt.unsigned_abs());
        list.push(Transfer { from, to, cents });
        for (place, balance) in &mut group {
            if *place == to {
                *balance = balance.saturating_sub_unsigned(cents);
            } else if *place == from {
                *balance = balance.saturating_add_unsigned(cents);
            }
        }
    }
}

/// The open balances in as many groups as can be that each add up to zero.
fn groups(open: &[(usize, i64)]) -> Vec<Vec<(usize, i64)>> {
    let count = open.len();
    let all = (1_usize << count) - 1;
    let sum = |set: usize| -> i128 {
        let inside = open
            .iter()
            .enumerate()
            .filter(|(bit, _)| set >> bit & 1 == 1);
        inside.map(|(_, (_, balance))| i128::from(*balance)).sum()
    };
    let sums: Vec<i128> = (0..=all).map(sum).collect();
    // best[set]: how often one passes zero when the members of the set are added one after the other
    // in the best order; from[set]: who was added last.
    let mut best = vec![0_u8; all + 1];
    let mut from = vec![0_usize; all + 1];
    for set in 1..=all {
        for bit in (0..count).filter(|bit| set >> bit & 1 == 1) {
            let before = best[set & !(1 << bit)];
            if from[set] == 0 || before > best[set] {
                best[set] = before;
                from[set] = 1 << bit;
            }
        }
        best[set] += u8::from(sums[set] == 0);
    }
    let mut found = vec![Vec::new()];
    let mut set = all;
    while set != 0 {
        let last = from[set];
        let bit = last.trailing_zeros() as usize;
        if let (Some(group), Some(&balance)) = (found.last_mut(), open.get(bit)) {
            group.push(balance);
        }
        set &= !last;
        if sums[set] == 0 && set != 0 {
            found.push(Vec::new());
        }
    }
    found
}

#[cfg(test)]
mod tests;
