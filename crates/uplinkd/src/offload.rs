//! Flow offload: packets of offloaded connections pass no chain, so that members' counters do not see them.

use std::fs;
use std::path::Path;

/// The firewall's file, beside our own in /etc/config.
const FILE: &str = "firewall";

/// What is to be said where the firewall's configuration, which lies beside ours, offloads flows.
pub fn warning(own_config: &Path) -> Option<String> {
    let text = fs::read(own_config.with_file_name(FILE)).ok()?;
    is_on(&text).then(|| {
        "the firewall offloads flows (option flow_offloading in /etc/config/firewall): members' bytes are not \
         counted right, and bills are not right; switch it off with: uci set \
         firewall.@defaults[0].flow_offloading=0; uci commit firewall; service firewall restart"
            .to_owned()
    })
}

/// Whether fw4 makes a flow table by this text. What is no UCI is not obeyed by fw4 either.
fn is_on(text: &[u8]) -> bool {
    let Ok(package) = grange_uci::parse(text) else {
        return false;
    };
    let mut defaults = package.readers_of("defaults");
    defaults.any(|reader| matches!(reader.flag("flow_offloading"), Ok(Some(true))))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_switch_that_is_on_is_told() {
        let with = |value: &str| {
            format!("config defaults\n\toption flow_offloading '{value}'\nconfig zone\n")
        };
        for (text, expected) in [
            (with("1"), true),
            (with("0"), false),
            (with("what"), false),
            (
                "config zone\n\toption flow_offloading '1'\n".to_owned(),
                false,
            ),
            ("no uci".to_owned(), false),
        ] {
            assert_eq!(is_on(text.as_bytes()), expected, "{text}");
        }
        assert_eq!(warning(Path::new("/nowhere/config")), None);
    }
}
