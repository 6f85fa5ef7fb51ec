//! Whole units shared out by weight so that they add up exactly: the method of the largest remainder.

/// Shares `total` out in proportion to the weights; the shares add up to `total` exactly, and none is
/// further than one from its exact part. All weights 0 gives `None`: the caller must say who pays.
///
/// Weights are taken as they are up to a sum of 2^63, and scaled down together beyond.
pub fn by_weight(total: u64, weights: &[u128]) -> Option<Vec<u64>> {
    let shift = shift(weights);
    let weights: Vec<u128> = weights.iter().map(|weight| weight >> shift).collect();
    let sum: u128 = weights.iter().sum();
    if sum == 0 {
        return None;
    }
    // At most 2^64 times 2^63: it fits.
    let exact = |weight: u128| u128::from(total) * weight;
    let mut shares: Vec<u64> = weights
        .iter()
        .map(|&weight| u64::try_from(exact(weight) / sum).unwrap_or(u64::MAX))
        .collect();
    let mut left = total - shares.iter().sum::<u64>();
    let mut order: Vec<usize> = (0..weights.len()).collect();
    order.sort_by_key(|&place| core::cmp::Reverse(exact(weights[place]) % sum));
    for place in order {
        if left == 0 {
            break;
        }
        shares[place] += 1;
        left -= 1;
    }
    Some(shares)
}

/// How far to shift weights so that their sum is below 2^63.
fn shift(weights: &[u128]) -> u32 {
    let largest = weights.iter().max().copied().unwrap_or(0);
    let bits = 128 - largest.leading_zeros() + (usize::BITS - weights.len().leading_zeros());
    bits.saturating_sub(63)
}

#[cfg(test)]
mod tests;
