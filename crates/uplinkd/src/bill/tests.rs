use super::*;
use crate::config;

const TEXT: &str = "config uplinkd\n\toption fixed_part '50'\n\
     config uplink 'dsl'\n\toption device 'eth1'\n\toption cost '40.00'\n\toption owner 'park'\n\
     config member 'park'\n\tlist prefix '10.42.1.0/24'\n\
     config member 'east'\n\tlist prefix '10.42.2.0/24'\n\
     config member 'west'\n\tlist prefix '10.42.3.0/24'\n\toption joined '2026-11-16'\n";

#[test]
fn a_bill_says_who_owes_whom() {
    let config = config::read(TEXT.as_bytes()).config.unwrap();
    let ledger = "grange-ledger 1\n2026-11-02 park dsl 0 1000000\n2026-11-03 east dsl 500000 2500000\n\
         2026-11-03 * dsl 520000 3600000\n2026-10-03 east dsl 9 9\n";
    let ledger = Ledger::parse(ledger.as_bytes(), b"");
    let month = Month::parse("2026-11").unwrap();
    let bill = bill(&config, &ledger, |_| None, month, Date::parse("2026-12-01")).unwrap();
    assert!(bill.is_complete);
    let shares: Vec<u64> = bill
        .members
        .iter()
        .map(|member| member.share_cents)
        .collect();
    // 20.00 by days (30, 30, 15), 20.00 by use (1, 3, 0).
    assert_eq!(shares, [1300, 2300, 400]);
    let owed: Vec<(&str, &str, u64)> = bill
        .transfers
        .iter()
        .map(|transfer| (transfer.from.as_str(), transfer.to.as_str(), transfer.cents))
        .collect();
    assert_eq!(owed, [("east", "park", 2300), ("west", "park", 400)]);
    assert_eq!(bill.uplinks[0].bytes_counted, 4_000_000);
    assert_eq!(bill.uplinks[0].bytes_carried, 4_120_000);
    assert!(csv(&bill).contains("2026-11,east,30,3000000,23.00,0.00,-23.00\r\n"));
}

#[test]
fn a_bill_shows_where_both_ends_of_a_tunnel_have_counted_otherwise() {
    let key = "ab".repeat(32);
    let peer = |name: &str, number| {
        format!(
            "config member '{name}'\n\tlist prefix '10.42.{number}.0/24'\n\toption router 'fd42::{number}'\n\t\
             option key '{key}'\n"
        )
    };
    let text = format!(
        "config uplinkd\n\toption mesh_address 'fd42::1'\n\
         config uplink 'dsl'\n\toption device 'eth1'\n\toption share '1'\n\toption cost '40.00'\n\t\
         option owner 'park'\nconfig member 'park'\n{}{}",
        peer("east", 2),
        peer("west", 3),
    );
    let config = config::read(text.as_bytes()).config.unwrap();
    let ledger = "grange-ledger 1\n2026-11-03 east dsl 0 100000000\n2026-11-03 east ~ 1000000 100900000\n\
         2026-11-03 west dsl 0 100000000\n2026-11-03 west ~ 0 97900000\n";
    let ledger = Ledger::parse(ledger.as_bytes(), b"");
    let bill = bill(
        &config,
        &ledger,
        |_| None,
        Month::parse("2026-11").unwrap(),
        None,
    )
    .unwrap();
    let rows: Vec<(&str, u64, bool)> = bill
        .tunnels
        .iter()
        .map(|row| (row.member.as_str(), row.bytes_claimed, row.differs))
        .collect();
    assert_eq!(
        rows,
        [("east", 101_900_000, false), ("west", 97_900_000, true)]
    );
    assert_eq!(usage(&ledger, Month::parse("2026-11").unwrap()).len(), 2);
    let balances = balances(&config, &ledger, Date::parse("2026-12-01").unwrap());
    let east = *balances.get("east").unwrap();
    // The half by days among three, the other by use among two.
    assert_eq!(east.before_cents, -(667 + 1000));
    assert_eq!((east.month, east.cents), (2026 * 12 + 11, -1333));
}

#[test]
fn a_home_that_uses_gateways_sees_what_it_owes_by_their_ledgers() {
    let gateway = |number| {
        format!(
            "config uplink 'via_{number}'\n\toption router 'fd42::{number}'\n\toption key '{}'\n",
            "cd".repeat(32)
        )
    };
    let text = format!(
        "config uplinkd\n\toption mesh_address 'fd42::9'\n{}{}",
        gateway(1),
        gateway(2)
    );
    let config = config::read(text.as_bytes()).config.unwrap();
    let ledger = "grange-ledger 1\n2026-11-03 * via_1 0 5000000\n2026-11-03 ~ via_1 0 5000100\n";
    let ledger = Ledger::parse(ledger.as_bytes(), b"");
    let month = Month::parse("2026-11").unwrap();
    let told = |uplink: &str| {
        (uplink == "via_1").then_some(Balance {
            month: month.number() + 1,
            cents: -9,
            before_cents: -1234,
        })
    };
    let made = bill(&config, &ledger, told, month, None).unwrap();
    let rows: Vec<_> = made
        .gateways
        .iter()
        .map(|row| (row.uplink.as_str(), row.balance_cents, row.bytes_claimed))
        .collect();
    assert_eq!(
        rows,
        [("via_1", Some(-1234), 5_000_100), ("via_2", None, 0)]
    );
    assert!(made.members.is_empty() && made.transfers.is_empty());
    let long_ago = Month::parse("2026-09").unwrap();
    let refused = bill(&config, &ledger, told, long_ago, None);
    assert_eq!(refused, Err(BillError::NoMembers));
}

#[test]
fn without_costs_or_members_there_is_no_bill() {
    let month = Month::parse("2026-11").unwrap();
    let ledger = Ledger::default();
    assert_eq!(
        bill(&Config::default(), &ledger, |_| None, month, None),
        Err(BillError::NoMembers)
    );
    let text = "config member 'a'\n\tlist prefix '10.0.0.0/24'\n";
    let config = config::read(text.as_bytes()).config.unwrap();
    assert_eq!(
        bill(&config, &ledger, |_| None, month, None),
        Err(BillError::NoCosts)
    );
}
