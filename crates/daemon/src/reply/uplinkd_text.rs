//! grange-uplinkd's replies as text for people.

use crate::json::Value;
use crate::printable::escaped;
use crate::quantity::{bytes, count, duration};
use crate::reply::rows::Cell::{Bytes, Made, Plain, Time};
use crate::reply::rows::{Column, flag, number, plain, table};
use crate::table::Align::{Left, Right};

const UPLINKS: &[Column] = &[
    ("UPLINK", Left, Plain("name")),
    ("FAMILY", Left, Plain("family")),
    ("DEVICE", Left, Plain("device")),
    ("STATE", Left, Plain("state")),
    ("FOR", Right, Time("since_ms")),
    ("TIER", Right, Plain("tier")),
    ("SHARE", Right, Made(share)),
    ("RTT", Right, Made(rtt)),
    ("LOSS", Right, Made(loss)),
    ("TARGETS", Right, Made(targets)),
    ("DEVICES", Right, Plain("devices")),
    ("GATEWAY", Left, Plain("gateway")),
    ("WHY", Left, Made(why)),
];

const POLICIES: &[Column] = &[
    ("POLICY", Left, Plain("name")),
    ("FAMILY", Left, Plain("family")),
    ("TIER", Right, Plain("tier")),
    ("UPLINKS", Left, Made(members)),
];

const RULES: &[Column] = &[
    ("RULE", Left, Plain("name")),
    ("MATCHES", Left, Plain("matches")),
    ("USES", Left, Plain("uses")),
    ("LIVES", Left, Made(lives)),
];

const MEMBERS: &[Column] = &[
    ("MEMBER", Left, Plain("name")),
    ("SHARES", Right, Plain("weight")),
    ("SINCE", Left, Plain("joined")),
    ("UNTIL", Left, Plain("left")),
    ("PREFIXES", Left, Made(prefixes)),
];

const NEIGHBOURS: &[Column] = &[
    ("NEIGHBOUR", Left, Plain("name")),
    ("ROLE", Left, Plain("role")),
    ("ROUTER", Left, Plain("router")),
    ("TUNNEL", Left, Made(tunnel)),
    ("ANSWERS", Left, Made(answers)),
    ("BELIEVED", Right, Plain("accepted")),
    ("REFUSED", Left, Made(refused)),
];

const USAGE: &[Column] = &[
    ("MONTH", Left, Plain("month")),
    ("MEMBER", Left, Plain("member")),
    ("UPLINK", Left, Plain("uplink")),
    ("UP", Right, Bytes("bytes_up")),
    ("DOWN", Right, Bytes("bytes_down")),
];

const BILL: &[Column] = &[
    ("MEMBER", Left, Plain("member")),
    ("DAYS", Right, Plain("days")),
    ("USED", Right, Bytes("bytes")),
    ("SHARE", Right, Made(share_cents)),
    ("PAID", Right, Made(paid_cents)),
    ("BALANCE", Right, Made(balance)),
];

/// The reply (JSON text) to a method of grange-uplinkd as text; `None` if there is no text form for it.
///
/// `event` is the method name for one line of `subscribe`.
pub fn render(method: &str, reply: &str) -> Option<String> {
    match method {
        "uplinks" | "drain" | "undrain" | "probe" => uplinks(reply),
        "policies" => table(reply, POLICIES, "No uplink is configured."),
        "rules" => table(reply, RULES, "No rule is configured."),
        "explain" => explain(&object(reply)?),
        "members" => table(reply, MEMBERS, "No member is configured."),
        "neighbours" => table(reply, NEIGHBOURS, "No tunnel is configured."),
        "usage" => table(reply, USAGE, "Nothing was counted in that month."),
        "bill" => bill(&object(reply)?),
        "status" => status(&object(reply)?),
        "leave" => Some(format!(
            "Left: {} taken out of the kernel.\n",
            count(number(&object(reply)?, "removed"), "route and rule")
        )),
        "event" => event(&object(reply)?),
        _ => None,
    }
}

fn uplinks(reply: &str) -> Option<String> {
    let mut out = table(reply, UPLINKS, "No uplink is configured.")?;
    let rows = Value::parse(reply.as_bytes()).ok()?;
    let mut told = Vec::new();
    for row in rows.as_array()? {
        let name = plain(row, "name");
        if row["used_bytes"].is_null() || told.contains(&name) {
            continue;
        }
        let line = format!(
            "{name}: {} of {} used, {} left; at this pace {} at the end",
            bytes(number(row, "used_bytes")),
            bytes(number(row, "cap_bytes")),
            count(number(row, "days_left"), "day"),
            bytes(number(row, "forecast_bytes")),
        );
        out.push_str(&escaped(&line));
        out.push('\n');
        told.push(name);
    }
    Some(out)
}

