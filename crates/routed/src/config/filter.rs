//! The section `filter`: a rule of one of the four chains, in babeld's words.

use std::net::{IpAddr, Ipv6Addr};

use grange_babel::filter::{Action, Prefixes, Rule};
use grange_babel::prefix::{Prefix, PrefixError};
use grange_linux::route::PROTOCOL_BABEL;
use grange_uci::{Problems, Reader};

use crate::config::kernel_names::{parse_protocol, parse_table};
use crate::config::pattern::Pattern;

/// The chain that a rule belongs to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Chain {
    Input,
    Output,
    Redistribute,
    Install,
}

/// Reads a section; `None` when it is to be ignored or something in it is wrong.
pub(super) fn read(
    reader: &Reader<'_>,
    own_table: u32,
    problems: &mut Problems,
) -> Option<(Chain, Rule)> {
    let ignore = problems.value(reader.flag("ignore")).unwrap_or(false);
    let chain = reader.required("type", |reader, option| {
        reader.choice(
            option,
            &[
                ("in", Chain::Input),
                ("out", Chain::Output),
                ("redistribute", Chain::Redistribute),
                ("install", Chain::Install),
            ],
        )
    });
    let chain = problems.value(chain.map(Some));
    let rule = Rule {
        destination: DESTINATION.read(reader, problems),
        source: SOURCE.read(reader, problems),
        neighbour: problems.value(reader.parse_with(
            "neigh",
            "a neighbour's link-local address such as fe80::1",
            link_local,
        )),
        router_id: router_id(reader, problems),
        proto: problems.value(reader.parse_with(
            "proto",
            "a route protocol: a name such as static, dhcp, kernel or boot, or a number from 0 to 255",
            |text| parse_protocol(text).ok_or(""),
        )),
        local: problems.value(reader.flag("local")).unwrap_or(false),
        interface: problems.value(reader.parse_with("if", "the name of one interface", literal)),
        action: Action::default(),
    };
    let action = problems
        .value(reader.parse_with("action", ACTIONS, action))
        .unwrap_or_default();
    DESTINATION.check(reader, rule.destination, problems);
    SOURCE.check(reader, rule.source, problems);
    check_source(reader, &rule, problems);
    if let Some(chain) = chain {
        check_chain(reader, chain, &rule, action, own_table, problems);
    }
    for warning in reader.unknown_options() {
        problems.warning(&warning);
    }
    (!ignore).then_some((chain?, Rule { action, ..rule }))
}

const ACTIONS: &str = "allow, deny, or for a route that is allowed: metric NUMBER, in redistribute \
                       filters src_prefix PREFIX, in install filters table NUMBER and pref_src ADDRESS";

fn action(text: &str) -> Result<Action, &'static str> {
    let mut action = Action::default();
    let mut words = text.split_whitespace().peekable();
    if words.peek().is_none() {
        return Err("it is empty");
    }
    while let Some(word) = words.next() {
        let mut argument = || words.next().ok_or("the word is not followed by its value");
        match word {
            "allow" => {}
            "deny" => action.deny = true,
            "metric" => {
                action.metric = argument()?
                    .parse()
                    .ok()
                    .filter(|metric| *metric < u16::MAX)
                    .ok_or("a metric is a number from 0 to 65534")?;
            }
            "src_prefix" | "src-prefix" => action.source = Some(announced_source(argument()?)?),
            "table" => {
                action.install.table =
                    Some(parse_table(argument()?).map_err(|_| "that is not a table for routes")?);
            }
            "pref_src" | "pref-src" => {
                action.install.pref_src =
                    Some(argument()?.parse().map_err(|_| "that is not an address")?);
            }
            _ => return Err("there is no such action"),
        }
    }
    if action.deny
        && action
            != (Action {
                deny: true,
                ..Action::default()
            })
    {
        return Err("what is denied has no metric, source or table");
    }
    Ok(action)
}

