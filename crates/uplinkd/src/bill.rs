//! A month's bill: who used what, who has paid what, who owes whom.

use grange_daemon::reply::uplinkd as reply;
use grange_uplink::exchange::Balance;
use grange_uplink::ledger::{FORMULA, LedgerError, Member, Pipe, Terms, settle};
use grange_uplink::transfers::transfers;
use litemap::LiteMap;

use crate::config::{Config, MemberSection};
use crate::date::{Date, Month};
use crate::ledger_file::{Bytes, CLAIM, DEVICE, Ledger};

/// Why there is no bill.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum BillError {
    /// Nobody is there to share.
    #[error(
        "the configuration has no section of type member, and no gateway has said how this home stands"
    )]
    NoMembers,
    /// Nothing is to be shared.
    #[error("no uplink has a cost: option cost '39.90' and option owner say what is to be shared")]
    NoCosts,
    /// An amount beyond any currency.
    #[error("the costs cannot be added up")]
    TooLarge,
}

/// The bytes of a month, a row for each member and uplink; the device's own are left out.
pub fn usage(ledger: &Ledger, month: Month) -> Vec<reply::Usage> {
    let sums = ledger.month(month);
    let of_members = sums
        .into_iter()
        .filter(|((member, uplink), _)| member != DEVICE && member != CLAIM && uplink != CLAIM);
    of_members
        .map(|((member, uplink), bytes)| reply::Usage {
            month: month.to_string(),
            member,
            uplink,
            bytes_up: bytes.up,
            bytes_down: bytes.down,
        })
        .collect()
}

/// The bill of a month; `balance_of` an uplink is what its gateway says, where it is a neighbour's.
pub fn bill(
    config: &Config,
    ledger: &Ledger,
    balance_of: impl Fn(&str) -> Option<Balance>,
    month: Month,
    today: Option<Date>,
) -> Result<reply::Bill, BillError> {
    let sums = ledger.month(month);
    let gateways = gateways(config, &sums, balance_of, month);
    let is_told = gateways.iter().any(|row| row.balance_cents.is_some());
    if config.members.is_empty() && !is_told {
        return Err(BillError::NoMembers);
    }
    // Where nothing is shared out, the members are on the bills of others.
    let has_costs = config.uplinks.iter().any(|it| it.cost_cents.is_some());
    let households = config.members.iter().filter(|_| has_costs);
    let members: Vec<Member> = households.map(|member| terms_of(member, month)).collect();
    let place = |name: &str| config.members.iter().position(|member| member.name == name);
    let (mut pipes, mut rows) = (Vec::new(), Vec::new());
    for uplink in &config.uplinks {
        let (Some(cost_cents), Some(owner)) = (uplink.cost_cents, &uplink.owner) else {
            continue;
        };
        let used: Vec<Bytes> = config
            .members
            .iter()
            .map(|m| bytes(&sums, &m.name, &uplink.name))
            .collect();
        let counted: u64 = used.iter().copied().map(Bytes::both).sum();
        let carried = bytes(&sums, DEVICE, &uplink.name).both();
        rows.push(reply::BillUplink {
            uplink: uplink.name.clone(),
            owner: owner.clone(),
            cost_cents,
            bytes_counted: counted,
            bytes_carried: carried,
        });
        pipes.push(Pipe {
            cost_cents,
            owner: place(owner).unwrap_or(usize::MAX),
            bytes: used.into_iter().map(Bytes::both).collect(),
        });
    }
    if pipes.is_empty() && !is_told {
        return Err(BillError::NoCosts);
    }
    let terms = Terms {
        fixed_permille: config.general.fixed_percent * 10,
        free_bytes: config.general.free_bytes,
    };
    let accounts = settle(terms, &members, &pipes).map_err(|error| match error {
        LedgerError::TooLarge | LedgerError::NoOwner { .. } => BillError::TooLarge,
    })?;
    let balances: Vec<i64> = accounts
        .iter()
        .map(|account| account.balance_cents)
        .collect();
    let named = |place: usize| {
        config
            .members
            .get(place)
            .map_or_else(String::new, |m| m.name.clone())
    };
    Ok(reply::Bill {
        month: month.to_string(),
        formula: FORMULA,
        is_complete: today.is_some_and(|today| today.month > month),
        fixed_percent: config.general.fixed_percent,
        total_cents: pipes.iter().map(|pipe| pipe.cost_cents).sum(),
        uplinks: rows,
        tunnels: tunnels(config, &sums),
        gateways,
        members: accounts
            .iter()
            .enumerate()
            .map(|(place, account)| reply::BillMember {
                member: named(place),
                days: members[place].days,
                bytes: pipes
                    .iter()
                    .filter_map(|pipe| pipe.bytes.get(place))
                    .fold(0, |sum: u64, bytes| sum.saturating_add(*bytes)),
                share_cents: account.share_cents,
                paid_cents: account.paid_cents,
                balance_cents: account.balance_cents,
            })
            .collect(),
        warnings: Vec::new(),
        transfers: transfers(&balances)
            .into_iter()
            .map(|transfer| reply::Transfer {
                from: named(transfer.from),
                to: named(transfer.to),
                cents: transfer.cents,
            })
            .collect(),
    })
}

