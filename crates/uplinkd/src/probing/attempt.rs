//! One probe over TCP or UDP.

use std::io::{self, Read as _, Write as _};
use std::net::{SocketAddr, TcpStream, UdpSocket};
use std::os::fd::{AsFd, BorrowedFd};

use grange_linux::path_socket::{datagram, stream};
use grange_uplink::health::Portal;

use crate::config::{Check, HttpCheck};
use crate::probing::question::Question;

/// What is kept of a page: login pages say what they are early.
const MOST_PAGE: usize = 16 * 1024;

/// How far a probe has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Progress {
    /// Nothing yet.
    Waiting,
    /// Nothing will come.
    Failed,
    /// The target answers; of a page, whether it is the right one.
    Answered(Portal),
}

/// A probe under way.
#[derive(Debug)]
pub(super) enum Attempt {
    /// A connection, or a page.
    Stream {
        socket: TcpStream,
        sent: bool,
        page: Vec<u8>,
    },
    /// A question to a resolver.
    Datagram { socket: UdpSocket, id: u16 },
}

impl Attempt {
    /// Opens the socket, and asks where that needs no connection.
    pub(super) fn open(question: &Question) -> io::Result<Self> {
        let to = |port| SocketAddr::new(question.probe.address, port);
        let connection = |port| {
            Ok(Self::Stream {
                socket: stream(&question.path, to(port))?,
                sent: false,
                page: Vec::new(),
            })
        };
        match &question.probe.check {
            Check::Icmp => Err(io::ErrorKind::Unsupported.into()),
            Check::Tcp(port) => connection(*port),
            Check::Http(http) => connection(http.port),
            Check::Dns(port) => {
                let socket = datagram(&question.path, to(*port))?;
                let id = question.id.unwrap_or(0);
                socket.send(&query(id))?;
                Ok(Self::Datagram { socket, id })
            }
        }
    }

    /// Goes on as far as it gets without waiting.
    pub(super) fn advance(&mut self, check: &Check) -> Progress {
        match self {
            Self::Datagram { socket, id } => resolver(socket, *id),
            Self::Stream { socket, sent, page } => {
                match socket.take_error() {
                    Ok(None) => {}
                    // "Refused" is an answer: the way to the target is open.
                    Ok(Some(error)) if error.kind() == io::ErrorKind::ConnectionRefused => {
                        return if check.is_http() {
                            Progress::Failed
                        } else {
                            Progress::Answered(Portal::Good)
                        };
                    }
                    _ => return Progress::Failed,
                }
                if socket.peer_addr().is_err() {
                    return Progress::Waiting;
                }
                let Check::Http(http) = check else {
                    return Progress::Answered(Portal::Good);
                };
                if !*sent {
                    if socket.write_all(request(http).as_bytes()).is_err() {
                        return Progress::Failed;
                    }
                    *sent = true;
                }
                read_page(socket, page, http)
            }
        }
    }
}

impl AsFd for Attempt {
    fn as_fd(&self) -> BorrowedFd<'_> {
        match self {
            Self::Stream { socket, .. } => socket.as_fd(),
            Self::Datagram { socket, .. } => socket.as_fd(),
        }
    }
}

fn resolver(socket: &UdpSocket, id: u16) -> Progress {
    let mut buffer = [0; 512];
    loop {
        match socket.recv(&mut buffer) {
            Ok(length) if is_answer(buffer.get(..length).unwrap_or(&[]), id) => {
                return Progress::Answered(Portal::Good);
            }
            Ok(_) => {}
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => return Progress::Waiting,
            // "Port unreachable" is an answer as well, though not a resolver's.
            Err(_) => return Progress::Failed,
        }
    }
}

/// RFC 1035 §4.1: a recursive question for the name servers of the root, which every resolver knows.
fn query(id: u16) -> [u8; 17] {
    let [high, low] = id.to_be_bytes();
    [high, low, 1, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0, 2, 0, 1]
}

/// A response to that question that is no server failure.
fn is_answer(packet: &[u8], id: u16) -> bool {
    let Some(header) = packet.first_chunk::<12>() else {
        return false;
    };
    let is_response = header[2] & 0x80 != 0;
    let code = header[3] & 0x0f;
    header[..2] == id.to_be_bytes() && is_response && code != 2
}

fn request(http: &HttpCheck) -> String {
    format!(
        "GET {} HTTP/1.1\r\nHost: {}\r\nUser-Agent: grange-uplinkd\r\nAccept: */*\r\nConnection: close\r\n\r\n",
        http.path, http.host
    )
}

fn read_page(socket: &mut TcpStream, page: &mut Vec<u8>, http: &HttpCheck) -> Progress {
    let mut buffer = [0; 2048];
    let is_over = loop {
        match socket.read(&mut buffer) {
            Ok(0) => break true,
            Ok(length) => {
                page.extend_from_slice(buffer.get(..length).unwrap_or(&[]));
                if page.len() >= MOST_PAGE {
                    break true;
                }
            }
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => break false,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(_) => break true,
        }
    };
    judge(page, is_over, http)
}

/// What a page, as far as it has come, says.
fn judge(page: &[u8], is_over: bool, http: &HttpCheck) -> Progress {
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