/// The reply to `status`: its first line answers whether there is a way out, and by which uplinks.
fn status(status: &Value) -> Option<String> {
    let [ipv4, ipv6] = [("ipv4", "IPv4"), ("ipv6", "IPv6")].map(|(member, name)| {
        let used = &status[member];
        let names: Vec<String> = strings(&used["uplinks"]);
        let makeshift = if flag(used, "makeshift") {
            ", which has only begun to answer again"
        } else {
            ""
        };
        match names.as_slice() {
            [] => format!("no {name}"),
            names => format!("{name} by {}{makeshift}", names.join(" and ")),
        }
    });
    let mut lines = vec![
        format!("Internet: {ipv4}; {ipv6}."),
        format!(
            "{} {}, running for {}, process {}, {}",
            plain(status, "name"),
            plain(status, "version"),
            duration(number(status, "uptime_s").saturating_mul(1000)),
            plain(status, "pid"),
            count(number(status, "devices"), "device"),
        ),
    ];
    if let Some(key) = status["public_key"].as_str() {
        lines.push(format!("WireGuard public key: {key}"));
    }
    let refused = number(status, "refused_datagrams");
    if refused > 0 {
        lines.push(format!(
            "{} of other routers refused: see `neighbours`",
            count(refused, "datagram")
        ));
    }
    let warnings = strings(&status["warnings"]);
    lines.extend(warnings.iter().map(|warning| format!("warning: {warning}")));
    let mut out = String::new();
    for line in lines {
        out.push_str(&escaped(&line));
        out.push('\n');
    }
    out.push_str(&uplinks(&status["uplinks"].to_string())?);
    Some(out)
}

fn explain(answer: &Value) -> Option<String> {
    let candidates = answer["candidates"].as_array()?;
    let way = match answer["uplink"].as_str() {
        Some(uplink) => uplink.to_owned(),
        None if candidates.is_empty() => "no uplink".to_owned(),
        None => format!("probably {}", parts(candidates).join(" or ")),
    };
    let head = format!(
        "{} ({}): {way}",
        plain(answer, "address"),
        plain(answer, "family")
    );
    let why = strings(&answer["why"]);
    let why = why.iter().map(|why| format!("- {why}"));
    let lines: Vec<String> = std::iter::once(head).chain(why).collect();
    Some(lines.iter().map(|line| escaped(line) + "\n").collect())
}

/// A bill that a neighbour understands.
fn bill(bill: &Value) -> Option<String> {
    let complete = if flag(bill, "is_complete") {
        ""
    } else {
        " The month is not over: this will change."
    };
    let uplinks = bill["uplinks"].as_array()?;
    let month = plain(bill, "month");
    let mut lines = vec![if uplinks.is_empty() {
        format!(
            "Internet in {month}: this router shares no costs; its neighbours' gateways do.{complete}"
        )
    } else {
        format!(
            "Internet in {month}: {} to share, {} % of it alike, the rest by use.{complete}",
            amount(number(bill, "total_cents")),
            plain(bill, "fixed_percent"),
        )
    }];
    let warnings = strings(&bill["warnings"]);
    lines.extend(warnings.iter().map(|warning| format!("warning: {warning}")));
    for row in uplinks {
        let (counted, carried) = (number(row, "bytes_counted"), number(row, "bytes_carried"));
        let rest = carried.saturating_sub(counted).saturating_mul(100) / carried.max(1);
        lines.push(format!(
            "{} costs {}, paid by {}; it carried {}, {} of members ({rest} % is nobody's: link headers, the \
             router itself)",
            plain(row, "uplink"),
            amount(number(row, "cost_cents")),
            plain(row, "owner"),
            bytes(carried),
            bytes(counted),
        ));
    }
    for row in bill["tunnels"].as_array().into_iter().flatten() {
        if flag(row, "differs") {
            lines.push(format!(
                "{}'s router has counted {} where {} are billed: more than 2 % apart",
                plain(row, "member"),
                bytes(number(row, "bytes_claimed")),
                bytes(number(row, "bytes_counted")),
            ));
        }
    }
    let gateways = bill["gateways"].as_array().into_iter().flatten();
    lines.extend(gateways.map(standing));
    let mut out = String::new();
    for line in lines {
        out.push_str(&escaped(&line));
        out.push('\n');
    }
    if !uplinks.is_empty() {
        out.push('\n');
        out.push_str(&table(
            &bill["members"].to_string(),
            BILL,
            "Nobody shares.",
        )?);
        out.push('\n');
    }
    for transfer in bill["transfers"].as_array()? {
        let line = format!(
            "{} gives {} to {}.",
            plain(transfer, "from"),
            amount(number(transfer, "cents")),
            plain(transfer, "to")
        );
        out.push_str(&escaped(&line));
        out.push('\n');
    }
    let tunnels = bill["tunnels"].as_array().into_iter().flatten();
    if tunnels.clone().any(|row| !flag(row, "authenticated")) {
        out.push_str(
            "\nCounts of neighbours are unauthenticated: their tunnels do not prove who sends.\n",
        );
    }
    out.push_str(
        "\nBytes are told apart by address alone, so whoever can use another's address is billed to him.\n\
         A provider's terms may forbid to share a line: read them before you do.\n",
    );
    Some(out)
}

