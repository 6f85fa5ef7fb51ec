use proptest::collection::vec;
use proptest::option;
use proptest::prelude::*;

use super::*;
use crate::transfers::transfers;

fn member() -> Member {
    Member {
        weight: 1,
        days: 30,
        cap_cents: None,
    }
}

const HALF: Terms = Terms {
    fixed_permille: 500,
    free_bytes: 0,
};

fn shares_of(accounts: &[Account]) -> Vec<u64> {
    accounts.iter().map(|account| account.share_cents).collect()
}

#[test]
fn half_is_shared_alike_and_half_by_use() {
    let pipe = Pipe {
        cost_cents: 4000,
        owner: 0,
        bytes: vec![0, 1 << 30, 3 << 30],
    };
    let accounts = settle(HALF, &vec![member(); 3], &[pipe]).unwrap();
    assert_eq!(shares_of(&accounts), [667, 1167, 2166]);
    let balances: Vec<i64> = accounts.iter().map(|a| a.balance_cents).collect();
    assert_eq!(balances, [3333, -1167, -2166]);
}

#[test]
fn who_came_in_the_middle_of_the_month_pays_for_his_days() {
    let late = Member {
        days: 15,
        ..member()
    };
    let pipe = Pipe {
        cost_cents: 3000,
        owner: 0,
        bytes: Vec::new(),
    };
    let accounts = settle(HALF, &[member(), late], &[pipe]).unwrap();
    assert_eq!(
        shares_of(&accounts),
        [2000, 1000],
        "nobody used it: all of it is flat"
    );
}

#[test]
fn the_free_allowance_does_not_count() {
    let terms = Terms {
        fixed_permille: 0,
        free_bytes: 1 << 30,
    };
    let pipe = Pipe {
        cost_cents: 1000,
        owner: 1,
        bytes: vec![1 << 30, 2 << 30],
    };
    let accounts = settle(terms, &vec![member(); 2], &[pipe]).unwrap();
    assert_eq!(shares_of(&accounts), [0, 1000]);
}

#[test]
fn a_hardship_cap_is_borne_by_the_others() {
    let poor = Member {
        cap_cents: Some(100),
        ..member()
    };
    let pipe = Pipe {
        cost_cents: 3000,
        owner: 0,
        bytes: Vec::new(),
    };
    let accounts = settle(
        HALF,
        &[member(), member(), poor.clone()],
        std::slice::from_ref(&pipe),
    )
    .unwrap();
    assert_eq!(shares_of(&accounts), [1450, 1450, 100]);
    let accounts = settle(HALF, &[poor.clone(), poor.clone(), poor], &[pipe]).unwrap();
    assert_eq!(
        shares_of(&accounts),
        [2800, 100, 100],
        "the owner bears the rest"
    );
}

#[test]
fn nobody_there_leaves_the_cost_with_the_owner() {
    let absent = Member {
        days: 0,
        ..member()
    };
    let pipe = Pipe {
        cost_cents: 999,
        owner: 1,
        bytes: Vec::new(),
    };
    let accounts = settle(HALF, &[absent.clone(), absent], &[pipe]).unwrap();
    assert_eq!(shares_of(&accounts), [0, 999]);
}

#[test]
fn impossible_ledgers_are_refused() {
    let pipe = |cost_cents, owner| Pipe {
        cost_cents,
        owner,
        bytes: Vec::new(),
    };
    assert_eq!(
        settle(HALF, &[member()], &[pipe(1, 1)]),
        Err(LedgerError::NoOwner { pipe: 0 })
    );
    let huge = [pipe(u64::MAX, 0), pipe(1, 0)];
    assert_eq!(settle(HALF, &[member()], &huge), Err(LedgerError::TooLarge));
}

fn any_member() -> impl Strategy<Value = Member> {
    let cap = option::weighted(0.3, 0_u64..100_000);
    (any::<u32>(), 0_u8..=31, cap).prop_map(|(weight, days, cap_cents)| Member {
        weight,
        days,
        cap_cents,
    })
}

fn any_month() -> impl Strategy<Value = (Terms, Vec<Member>, Vec<Pipe>)> {
    vec(any_member(), 1..40).prop_flat_map(|members| {
        let count = members.len();
        let pipe = (0_u64..10_000_000, 0..count, vec(any::<u64>(), 0..=count)).prop_map(
            |(cost_cents, owner, bytes)| Pipe {
                cost_cents,
                owner,
                bytes,
            },
        );
        let terms = (any::<u16>(), any::<u64>()).prop_map(|(fixed_permille, free_bytes)| Terms {
            fixed_permille,
            free_bytes,
        });
        (terms, Just(members), vec(pipe, 0..8))
    })
}

proptest! {
    #[test]
    fn shares_are_the_costs_and_balances_nothing_for_any_month((terms, members, pipes) in any_month()) {
        let accounts = settle(terms, &members, &pipes).unwrap();
        let costs: u64 = pipes.iter().map(|pipe| pipe.cost_cents).sum();
        prop_assert_eq!(accounts.iter().map(|a| a.share_cents).sum::<u64>(), costs);
        prop_assert_eq!(accounts.iter().map(|a| a.balance_cents).sum::<i64>(), 0);
        let all_capped = members.iter().all(|member| member.cap_cents.is_some());
        for (member, account) in members.iter().zip(&accounts) {
            let within = member.cap_cents.is_none_or(|cap| account.share_cents <= cap);
            prop_assert!(within || all_capped);
        }
        let balances: Vec<i64> = accounts.iter().map(|a| a.balance_cents).collect();
        let mut after = balances.clone();
        let list = transfers(&balances);
        for transfer in &list {
            after[transfer.from] += i64::try_from(transfer.cents).unwrap();
            after[transfer.to] -= i64::try_from(transfer.cents).unwrap();
            prop_assert!(transfer.cents > 0);
        }
        prop_assert!(after.iter().all(|balance| *balance == 0));
        let unsettled = balances.iter().filter(|balance| **balance != 0).count();
        prop_assert!(list.len() <= unsettled.saturating_sub(1));
    }
}
