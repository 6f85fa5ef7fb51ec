//! CAKE as grange-uplinkd sets it up: two hosts share a line evenly, whatever the number of their connections.

use std::fs;
use std::io::{self, Read as _, Write as _};
use std::net::{Ipv4Addr, TcpListener, TcpStream};
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use grange_linux::CakeControl;
use grange_linux::cake::Owner;
use nix::net::if_::if_nametoindex;

use crate::daemon::Daemon;
use crate::namespace::Namespace;
use crate::netlink::Netlink;
use crate::proof::{measured, until};

/// Two hosts, both addresses of the router itself: CAKE tells them apart by these.
const HOSTS: [Ipv4Addr; 2] = [Ipv4Addr::new(10, 9, 0, 1), Ipv4Addr::new(10, 9, 0, 2)];
const OUTSIDE: Ipv4Addr = Ipv4Addr::new(10, 9, 1, 1);
/// Connections of each.
const FLOWS: [u8; 2] = [4, 1];
const PORT: u16 = 7000;
const WARM_UP: Duration = Duration::from_secs(3);
const WINDOW: Duration = Duration::from_secs(8);
/// The line, kilobits a second.
const UP_KBPS: u64 = 1000;
const DOWN_KBPS: u64 = 1500;

/// What the hosts got through in a window, in bits a second.
struct Carried([u64; 2]);

impl Carried {
    fn total(&self) -> u64 {
        self.0.iter().sum()
    }

    /// The part of the host with one connection, per cent.
    fn lesser_part(&self) -> u64 {
        let [_, lesser] = self.0;
        lesser * 100 / self.total().max(1)
    }
}

pub(crate) fn run(programs: &Path, work: &Path) -> io::Result<()> {
    let probe = Namespace::new()?.run(|| Netlink::open()?.add_qdisc("cake"));
    if probe.is_err_and(|error| error.raw_os_error() == Some(nix::libc::ENOENT)) {
        println!("guest: no CAKE in this kernel: it is not tried");
        return Ok(());
    }
    let (home, provider) = wire()?;
    let line = "config uplink 'wan'\n\toption device 'wan'\n";
    let config = format!(
        "{line}\toption cake '1'\n\toption up '{UP_KBPS}k'\n\toption down '{DOWN_KBPS}k'\n"
    );
    let folder = work.join("cake");
    let daemon = Daemon::start(&home, "grange-uplinkd", programs, &folder, &config)?;
    until("both queues are there", || Ok(queues(&home)? == 2))?;
    let up = carried(&home, &provider, true)?;
    let down = carried(&home, &provider, false)?;
    for (name, carried, line) in [("up", &up, UP_KBPS), ("down", &down, DOWN_KBPS)] {
        measured(&format!("cake_{name}"), carried.total() / 1000, "kbit/s");
        let part = carried.lesser_part();
        measured(&format!("cake_{name}_one_of_five_connections"), part, "%");
        // 95 % of the line, less what is dropped after it has come; half for each of two hosts, where connection by
        // connection would be a fifth for one of them.
        let share = carried.total() / 10 / line;
        if !(70..=98).contains(&share) || !(35..=65).contains(&part) {
            return Err(io::Error::other(format!(
                "{name}: {share} % of the line, {part} % for the host with one connection\n{}",
                daemon.log()
            )));
        }
    }
    // Without it nothing is held back.
    fs::write(folder.join("grange-uplinkd"), line)?;
    daemon.call("reload")?;
    until("the queues are gone", || Ok(queues(&home)? == 0))?;
    let up = carried(&home, &provider, true)?;
    let down = carried(&home, &provider, false)?;
    for (name, carried, line) in [("up", up, UP_KBPS), ("down", down, DOWN_KBPS)] {
        let kbps = carried.total() / 1000;
        measured(&format!("without_cake_{name}"), kbps, "kbit/s");
        if kbps < 2 * line {
            return Err(io::Error::other(format!("{name}: {kbps} kbit/s")));
        }
    }
    Ok(())
}