// babeld calls it `id`; both names are taken.
fn router_id(
    reader: &Reader<'_>,
    problems: &mut Problems,
) -> Option<grange_babel::router_id::RouterId> {
    let expected = "a router-id of 8 octets such as 02:11:22:ff:fe:33:44:55";
    let [id, router_id] = ["id", "router_id"]
        .map(|option| problems.value(reader.parse_with(option, expected, str::parse)));
    if id.is_some() && router_id.is_some() {
        problems.error(&reader.refuse("router_id", "id or router_id, not both"));
    }
    id.or(router_id)
}

fn link_local(text: &str) -> Result<Ipv6Addr, &'static str> {
    let address: Ipv6Addr = text.parse().map_err(|_| "")?;
    let is_link_local = address.is_unicast_link_local();
    is_link_local
        .then_some(address)
        .ok_or("neighbours are known by their link-local address")
}

fn literal(text: &str) -> Result<String, String> {
    let pattern = Pattern::parse(text).map_err(|error| error.to_string())?;
    let name = pattern.literal().map(str::to_owned);
    name.ok_or_else(|| "patterns are for sections of type interface".to_owned())
}

fn source_prefix(text: &str) -> Result<Prefix, String> {
    let prefix: Prefix = text
        .parse()
        .map_err(|error: PrefixError| error.to_string())?;
    let is_plain_v6 = !prefix.is_v4() && prefix.source().is_none();
    is_plain_v6
        .then_some(prefix)
        .ok_or_else(|| "only IPv6 routes have a source".to_owned())
}

fn announced_source(text: &str) -> Result<Prefix, &'static str> {
    let prefix =
        source_prefix(text).map_err(|_| "a source is an IPv6 prefix such as 2001:db8::/32")?;
    (!prefix.is_martian())
        .then_some(prefix)
        .ok_or("nothing that is routed comes from there")
}

fn destination_prefix(text: &str) -> Result<Prefix, String> {
    let prefix: Prefix = text
        .parse()
        .map_err(|error: PrefixError| error.to_string())?;
    prefix
        .source()
        .is_none()
        .then_some(prefix)
        .ok_or_else(|| "a source prefix belongs in `src_ip`".to_owned())
}

fn check_source(reader: &Reader<'_>, rule: &Rule, problems: &mut Problems) {
    let wants_source = rule.source.ip.is_some_and(|ip| ip.plen() > 0)
        || rule.source.eq.is_some_and(|eq| eq > 0)
        || rule.source.ge.is_some_and(|ge| ge > 0);
    if wants_source && rule.destination.ip.is_some_and(|ip| ip.is_v4()) {
        problems.error(&reader.refuse(
            "ip",
            "an IPv6 prefix beside a source prefix: IPv4 routes have none",
        ));
    }
}

/// The options with conditions on one of the prefixes of a route.
struct Options {
    names: [&'static str; 4],
    expected: &'static str,
    prefix: fn(&str) -> Result<Prefix, String>,
}

const DESTINATION: Options = Options {
    names: ["ip", "eq", "le", "ge"],
    expected: "a prefix such as 10.0.0.0/8",
    prefix: destination_prefix,
};

const SOURCE: Options = Options {
    names: ["src_ip", "src_eq", "src_le", "src_ge"],
    expected: "an IPv6 prefix such as 2001:db8::/32",
    prefix: source_prefix,
};

impl Options {
    fn read(&self, reader: &Reader<'_>, problems: &mut Problems) -> Prefixes {
        let [ip, eq, le, ge] = self.names;
        let ip = problems.value(reader.parse_with(ip, self.expected, self.prefix));
        let mut length = |option| problems.value(reader.unsigned(option, 0..=128));
        let (eq, le, ge) = (length(eq), length(le), length(ge));
        Prefixes { ip, eq, le, ge }
    }

