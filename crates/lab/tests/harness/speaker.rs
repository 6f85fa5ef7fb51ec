//! A neighbour made of bytes: it speaks Babel by the letter of RFC 8966, and worse when told to.

use std::net::{IpAddr, Ipv6Addr, SocketAddrV6, UdpSocket};

use super::Mesh;

/// The port of Babel.
const PORT: u16 = 6696;

/// A socket on a node's interface, and the router behind it.
pub struct Speaker {
    socket: UdpSocket,
    router: SocketAddrV6,
    hello: u16,
}

impl Speaker {
    /// Speaks on `interface` of `node`, to the router that has this link-local address there.
    pub fn new(mesh: &Mesh, node: &str, interface: &str, router: Ipv6Addr) -> Self {
        Self::bound(mesh, node, interface, router, PORT)
    }

    /// The same from another port than Babel's; 0 is any.
    pub fn bound(mesh: &Mesh, node: &str, interface: &str, router: Ipv6Addr, port: u16) -> Self {
        let own = mesh.link_local(node, interface);
        let index = mesh.run(node, &format!("cat /sys/class/net/{interface}/ifindex"));
        let index: u32 = index.trim().parse().unwrap();
        let namespace = mesh.lab.namespace(node).unwrap();
        let bind = || UdpSocket::bind(SocketAddrV6::new(own, port, 0, index));
        Self {
            socket: namespace.enter(bind).unwrap().unwrap(),
            router: SocketAddrV6::new(router, PORT, 0, index),
            hello: 1000,
        }
    }

    /// Sends these octets as they are.
    pub fn send_raw(&self, payload: &[u8]) {
        self.socket.send_to(payload, self.router).unwrap();
    }

    /// Sends TLVs with a packet header before them (section 4.2).
    pub fn send(&self, tlvs: &[u8]) {
        self.send_raw(&packet(tlvs));
    }

    /// A Hello and an IHU (sections 4.6.5 and 4.6.6): we are neighbours for three minutes.
    pub fn greet(&mut self) {
        self.hello = self.hello.wrapping_add(1);
        let interval = 6000_u16.to_be_bytes();
        let seqno = self.hello.to_be_bytes();
        let hello = [4, 6, 0, 0, seqno[0], seqno[1], interval[0], interval[1]];
        let long = 18_000_u16.to_be_bytes();
        let ihu = [5, 6, 0, 0, 0, 96, long[0], long[1]];
        self.send(&[hello, ihu].concat());
    }

    /// Announces prefixes of one origin, all with this seqno and metric.
    pub fn announce(&self, prefixes: &[(IpAddr, u8)], seqno: u16, metric: u16) {
        // One packet holds some 40 of the longest.
        for prefixes in prefixes.chunks(40) {
            let mut tlvs = router_id(9);
            tlvs.extend(next_hop());
            for &(address, plen) in prefixes {
                tlvs.extend(update(address, plen, seqno, metric));
            }
            self.send(&tlvs);
        }
    }

    /// Reads and forgets what the router has sent us.
    pub fn drain(&self) {
        self.socket.set_nonblocking(true).unwrap();
        let mut buffer = [0; 2048];
        while self.socket.recv(&mut buffer).is_ok() {}
        self.socket.set_nonblocking(false).unwrap();
    }
}

/// A packet with a correct header.
pub fn packet(tlvs: &[u8]) -> Vec<u8> {
    let length = u16::try_from(tlvs.len()).unwrap().to_be_bytes();
    [&[42, 2, length[0], length[1]], tlvs].concat()
}

/// A Router-Id TLV (section 4.6.7).
pub fn router_id(last: u8) -> Vec<u8> {
    vec![6, 10, 0, 0, 2, 0xee, 0, 0, 0, 0, 0, last]
}

/// The IPv4 next hop (section 4.6.8): an address that nobody need have, the routes are on-link.
pub fn next_hop() -> Vec<u8> {
    vec![7, 6, 1, 0, 192, 0, 2, 77]
}

/// An Update TLV without compression (section 4.6.9), good for three minutes.
pub fn update(address: IpAddr, plen: u8, seqno: u16, metric: u16) -> Vec<u8> {
    let (family, octets) = match address {
        IpAddr::V4(v4) => (1, v4.octets().to_vec()),
        IpAddr::V6(v6) => (2, v6.octets().to_vec()),
    };
    let octets = &octets[..usize::from(plen).div_ceil(8)];
    let mut body = vec![family, 0, plen, 0];
    body.extend(18_000_u16.to_be_bytes());
    body.extend(seqno.to_be_bytes());
    body.extend(metric.to_be_bytes());
    body.extend(octets);
    let length = u8::try_from(body.len()).unwrap();
    [vec![8, length], body].concat()
}
