//! What administrators do, and what the service says of itself.

use aws_sdk_cognitoidentityprovider::types::{
    AuthFlowType, ChallengeNameType, MessageActionType, UserStatusType,
};

use super::{ADA, CLIENT, PASSWORD, POOL, Pools, said};

#[tokio::test]
async fn administrators_create_see_and_delete_users() {
    let pools = Pools::start();
    let create = pools.client.admin_create_user().user_pool_id(POOL).username(ADA);
    let created = create.message_action(MessageActionType::Suppress).send().await.unwrap();
    let sub = created.user().unwrap().username().unwrap().to_owned();
    let get = || pools.client.admin_get_user().user_pool_id(POOL).username(ADA).send();
    let user = get().await.unwrap();
    assert_eq!(user.user_status(), Some(&UserStatusType::ForceChangePassword));
    assert_eq!(user.username(), sub);

    let set = pools.client.admin_set_user_password().user_pool_id(POOL).username(&sub);
    set.password(PASSWORD).permanent(true).send().await.unwrap();
    assert_eq!(get().await.unwrap().user_status(), Some(&UserStatusType::Confirmed));
    let session = pools.sign_in(ADA, PASSWORD).await.unwrap();
    let sign_out = pools.client.admin_user_global_sign_out().user_pool_id(POOL).username(ADA);
    sign_out.send().await.unwrap();
    assert!(pools.refresh(session.refresh_token().unwrap()).await.is_err());

    let delete = pools.client.admin_delete_user().user_pool_id(POOL).username(ADA);
    delete.send().await.unwrap();
    let missing = get().await.map_err(said).unwrap_err();
    assert_eq!(missing, "UserNotFoundException: User does not exist.");
}

#[tokio::test]
async fn a_temporary_password_is_good_for_nothing_but_another_one() {
    let pools = Pools::start();
    let create = pools.client.admin_create_user().user_pool_id(POOL).username(ADA);
    create.send().await.unwrap();
    let initiate = pools.client.initiate_auth().client_id(CLIENT);
    let initiate = initiate.auth_flow(AuthFlowType::UserPasswordAuth);
    let initiate = initiate.auth_parameters("USERNAME", ADA);
    let asked = initiate.auth_parameters("PASSWORD", pools.code()).send().await.unwrap();
    assert_eq!(asked.challenge_name(), Some(&ChallengeNameType::NewPasswordRequired));
    assert_eq!(asked.authentication_result(), None);
    let respond = |password: &str| {
        let request = pools.client.respond_to_auth_challenge().client_id(CLIENT);
        let request = request
            .challenge_name(ChallengeNameType::NewPasswordRequired)
            .set_session(asked.session.clone())
            .challenge_responses("USERNAME", ADA)
            .challenge_responses("NEW_PASSWORD", password);
        async move { request.send().await.map_err(said) }
    };
    let weak = respond("weak").await.unwrap_err();
    assert!(weak.starts_with("InvalidPasswordException"), "{weak}");
    let begun = respond(PASSWORD).await.unwrap();
    assert!(begun.authentication_result().unwrap().id_token().is_some());
    let again = respond(PASSWORD).await.unwrap_err();
    assert!(again.starts_with("NotAuthorizedException: Invalid session for the user"), "{again}");
    pools.sign_in(ADA, PASSWORD).await.unwrap();
}

#[tokio::test]
async fn users_are_listed_in_pages_and_by_what_they_are() {
    let pools = Pools::start();
    for name in ["ada", "bob", "cyd"] {
        pools.sign_up(&format!("{name}@example.com")).await.unwrap();
    }
    let list = || pools.client.list_users().user_pool_id(POOL);
    let first = list().limit(2).send().await.unwrap();
    assert_eq!(first.users().len(), 2);
    let rest = list().limit(2).set_pagination_token(first.pagination_token).send().await.unwrap();
    assert_eq!((rest.users().len(), rest.pagination_token()), (1, None));
    let count = async |filter: &str| {
        list().filter(filter).send().await.map(|page| page.users().len()).map_err(said)
    };
    assert_eq!(count("email = \"bob@example.com\"").await, Ok(1));
    assert_eq!(count("email ^= \"B\"").await, Ok(1));
    assert_eq!(count("cognito:user_status = \"UNCONFIRMED\"").await, Ok(3));
    assert_eq!(count("email = \"nobody\"").await, Ok(0));
    assert!(count("email").await.unwrap_err().starts_with("InvalidParameterException"));
}

#[tokio::test]
async fn pools_and_clients_are_described_as_they_are_deployed() {
    let pools = Pools::start();
    let described = pools.client.describe_user_pool().user_pool_id(POOL).send().await.unwrap();
    let pool = described.user_pool().unwrap();
    let policy = pool.policies().unwrap().password_policy().unwrap();
    assert_eq!((policy.minimum_length(), policy.require_symbols()), (Some(12), false));
    let arn = format!("arn:aws:cognito-idp:us-east-1:000000000000:userpool/{POOL}");
    assert_eq!(pool.arn(), Some(arn.as_str()));
    let client = pools.client.describe_user_pool_client().user_pool_id(POOL).client_id(CLIENT);
    let described = client.send().await.unwrap();
    assert_eq!(described.user_pool_client().unwrap().access_token_validity(), Some(60));
    let missing = pools.client.describe_user_pool().user_pool_id("us-east-1_none").send().await;
    let expected = "ResourceNotFoundException: User pool us-east-1_none does not exist.";
    assert_eq!(missing.map_err(said).unwrap_err(), expected);
}

#[tokio::test]
async fn flows_that_the_client_has_not_are_refused_as_at_aws() {
    let pools = Pools::start();
    pools.user(ADA).await;
    let initiate = async |flow: AuthFlowType| {
        let request = pools.client.initiate_auth().client_id(CLIENT).auth_flow(flow);
        let request =
            request.auth_parameters("USERNAME", ADA).auth_parameters("PASSWORD", PASSWORD);
        request.send().await.map(|_| ()).map_err(said).unwrap_err()
    };
    let srp = initiate(AuthFlowType::UserSrpAuth).await;
    assert!(srp.contains("USER_SRP_AUTH is not enabled for the client"), "{srp}");
    let custom = initiate(AuthFlowType::CustomAuth).await;
    assert!(custom.contains("Custom auth lambda trigger is not configured"), "{custom}");
    let administrator = pools.client.admin_initiate_auth().user_pool_id(POOL).client_id(CLIENT);
    let administrator = administrator.auth_flow(AuthFlowType::AdminUserPasswordAuth);
    let refused = administrator.send().await.map_err(said).unwrap_err();
    assert_eq!(refused, "InvalidParameterException: Auth flow not enabled for this client");
}

#[tokio::test]
async fn what_is_not_offered_says_so() {
    let pools = Pools::start();
    let error = pools.client.list_groups().user_pool_id(POOL).send().await.map_err(said);
    let error = error.unwrap_err();
    assert!(error.starts_with("UnknownOperationException: ListGroups"), "{error}");
    assert!(error.contains("AdminCreateUser"), "{error}");
}
