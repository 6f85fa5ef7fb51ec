//! A name, asked of one resolver over one uplink (RFC 1035 §4.1).

use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::time::Duration;

use grange_linux::path_socket::{self, Path};

use crate::seed;

const TRIES: usize = 3;
const PATIENCE: Duration = Duration::from_secs(2);
const PORT: u16 = 53;

/// The IPv4 address of a host; an address is one already.
pub(super) fn resolve(host: &str, path: &Path, resolver: Ipv4Addr) -> Option<Ipv4Addr> {
    let found = match host.parse() {
        Ok(address) => Some(address),
        Err(_) => ask(host, path, resolver),
    };
    // This router's own services are not on the uplink.
    found.filter(|address: &Ipv4Addr| {
        !address.is_loopback() && !address.is_unspecified() && !address.is_multicast()
    })
}

fn ask(host: &str, path: &Path, resolver: Ipv4Addr) -> Option<Ipv4Addr> {
    let [high, low, ..] = seed::random().ok()?.to_be_bytes();
    let id = [high, low];
    let question = question(id, host)?;
    for _ in 0..TRIES {
        let to = SocketAddr::new(IpAddr::V4(resolver), PORT);
        let socket = path_socket::datagram(path, to).ok()?;
        socket.set_nonblocking(false).ok()?;
        socket.set_read_timeout(Some(PATIENCE)).ok()?;
        socket.send(&question).ok()?;
        let mut buffer = [0; 1232];
        if let Ok(length) = socket.recv(&mut buffer) {
            let octets = buffer.get(..length)?;
            if octets.starts_with(&id) {
                return answer(octets, question.len());
            }
        }
    }
    None
}

fn question(id: [u8; 2], host: &str) -> Option<Vec<u8>> {
    let mut octets = id.to_vec();
    octets.extend([1, 0, 0, 1, 0, 0, 0, 0, 0, 0]);
    for label in host.trim_end_matches('.').split('.') {
        let length = u8::try_from(label.len()).ok()?;
        if !(1..=63).contains(&length) {
            return None;
        }
        octets.push(length);
        octets.extend(label.bytes());
    }
    // Type A, class IN.
    octets.extend([0, 0, 1, 0, 1]);
    Some(octets)
}

/// The first address behind the question, which came back as it was.
fn answer(octets: &[u8], question: usize) -> Option<Ipv4Addr> {
    let mut rest = octets.get(question..)?;
    loop {
        rest = skip_name(rest)?;
        let (fixed, data) = rest.split_at_checked(10)?;
        let [
            kind_high,
            kind_low,
            _,
            _,
            _,
            _,
            _,
            _,
            length_high,
            length_low,
        ] = *fixed
        else {
            return None;
        };
        let length = usize::from(u16::from_be_bytes([length_high, length_low]));
        let (data, next) = data.split_at_checked(length)?;
        if let ([0, 1], [a, b, c, d]) = ([kind_high, kind_low], data) {
            return Some(Ipv4Addr::new(*a, *b, *c, *d));
        }
        rest = next;
    }
}

fn skip_name(mut octets: &[u8]) -> Option<&[u8]> {
    loop {
        let (first, rest) = octets.split_first()?;
        match first {
            0 => return Some(rest),
            // A pointer ends a name.
            0xc0.. => return rest.get(1..),
            1..=63 => octets = rest.get(usize::from(*first)..)?,
            _ => return None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_alias_is_followed_to_its_address_and_nonsense_is_none() {
        let question = question([1, 2], "a.example").unwrap();
        let mut octets = question.clone();
        // a.example is an alias of b.example, which is 192.0.2.9.
        octets.extend(b"\xc0\x0c\0\x05\0\x01\0\0\0\x0a\0\x04\x01b\xc0\x0e");
        octets.extend(b"\x01b\xc0\x0e\0\x01\0\x01\0\0\0\x0a\0\x04\xc0\0\x02\x09");
        assert_eq!(
            answer(&octets, question.len()),
            Some(Ipv4Addr::new(192, 0, 2, 9))
        );
        for length in 0..octets.len() {
            assert_eq!(answer(&octets[..length], question.len()), None, "{length}");
        }
        assert_eq!(super::question([1, 2], "a..b"), None);
    }
}
