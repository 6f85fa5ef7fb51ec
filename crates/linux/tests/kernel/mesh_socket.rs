//! Datagrams between the ends of a veth pair.

use std::io::{BufRead, BufReader, Read, Write, stdin, stdout};
use std::net::{Ipv6Addr, UdpSocket};

use grange_linux::event_loop::{EventLoop, Interest, Token};
use grange_linux::mesh_socket::{MeshSocket, Received};
use grange_linux::sysctl;

use crate::namespace::{LIMIT, in_namespace, index, ip, link_local, nft, other_end, role, veth};

/// Babel's group and port.
const GROUP: Ipv6Addr = Ipv6Addr::new(0xff02, 0, 0, 0, 0, 0, 1, 6);
const ANY: Ipv6Addr = Ipv6Addr::UNSPECIFIED;
const PORT: u16 = 6696;

/// Waits for the next datagram.
fn receive(socket: &MeshSocket) -> (Received, Vec<u8>) {
    let mut events = EventLoop::new().expect("a loop");
    events
        .register(socket, Token(0), Interest::Read)
        .expect("registered");
    let mut buffer = [0; 2048];
    let mut ready = Vec::new();
    loop {
        if let Some(received) = socket.receive(&mut buffer).expect("readable") {
            return (received, buffer[..received.len].to_vec());
        }
        events.wait(Some(LIMIT), &mut ready).expect("a wait");
        assert!(!ready.is_empty(), "nothing came");
    }
}

#[test]
fn routers_in_two_namespaces_hear_each_other_with_the_right_interface() {
    const TEST: &str =
        "mesh_socket::routers_in_two_namespaces_hear_each_other_with_the_right_interface";
    if role("echo") {
        return echo();
    }
    in_namespace(|| {
        // A few more interfaces, so that the two ends have different indexes.
        ip("link add n0 type veth peer name n1");
        veth();
        let mut peer = other_end(TEST, "echo")
            .spawn()
            .expect("the other end starts");
        // Only once it says so is it in the other namespace.
        let mut said = BufReader::new(peer.stdout.take().expect("piped")).lines();
        assert!(said.any(|line| line.is_ok_and(|line| line.ends_with("ready"))));
        ip(&format!("link set m1 netns {}", peer.id()));
        let mut go = peer.stdin.take().expect("piped");
        go.write_all(b"go\n").expect("the other end listens");

        let a = index("m0");
        let socket = MeshSocket::bind(PORT).expect("bound");
        socket.join(a, GROUP).expect("joined");
        socket.join(a, GROUP).expect("joining twice is no error");
        // The other end says first that it is there.
        let (hello, text) = receive(&socket);
        assert_eq!(text, b"here");
        assert!(hello.is_multicast());
        assert_eq!(
            (hello.destination, hello.interface, hello.hop_limit),
            (GROUP, a, 1)
        );
        assert_eq!(hello.source.port(), PORT);
        assert_eq!(hello.source.scope_id(), a);

        socket.send_to(a, ANY, GROUP, b"to all").expect("sent");
        let (answer, text) = receive(&socket);
        assert_eq!(text, b"to all, by multicast");
        assert_eq!(answer.destination, link_local(a));
        assert!(!answer.is_multicast());
        assert_eq!((answer.source, answer.interface), (hello.source, a));

        socket
            .send_to(a, ANY, *hello.source.ip(), b"to you")
            .expect("sent");
        assert_eq!(receive(&socket).1, b"to you, by unicast");
        drop(go);
        assert!(peer.wait().expect("the other end ends").success());
    });
}

/// The other end: says that it is there, and answers two datagrams.
fn echo() {
    stdout().write_all(b"ready\n").expect("heard");
    let mut line = [0; 3];
    stdin().read_exact(&mut line).expect("told to go");
    sysctl::write("net/ipv6/conf/m1/accept_dad", "0").expect("own namespace");
    ip("link set m1 up");
    let b = index("m1");
    link_local(b);
    let socket = MeshSocket::bind(PORT).expect("bound");
    socket.join(b, GROUP).expect("joined");
    socket
        .send_to(b, link_local(b), GROUP, b"here")
        .expect("sent");
    for _ in 0..2 {
        let (received, mut text) = receive(&socket);
        assert_eq!(received.interface, b);
        assert!(received.is_multicast() || received.destination == link_local(b));
        let how = if received.is_multicast() {
            ", by multicast"
        } else {
            ", by unicast"
        };
        text.extend_from_slice(how.as_bytes());
        socket
            .send_to(b, ANY, *received.source.ip(), &text)
            .expect("sent");
    }
}

