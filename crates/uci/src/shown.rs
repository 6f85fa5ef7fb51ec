//! Text from a file as it may stand in a log line.

/// A value longer than this many bytes is cut when shown.
const SHOWN_BYTES: usize = 40;

/// Shortens `bytes` to about 40 and escapes whatever could disturb a terminal or a log: control
/// and invisible characters, quotes, backslashes and bytes that are not UTF-8.
pub(crate) fn shown(bytes: &[u8]) -> String {
    let mut cut = bytes.len().min(SHOWN_BYTES);
    // Not through the middle of a character: it would be shown as stray bytes.
    while cut < bytes.len() && cut > SHOWN_BYTES - 3 && bytes.get(cut).is_some_and(|b| b >> 6 == 2)
    {
        cut -= 1;
    }
    let mut out = String::new();
    for chunk in bytes.get(..cut).unwrap_or(bytes).utf8_chunks() {
        out.extend(chunk.valid().chars().flat_map(char::escape_debug));
        out.extend(chunk.invalid().escape_ascii().map(char::from));
    }
    if cut < bytes.len() {
        out.push_str("...");
    }
    out
}
