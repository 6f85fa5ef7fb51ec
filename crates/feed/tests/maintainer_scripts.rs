//! What the scripts of the packages do when opkg and apk install, upgrade and remove them, in the order
//! these two go through, under busybox ash. OpenWrt's functions, procd and the daemon are stand-ins that
//! write down what they are told (router/README.md).
#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    reason = "a test ends at the first thing that fails"
)]

use std::fs::{self, File};
use std::os::unix::fs::{PermissionsExt as _, symlink};
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use grange_feed::apk_scripts::ApkScripts;
use grange_feed::package::Package;
use grange_feed::recipe::{Sources, read};
use grange_feed::tree::Kind;

const SERVICE: &str = "/etc/init.d/grange-routed";
const LEAVE: &str = "grange-routed --run-dir /var/run/grange --timeout 5 leave wait=10";
const SET: &str = "procd set instance";
const NOTHING: &str = "procd set";
const DELETE: &str = "procd delete";

/// A folder that scripts see as the root of a router.
struct Router {
    root: tempfile::TempDir,
    package: Package,
    daemon: Option<File>,
}

fn package(name: &str) -> Package {
    let repository = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    let binaries = tempfile::tempdir().unwrap();
    fs::write(binaries.path().join(name), "ELF").unwrap();
    let makefile = repository.join(format!("feeds/grange/{name}/Makefile"));
    let sources = Sources {
        binaries: binaries.path(),
        keys: binaries.path(),
        epoch: 0,
    };
    read(&makefile, &sources).unwrap().remove(0)
}

impl Router {
    /// With the package's files on it, its service switched on in the configuration.
    fn new() -> Self {
        let router = Self::with("grange-routed");
        router.configure("config routed\n\toption enabled '1'\n");
        router
    }

    /// With the files of that package, configured as shipped.
    fn with(name: &str) -> Self {
        let router = Self {
            root: tempfile::tempdir().unwrap(),
            package: package(name),
            daemon: None,
        };
        for folder in [
            "var/run/grange",
            "running",
            "tmp",
            "dev",
            "usr/lib/opkg/info",
        ] {
            fs::create_dir_all(router.at(folder)).unwrap();
        }
        fs::write(router.at("dev/null"), "").unwrap();
        for (path, node) in router.package.tree.iter() {
            let path = router.at(&path);
            match &node.kind {
                Kind::Folder => fs::create_dir_all(&path).unwrap(),
                Kind::File(octets) => put(&path, octets, node.mode),
                Kind::Link(target) => symlink(target, &path).unwrap(),
            }
        }
        let stand_ins = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/router");
        for name in [
            "lib/functions.sh",
            "etc/rc.common",
            "bin/logger",
            "bin/pidof",
        ] {
            put(
                &router.at(name),
                &fs::read(stand_ins.join(name)).unwrap(),
                0o755,
            );
        }
        let daemon = fs::read_to_string(stand_ins.join("usr/sbin/grange-routed")).unwrap();
        let daemon = daemon.replace("grange-routed", name);
        put(&router.at("usr/sbin").join(name), daemon.as_bytes(), 0o755);
        let busybox = ["/bin/busybox", "/usr/bin/busybox"]
            .into_iter()
            .find(|path| Path::new(path).exists())
            .expect("busybox is there: apt install busybox-static");
        router.copy_program(busybox);
        for applet in ["sh", "awk", "grep", "basename", "cat", "true"] {
            symlink(busybox, router.at("bin").join(applet)).unwrap();
        }
        // OpenWrt's busybox has this one, Debian's has not.
        router.copy_program("/usr/bin/flock");
        router
    }

    fn at(&self, path: &str) -> PathBuf {
        self.root.path().join(path)
    }

    /// Puts a program of this machine with its libraries on the router.
    fn copy_program(&self, program: &str) {
        let ldd = Command::new("ldd").arg(program).output().unwrap();
        let libraries = String::from_utf8(ldd.stdout).unwrap();
        let libraries = libraries
            .split_whitespace()
            .filter(|word| word.starts_with('/'));
        for path in libraries.chain([program]) {
            put(&self.at(&path[1..]), &fs::read(path).unwrap(), 0o755);
        }
    }

    fn configure(&self, text: &str) {
        fs::write(self.at("etc/config/grange-routed"), text).unwrap();
    }

    /// Has the daemon running, as far as anybody can tell by its lock.
    fn run_daemon(&mut self) {
        let lock = File::create(self.at("var/run/grange/grange-routed.lock")).unwrap();
        lock.try_lock().unwrap();
        self.daemon = Some(lock);
    }

    fn end_daemon(&mut self) {
        self.daemon = None;
    }

