//! Numbers and times as people write them in a configuration.

use std::time::Duration;

/// Decimal, or `0x` and hexadecimal; no sign.
pub(crate) fn number(text: &str) -> Option<u64> {
    let (digits, radix) = match text.strip_prefix("0x").or_else(|| text.strip_prefix("0X")) {
        Some(digits) => (digits, 16),
        None => (text, 10),
    };
    // from_str_radix takes a sign, which no option here wants.
    let unsigned = digits.bytes().all(|byte| byte.is_ascii_alphanumeric());
    unsigned
        .then(|| u64::from_str_radix(digits, radix).ok())
        .flatten()
}

/// Octets of two hexadecimal digits each.
pub fn hexadecimal(text: &str) -> Option<Vec<u8>> {
    let digits: Option<Vec<u8>> = text
        .chars()
        .map(|c| c.to_digit(16).and_then(|digit| u8::try_from(digit).ok()))
        .collect();
    let digits = digits?;
    let (pairs, []) = digits.as_chunks::<2>() else {
        return None;
    };
    Some(pairs.iter().map(|[high, low]| high << 4 | low).collect())
}

/// Seconds or a number with a unit, to the microsecond.
pub fn duration(text: &str) -> Option<Duration> {
    let digits_end = text
        .find(|c: char| !c.is_ascii_digit() && c != '.')
        .unwrap_or(text.len());
    let (digits, unit) = text.split_at(digits_end);
    let unit_micros: u64 = match unit {
        "ms" => 1000,
        "" | "s" => 1_000_000,
        "m" => 60_000_000,
        "h" => 3_600_000_000,
        "d" => 86_400_000_000,
        _ => return None,
    };
    let (whole, decimals) = match digits.split_once('.') {
        // `4.` and `.5` are typing mistakes more often than numbers.
        Some((whole, decimals)) if !decimals.is_empty() && decimals.len() <= 6 => (whole, decimals),
        Some(_) => return None,
        None => (digits, "0"),
    };
    let whole = number(whole)?.checked_mul(unit_micros)?;
    let scale = 10_u64.checked_pow(u32::try_from(decimals.len()).ok()?)?;
    let part = number(decimals)?
        .checked_mul(unit_micros)?
        .checked_div(scale)?;
    Some(Duration::from_micros(whole.checked_add(part)?))
}

/// A duration as [`duration`] reads it, for messages: whole seconds or milliseconds.
pub fn seconds(duration: Duration) -> String {
    if duration.subsec_nanos() == 0 {
        format!("{}s", duration.as_secs())
    } else {
        format!("{}ms", duration.as_millis())
    }
}

#[cfg(test)]
mod tests;
