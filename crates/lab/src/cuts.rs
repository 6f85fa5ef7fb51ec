//! Which cables are cut now, and cutting and healing them.

use std::collections::BTreeMap;
use std::fs;
use std::io;

use crate::folder::Folder;
use crate::namespace::Namespace;
use crate::netlink::NetlinkError;
use crate::plan::{Cable, Plan};
use crate::shaping::{self, ShapingError};
use crate::topology::name::NodeName;
use crate::wiring;

/// How a cable is cut.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Cut {
    /// Both ends are switched off: the kernel notices at once, as with an unplugged cable.
    Unplugged,
    /// Everything is dropped, by the switch in the middle if there is one, else where it arrives and after
    /// the interface has counted it: nobody notices but by the silence.
    Silent,
}

/// Cutting or healing failed.
#[derive(Debug, thiserror::Error)]
pub enum CutError {
    /// Nothing between the two.
    #[error("there is no cable {cable}; there are: {known}")]
    NoCable {
        /// As given.
        cable: String,
        /// Names of all cables.
        known: String,
    },
    /// An interface could not be switched.
    #[error(transparent)]
    Netlink(#[from] NetlinkError),
    /// Silence could not be made or ended.
    #[error(transparent)]
    Shaping(#[from] ShapingError),
    /// The list of cut cables could not be read or written.
    #[error("cannot read or write the list of cut cables")]
    List(#[source] io::Error),
}

/// The name of a cable: its two nodes with a dash between them.
pub fn cable_name(plan: &Plan, cable: Cable) -> String {
    let [a, b] = cable.ends.map(|end| &plan.nodes[end.node].name);
    format!("{a}-{b}")
}

/// Finds a cable by its name, either way round. Names may hold dashes themselves, so every split
/// is tried.
pub fn find(plan: &Plan, name: &str) -> Result<Cable, CutError> {
    let splits = name
        .match_indices('-')
        .map(|(dash, _)| (&name[..dash], &name[dash + 1..]));
    let mut found = splits.flat_map(|(a, b)| plan.cables_between(a, b));
    found.next().ok_or_else(|| {
        let mut known: Vec<String> = plan
            .cables
            .iter()
            .map(|&cable| cable_name(plan, cable))
            .collect();
        if known.len() > 12 {
            let more = known.len() - 12;
            known.truncate(12);
            known.push(format!("and {more} more"));
        }
        CutError::NoCable {
            cable: name.to_owned(),
            known: known.join(", "),
        }
    })
}

/// The cables that are cut, by name.
pub fn list(folder: &Folder) -> Result<BTreeMap<String, Cut>, CutError> {
    let text = match fs::read_to_string(folder.cuts()) {
        Ok(text) => text,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(BTreeMap::new()),
        Err(error) => return Err(CutError::List(error)),
    };
    let words: BTreeMap<String, String> =
        serde_json::from_str(&text).map_err(|error| CutError::List(error.into()))?;
    let cut = |word: &str| {
        if word == SILENT {
            Cut::Silent
        } else {
            Cut::Unplugged
        }
    };
    Ok(words
        .iter()
        .map(|(name, word)| (name.clone(), cut(word)))
        .collect())
}

/// Cuts a cable; one that is cut already stays cut, in the new way too.
pub fn cut(
    plan: &Plan,
    namespaces: &[Namespace],
    folder: &Folder,
    cable: Cable,
    how: Cut,
) -> Result<(), CutError> {
    let _lock = lock(folder)?;
    let mut cuts = list(folder)?;
    // First the list: a cut that fails half-way can then be healed.
    cuts.insert(cable_name(plan, cable), how);
    save(folder, &cuts)?;
    if let (Some(switch), Cut::Silent) = (cable.switch, how) {
        return Ok(shaping::stop_forwarding(&namespaces[switch])?);
    }
    for end in cable.ends {
        let (namespace, interface) = (&namespaces[end.node], &plan.interface(end).name);
        match how {
            Cut::Unplugged => wiring::unplug(namespace, interface)?,
            Cut::Silent => shaping::silence(namespace, interface)?,
        }
    }
    Ok(())
}

/// Heals a cable; one that is whole stays whole.
pub fn heal(
    plan: &Plan,
    namespaces: &[Namespace],
    folder: &Folder,
    cable: Cable,
) -> Result<(), CutError> {
    let _lock = lock(folder)?;
    let mut cuts = list(folder)?;
    if let Some(switch) = cable.switch {
        shaping::forward_again(&namespaces[switch])?;
    }
    for end in cable.ends {
        shaping::unsilence(&namespaces[end.node], &plan.interface(end).name)?;
    }
    for end in cable.ends {
        wiring::plug_in(&namespaces[end.node], plan.interface(end))?;
    }
    cuts.remove(&cable_name(plan, cable));
    save(folder, &cuts)
}

/// The names of two nodes, for messages.
pub fn ends(plan: &Plan, cable: Cable) -> [&NodeName; 2] {
    cable.ends.map(|end| &plan.nodes[end.node].name)
}

const SILENT: &str = "silent";

fn save(folder: &Folder, cuts: &BTreeMap<String, Cut>) -> Result<(), CutError> {
    let word = |cut: &Cut| {
        if *cut == Cut::Silent {
            SILENT
        } else {
            "unplugged"
        }
    };
    let words: BTreeMap<&String, &str> = cuts.iter().map(|(name, cut)| (name, word(cut))).collect();
    let text =
        serde_json::to_string_pretty(&words).map_err(|error| CutError::List(error.into()))?;
    let fresh = folder.cuts().with_extension("json.new");
    fs::write(&fresh, text)
        .and_then(|()| fs::rename(&fresh, folder.cuts()))
        .map_err(CutError::List)
}

/// Held until the file is dropped: two commands at once would lose one of two cuts.
fn lock(folder: &Folder) -> Result<fs::File, CutError> {
    let open = fs::File::options()
        .create(true)
        .truncate(false)
        .write(true)
        .open(folder.lock());
    open.and_then(|file| file.lock().map(|()| file))
        .map_err(CutError::List)
}

#[cfg(test)]
mod tests;
