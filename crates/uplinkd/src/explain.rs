//! Which uplink a new connection would take, and why: what the ruleset does, told without asking nft.

use std::net::IpAddr;

use grange_daemon::control_error::ControlError;
use grange_daemon::json::Value;
use grange_daemon::params::{Params, missing, wrong};
use grange_daemon::reply::uplinkd as reply;
use grange_linux::{Family, IpPrefix};
use grange_uplink::policy::{Choice, Emptying};

use crate::agent::Agent;
use crate::config::{Balance, LastResort, Ports, Protocol, RuleSection};
use crate::report::{self, parts, reply_family};

/// A connection that somebody asks about.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Question {
    /// Whose.
    pub address: IpAddr,
    /// Where to.
    pub to: Option<IpAddr>,
    /// TCP, UDP or ICMP.
    pub protocol: Option<Protocol>,
    /// The destination's port.
    pub port: Option<u16>,
}

/// What the kernel's neighbour cache says of the address.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Place {
    /// The interface that it is behind.
    pub device: Option<String>,
    /// Its hardware address, as nft writes it.
    pub ether: Option<String>,
}

impl Question {
    /// Reads the parameters.
    pub fn read(params: &Value) -> Result<Self, ControlError> {
        let read = Params::new(params, &["address", "to", "protocol", "port"])?;
        let address: IpAddr = read
            .parsed("address", "an IP address")?
            .ok_or_else(|| missing("address"))?;
        let to: Option<IpAddr> = read.parsed("to", "an IP address")?;
        if to.is_some_and(|to| to.is_ipv4() != address.is_ipv4()) {
            let given = params.get("to").unwrap_or(&Value::Null);
            return Err(wrong("to", "an address of the other's family", given));
        }
        let protocol = match read.text("protocol")? {
            None => None,
            Some("tcp") => Some(Protocol::Tcp),
            Some("udp") => Some(Protocol::Udp),
            Some("icmp") => Some(Protocol::Icmp),
            Some(other) => return Err(wrong("protocol", "tcp, udp or icmp", &Value::from(other))),
        };
        let port = read.unsigned("port")?;
        Ok(Self {
            address,
            to,
            protocol,
            port,
        })
    }

    fn family(&self) -> Family {
        if self.address.is_ipv4() {
            Family::V4
        } else {
            Family::V6
        }
    }
}

/// The answer: rules in their order, then what holds for everybody, as in [`crate::ruleset`].
pub fn explain(agent: &Agent, question: &Question, place: &Place) -> reply::Explain {
    let config = agent.config();
    let mut answer = reply::Explain {
        address: question.address.to_string(),
        family: reply_family(question.family()).to_owned(),
        sure: true,
        ..reply::Explain::default()
    };
    let bypass = question.to.and_then(|to| {
        let mut prefixes = config.general.bypass.iter();
        prefixes.find(|prefix| prefix.contains(to))
    });
    if let Some(prefix) = bypass {
        let text = format!("the destination is in {prefix} of option bypass: left to table main");
        answer.why.push(text);
        return answer;
    }
    if !follow_rules(agent, question, place, &mut answer) {
        follow_balance(agent, question, place, &mut answer);
    }
    answer
}

/// Whether a rule decides.
fn follow_rules(
    agent: &Agent,
    question: &Question,
    place: &Place,
    answer: &mut reply::Explain,
) -> bool {
    let family = question.family();
    let config = agent.config();
    for rule in config.rules.iter().filter(|rule| rule.is_for(family)) {
        let name = &rule.name;
        match fit(rule, question, place, &config.general.lan) {
            Fit::No => continue,
            Fit::Unknown(what) => {
                answer.sure = false;
                let uses = report::uses(rule);
                let text = format!("rule {name} ({uses}) may apply: it depends on {what}");
                answer.why.push(text);
                continue;
            }
            Fit::Yes => {}
        }
        let matches = report::matches(rule);
        let choice = agent.choice_of(rule, family);
        let dead = format!("rule {name} matches ({matches}), none of its uplinks lives");
        let text = match (choice.members.is_empty(), agent.last_resort(rule)) {
            (false, _) => format!("rule {name} matches ({matches}): {}", report::uses(rule)),
            (true, LastResort::Unreachable) => format!("{dead}: the connection is refused"),
            (true, LastResort::Main) => format!("{dead}: left to table main"),
            (true, LastResort::Balance) => {
                let text = format!("{dead}: balanced as if the rule were not there");
                answer.why.push(text);
                continue;
            }
        };
        answer.why.push(text);
        answer.rule = Some(name.clone());
        share_out(agent, &choice, answer);
        return true;
    }
    false
}

fn follow_balance(agent: &Agent, question: &Question, place: &Place, answer: &mut reply::Explain) {
    let general = &agent.config().general;
    let lan = general.lan.join(", ");
    match &place.device {
        Some(device) if !general.lan.contains(device) => {
            let text = format!(
                "no rule matches, and it is behind {device}: only connections that come in by {lan} are balanced"
            );
            answer.why.push(text);
            return;
        }
        Some(_) => {}
        None => {
            answer.sure = false;
            let text =
                format!("the kernel does not know the device: it is taken to be behind {lan}");
            answer.why.push(text);
        }
    }
    let family = question.family();
    let choice = agent.choice(family);
    if let (Balance::Device | Balance::Flow, Some((uplink, prefix))) =
        (general.balance, given(agent, question))
    {
        let text = format!("no rule matches; the address is in {prefix}, which is {uplink}'s");
        answer.why.push(text);
        sits(uplink, answer);
        return;
    }
    let why = match general.balance {
        Balance::Rules => {
            let text = "no rule matches, and without one connections are left to table main";
            answer.why.push(text.to_owned());
            return;
        }
        Balance::Device => {
            if let Some(uplink) = holder(agent, family, place) {
                let text = format!(
                    "no rule matches; the device sits on {uplink} as long as that lives, as of the last look at the \
                     devices"
                );
                answer.why.push(text);
                sits(uplink, answer);
                return;
            }
            "no rule matches; the device sits on no uplink yet: it gets the next, by weight"
        }
        Balance::Flow => "no rule matches; each pair of addresses has its own uplink, by weight",
    };
    answer.why.push(why.to_owned());
    if choice.members.is_empty() {
        let text = "no uplink lives: left to table main".to_owned();
        answer.why.push(text);
    }
    share_out(agent, choice, answer);
}