    /// Runs a command as root of this router; what was recorded meanwhile.
    fn run(&self, environment: &[(&str, &str)], command: &[&str]) -> (Output, Vec<String>) {
        let log = self.at("log");
        fs::write(&log, "").unwrap();
        let is_root = nix::unistd::geteuid().is_root();
        let mut chroot = Command::new(if is_root { "chroot" } else { "unshare" });
        if is_root {
            chroot.arg(self.root.path());
        } else {
            chroot.args(["--user", "--map-root-user", "chroot"]);
            chroot.arg(self.root.path());
        }
        let output = chroot
            .args(command)
            .env_clear()
            .env("PATH", "/bin:/usr/bin:/usr/sbin")
            .envs(environment.iter().copied())
            .output()
            .unwrap();
        let log = fs::read_to_string(&log).unwrap();
        (output, log.lines().map(str::to_owned).collect())
    }

    /// Runs a verb of the service, which must succeed or not; what procd and the daemon were told.
    fn service(&self, verb: &str, succeeds: bool) -> Vec<String> {
        let (output, log) = self.run(&[], &[SERVICE, verb]);
        assert_eq!(output.status.success(), succeeds, "{verb}: {output:?}");
        told(&log)
    }

    /// Puts the package's scripts where opkg has them.
    fn opkg_has(&self) {
        let ipk = grange_feed::ipk::Ipk::parse(&self.package.to_ipk().unwrap()).unwrap();
        for (name, node) in ipk.controls.iter() {
            if let Kind::File(octets) = &node.kind {
                let path = format!("usr/lib/opkg/info/grange-routed.{name}");
                put(&self.at(&path), octets, node.mode);
            }
        }
        put(
            &self.at("usr/lib/opkg/info/grange-routed.list"),
            format!("{SERVICE}\n").as_bytes(),
            0o644,
        );
    }

    fn opkg(&self, script: &str, argument: &str, upgrade: bool) -> Vec<String> {
        let path = format!("/usr/lib/opkg/info/grange-routed.{script}");
        let upgrade = if upgrade { "1" } else { "0" };
        let environment = [("PKG_UPGRADE", upgrade), ("PKG_ROOT", "/")];
        let (output, log) = self.run(&environment, &[&path, argument]);
        assert!(output.status.success(), "{script}: {output:?}");
        told(&log)
    }

    /// Puts what apk would have extracted, and runs one of the package's scripts as apk does.
    fn apk(&self, script: &str) -> Vec<String> {
        fs::create_dir_all(self.at("lib/apk/packages")).unwrap();
        let list = self.at("lib/apk/packages/grange-routed.list");
        fs::write(list, format!("{SERVICE}\n")).unwrap();
        let scripts = ApkScripts::of(&self.package);
        let text = scripts.iter().find(|(name, _)| *name == script).unwrap().1;
        put(&self.at("tmp/script"), text.as_bytes(), 0o755);
        let (output, log) = self.run(&[], &["/tmp/script", "0.1.0-r1"]);
        assert!(output.status.success(), "{script}: {output:?}");
        told(&log)
    }
}

fn put(path: &Path, octets: &[u8], mode: u32) {
    fs::create_dir_all(path.parent().unwrap()).unwrap();
    fs::write(path, octets).unwrap();
    fs::set_permissions(path, fs::Permissions::from_mode(mode)).unwrap();
}

/// Without the details of the instance and its triggers.
fn told(log: &[String]) -> Vec<String> {
    log.iter()
        .filter(|line| {
            !["param", "trigger", "logger", "jail", "add_group"]
                .iter()
                .any(|word| line.starts_with(word))
                && !line.contains("--check-config")
        })
        .cloned()
        .collect()
}

#[test]
fn procd_restarts_the_daemon_at_once_and_reloads_it_by_signal_when_its_file_changes() {
    let router = Router::new();
    let (output, log) = router.run(&[], &[SERVICE, "start"]);
    assert!(output.status.success(), "{output:?}");
    let log = log.join("\n");
    for line in [
        "param command /usr/sbin/grange-routed --config /etc/config/grange-routed --run-dir /var/run/grange",
        "param file /etc/config/grange-routed",
        "param reload_signal HUP",
        "param respawn 60 0 10",
        "param stderr 1",
        "trigger config grange-routed",
        "trigger interface.*.up 2000 /etc/init.d/grange-routed reload",
    ] {
        assert!(log.lines().any(|said| said == line), "{line} in\n{log}");
    }
}

#[test]
fn stopping_leaves_the_mesh_and_restarting_does_not() {
    let mut router = Router::new();
    assert_eq!(router.service("stop", true), [DELETE]);
    router.run_daemon();
    assert_eq!(router.service("stop", true), [LEAVE, DELETE]);
    assert_eq!(router.service("shutdown", true), [LEAVE, DELETE]);
    assert_eq!(router.service("restart", true), [DELETE, SET]);
}

#[test]
fn a_reload_never_restarts_whatever_is_in_the_file() {
    let mut router = Router::new();
    router.run_daemon();
    assert_eq!(router.service("reload", true), [SET]);
    // The daemon keeps what it has, and says why.
    router.configure("wrong");
    assert_eq!(router.service("reload", true), [SET]);
    router.end_daemon();
    assert_eq!(router.service("reload", true), [NOTHING]);
    assert_eq!(router.service("start", false), [NOTHING]);
    // Switched off, it leaves.
    router.run_daemon();
    router.configure("config routed\n\toption enabled '0'\n");
    assert_eq!(router.service("reload", true), [LEAVE, DELETE]);
}

