//! RFC 8967 with the real babeld and the real BIRD as neighbours, and keys changed under way.
#![allow(clippy::unwrap_used, reason = "a test fails by panic")]

mod harness;

use std::fmt::Write;

use grange_lab::topology::graph::Daemon;
use harness::{Mesh, config_of};
use nix::sys::signal::Signal;

/// Ours, babeld, ours, BIRD.
const CHAIN: &str = "router a; router b daemon babeld; router c; router d daemon bird; \
                     link a b; link b c; link c d";

/// A secret as BIRD takes it: text. The others take its octets.
const SECRET: &str = "32 octets that are rather random";
const OTHER: &str = "32 octets of a different village";

#[derive(Clone, Copy)]
struct Algorithm {
    ours: &'static str,
    bird: &'static str,
}

const HMAC_SHA256: Algorithm = Algorithm {
    ours: "hmac-sha256",
    bird: "hmac sha256",
};
const BLAKE2S: Algorithm = Algorithm {
    ours: "blake2s128",
    bird: "blake2s128",
};

fn hexadecimal(secret: &str) -> String {
    let mut text = String::new();
    for octet in secret.bytes() {
        write!(text, "{octet:02x}").unwrap();
    }
    text
}

/// A configuration of ours with keys: name, use, secret.
fn ours(text: &str, algorithm: Algorithm, keys: &[(&str, &str, &str)], permissive: bool) -> String {
    let kind = "\toption type 'wired'\n";
    let mut options = kind.to_owned();
    for (name, _, _) in keys {
        writeln!(options, "\tlist key '{name}'").unwrap();
    }
    if permissive {
        options += "\toption permissive '1'\n";
    }
    let mut all = text.replace(kind, &options);
    assert_ne!(all, text, "the lab writes `{kind}` no more");
    for (name, usage, secret) in keys {
        write!(
            all,
            "\nconfig key '{name}'\n\toption type '{}'\n\toption use '{usage}'\n\toption value '{}'\n",
            algorithm.ours,
            hexadecimal(secret)
        )
        .unwrap();
    }
    all
}

/// The configuration of a router's daemon, with that secret for every interface.
fn keyed(mesh: &Mesh, router: &str, daemon: Daemon, algorithm: Algorithm, secret: &str) -> String {
    let text = config_of(mesh.lab.topology(), router, daemon, &mesh.files(router));
    let keyed = match daemon {
        Daemon::Babeld => {
            let key = format!(
                "key id k type {} value {}\n",
                algorithm.ours,
                hexadecimal(secret)
            );
            key + &text.replace(" type wired", " type wired key k")
        }
        Daemon::Bird => {
            let authentication = format!(
                "type wired; authentication mac; password \"{secret}\" {{ algorithm {}; }};",
                algorithm.bird
            );
            text.replace("type wired;", &authentication)
        }
        Daemon::Routed | Daemon::Nothing => {
            return ours(&text, algorithm, &[("k", "both", secret)], false);
        }
    };
    assert_ne!(keyed, text);
    keyed
}

fn start(mesh: &Mesh, router: &str, daemon: Daemon, algorithm: Algorithm, secret: &str) {
    mesh.start(
        router,
        daemon,
        &keyed(mesh, router, daemon, algorithm, secret),
    );
}

/// The keys that each neighbour of a router signs with.
fn signers(mesh: &Mesh, router: &str) -> Vec<String> {
    let neighbours = mesh.ask(router, "neighbours");
    let rows = neighbours.as_array().unwrap();
    rows.iter().map(|row| row["keys"].to_string()).collect()
}

fn prefix(number: u8) -> [String; 2] {
    [
        format!("10.42.0.{number}/32"),
        format!("fd42:6772:616e::{number}/128"),
    ]
}

fn wait_all_know(mesh: &Mesh, routers: &[&str]) {
    for router in routers {
        for number in 1..=u8::try_from(mesh.lab.topology().routers.len()).unwrap() {
            if mesh.lab.topology().router(router).unwrap() + 1 != usize::from(number) {
                mesh.wait_has(router, &prefix(number).each_ref().map(String::as_str));
            }
        }
    }
}

fn refused(mesh: &Mesh, router: &str) -> u64 {
    mesh.counter(router, "mac_missing") + mesh.counter(router, "mac_wrong")
}

