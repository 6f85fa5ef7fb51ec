//! What a kernel says about its routes while a test goes on.

use std::fs::{self, File};
use std::path::PathBuf;
use std::process::{Child, Stdio};

use grange_lab::process;

use super::Mesh;

/// A destination that nobody else uses: it marks the beginning and the end of a watch.
const MARK: &str = "198.18.0.1/32";

/// `ip monitor route` on a node, until it is dropped.
pub struct Watch {
    node: String,
    child: Child,
    output: PathBuf,
}

impl Watch {
    /// Begins to watch. Everything that happens after this returns is seen.
    pub fn start(mesh: &Mesh, node: &str) -> Self {
        let output = mesh.lab.folder().path().join(format!("{node}-routes.log"));
        let namespace = mesh.lab.namespace(node).unwrap().name();
        let child = process::inside(namespace)
            .args(["ip", "-o", "monitor", "route"])
            .stdin(Stdio::null())
            .stdout(File::create(&output).unwrap())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let watch = Self {
            node: node.to_owned(),
            child,
            output,
        };
        mesh.wait("the watch has begun", || {
            watch.mark(mesh);
            !watch.all().is_empty()
        });
        watch
    }

    /// All changes so far, one line each.
    pub fn lines(&self, mesh: &Mesh) -> Vec<String> {
        let before = self.marks();
        self.mark(mesh);
        mesh.wait("the watch is up to date", || self.marks() >= before + 2);
        let mut lines = self.all();
        lines.retain(|line| !line.contains("198.18.0.1"));
        lines
    }

    fn mark(&self, mesh: &Mesh) {
        mesh.run(&self.node, &format!("ip route add {MARK} dev lo"));
        mesh.run(&self.node, &format!("ip route del {MARK} dev lo"));
    }

    fn marks(&self) -> usize {
        let mut lines = self.all();
        lines.retain(|line| line.contains("198.18.0.1"));
        lines.len()
    }

    fn all(&self) -> Vec<String> {
        let text = fs::read_to_string(&self.output).unwrap();
        text.lines().map(str::to_owned).collect()
    }
}

impl Drop for Watch {
    fn drop(&mut self) {
        // It ends with the namespace at the latest.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
