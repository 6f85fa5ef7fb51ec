//! Other people's mark bits.

use crate::town::Town;

#[test]
fn foreign_bits_of_marks_are_kept() {
    let mut town = Town::new(2, 4);
    // Before ours and after ours, on the packet and on the connection.
    town.nft(
        "table inet vpn { chain pre { type filter hook prerouting priority mangle; \
         ct state new meta mark set meta mark | 0x80000 ct mark set ct mark | 0x80000; }; \
         chain seen { type filter hook forward priority filter; \
         meta mark & 0xffffc0ff == 0x80000 iifname \"br-lan\" ct state new counter accept; \
         iifname \"br-lan\" ct state new counter accept comment \"lost\"; }; }",
    );
    let config = town.config(&[1, 1], "");
    town.start_with(&config, &["wan1", "wan2"]);
    let mut flows = town.connect_all();
    assert!(flows.iter_mut().all(crate::town::Flow::lives));
    let listing = town.run("nft list chain inet vpn seen");
    let lost = listing
        .lines()
        .find(|line| line.contains("\"lost\""))
        .unwrap();
    assert!(lost.contains("packets 0 "), "{listing}");
    let marks = town.run("conntrack -L -p tcp 2>/dev/null | grep -o 'mark=[0-9]*' | sort | uniq");
    let marks: Vec<&str> = marks.lines().collect();
    let expected = [0x80100, 0x80200].map(|mark| format!("mark={mark}"));
    assert_eq!(marks, expected);
    // A dead uplink is recognised by its bits alone.
    town.silence(1, true);
    town.wait_used(&["wan2"]);
    town.wait("its connections are forgotten", |town| {
        !town
            .run("conntrack -L -p tcp 2>/dev/null")
            .contains("mark=524544")
    });
    for flow in flows.iter_mut().filter(|flow| flow.isp == "isp2") {
        assert!(flow.lives());
    }
}