fn wire() -> io::Result<(Namespace, Namespace)> {
    let (home, provider) = (Namespace::new()?, Namespace::new()?);
    let ends = [home.descriptor(), provider.descriptor()];
    home.run(move || {
        let [home, provider] = ends;
        let netlink = Netlink::open()?;
        netlink.add_veth([("wan", home), ("line", provider)])
    })?;
    for (namespace, device, own, others) in [
        (&home, "wan", HOSTS.to_vec(), vec![OUTSIDE]),
        (&provider, "line", vec![OUTSIDE], HOSTS.to_vec()),
    ] {
        namespace.run(move || {
            let netlink = Netlink::open()?;
            netlink.set_up("lo", true)?;
            netlink.set_up(device, true)?;
            for address in own {
                netlink.add_address(address.into())?;
            }
            let index = if_nametoindex(device)?;
            for address in others {
                netlink.add_route(address.into(), index)?;
            }
            Ok(())
        })?;
    }
    Ok((home, provider))
}

/// How many queues are ours.
fn queues(home: &Namespace) -> io::Result<usize> {
    home.run(|| {
        let roots = CakeControl::new()?.roots().map_err(io::Error::other)?;
        let ours = roots.iter().filter(|root| root.owner == Owner::Us);
        Ok(ours.count())
    })
}

/// Each host sends, or is sent, as much as its connections can carry. They are made from outside, so that each is
/// one of a host.
fn carried(home: &Namespace, provider: &Namespace, up: bool) -> io::Result<Carried> {
    let listeners = home.run(|| {
        let bound = HOSTS.map(|host| TcpListener::bind((host, PORT)));
        bound.into_iter().collect::<io::Result<Vec<_>>>()
    })?;
    let outside = provider.run(|| {
        let hosts = HOSTS.into_iter().zip(FLOWS);
        let addresses = hosts.flat_map(|(host, flows)| (0..flows).map(move |_| host));
        let made = addresses.map(|host| TcpStream::connect((host, PORT)));
        made.collect::<io::Result<Vec<_>>>()
    })?;
    let mut inside = Vec::new();
    for (listener, flows) in listeners.iter().zip(FLOWS) {
        for _ in 0..flows {
            inside.push(listener.accept()?.0);
        }
    }
    let (senders, receivers) = if up {
        (inside, outside)
    } else {
        (outside, inside)
    };
    let end = Arc::new(AtomicBool::new(false));
    let sending: Vec<_> = senders
        .into_iter()
        .map(|mut stream| {
            let end = Arc::clone(&end);
            thread::spawn(move || {
                // It must be able to end while nothing moves.
                let _ = stream.set_write_timeout(Some(Duration::from_secs(1)));
                while !end.load(Ordering::Relaxed) {
                    let _ = stream.write(&[7; 4096]);
                }
            })
        })
        .collect();
    let hosts = (0..HOSTS.len()).flat_map(|host| (0..FLOWS[host]).map(move |_| host));
    let receiving: Vec<_> = hosts
        .zip(receivers)
        .map(|(host, stream)| (host, thread::spawn(move || received(stream))))
        .collect();
    let mut sum = [0; 2];
    for (host, thread) in receiving {
        sum[host] += thread
            .join()
            .map_err(|_| io::Error::other("a receiver"))??;
    }
    end.store(true, Ordering::Relaxed);
    for thread in sending {
        let _ = thread.join();
    }
    Ok(Carried(sum))
}

/// What arrives in a window, in bits a second on the wire.
fn received(mut stream: TcpStream) -> io::Result<u64> {
    stream.set_read_timeout(Some(Duration::from_millis(50)))?;
    let mut buffer = [0; 16 * 1024];
    let mut octets = 0_u64;
    let begun = Instant::now();
    let mut window = None;
    while window.is_none_or(|window: Instant| window.elapsed() < WINDOW) {
        let read = stream.read(&mut buffer).unwrap_or(0);
        match window {
            Some(_) => octets += u64::try_from(read).map_err(io::Error::other)?,
            None => window = (begun.elapsed() >= WARM_UP).then(Instant::now),
        }
    }
    // Segments of 1,448 octets are frames of 1,514.
    let millis = u64::try_from(WINDOW.as_millis()).map_err(io::Error::other)?;
    Ok(octets * 1514 / 1448 * 8 * 1000 / millis)
}