/// What a gateway's ledger says of this home.
fn standing(row: &Value) -> String {
    let uplink = plain(row, "uplink");
    let cents = row["balance_cents"].as_i64();
    let owner = match plain(row, "owner") {
        owner if owner.is_empty() => "its owner".to_owned(),
        owner => owner,
    };
    let sum = amount(cents.unwrap_or(0).unsigned_abs());
    let stands = match cents {
        None => return format!("{uplink} has not said how this home stands"),
        Some(..0) => format!("this home owes {sum} to {owner}"),
        Some(0) => "this home owes nothing".to_owned(),
        Some(_) => format!("{owner} owes {sum} to this home"),
    };
    let apart = if flag(row, "differs") {
        ": more than 2 % apart"
    } else {
        ""
    };
    format!(
        "By the ledger of {uplink}, {stands}; it has counted {}, this router {}{apart}",
        bytes(number(row, "bytes_claimed")),
        bytes(number(row, "bytes_counted")),
    )
}

fn tunnel(row: &Value) -> String {
    if flag(row, "wireguard") {
        "wireguard".to_owned()
    } else {
        "vxlan".to_owned()
    }
}

fn answers(row: &Value) -> String {
    if flag(row, "answers") { "yes" } else { "no" }.to_owned()
}

/// How many datagrams were not believed, and why.
fn refused(row: &Value) -> String {
    let kinds = [
        ("malformed", "malformed"),
        ("unauthentic", "without the key"),
        ("replayed", "repeated"),
        ("absurd", "absurd"),
    ];
    let counted = kinds.map(|(name, words)| (number(row, name), words));
    let told: Vec<String> = counted
        .into_iter()
        .filter(|(count, _)| *count > 0)
        .map(|(count, words)| format!("{count} {words}"))
        .collect();
    if told.is_empty() {
        return "0".to_owned();
    }
    told.join(", ")
}

fn amount(cents: u64) -> String {
    format!("{}.{:02}", cents / 100, cents % 100)
}

fn share_cents(row: &Value) -> String {
    amount(number(row, "share_cents"))
}

fn paid_cents(row: &Value) -> String {
    amount(number(row, "paid_cents"))
}

fn balance(row: &Value) -> String {
    let cents = row["balance_cents"].as_i64().unwrap_or(0);
    let sign = if cents < 0 { "-" } else { "" };
    format!("{sign}{}", amount(cents.unsigned_abs()))
}

fn prefixes(row: &Value) -> String {
    strings(&row["prefixes"]).join(" ")
}

/// One line for one event.
fn event(line: &Value) -> Option<String> {
    let data = &line["data"];
    let part = |name: &str| plain(data, name);
    if line["event"].as_str() != Some("uplink") {
        return None;
    }
    let moved = match number(data, "moved") {
        0 => String::new(),
        moved => format!(
            "; moved {moved} of {}",
            count(number(data, "devices"), "device")
        ),
    };
    let text = format!(
        "{} {} ({}): {}{moved}",
        part("uplink"),
        part("to"),
        part("family"),
        part("why")
    );
    Some(escaped(&text).into_owned() + "\n")
}

fn share(row: &Value) -> String {
    match number(row, "share_permille") {
        0 => "-".to_owned(),
        share => format!("{}.{} %", share / 10, share % 10),
    }
}

fn rtt(row: &Value) -> String {
    row["rtt_us"].as_u64().map_or_else(
        || "-".to_owned(),
        |us| format!("{}.{} ms", us / 1000, us % 1000 / 100),
    )
}

fn loss(row: &Value) -> String {
    let loss = number(row, "loss_permille");
    format!("{}.{} %", loss / 10, loss % 10)
}

fn targets(row: &Value) -> String {
    format!(
        "{}/{}",
        number(row, "targets_alive"),
        number(row, "targets")
    )
}

fn why(row: &Value) -> String {
    let lost = strings(&row["lost_providers"]);
    if lost.is_empty() {
        plain(row, "why")
    } else {
        format!(
            "{}; {} does not answer",
            plain(row, "why"),
            lost.join(" and ")
        )
    }
}

fn members(row: &Value) -> String {
    let shown = parts(row["members"].as_array().unwrap_or_default());
    match shown.as_slice() {
        [] => "none lives".to_owned(),
        shown => shown.join(", "),
    }
}

/// Uplinks with their parts.
fn parts(members: &[Value]) -> Vec<String> {
    let members = members.iter();
    members
        .map(|member| {
            let permille = number(member, "permille");
            format!(
                "{} {}.{} %",
                plain(member, "uplink"),
                permille / 10,
                permille % 10
            )
        })
        .collect()
}

fn lives(row: &Value) -> String {
    if flag(row, "lives") { "yes" } else { "no" }.to_owned()
}

fn strings(list: &Value) -> Vec<String> {
    let texts = list
        .as_array()
        .into_iter()
        .flatten()
        .filter_map(Value::as_str);
    texts.map(str::to_owned).collect()
}

fn object(reply: &str) -> Option<Value> {
    let value = Value::parse(reply.as_bytes()).ok()?;
    matches!(value, Value::Object(_)).then_some(value)
}