#[test]
fn running_is_what_the_lock_says() {
    let mut router = Router::new();
    assert!(router.service("running", false).is_empty());
    router.run_daemon();
    assert!(router.service("running", true).is_empty());
    router.end_daemon();
    assert!(router.service("running", false).is_empty());
}

#[test]
fn it_does_not_start_beside_babeld_and_installing_it_changes_nothing() {
    let router = Router::new();
    fs::write(router.at("running/babeld"), "").unwrap();
    router.opkg_has();
    assert_eq!(
        router.opkg("postinst", "configure", false),
        ["enable", NOTHING]
    );
    let (_, log) = router.run(&[], &[SERVICE, "start"]);
    let said = log.iter().find(|line| line.starts_with("logger")).unwrap();
    assert!(said.contains("/etc/init.d/babeld stop"), "{said}");
}

#[test]
fn the_objects_start_as_shipped_and_never_beside_an_original_of_theirs() {
    const OBJECTS: &str = "/etc/init.d/grange-rpcd";
    let router = Router::with("grange-rpcd");
    let configure = |text: &str| fs::write(router.at("etc/config/grange-rpcd"), text).unwrap();
    let (output, log) = router.run(&[], &[OBJECTS, "start"]);
    assert!(output.status.success(), "{output:?} {log:?}");
    let log = log.join("\n");
    for line in [
        "param command /usr/sbin/grange-rpcd --config /etc/config/grange-rpcd --run-dir /var/run/grange",
        "param env GRANGE_RPCD_OBJECTS=00",
        "param reload_signal HUP",
        "param no_new_privs 1",
        "trigger config grange-rpcd",
        SET,
    ] {
        assert!(log.lines().any(|said| said == line), "{line} in\n{log}");
    }
    // Without the original there may be its object; beside it there may not.
    configure("config rpcd\n\toption babeld '1'\n");
    let (output, log) = router.run(&[], &[OBJECTS, "start"]);
    assert!(output.status.success(), "{output:?} {log:?}");
    assert!(
        log.iter()
            .any(|line| line == "param env GRANGE_RPCD_OBJECTS=10")
    );
    put(
        &router.at("etc/init.d/babeld"),
        b"#!/bin/sh\nexit 0\n",
        0o755,
    );
    let (output, log) = router.run(&[], &[OBJECTS, "start"]);
    assert!(!output.status.success(), "{output:?}");
    assert_eq!(told(&log), [NOTHING]);
    assert!(log.join("\n").contains("babeld is enabled"), "{log:?}");
    // What is wrong is not started, and what is switched off is no failure.
    configure("wrong");
    let (output, log) = router.run(&[], &[OBJECTS, "start"]);
    assert!(!output.status.success(), "{output:?}");
    assert_eq!(told(&log), [NOTHING]);
    configure("config rpcd\n\toption enabled '0'\n");
    let (output, log) = router.run(&[], &[OBJECTS, "reload"]);
    assert!(output.status.success(), "{output:?} {log:?}");
    assert_eq!(told(&log), [DELETE]);
}

#[test]
fn as_shipped_it_is_switched_off() {
    let router = Router::new();
    let Kind::File(shipped) = &router
        .package
        .tree
        .find("etc/config/grange-routed")
        .unwrap()
        .kind
    else {
        panic!("it is a file");
    };
    router.configure(std::str::from_utf8(shipped).unwrap());
    router.opkg_has();
    assert_eq!(
        router.opkg("postinst", "configure", false),
        ["enable", NOTHING]
    );
}

#[test]
fn opkg_installs_upgrades_and_removes() {
    let mut router = Router::new();
    router.opkg_has();
    assert_eq!(router.opkg("postinst", "configure", false), ["enable", SET]);
    // Upgrade: the old prerm, new files, the new postinst. Routes stay: nobody leaves.
    router.run_daemon();
    assert_eq!(router.opkg("prerm", "upgrade", true), [DELETE]);
    router.end_daemon();
    assert_eq!(router.opkg("postinst", "configure", true), [SET]);
    // Removal: neighbours are told.
    router.run_daemon();
    assert_eq!(
        router.opkg("prerm", "remove", false),
        ["disable", LEAVE, DELETE]
    );
}

#[test]
fn apk_installs_upgrades_and_removes() {
    let mut router = Router::new();
    assert_eq!(router.apk("post-install"), ["enable", SET]);
    // Upgrade: new files while the old program runs, then the new post-upgrade, which restarts it.
    router.run_daemon();
    assert_eq!(router.apk("post-upgrade"), [SET, DELETE, SET]);
    assert_eq!(router.apk("pre-deinstall"), ["disable", LEAVE, DELETE]);
    // One that does not run is started, once.
    router.end_daemon();
    assert_eq!(router.apk("post-upgrade"), [SET]);
}
