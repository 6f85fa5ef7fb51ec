//! The configuration that holds, defaults filled in and secrets left out.

use grange_babel::filter::Rule;
use grange_babel::mac::{Algorithm, Key, KeyUse};
use grange_daemon::json::{Members, Value};

use crate::config::{Config, General, InterfaceSection, Medium, protocol_name, table_name};
use crate::report::milliseconds;

/// The reply to `config`: sections with the names of docs/config-routed.md.
pub(super) fn view(config: &Config) -> Value {
    let filters = &config.filters;
    let mut rules = Vec::new();
    for (chain, of_chain) in [
        ("in", &filters.input),
        ("out", &filters.output),
        ("redistribute", &filters.redistribute),
        ("install", &filters.install),
    ] {
        for rule in of_chain {
            rules.push(filter(chain, rule));
        }
    }
    Value::object([
        ("routed", general(&config.general)),
        (
            "interface",
            config.interfaces.iter().map(interface).collect(),
        ),
        ("filter", Value::Array(rules)),
        ("key", config.keys.iter().map(key).collect()),
    ])
}

fn general(general: &General) -> Value {
    let addresses = &general.mesh_addresses;
    let addresses = [shown(addresses.v4), shown(addresses.v6)];
    let level = general.log_level.map(|level| level.as_str());
    let path = general.local_path.as_deref();
    Value::object([
        ("enabled", general.enabled.into()),
        ("router_id", shown(general.router_id).into()),
        ("table", table_name(general.table).into()),
        ("metric", general.metric.into()),
        (
            "import_table",
            general
                .import_tables
                .iter()
                .map(|table| table_name(*table))
                .collect(),
        ),
        ("require_lease", general.require_lease.into()),
        (
            "smoothing_half_life",
            Value::seconds(general.smoothing_half_life),
        ),
        ("log_level", level.map(str::to_ascii_lowercase).into()),
        ("forwarding", general.forwarding.into()),
        ("mesh_address", addresses.into_iter().flatten().collect()),
        ("local_port", general.local_port.into()),
        (
            "local_path",
            path.map(|path| path.to_string_lossy().into_owned()).into(),
        ),
    ])
}

fn interface(section: &InterfaceSection) -> Value {
    let medium = match section.medium {
        Medium::Auto => "auto",
        Medium::Wired => "wired",
        Medium::Wireless => "wireless",
        Medium::Tunnel => "tunnel",
    };
    Value::object([
        (
            "ifname",
            section.names.iter().map(ToString::to_string).collect(),
        ),
        ("ignore", section.ignore.into()),
        ("type", medium.into()),
        ("cost", section.cost.into()),
        ("fixed_cost", section.fixed_cost.into()),
        ("hello_interval", Value::seconds(section.hello_interval)),
        ("update_interval", Value::seconds(section.update_interval)),
        ("split_horizon", section.split_horizon.into()),
        ("unicast", section.unicast.into()),
        ("v4_via_v6", section.v4_via_v6.into()),
        ("station_rate", section.station_rate.into()),
        ("enable_timestamps", section.timestamps.into()),
        ("max_rtt_penalty", section.max_rtt_penalty.into()),
        ("rtt_decay", section.rtt.decay.into()),
        ("rtt_min", milliseconds(section.rtt.min).into()),
        ("rtt_max", milliseconds(section.rtt.max).into()),
        ("key", section.mac.keys.iter().map(Key::name).collect()),
        ("permissive", section.mac.permissive.into()),
    ])
}

fn filter(chain: &str, rule: &Rule) -> Value {
    let conditions = [
        ("type", Some(chain.into())),
        ("ip", shown(rule.destination.ip).map(Value::from)),
        ("eq", rule.destination.eq.map(Value::from)),
        ("le", rule.destination.le.map(Value::from)),
        ("ge", rule.destination.ge.map(Value::from)),
        ("src_ip", shown(rule.source.ip).map(Value::from)),
        ("src_eq", rule.source.eq.map(Value::from)),
        ("src_le", rule.source.le.map(Value::from)),
        ("src_ge", rule.source.ge.map(Value::from)),
        ("neigh", shown(rule.neighbour).map(Value::from)),
        ("id", shown(rule.router_id).map(Value::from)),
        ("proto", rule.proto.map(|proto| protocol_name(proto).into())),
        ("local", rule.local.then_some(Value::Bool(true))),
        ("if", rule.interface.as_deref().map(Value::from)),
        ("action", Some(action(rule).into())),
    ];
    let mut view = Members::new();
    for (name, value) in conditions {
        if let Some(value) = value {
            view.insert(name.to_owned(), value);
        }
    }
    Value::Object(view)
}

fn shown(value: Option<impl ToString>) -> Option<String> {
    value.map(|value| value.to_string())
}

fn action(rule: &Rule) -> String {
    let action = &rule.action;
    if action.deny {
        return "deny".to_owned();
    }
    let mut words = Vec::new();
    if action.metric > 0 {
        words.push(format!("metric {}", action.metric));
    }
    if let Some(source) = action.source {
        words.push(format!("src_prefix {source}"));
    }
    if let Some(table) = action.install.table {
        words.push(format!("table {}", table_name(table)));
    }
    if let Some(source) = action.install.pref_src {
        words.push(format!("pref_src {source}"));
    }
    if words.is_empty() {
        "allow".to_owned()
    } else {
        words.join(" ")
    }
}

fn key(key: &Key) -> Value {
    let usage = match key.usage() {
        KeyUse::Accept => "accept",
        KeyUse::Both => "both",
        KeyUse::Off => "off",
    };
    let algorithm = match key.algorithm() {
        Algorithm::HmacSha256 => "hmac-sha256",
        Algorithm::Blake2s128 => "blake2s128",
    };
    Value::object([
        ("id", key.name().into()),
        ("use", usage.into()),
        ("type", algorithm.into()),
    ])
}
