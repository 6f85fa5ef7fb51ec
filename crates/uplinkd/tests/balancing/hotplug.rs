//! Scripts are told when an uplink comes and goes.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;

use crate::town::Town;

#[test]
fn a_script_is_told_once_of_each_uplink_that_comes_or_goes_and_a_slow_one_holds_nothing_up() {
    let mut town = Town::new(2, 1);
    let (script, told) = (town.path("told.sh"), town.path("told"));
    let text = format!(
        "#!/bin/sh\nsleep 1\necho \"$1 $ACTION $INTERFACE $DEVICE\" >> {}\n",
        told.display()
    );
    fs::write(&script, text).unwrap();
    fs::set_permissions(&script, fs::Permissions::from_mode(0o755)).unwrap();
    let config = town.config(&[1, 1], "");
    let own = format!("config uplinkd\n\toption hotplug '{}'", script.display());
    let config = config.replace("config uplinkd", &own);
    town.start_with(&config, &["wan1", "wan2"]);
    let lines = || -> Vec<String> {
        let text = fs::read_to_string(&told).unwrap_or_default();
        text.lines().map(str::to_owned).collect()
    };
    town.wait("both have come", |_| lines().len() == 2);
    let mut first = lines();
    first.sort();
    assert_eq!(
        first,
        ["iface connected wan1 wan1", "iface connected wan2 wan2"]
    );
    town.silence(1, true);
    town.wait_used(&["wan2"]);
    town.silence(1, false);
    town.wait_used(&["wan1", "wan2"]);
    town.wait("it went and came", |_| lines().len() == 4);
    assert_eq!(
        lines()[2..],
        ["iface disconnected wan1 wan1", "iface connected wan1 wan1"]
    );
    town.call("reload");
    town.wait("every script has been reaped", |town| {
        let pid = town.pid();
        town.run(&format!("cat /proc/{pid}/task/{pid}/children"))
            .trim()
            .is_empty()
    });
    assert_eq!(lines().len(), 4, "a reload is no change");
}
