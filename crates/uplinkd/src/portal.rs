//! `grange-uplinkd portal UPLINK`: a login page in a browser of the LAN, through a proxy whose connections leave by
//! that uplink and by no other, names included.
//!
//! A process of its own that ends after some minutes: nothing listens at other times, and the daemon has no part in
//! it. It serves one address alone, at most `MOST` connections at a time, to the ports of web pages; each has a thread
//! with buffers of a fixed size, and time limits.

mod name;
mod request;

use std::ffi::OsString;
use std::io::{self, Read as _, Write as _};
use std::net::{IpAddr, Ipv4Addr, Shutdown, SocketAddr, TcpListener, TcpStream, UdpSocket};
use std::path::PathBuf;
use std::process::ExitCode;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use grange_daemon::client::Client;
use grange_daemon::client_mode::{FAILED, REFUSED};
use grange_daemon::command_line::DEFAULT_RUN_DIR;
use grange_daemon::json::Value;
use grange_daemon::run_dir::socket_path;
use grange_linux::path_socket::{self, Path};

use crate::portal::request::Request;
use crate::program::PROGRAM;

/// Connections at a time.
const MOST: usize = 32;
/// The longest head of a request, octets.
const LONGEST_HEAD: usize = 8192;
const PORT: u16 = 8118;
const MINUTES: u64 = 10;
const MOST_MINUTES: u64 = 60;
/// How long the daemon, a server or a resolver is waited for.
const PATIENCE: Duration = Duration::from_secs(10);
/// How long a connection may be silent.
const SILENCE: Duration = Duration::from_mins(1);

/// What is to be opened, and for whom.
#[derive(Debug, PartialEq, Eq)]
pub struct Portal {
    run_dir: PathBuf,
    uplink: String,
    client: Option<IpAddr>,
    port: u16,
    time: Duration,
    resolver: Option<Ipv4Addr>,
}

/// The uplink, as the daemon knows it.
#[derive(Debug)]
struct Exit {
    path: Path,
    resolver: Ipv4Addr,
}

impl Portal {
    /// Reads `[--run-dir DIR] portal UPLINK [client=ADDRESS] [port=8118] [minutes=10] [resolver=ADDRESS]`;
    /// `None` when it is something else, or wrong, which the ordinary reader then explains.
    pub fn parse(args: &[OsString]) -> Option<Self> {
        let mut run_dir = PathBuf::from(DEFAULT_RUN_DIR);
        let mut words = args.iter().map(|word| word.to_str());
        loop {
            let word = words.next()??;
            if word == "portal" {
                break;
            } else if word == "--run-dir" {
                run_dir = words.next()??.into();
            } else {
                run_dir = word.strip_prefix("--run-dir=")?.into();
            }
        }
        let uplink = words.next()??;
        let mut portal = Self {
            run_dir,
            uplink: uplink.strip_prefix("uplink=").unwrap_or(uplink).to_owned(),
            client: None,
            port: PORT,
            time: Duration::from_mins(MINUTES),
            resolver: None,
        };
        for word in words {
            match word?.split_once('=')? {
                ("client", text) => portal.client = Some(text.parse().ok()?),
                ("port", text) => portal.port = text.parse().ok().filter(|port| *port >= 1024)?,
                ("resolver", text) => portal.resolver = Some(text.parse().ok()?),
                ("minutes", text) => {
                    let minutes: u64 = text.parse().ok()?;
                    let minutes =
                        Some(minutes).filter(|minutes| (1..=MOST_MINUTES).contains(minutes))?;
                    portal.time = Duration::from_mins(minutes);
                }
                _ => return None,
            }
        }
        Some(portal)
    }

    /// Serves until the time is over.
    pub fn run(&self) -> ExitCode {
        match self.serve() {
            Ok(()) => ExitCode::SUCCESS,
            Err((why, code)) => {
                complain(&why);
                ExitCode::from(code)
            }
        }
    }