    /// Refuses lengths that no prefix can have: such a rule never matches, which nobody wants.
    fn check(&self, reader: &Reader<'_>, prefixes: Prefixes, problems: &mut Problems) {
        let [ip, eq, le, ge] = self.names;
        let most = if prefixes.ip.is_some_and(|ip| ip.is_v4()) {
            32
        } else {
            128
        };
        let least = prefixes.ip.map_or(0, |ip| ip.plen());
        let inside = |plen: u8| (least..=most).contains(&plen);
        if prefixes.eq.is_some_and(|eq| !inside(eq)) {
            let expected = format!("a length from {least} to {most}, as `{ip}` has it");
            problems.error(&reader.refuse(eq, &expected));
        }
        let low = prefixes.ge.unwrap_or(0).max(least);
        if prefixes.ge.is_some_and(|ge| ge > most) {
            let expected = format!("a length of at most {most}, as `{ip}` has it");
            problems.error(&reader.refuse(ge, &expected));
        } else if prefixes.le.is_some_and(|le| le < low) {
            let expected = format!("a length of at least {low}, as `{ip}` and `{ge}` have it");
            problems.error(&reader.refuse(le, &expected));
        } else if let Some(length) = prefixes.eq
            && (prefixes.ge.is_some() || prefixes.le.is_some())
            && !(low..=prefixes.le.unwrap_or(most)).contains(&length)
        {
            let expected = format!("a length that `{le}` and `{ge}` allow");
            problems.error(&reader.refuse(eq, &expected));
        }
    }
}

/// Refuses conditions and actions that mean nothing in the chain they stand in.
fn check_chain(
    reader: &Reader<'_>,
    chain: Chain,
    rule: &Rule,
    action: Action,
    own_table: u32,
    problems: &mut Problems,
) {
    let mut only = |given: bool, option: &str, chains: &str| {
        if given {
            problems.error(&reader.refuse(
                option,
                &format!("this option only in filters of type {chains}"),
            ));
        }
    };
    let redistributes = chain == Chain::Redistribute;
    only(
        rule.proto.is_some() && !redistributes,
        "proto",
        "redistribute",
    );
    only(rule.local && !redistributes, "local", "redistribute");
    let from_neighbour = matches!(chain, Chain::Input | Chain::Install);
    only(
        rule.neighbour.is_some() && !from_neighbour,
        "neigh",
        "in and install",
    );
    only(
        rule.router_id.is_some() && redistributes,
        "id",
        "in, out and install",
    );
    if rule.proto == Some(PROTOCOL_BABEL) {
        problems.error(&reader.refuse("proto", "another protocol than Babel's own"));
    }
    if rule.local && rule.proto.is_some() {
        problems.error(&reader.refuse(
            "proto",
            "no protocol beside `local`: an address is no route",
        ));
    }
    if let Some(source) = action.source {
        if !redistributes {
            problems
                .error(&reader.refuse("action", "src_prefix only in filters of type redistribute"));
        } else if source.plen() > 0 && rule.destination.ip.is_some_and(|ip| ip.is_v4()) {
            problems.error(&reader.refuse(
                "action",
                "no src_prefix for IPv4: only IPv6 routes have a source",
            ));
        }
    }
    if chain != Chain::Install
        && (action.install.table.is_some() || action.install.pref_src.is_some())
    {
        problems.error(&reader.refuse(
            "action",
            "table and pref_src only in filters of type install",
        ));
    }
    if chain == Chain::Install && action.metric != 0 {
        let expected = "no metric in a filter of type install: all our routes in the kernel have the one of `option metric`";
        problems.error(&reader.refuse("action", expected));
    }
    if let (Some(source), Some(ip)) = (action.install.pref_src, rule.destination.ip)
        && source.is_ipv4() != ip.is_v4()
    {
        problems.error(&reader.refuse("action", "a preferred source of the same family as `ip`"));
    }
    if let Some(IpAddr::V6(source)) = action.install.pref_src
        && source.is_unicast_link_local()
    {
        problems.error(&reader.refuse("action", "a preferred source that is not link-local"));
    }
    if action.install.table == Some(grange_linux::route::TABLE_MAIN)
        && own_table != grange_linux::route::TABLE_MAIN
    {
        let warning = "routes of this filter go to table main, where the rules for mesh interfaces do not apply";
        problems.warn(
            reader.section().position,
            format!("{}: {warning}", reader.path()),
        );
    }
}
