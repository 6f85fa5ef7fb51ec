//! The head of a request to a proxy (RFC 9112 §3.2.2, §3.2.3).

/// The longest name of a host.
const LONGEST_HOST: usize = 253;

/// What is asked for.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Request {
    /// Whose server.
    pub(super) host: String,
    /// On which port.
    pub(super) port: u16,
    /// What that server is told, in origin form; `None` for CONNECT.
    pub(super) head: Option<String>,
}

impl Request {
    /// Reads it with its length, once all of it is there; or the status that refuses it.
    pub(super) fn parse(octets: &[u8]) -> Result<Option<(Self, usize)>, &'static str> {
        const BAD: &str = "400 Bad Request";
        let Some(end) = octets.windows(4).position(|part| part == b"\r\n\r\n") else {
            return Ok(None);
        };
        let text = octets.get(..end).unwrap_or(&[]);
        let text = std::str::from_utf8(text).map_err(|_| BAD)?;
        let mut lines = text.split("\r\n");
        let mut words = lines.next().unwrap_or_default().split(' ');
        let (Some(method), Some(target), Some("HTTP/1.1" | "HTTP/1.0"), None) =
            (words.next(), words.next(), words.next(), words.next())
        else {
            return Err(BAD);
        };
        if method.is_empty() || !method.bytes().all(|c| c.is_ascii_uppercase()) {
            return Err(BAD);
        }
        let length = end + 4;
        if method == "CONNECT" {
            let (host, port) = authority(target, None)?;
            let head = None;
            return Ok(Some((Self { host, port, head }, length)));
        }
        let rest = target
            .strip_prefix("http://")
            .ok_or("400 Not A Proxy Request")?;
        let place = rest.find(['/', '?']).unwrap_or(rest.len());
        let (server, path) = rest.split_at(place);
        let (host, port) = authority(server, Some(80))?;
        let slash = if path.starts_with('/') { "" } else { "/" };
        let mut head = format!("{method} {slash}{path} HTTP/1.1\r\n");
        for line in lines {
            let (name, _) = line.split_once(':').ok_or(BAD)?;
            // Of this connection, not of the next (RFC 9110 §7.6.1).
            let hop = [
                "connection",
                "proxy-connection",
                "proxy-authorization",
                "keep-alive",
            ];
            if !hop.iter().any(|hop| name.eq_ignore_ascii_case(hop)) {
                head.extend([line, "\r\n"]);
            }
        }
        head.push_str("Connection: close\r\n\r\n");
        let head = Some(head);
        Ok(Some((Self { host, port, head }, length)))
    }
}

/// A host and a port of web pages: 80, 443, or one that needs no right to listen on, as login pages have.
fn authority(text: &str, default: Option<u16>) -> Result<(String, u16), &'static str> {
    const BAD: &str = "400 Bad Request";
    let (host, port) = match text.rsplit_once(':') {
        Some((host, port)) => (host, port.parse().map_err(|_| BAD)?),
        None => (text, default.ok_or(BAD)?),
    };
    let plain = |c: u8| c.is_ascii_alphanumeric() || b"-._".contains(&c);
    if host.is_empty() || host.len() > LONGEST_HOST || !host.bytes().all(plain) {
        return Err(BAD);
    }
    match port {
        80 | 443 | 1024.. => Ok((host.to_owned(), port)),
        _ => Err("403 Forbidden Port"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_page_is_asked_for_in_the_servers_own_form() {
        let text = b"GET http://example.net:8080?q HTTP/1.1\r\nHost: example.net:8080\r\nProxy-Connection: x\r\n\r\nbody";
        let (request, length) = Request::parse(text).unwrap().unwrap();
        assert_eq!((request.host.as_str(), request.port), ("example.net", 8080));
        assert_eq!(
            request.head.as_deref(),
            Some("GET /?q HTTP/1.1\r\nHost: example.net:8080\r\nConnection: close\r\n\r\n")
        );
        assert_eq!(&text[length..], b"body");
        let (request, _) = Request::parse(b"CONNECT example.net:443 HTTP/1.1\r\n\r\n")
            .unwrap()
            .unwrap();
        assert_eq!((request.port, request.head), (443, None));
        assert_eq!(Request::parse(b"GET http://exam"), Ok(None));
    }

    #[test]
    fn what_is_no_request_to_a_proxy_for_pages_is_refused() {
        for wrong in [
            "GET / HTTP/1.1",
            "CONNECT example.net:22 HTTP/1.1",
            "CONNECT example.net HTTP/1.1",
            "CONNECT example.net:99999 HTTP/1.1",
            "GET http://a:25/ HTTP/1.1",
            "GET http:/// HTTP/1.1",
            "GET http://user@a/ HTTP/1.1",
            "GET http://[::1]/ HTTP/1.1",
            "get http://a/ HTTP/1.1",
            "GET http://a/ HTTP/3",
            "GET http://a/ b HTTP/1.1",
            "GET http://a/ HTTP/1.1\r\nno colon",
            "",
        ] {
            let text = format!("{wrong}\r\n\r\n");
            assert!(Request::parse(text.as_bytes()).is_err(), "{wrong}");
        }
    }
}
