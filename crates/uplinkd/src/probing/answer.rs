//! What targets of probes say, as octets from outside: a resolver's answer, and a page.

use grange_uplink::health::Portal;

use crate::config::HttpCheck;

/// How far a probe has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Progress {
    /// Nothing yet.
    Waiting,
    /// Nothing will come.
    Failed,
    /// The target answers; of a page, whether it is the right one.
    Answered(Portal),
}

/// RFC 1035 §4.1: a recursive question for the name servers of the root, which every resolver knows.
pub fn query(id: u16) -> [u8; 17] {
    let [high, low] = id.to_be_bytes();
    [high, low, 1, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0, 2, 0, 1]
}

/// A response to that question that is no server failure.
pub fn is_resolvers_answer(packet: &[u8], id: u16) -> bool {
    let Some(header) = packet.first_chunk::<12>() else {
        return false;
    };
    let is_response = header[2] & 0x80 != 0;
    let code = header[3] & 0x0f;
    header[..2] == id.to_be_bytes() && is_response && code != 2
}

/// What a page, as far as it has come, says.
pub fn judge_page(page: &[u8], is_over: bool, http: &HttpCheck) -> Progress {
    let Some(status) = status(page) else {
        return match (is_over, page.is_empty()) {
            (false, _) => Progress::Waiting,
            (true, true) => Progress::Failed,
            // Something answers that does not speak HTTP.
            (true, false) => Progress::Answered(Portal::Captive),
        };
    };
    if status != http.status {
        return Progress::Answered(Portal::Captive);
    }
    let body = http.body.as_bytes();
    if body.is_empty() || body_of(page).windows(body.len()).any(|part| part == body) {
        return Progress::Answered(Portal::Good);
    }
    if is_over {
        Progress::Answered(Portal::Captive)
    } else {
        Progress::Waiting
    }
}

/// `HTTP/1.1 204 No Content`, once the line is complete.
fn status(page: &[u8]) -> Option<u16> {
    let end = page.iter().position(|&c| c == b'\n')?;
    let line = str::from_utf8(page.get(..end)?).ok()?;
    let mut words = line.split_ascii_whitespace();
    let version = words.next()?;
    version.starts_with("HTTP/").then_some(())?;
    words.next()?.parse().ok()
}

fn body_of(page: &[u8]) -> &[u8] {
    let end = page.windows(4).position(|part| part == b"\r\n\r\n");
    end.and_then(|end| page.get(end + 4..)).unwrap_or(&[])
}

#[cfg(test)]
mod tests;