/// How each member stands, for the routers of those who have one; nobody where there is no bill.
pub fn balances(config: &Config, ledger: &Ledger, today: Date) -> LiteMap<String, Balance> {
    let cents_in = |month| -> LiteMap<String, i32> {
        let bill = bill(config, ledger, |_| None, month, Some(today));
        let members = bill.map(|bill| bill.members).unwrap_or_default();
        let cents = |balance: i64| i32::try_from(balance).unwrap_or(i32::MAX);
        let rows = members.into_iter();
        rows.map(|row| (row.member, cents(row.balance_cents)))
            .collect()
    };
    let before = cents_in(today.month.before(1));
    let members = cents_in(today.month).into_iter();
    members
        .map(|(member, cents)| {
            let before_cents = before.get(&member).copied().unwrap_or(0);
            let balance = Balance {
                month: today.month.number(),
                cents,
                before_cents,
            };
            (member, balance)
        })
        .collect()
}

/// More than this many thousandths of what is billed apart, and more than so many bytes, is told.
const APART_PERMILLE: u64 = 20;
const APART_BYTES: u64 = 1_000_000;

/// What both ends of members' tunnels have counted in a month.
fn tunnels(config: &Config, sums: &LiteMap<(String, String), Bytes>) -> Vec<reply::BillTunnel> {
    let members = config.peers().filter(|_| config.shares());
    members
        .map(|(member, peer)| {
            let shared = config.shared_uplinks();
            let counted = shared.map(|uplink| bytes(sums, &member.name, &uplink.name));
            let counted = counted.sum::<Bytes>().both();
            let claimed = bytes(sums, &member.name, CLAIM).both();
            reply::BillTunnel {
                member: member.name.clone(),
                bytes_counted: counted,
                bytes_claimed: claimed,
                differs: differs(counted, claimed),
                authenticated: peer.public_key.is_some(),
            }
        })
        .collect()
}

/// What the gateways that this router uses say of it in a month.
fn gateways(
    config: &Config,
    sums: &LiteMap<(String, String), Bytes>,
    balance_of: impl Fn(&str) -> Option<Balance>,
    month: Month,
) -> Vec<reply::BillGateway> {
    let remote = config.uplinks.iter().filter(|it| it.remote.is_some());
    remote
        .map(|section| {
            let told = balance_of(&section.name);
            let cents = told.and_then(|told| match told.month.checked_sub(month.number()) {
                Some(0) => Some(told.cents),
                Some(1) => Some(told.before_cents),
                _ => None,
            });
            let claimed = bytes(sums, CLAIM, &section.name).both();
            let counted = bytes(sums, DEVICE, &section.name).both();
            reply::BillGateway {
                uplink: section.name.clone(),
                owner: section.owner.clone().unwrap_or_default(),
                balance_cents: cents.map(i64::from),
                bytes_claimed: claimed,
                bytes_counted: counted,
                differs: differs(claimed, counted),
            }
        })
        .collect()
}

/// What a member and an uplink have in a month's sums.
fn bytes(sums: &LiteMap<(String, String), Bytes>, member: &str, uplink: &str) -> Bytes {
    let key = (member.to_owned(), uplink.to_owned());
    sums.get(&key).copied().unwrap_or_default()
}

/// Whether what is billed and what the other end has counted are too far apart.
fn differs(billed: u64, other: u64) -> bool {
    let apart = billed.abs_diff(other);
    apart > APART_BYTES && apart > billed / 1000 * APART_PERMILLE
}

/// The bill as a table for spreadsheets (RFC 4180).
pub fn csv(bill: &reply::Bill) -> String {
    let mut text = String::from("month,member,days,bytes,share,paid,balance\r\n");
    let amount = |cents: u64| format!("{}.{:02}", cents / 100, cents % 100);
    for member in &bill.members {
        let sign = if member.balance_cents < 0 { "-" } else { "" };
        // Names are letters, digits and _: nothing needs quotes.
        text.extend([format!(
            "{},{},{},{},{},{},{sign}{}\r\n",
            bill.month,
            member.member,
            member.days,
            member.bytes,
            amount(member.share_cents),
            amount(member.paid_cents),
            amount(member.balance_cents.unsigned_abs()),
        )]);
    }
    text
}

fn terms_of(member: &MemberSection, month: Month) -> Member {
    let first = member
        .joined
        .map_or(1, |joined| match joined.month.cmp(&month) {
            std::cmp::Ordering::Less => 1,
            std::cmp::Ordering::Equal => joined.day,
            std::cmp::Ordering::Greater => u8::MAX,
        });
    let last = member.left.map_or_else(
        || month.days(),
        |left| match left.month.cmp(&month) {
            std::cmp::Ordering::Less => 0,
            std::cmp::Ordering::Equal => left.day,
            std::cmp::Ordering::Greater => month.days(),
        },
    );
    Member {
        weight: member.weight,
        days: if first > last { 0 } else { last - first + 1 },
        cap_cents: member.cap_cents,
    }
}

#[cfg(test)]
mod tests;
