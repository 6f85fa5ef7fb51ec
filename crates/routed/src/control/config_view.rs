//! The configuration that holds, defaults filled in and secrets left out.

use grange_babel::filter::Rule;
use grange_babel::mac::{Algorithm, Key, KeyUse};
use serde_json::{Map, Value, json};

use crate::config::{Config, General, InterfaceSection, Medium, protocol_name, table_name};
use crate::report::milliseconds;

/// The reply to `config`: sections with the names of docs/config-routed.md.
pub(super) fn view(config: &Config) -> Value {
    let filters = &config.filters;
    let chains = [
        ("in", &filters.input),
        ("out", &filters.output),
        ("redistribute", &filters.redistribute),
        ("install", &filters.install),
    ];
    let filters: Vec<Value> = chains
        .iter()
        .flat_map(|(chain, rules)| rules.iter().map(|rule| filter(chain, rule)))
        .collect();
    json!({
        "routed": general(&config.general),
        "interface": config.interfaces.iter().map(interface).collect::<Vec<_>>(),
        "filter": filters,
        "key": config.keys.iter().map(key).collect::<Vec<_>>(),
    })
}

fn general(general: &General) -> Value {
    let addresses = [
        general.mesh_addresses.v4.map(|v4| v4.to_string()),
        general.mesh_addresses.v6.map(|v6| v6.to_string()),
    ];
    json!({
        "enabled": general.enabled,
        "router_id": general.router_id.map(|id| id.to_string()),
        "table": table_name(general.table),
        "metric": general.metric,
        "import_table": general.import_tables.iter().map(|table| table_name(*table)).collect::<Vec<_>>(),
        "require_lease": general.require_lease,
        "smoothing_half_life": general.smoothing_half_life.as_secs_f64(),
        "log_level": general.log_level.map(|level| level.as_str().to_ascii_lowercase()),
        "forwarding": general.forwarding,
        "mesh_address": addresses.into_iter().flatten().collect::<Vec<_>>(),
        "local_port": general.local_port,
        "local_path": general.local_path.as_deref().map(|path| path.to_string_lossy()),
    })
}

fn interface(section: &InterfaceSection) -> Value {
    json!({
        "ifname": section.names.iter().map(ToString::to_string).collect::<Vec<_>>(),
        "ignore": section.ignore,
        "type": match section.medium {
            Medium::Auto => "auto",
            Medium::Wired => "wired",
            Medium::Wireless => "wireless",
            Medium::Tunnel => "tunnel",
        },
        "cost": section.cost,
        "fixed_cost": section.fixed_cost,
        "hello_interval": section.hello_interval.as_secs_f64(),
        "update_interval": section.update_interval.as_secs_f64(),
        "split_horizon": section.split_horizon,
        "unicast": section.unicast,
        "v4_via_v6": section.v4_via_v6,
        "enable_timestamps": section.timestamps,
        "max_rtt_penalty": section.max_rtt_penalty,
        "rtt_decay": section.rtt.decay,
        "rtt_min": milliseconds(section.rtt.min),
        "rtt_max": milliseconds(section.rtt.max),
        "key": section.mac.keys.iter().map(Key::name).collect::<Vec<_>>(),
        "permissive": section.mac.permissive,
    })
}

fn filter(chain: &str, rule: &Rule) -> Value {
    let mut view = Map::new();
    let mut note = |name: &str, value: Option<Value>| {
        if let Some(value) = value {
            view.insert(name.to_owned(), value);
        }
    };
    note("type", Some(chain.into()));
    note("ip", rule.ip.map(|ip| ip.to_string().into()));
    note("eq", rule.eq.map(Value::from));
    note("le", rule.le.map(Value::from));
    note("ge", rule.ge.map(Value::from));
    note(
        "neigh",
        rule.neighbour.map(|neighbour| neighbour.to_string().into()),
    );
    note("id", rule.router_id.map(|id| id.to_string().into()));
    note("proto", rule.proto.map(|proto| protocol_name(proto).into()));
    note("local", rule.local.then_some(Value::Bool(true)));
    note("if", rule.interface.clone().map(Value::from));
    note("action", Some(action(rule).into()));
    Value::Object(view)
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
    json!({
        "id": key.name(),
        "use": match key.usage() {
            KeyUse::Accept => "accept",
            KeyUse::Both => "both",
            KeyUse::Off => "off",
        },
        "type": match key.algorithm() {
            Algorithm::HmacSha256 => "hmac-sha256",
            Algorithm::Blake2s128 => "blake2s128",
        },
    })
}