#[test]
fn own_multicast_is_not_heard_and_a_group_is_per_interface() {
    in_namespace(|| {
        let (a, b) = veth();
        let socket = MeshSocket::bind(PORT).expect("bound");
        socket.join(a, GROUP).expect("joined");
        // Through the cable it is heard at the end that joined, and only there.
        socket.send_to(b, ANY, GROUP, b"from b").expect("sent");
        let (received, text) = receive(&socket);
        assert_eq!((text.as_slice(), received.interface), (&b"from b"[..], a));
        socket.send_to(a, ANY, GROUP, b"from a").expect("sent");
        socket
            .send_to(b, ANY, GROUP, b"from b again")
            .expect("sent");
        assert_eq!(receive(&socket).1, b"from b again");

        socket.leave(a, GROUP).expect("left");
        socket.leave(a, GROUP).expect("leaving twice is no error");
        socket.join(b, GROUP).expect("joined");
        socket
            .send_to(b, ANY, GROUP, b"nobody there")
            .expect("sent");
        socket.send_to(a, ANY, GROUP, b"from a").expect("sent");
        let (received, text) = receive(&socket);
        assert_eq!((text.as_slice(), received.interface), (&b"from a"[..], b));
        ip("link del m0");
        socket
            .leave(b, GROUP)
            .expect("an interface that is gone is no error");
        assert!(socket.join(b, GROUP).is_err());
        assert!(socket.send_to(b, ANY, GROUP, b"x").is_err());
    });
}

#[test]
fn a_datagram_longer_than_the_buffer_is_cut_and_said_to_be() {
    in_namespace(|| {
        let (a, b) = veth();
        let socket = MeshSocket::bind(PORT).expect("bound");
        socket.join(a, GROUP).expect("joined");
        socket.send_to(b, ANY, GROUP, &[7; 1000]).expect("sent");
        socket.send_to(b, ANY, GROUP, &[8; 10]).expect("sent");
        let mut buffer = [0; 100];
        // Both have gone through the cable before the call returned, or will soon.
        let mut events = EventLoop::new().expect("a loop");
        events
            .register(&socket, Token(0), Interest::Read)
            .expect("registered");
        let mut ready = Vec::new();
        events.wait(Some(LIMIT), &mut ready).expect("a wait");
        let first = socket
            .receive(&mut buffer)
            .expect("readable")
            .expect("there");
        assert_eq!((first.len, first.truncated, buffer), (100, true, [7; 100]));
        let (second, text) = receive(&socket);
        assert_eq!((second.truncated, text), (false, vec![8; 10]));
    });
}

#[test]
fn packets_carry_hop_limit_one_and_internetwork_control() {
    in_namespace(|| {
        let (a, b) = veth();
        let socket = MeshSocket::bind(PORT).expect("bound");
        socket.join(a, GROUP).expect("joined");
        nft(
            "table ip6 t { chain in { type filter hook input priority 0; policy drop; \
             meta l4proto icmpv6 accept; ip6 hoplimit 1 ip6 dscp cs6 udp sport 6696 udp dport 6696 accept; }; }",
        );
        socket.send_to(b, ANY, GROUP, b"to all").expect("sent");
        assert_eq!(receive(&socket).1, b"to all");
        socket
            .send_to(b, ANY, link_local(a), b"to one")
            .expect("sent");
        assert_eq!(receive(&socket).1, b"to one");
    });
}

#[test]
fn ipv4_clients_of_the_same_port_are_not_in_the_way() {
    in_namespace(|| {
        veth();
        let v4 = UdpSocket::bind(("0.0.0.0", PORT)).expect("bound");
        let socket = MeshSocket::bind(PORT).expect("only IPv6 is taken");
        v4.send_to(b"x", ("127.0.0.1", PORT)).expect("sent");
        assert_eq!(socket.receive(&mut [0; 10]).expect("readable"), None);
    });
}
