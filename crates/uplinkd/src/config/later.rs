//! Options of versions to come.

use grange_uci::{Problems, Reader};

/// Refuses options of later versions: ignoring one would promise what nobody keeps.
pub(super) fn refuse_later(reader: &Reader<'_>, options: &[&str], problems: &mut Problems) {
    for option in options {
        if reader.section().entry(option).is_some() {
            // Asking marks it as known; its value does not matter.
            let _ = reader.list(option);
            problems.error(&reader.refuse(option, "nothing: this version does not support it"));
        }
    }
}