fn a_chain_with_babeld_and_bird(test: &str, algorithm: Algorithm) {
    let mesh = Mesh::wires(test, CHAIN, true);
    let daemons = [
        ("a", Daemon::Routed),
        ("b", Daemon::Babeld),
        ("c", Daemon::Routed),
        ("d", Daemon::Bird),
    ];
    for (router, daemon) in daemons {
        start(&mesh, router, daemon, algorithm, SECRET);
    }
    wait_all_know(&mesh, &["a", "b", "c", "d"]);
    mesh.wait_reaches("a", "10.42.0.4");
    mesh.wait_reaches("d", "fd42:6772:616e::1");
    assert_eq!(signers(&mesh, "a"), ["[\"k\"]"]);
    assert_eq!(signers(&mesh, "c"), ["[\"k\"]", "[\"k\"]"]);
    assert_eq!(refused(&mesh, "a") + refused(&mesh, "c"), 0);

    // Whoever starts anew has another index, and proves itself to those who knew it before.
    for (router, daemon) in daemons {
        let before = mesh.counter("c", "challenges_sent");
        mesh.end(router, Signal::SIGKILL);
        mesh.start_again(router, daemon);
        if daemon != Daemon::Routed {
            mesh.wait(&format!("{router} was challenged"), || {
                mesh.counter("c", "challenges_sent") > before
            });
        }
        mesh.wait(
            &format!("{router} is heard by its neighbours again"),
            || {
                ["a", "c"].iter().all(|ours| {
                    let neighbours = mesh.ask(ours, "neighbours");
                    let mut rows = neighbours.as_array().unwrap().iter();
                    let number = if *ours == "a" { 1 } else { 2 };
                    neighbours.as_array().unwrap().len() == number
                        && rows.all(|row| {
                            row["state"] == "up" && row["keys"] == serde_json::json!(["k"])
                        })
                })
            },
        );
        // When babeld has its routes again is another matter: it can take minutes, keys or none.
    }
    assert_eq!(refused(&mesh, "a") + refused(&mesh, "c"), 0);
}

#[test]
fn hmac_sha256_is_spoken_with_babeld_and_bird() {
    a_chain_with_babeld_and_bird("mac-sha256", HMAC_SHA256);
}

#[test]
fn blake2s_is_spoken_with_babeld_and_bird() {
    a_chain_with_babeld_and_bird("mac-blake2s", BLAKE2S);
}

#[test]
fn a_neighbour_with_a_wrong_key_is_refused() {
    let mesh = Mesh::wires("mac-wrong", CHAIN, true);
    start(&mesh, "a", Daemon::Routed, HMAC_SHA256, SECRET);
    start(&mesh, "b", Daemon::Babeld, HMAC_SHA256, OTHER);
    start(&mesh, "c", Daemon::Routed, HMAC_SHA256, SECRET);
    start(&mesh, "d", Daemon::Bird, HMAC_SHA256, OTHER);
    for router in ["a", "c"] {
        mesh.wait(&format!("{router} has refused packets"), || {
            mesh.counter(router, "mac_wrong") >= 5
        });
        assert_eq!(signers(&mesh, router), [""; 0], "{router} has a neighbour");
        for number in 1..=4 {
            for prefix in prefix(number) {
                assert!(!mesh.has(router, &prefix), "{router} knows {prefix}");
            }
        }
        let log = mesh.log(router);
        assert!(
            log.contains("is refused: none of its MACs is right"),
            "{log}"
        );
    }
    // Nor do they hear us.
    assert!(!mesh.has("b", "10.42.0.1/32") && !mesh.has("d", "10.42.0.3/32"));
    for router in ["a", "c"] {
        for file in [mesh.log(router), mesh.ask(router, "config").to_string()] {
            for secret in [SECRET, OTHER] {
                assert!(!file.contains(&hexadecimal(secret)) && !file.contains(secret));
            }
        }
    }
}

#[test]
fn three_reloads_change_the_key_of_a_ring_and_lose_no_neighbour() {
    let mesh = Mesh::wires(
        "mac-rollover",
        "router a; router b; router c; link a b; link b c; link c a",
        true,
    );
    let routers = ["a", "b", "c"];
    for router in routers {
        start(&mesh, router, Daemon::Routed, HMAC_SHA256, SECRET);
    }
    wait_all_know(&mesh, &routers);
    mesh.wait("all links are in use", || {
        routers.iter().all(|router| mesh.has_neighbours(router, 2))
    });
    let told = routers.map(|router| mesh.events(router).len());
    let steps: [&[(&str, &str, &str)]; 3] = [
        &[("k", "both", SECRET), ("new", "accept", OTHER)],
        &[("k", "accept", SECRET), ("new", "both", OTHER)],
        &[("new", "both", OTHER)],
    ];
    for keys in steps {
        for router in routers {
            let text = mesh.our_config(router);
            mesh.reconfigure(router, &ours(&text, HMAC_SHA256, keys, false));
            let names: Vec<&str> = keys.iter().map(|(name, ..)| *name).collect();
            mesh.wait(&format!("{router} has the keys {names:?}"), || {
                mesh.ask(router, "config")["interface"][0]["key"] == serde_json::json!(names)
            });
        }
        let signing = keys
            .iter()
            .find(|(_, usage, _)| *usage == "both")
            .unwrap()
            .0;
        mesh.wait(&format!("everybody signs with {signing}"), || {
            let expected = format!("[\"{signing}\"]");
            let all = routers.iter().flat_map(|router| signers(&mesh, router));
            all.filter(|keys| *keys == expected).count() == 6
        });
    }
    for (router, told) in routers.into_iter().zip(told) {
        let news = mesh.events(router).split_off(told);
        let lost = |line: &&String| line.contains("\"neighbour\"") && line.contains("removed");
        assert_eq!(news.iter().find(lost), None, "{router} lost a neighbour");
        assert_eq!(refused(&mesh, router), 0, "{router} refused packets");
        assert!(mesh.has_neighbours(router, 2));
    }
}
