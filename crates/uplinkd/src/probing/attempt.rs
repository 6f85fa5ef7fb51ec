//! One probe over TCP or UDP.

use std::io::{self, Read as _, Write as _};
use std::net::{SocketAddr, TcpStream, UdpSocket};
use std::os::fd::{AsFd, BorrowedFd};

use grange_linux::path_socket::{datagram, stream};
use grange_uplink::health::Portal;

use crate::config::{Check, HttpCheck};
use crate::probing::answer::{Progress, is_resolvers_answer, judge_page, query};
use crate::probing::question::Question;

/// What is kept of a page: login pages say what they are early.
const MOST_PAGE: usize = 16 * 1024;

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
            Ok(length) if is_resolvers_answer(buffer.get(..length).unwrap_or(&[]), id) => {
                return Progress::Answered(Portal::Good);
            }
            Ok(_) => {}
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => return Progress::Waiting,
            // "Port unreachable" is an answer as well, though not a resolver's.
            Err(_) => return Progress::Failed,
        }
    }
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
    judge_page(page, is_over, http)
}
