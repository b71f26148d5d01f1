//! Nobody finds out by guessing who has an account, or a password.

use std::time::{Duration, Instant};

use super::{ADA, CLIENT, PASSWORD, Pools, said};

const WRONG: &str = "NotAuthorizedException: Incorrect username or password.";

#[tokio::test]
async fn an_unknown_user_is_answered_as_a_wrong_password_and_as_slowly() {
    let pools = Pools::start();
    let mut known = Vec::new();
    let mut unknown = Vec::new();
    for round in 0..8 {
        // Each its own, since names are locked after some guesses.
        let name = format!("{round}@example.com");
        pools.user(&name).await;
        for (name, times) in [(name, &mut known), (format!("no-{round}@example.com"), &mut unknown)]
        {
            let begun = Instant::now();
            assert_eq!(pools.sign_in(&name, "Wrong-horse-1").await.unwrap_err(), WRONG);
            times.push(begun.elapsed());
        }
    }
    let median = |times: &mut Vec<Duration>| {
        times.sort();
        times[times.len() / 2]
    };
    let (known, unknown) = (median(&mut known), median(&mut unknown));
    // Hashing is nearly all of it: without, an unknown user would be told ten times as fast.
    assert!(unknown * 3 > known && known * 3 > unknown, "{known:?} {unknown:?}");
}

#[tokio::test]
async fn an_unconfirmed_user_is_told_so_only_with_the_password() {
    let pools = Pools::start();
    pools.sign_up(ADA).await.unwrap();
    assert_eq!(pools.sign_in(ADA, "Wrong-horse-1").await.unwrap_err(), WRONG);
    let told = pools.sign_in(ADA, PASSWORD).await.unwrap_err();
    assert_eq!(told, "UserNotConfirmedException: User is not confirmed.");
}

#[tokio::test]
async fn guesses_lock_a_name_whether_anybody_has_it_or_not() {
    let pools = Pools::start();
    pools.user(ADA).await;
    for name in [ADA, "nobody@example.com"] {
        for _ in 0..5 {
            assert_eq!(pools.sign_in(name, "Wrong-horse-1").await.unwrap_err(), WRONG);
        }
        let locked = pools.sign_in(name, PASSWORD).await.unwrap_err();
        assert_eq!(locked, "NotAuthorizedException: Password attempts exceeded");
    }
}

#[tokio::test]
async fn codes_are_not_sent_to_nobody_but_it_looks_so() {
    let pools = Pools::start();
    pools.sign_up(ADA).await.unwrap();
    let code = pools.code();
    let resend = |name: &str| {
        pools.client.resend_confirmation_code().client_id(CLIENT).username(name).send()
    };
    let answers = [resend(ADA).await.unwrap(), resend("alf@example.com").await.unwrap()];
    let [known, unknown] = answers.map(|answer| answer.code_delivery_details);
    assert_eq!(known, unknown);
    assert_ne!(pools.code(), code, "this has one chance in a million to fail by itself");
    let confirm = pools.client.confirm_sign_up().client_id(CLIENT).username("alf@example.com");
    let refused = confirm.confirmation_code("123456").send().await.map_err(said).unwrap_err();
    assert!(refused.starts_with("ExpiredCodeException: Invalid code provided"), "{refused}");
}