    fn serve(&self) -> Result<(), (String, u8)> {
        let client = self.client.or_else(ssh_client).ok_or_else(|| {
            let why = "whose browser? client=ADDRESS, the address of the device that has it";
            (why.to_owned(), REFUSED)
        })?;
        let exit = Arc::new(self.exit()?);
        let failed = |error: io::Error| (format!("cannot listen: {error}"), FAILED);
        // The address of this router that the client sees, and no other.
        let probe = UdpSocket::bind((unspecified(client), 0)).map_err(failed)?;
        probe.connect((client, 9)).map_err(failed)?;
        let own = probe.local_addr().map_err(failed)?.ip();
        let listener = TcpListener::bind((own, self.port)).map_err(failed)?;
        let minutes = self.time.as_secs() / 60;
        let shown = SocketAddr::new(own, self.port);
        complain(&format!(
            "for {minutes} minutes {client} gets out by {} through the HTTP proxy {shown}: set it in the browser, \
             for HTTPS too, and open a page",
            self.uplink
        ));
        let end = Instant::now() + self.time;
        let count = Arc::new(AtomicUsize::new(0));
        listener.set_nonblocking(true).map_err(failed)?;
        while Instant::now() < end {
            match listener.accept() {
                Ok((stream, peer))
                    if peer.ip() == client && count.load(Ordering::Relaxed) < MOST =>
                {
                    let (exit, counted) = (Arc::clone(&exit), Counted::new(&count));
                    thread::spawn(move || {
                        let _counted = counted;
                        proxy(stream, &exit);
                    });
                }
                // Somebody else, or too much at once: closed without a word.
                Ok(_) => {}
                Err(_) => thread::sleep(Duration::from_millis(50)),
            }
        }
        Ok(())
    }

    /// What the running daemon says of the uplink.
    fn exit(&self) -> Result<Exit, (String, u8)> {
        let failed = |error: &dyn std::fmt::Display| (error.to_string(), FAILED);
        let socket = socket_path(&self.run_dir, PROGRAM.name);
        let mut client = Client::connect(&socket).map_err(|error| failed(&error))?;
        let text = client
            .call_text("uplinks", &Value::object([]), PATIENCE)
            .map_err(|error| failed(&error))?;
        let rows = Value::parse(text.as_bytes()).map_err(|error| failed(&error))?;
        let mut rows = rows.as_array().unwrap_or_default().iter();
        let own = |row: &&Value| {
            row["name"].as_str() == Some(&self.uplink) && row["family"].as_str() == Some("ipv4")
        };
        let refused = |what: &str| (format!("uplink {}: {what}", self.uplink), REFUSED);
        let row = rows
            .find(own)
            .ok_or_else(|| refused("there is none of that name with IPv4"))?;
        let device = row["device"].as_str().unwrap_or_default().to_owned();
        let gateway = row["gateway"].as_str().and_then(|text| text.parse().ok());
        let resolver = self.resolver.or(gateway);
        Ok(Exit {
            path: Path { device, mark: 0 },
            resolver: resolver
                .ok_or_else(|| refused("it has no gateway to ask for names: resolver=ADDRESS"))?,
        })
    }
}

/// One of those that are counted, while it lives.
struct Counted(Arc<AtomicUsize>);

impl Counted {
    fn new(count: &Arc<AtomicUsize>) -> Self {
        count.fetch_add(1, Ordering::Relaxed);
        Self(Arc::clone(count))
    }
}

impl Drop for Counted {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::Relaxed);
    }
}

/// Serves one connection: one request, or a tunnel.
fn proxy(mut client: TcpStream, exit: &Exit) {
    // It inherits O_NONBLOCK nowhere on Linux, and a thread waits by itself.
    if client.set_nonblocking(false).is_err() || client.set_read_timeout(Some(PATIENCE)).is_err() {
        return;
    }
    if let Err(status) = forward(&mut client, exit) {
        let text = format!("HTTP/1.1 {status}\r\nContent-Length: 0\r\nConnection: close\r\n\r\n");
        let _ = client.write_all(text.as_bytes());
    }
}

