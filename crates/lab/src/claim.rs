//! Taking possession of a lab's name, folder and namespaces before anything is made.

use std::fs::{self, File};
use std::path::Path;
use std::time::SystemTime;

use crate::error::UpError;
use crate::folder::{Folder, ROOT};
use crate::namespace::{Namespace, NamespaceError};
use crate::options::Options;
use crate::plan::Plan;
use crate::process::ProcessId;
use crate::record::Record;
use crate::teardown;
use crate::topology::catalogue::Found;

/// Makes sure that the names are free, and writes down that they are ours from now on.
pub fn claim(found: &Found, options: &Options, plan: &Plan) -> Result<(Folder, Record), UpError> {
    let folder = Folder::of(&options.name);
    let failed = |path: &Path| {
        let path = path.display().to_string();
        move |source| UpError::Folder { path, source }
    };
    fs::create_dir_all(ROOT).map_err(failed(ROOT.as_ref()))?;
    // Two starts at the same moment: the second waits, and then sees the first one's record.
    let lock = File::open(ROOT);
    let lock = lock
        .and_then(|file| file.lock().map(|()| file))
        .map_err(failed(ROOT.as_ref()))?;
    if let Some(old) = Record::load(&folder)? {
        if old.is_in_use() {
            return Err(UpError::UpAlready(options.name.clone()));
        }
        let name = options.name.clone();
        teardown::tear_down(&folder, &old).map_err(|source| UpError::Leftovers { name, source })?;
    }
    let namespaces: Vec<String> = plan
        .nodes
        .iter()
        .map(|node| options.name.namespace(&node.name))
        .collect();
    if let Some(taken) = namespaces.iter().find(|name| Namespace::exists(name)) {
        // Not ours to use, and perhaps the folder is there for nothing now.
        drop(fs::remove_dir(ROOT));
        return Err(NamespaceError::Exists(taken.clone()).into());
    }
    let started = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH);
    let record = Record {
        title: found.title.clone(),
        text: found.text.clone(),
        daemon: options.daemon,
        balance: options.balance,
        fast: options.fast,
        owner: if options.detached {
            None
        } else {
            ProcessId::own()
        },
        started_s: started.map_or(0, |since| since.as_secs()),
        namespaces,
    };
    fs::create_dir_all(folder.path()).map_err(failed(folder.path()))?;
    record.save(&folder)?;
    drop(lock);
    Ok((folder, record))
}
