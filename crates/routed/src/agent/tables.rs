//! Reading the kernel's tables.

use grange_babel::clock::Instant;
use grange_linux::{Kernel, KernelError};

use crate::agent::state::Agent;
use crate::redistribute::Import;
use crate::resync::Tables;

impl<K: Kernel> Agent<K> {
    /// Reads the kernel's tables. What cannot be read stays as it was and is read again later.
    pub(super) fn read_tables(&mut self, tables: Tables, now: Instant) {
        self.counters.resyncs += 1;
        let mut rows = 0;
        if tables.links {
            let links = self
                .kernel
                .links()
                .and_then(|links| Ok((links, self.kernel.addresses()?)));
            match links {
                Ok((links, addresses)) => {
                    rows += links.len() + addresses.len();
                    self.interfaces.replace(links, addresses);
                }
                Err(error) => self.reading_failed(Tables::LINKS, &error, now),
            }
        }
        if tables.imports {
            match self.read_imports() {
                Ok(count) => rows += count,
                Err(error) => self.reading_failed(Tables::IMPORTS, &error, now),
            }
        }
        if tables.rules {
            self.rules = None;
        }
        if tables.fib {
            rows += self.fib.installed_count();
            self.read_fib(now);
        }
        self.resync.done(rows, now);
    }

    pub(super) fn read_imports(&mut self) -> Result<usize, KernelError> {
        let mut imports = Vec::new();
        let mut count = 0;
        for table in &self.config.general.import_tables {
            let found = self.kernel.map_routes(Some(*table), None, |route| {
                count += 1;
                Import::of(route)
            })?;
            imports.extend(found);
        }
        self.redistribution.set_imports(imports);
        Ok(count)
    }

    pub(super) fn read_fib(&mut self, now: Instant) {
        match self.fib.reconcile(&mut self.kernel, now) {
            Ok(report) => self.log_failures(&report, now),
            Err(error) => self.reading_failed(Tables::FIB, &error, now),
        }
    }

    pub(super) fn reading_failed(&mut self, tables: Tables, error: &KernelError, now: Instant) {
        self.resync.retry(tables, now);
        self.kernel_failed("tables", error, now);
    }

    pub(super) fn kernel_failed(&mut self, what: &'static str, error: &KernelError, now: Instant) {
        self.counters.kernel_errors += 1;
        self.journal.trouble(
            now,
            what,
            format_args!("the kernel refuses a question about {what}: {error}"),
        );
    }
}
