//! CAKE: what does not depend on the kernel having it. That it divides a line is shown on kernels that have it, by
//! `scripts/qemu` (crates/proof, guest/shaping.rs).

use crate::town::Town;

#[test]
fn a_queue_of_another_program_is_left_alone_and_a_kernel_without_cake_is_named() {
    let mut town = Town::new(2, 1);
    let own = "tbf rate 1gbit burst 100kb latency 50ms";
    town.run(&format!("tc qdisc add dev wan1 root handle 8001: {own}"));
    let has_cake = town
        .run("tc qdisc add dev lo root cake 2>&1 && tc qdisc del dev lo root || true")
        .is_empty();
    let cake = |n: u8| format!("option device 'wan{n}'\n\toption cake '1'\n\toption up '20M'");
    let config = town
        .config(&[1, 1], "")
        .replace("option device 'wan1'", &cake(1));
    town.start_with(&config, &["wan1", "wan2"]);
    town.wait("the other program is named", |town| {
        let log = town.log();
        log.contains("no CAKE: wan1 has a queue of another program")
    });
    let root = town.run("tc qdisc show dev wan1 root");
    assert!(root.contains("tbf 8001:"), "{root}");

    town.end(nix::sys::signal::Signal::SIGTERM);
    let config = config.replace(&cake(1), "option device 'wan1'");
    let config = config.replace("option device 'wan2'", &cake(2));
    town.start_with(&config, &["wan1", "wan2"]);
    town.wait("there is CAKE, or it is said what is missing", |town| {
        let root = town.run("tc qdisc show dev wan2 root");
        let says = town.log().contains("are kmod-sched-cake and kmod-ifb");
        (has_cake && root.contains("cake 6772: ") && root.contains("dual-srchost nat"))
            || (!has_cake && says)
    });
    assert!(town.connect(1).is_some(), "all else goes on");
}