/// It is this uplink.
fn sits(uplink: &str, answer: &mut reply::Explain) {
    answer.candidates = vec![reply::PolicyMember {
        uplink: uplink.to_owned(),
        permille: 1000,
    }];
    answer.uplink = answer.sure.then(|| uplink.to_owned());
}

/// The uplink in use whose provider has delegated the address, and the prefix.
fn given<'a>(agent: &'a Agent, question: &Question) -> Option<(&'a str, IpPrefix)> {
    let sources = agent.sources(question.family());
    let found = sources
        .into_iter()
        .find(|(_, prefix)| prefix.contains(question.address));
    let (id, prefix) = found?;
    let uplink = agent.uplinks().iter().find(|uplink| uplink.id == id)?;
    Some((&uplink.section.name, prefix))
}

/// The uplink that a device sits on: the first set that holds it.
fn holder<'a>(agent: &'a Agent, family: Family, place: &Place) -> Option<&'a str> {
    let ether = place.ether.as_ref()?;
    let sits = |id| {
        let mut devices = agent.devices().iter();
        devices.any(|held| held.id == id && held.family == family && held.address == *ether)
    };
    let mut uplinks = agent.uplinks().iter();
    let uplink = uplinks.find(|uplink| {
        let line = uplink.line(family);
        line.is_some_and(|line| line.emptied == Emptying::Nobody) && sits(uplink.id)
    })?;
    Some(&uplink.section.name)
}

/// One uplink is certain unless a rule before may apply, several are candidates.
fn share_out(agent: &Agent, choice: &Choice, answer: &mut reply::Explain) {
    answer.candidates = parts(agent, choice);
    match answer.candidates.as_slice() {
        [only] if answer.sure => answer.uplink = Some(only.uplink.clone()),
        [] | [_] => {}
        _ => answer.sure = false,
    }
}

/// Whether a rule matches.
enum Fit {
    Yes,
    No,
    /// It depends on this.
    Unknown(String),
}

fn fit(rule: &RuleSection, question: &Question, place: &Place, lan: &[String]) -> Fit {
    let mut unknown = Vec::new();
    let mut matches = rule.src.is_empty()
        || rule
            .src
            .iter()
            .any(|prefix| prefix.contains(question.address));
    let mut ask = |known: Option<bool>, what: &str| match known {
        Some(fits) => matches &= fits,
        None => unknown.push(what.to_owned()),
    };
    if !rule.dest.is_empty() {
        let fits = |to| rule.dest.iter().any(|prefix| prefix.contains(to));
        ask(question.to.map(fits), "the destination");
    }
    if let Some(wanted) = rule.proto {
        let fits =
            |asked| wanted == asked || (wanted == Protocol::TcpUdp && asked != Protocol::Icmp);
        ask(question.protocol.map(fits), "the protocol");
    }
    if !rule.dest_port.is_empty() {
        let within = |port: u16| {
            let inside = |ports: &Ports| (ports.first..=ports.last).contains(&port);
            rule.dest_port.iter().any(inside)
        };
        ask(question.port.map(within), "the port");
    }
    let device = place.device.as_ref();
    match &rule.iface {
        Some(iface) => ask(
            device.map(|device| device == iface),
            "the interface it comes in by",
        ),
        // Who asks about an address that the kernel does not know means one of the LAN.
        None => ask(Some(device.is_none_or(|device| lan.contains(device))), ""),
    }
    for set in rule.src_set.iter().chain(&rule.dest_set) {
        ask(None, &format!("what set {set} holds"));
    }
    if !rule.src_port.is_empty() {
        ask(None, "the source's port");
    }
    if rule.dscp.is_some() {
        ask(None, "the DSCP");
    }
    match (matches, unknown.is_empty()) {
        (false, _) => Fit::No,
        (true, true) => Fit::Yes,
        (true, false) => Fit::Unknown(unknown.join(" and ")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(params: &str) -> Result<Question, String> {
        let params = Value::parse(params.as_bytes()).unwrap();
        Question::read(&params).map_err(|error| error.to_string())
    }

    #[test]
    fn a_wrong_question_is_refused_by_the_name_of_what_is_wrong() {
        let question = read(r#"{"address":"fd00::7","to":"fd01::1","protocol":"udp","port":53}"#);
        assert_eq!(question.unwrap().port, Some(53));
        for (params, name) in [
            ("{}", "address"),
            (r#"{"address":"laptop"}"#, "address"),
            (r#"{"address":"10.0.0.1","to":"fd01::1"}"#, "to"),
            (r#"{"address":"10.0.0.1","protocol":"sctp"}"#, "protocol"),
            (r#"{"address":"10.0.0.1","port":65536}"#, "port"),
            (
                r#"{"address":"10.0.0.1","destination":"10.0.0.2"}"#,
                "destination",
            ),
        ] {
            let refusal = read(params).unwrap_err();
            assert!(refusal.contains(name), "{params}: {refusal}");
        }
    }
}