fn forward(client: &mut TcpStream, exit: &Exit) -> Result<(), &'static str> {
    let mut read = Vec::new();
    let (request, length) = loop {
        let mut buffer = [0; 1024];
        match client.read(&mut buffer) {
            Ok(octets @ 1..) => read.extend_from_slice(buffer.get(..octets).unwrap_or(&[])),
            Ok(0) | Err(_) => return Err("408 Request Timeout"),
        }
        if let Some(found) = Request::parse(&read)? {
            break found;
        }
        if read.len() > LONGEST_HEAD {
            return Err("431 Request Header Fields Too Large");
        }
    };
    let address =
        name::resolve(&request.host, &exit.path, exit.resolver).ok_or("502 Bad Gateway")?;
    let mut server = connect(exit, SocketAddr::new(address.into(), request.port))
        .map_err(|_| "504 Gateway Timeout")?;
    let begun = match &request.head {
        Some(head) => server.write_all(head.as_bytes()),
        None => client.write_all(b"HTTP/1.1 200 Connection established\r\n\r\n"),
    };
    let rest = read.get(length..).unwrap_or(&[]);
    begun
        .and_then(|()| server.write_all(rest))
        .map_err(|_| "502 Bad Gateway")?;
    let (Ok(from), Ok(to)) = (client.try_clone(), server.try_clone()) else {
        return Ok(());
    };
    let up = thread::spawn(move || relay(from, to));
    if let Ok(client) = client.try_clone() {
        relay(server, client);
    }
    let _ = up.join();
    Ok(())
}

/// A connection over the uplink alone. Never to this router itself.
fn connect(exit: &Exit, to: SocketAddr) -> io::Result<TcpStream> {
    // Only an address of this router is reached from itself; asking sends nothing.
    let asked = path_socket::datagram(&exit.path, to)?;
    if asked.local_addr()?.ip() == to.ip() {
        return Err(io::ErrorKind::PermissionDenied.into());
    }
    let stream = path_socket::stream(&exit.path, to)?;
    let deadline = Instant::now() + PATIENCE;
    while stream.peer_addr().is_err() {
        if let Some(error) = stream.take_error()? {
            return Err(error);
        }
        if Instant::now() > deadline {
            return Err(io::ErrorKind::TimedOut.into());
        }
        thread::sleep(Duration::from_millis(10));
    }
    stream.set_nonblocking(false)?;
    Ok(stream)
}

/// Copies until one of both has nothing more to say, or says nothing for too long.
fn relay(mut from: TcpStream, mut to: TcpStream) {
    let _ = from.set_read_timeout(Some(SILENCE));
    let _ = to.set_write_timeout(Some(SILENCE));
    let mut buffer = [0; 8192];
    while let Ok(length @ 1..) = from.read(&mut buffer) {
        if to.write_all(buffer.get(..length).unwrap_or(&[])).is_err() {
            break;
        }
    }
    let _ = to.shutdown(Shutdown::Write);
    let _ = from.shutdown(Shutdown::Read);
}

/// Who is logged in by SSH: his device has the browser.
fn ssh_client() -> Option<IpAddr> {
    let connection = std::env::var("SSH_CONNECTION").ok()?;
    connection.split(' ').next()?.parse().ok()
}

const fn unspecified(like: IpAddr) -> IpAddr {
    match like {
        IpAddr::V4(_) => IpAddr::V4(Ipv4Addr::UNSPECIFIED),
        IpAddr::V6(_) => IpAddr::V6(std::net::Ipv6Addr::UNSPECIFIED),
    }
}

fn complain(text: &str) {
    // Nobody can be told that stderr is gone.
    let _ = writeln!(io::stderr(), "{}: {text}", PROGRAM.name);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_portal_is_for_an_uplink_and_one_client() {
        let parse = |line: &str| {
            let args: Vec<OsString> = line.split(' ').map(OsString::from).collect();
            Portal::parse(&args)
        };
        let portal = parse("--run-dir /r portal wan client=192.168.1.50 minutes=5").unwrap();
        assert_eq!((portal.uplink.as_str(), portal.port), ("wan", PORT));
        assert_eq!(portal.client, "192.168.1.50".parse().ok());
        assert_eq!(portal.time, Duration::from_mins(5));
        for wrong in [
            "portal",
            "status",
            "portal wan port=80",
            "portal wan minutes=61",
            "portal wan client=x",
            "portal wan x",
        ] {
            assert_eq!(parse(wrong), None, "{wrong}");
        }
    }
}
