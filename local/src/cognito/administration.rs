//! What administrators do with users, who are theirs to see.

use std::sync::Arc;

use aws_lc_rs::rand;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde::Deserialize;
use serde_json::{Value, json};

use super::constraints::Constraints;
use super::fault;
use super::operations::UserPoolOperations;
use super::password;
use super::pools::UserPoolSpec;
use super::sign_up::{NewUserInput, SentCode, check_unconfirmed, new_user};
use super::trigger::Source;
use super::user::{GivenAttributes, Status, User};
use crate::aws_json::Fault;

/// Most users in one answer.
const PAGE: usize = 60;

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct Named {
    user_pool_id: Option<String>,
    username: Option<String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct SetPassword {
    #[serde(flatten)]
    named: Named,
    password: Option<String>,
    #[serde(default)]
    permanent: bool,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct Create {
    #[serde(flatten)]
    named: Named,
    temporary_password: Option<String>,
    message_action: Option<String>,
    #[serde(flatten)]
    about: NewUserInput,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct List {
    user_pool_id: Option<String>,
    filter: Option<String>,
    limit: Option<usize>,
    pagination_token: Option<String>,
}

pub(super) async fn create(service: &UserPoolOperations, input: Create) -> Result<Value, Fault> {
    let mut constraints = Constraints::default();
    let id = constraints.required("userPoolId", input.named.user_pool_id.as_deref());
    let email = constraints.username(input.named.username.as_deref());
    if let Some(password) = &input.temporary_password {
        constraints.password("temporaryPassword", Some(password));
    }
    constraints.check()?;
    if input.message_action.as_deref() == Some("RESEND") {
        let message = "no invitations are sent from this machine, and so none again";
        return Err(fault::invalid_parameter(message));
    }
    let pool = service.pools.by_id(id)?;
    let given = GivenAttributes::read(&input.about.user_attributes, email, true)?;
    let password = match input.temporary_password {
        Some(password) => password,
        None => temporary_password(&pool)?,
    };
    password::check(&password, &pool.password_policy)?;
    if service.store.user(&pool.id, email)?.is_some() {
        return Err(fault::email_taken());
    }
    let for_function = input.about.for_function();
    let mut user = new_user(&pool, email, given, service.clock.now());
    let decision =
        service.triggers.pre_sign_up(&pool, Source::AdminCreateUser, &user, &for_function).await?;
    user.email_verified |= decision.verify_email;
    user.status = Status::ForceChangePassword;
    user.password = Some(service.passwords.turn().await.hash(&password).await?);
    if !service.store.add_user(&user)? {
        return Err(fault::email_taken());
    }
    if input.message_action.as_deref() != Some("SUPPRESS") {
        let what = "temporary password";
        (service.on_code)(&SentCode { pool: &pool.name, email, what, code: &password });
    }
    Ok(json!({ "User": user.listed() }))
}

pub(super) fn get(service: &UserPoolOperations, input: &Named) -> Result<Value, Fault> {
    let (_, user) = find(service, input)?;
    let mut shown = user.listed();
    if let Some(attributes) = shown.as_object_mut().and_then(|it| it.remove("Attributes")) {
        shown["UserAttributes"] = attributes;
    }
    Ok(shown)
}

/// The address is not verified by it.
pub(super) fn confirm(service: &UserPoolOperations, input: &Named) -> Result<Value, Fault> {
    let (_, user) = find(service, input)?;
    check_unconfirmed(&user)?;
    service.store.confirm(&user.sub, false, service.clock.now())?;
    Ok(json!({}))
}

pub(super) async fn set_password(
    service: &UserPoolOperations,
    input: &SetPassword,
) -> Result<Value, Fault> {
    let mut constraints = Constraints::default();
    let password = constraints.password("password", input.password.as_deref());
    constraints.check()?;
    let (pool, user) = find(service, &input.named)?;
    password::check(password, &pool.password_policy)?;
    let hash = service.passwords.turn().await.hash(password).await?;
    let status = if input.permanent { Status::Confirmed } else { Status::ForceChangePassword };
    service.store.set_password(&user.sub, &hash, status, service.clock.now())?;
    Ok(json!({}))
}

pub(super) fn sign_out(service: &UserPoolOperations, input: &Named) -> Result<Value, Fault> {
    let (pool, user) = find(service, input)?;
    service.store.revoke_all(&pool.id, &user.sub)?;
    Ok(json!({}))
}

pub(super) fn delete(service: &UserPoolOperations, input: &Named) -> Result<Value, Fault> {
    let (pool, user) = find(service, input)?;
    service.store.delete_user(&pool.id, &user.sub)?;
    Ok(json!({}))
}

pub(super) fn list(service: &UserPoolOperations, input: &List) -> Result<Value, Fault> {
    let mut constraints = Constraints::default();
    let id = constraints.required("userPoolId", input.user_pool_id.as_deref());
    constraints.check()?;
    let pool = service.pools.by_id(id)?;
    let limit = input.limit.unwrap_or(PAGE);
    if limit > PAGE {
        let message = format!(
            "1 validation error detected: Value '{limit}' at 'limit' failed to satisfy constraint: \
             Member must have value less than or equal to {PAGE}"
        );
        return Err(fault::invalid_parameter(message));
    }
    let start = match &input.pagination_token {
        Some(token) => {
            token.parse().map_err(|_| fault::invalid_parameter("Invalid pagination token"))?
        }
        None => 0_usize,
    };
    let filter = input.filter.as_deref().filter(|filter| !filter.trim().is_empty());
    let filter = filter.map(Filter::parse).transpose()?;
    let users = service.store.users(&pool.id)?.into_iter();
    let mut found = users
        .filter(|user| filter.as_ref().is_none_or(|filter| filter.holds(user)))
        .skip(start)
        .map(|user| user.listed());
    let page: Vec<_> = found.by_ref().take(limit).collect();
    let next = (found.next().is_some() && limit > 0).then(|| (start + page.len()).to_string());
    let mut answer = json!({ "Users": page });
    if let Some(next) = next {
        answer["PaginationToken"] = next.into();
    }
    Ok(answer)
}

fn find(service: &UserPoolOperations, input: &Named) -> Result<(Arc<UserPoolSpec>, User), Fault> {
    let mut constraints = Constraints::default();
    let id = constraints.required("userPoolId", input.user_pool_id.as_deref());
    let name = constraints.username(input.username.as_deref());
    constraints.check()?;
    let pool = service.pools.by_id(id)?;
    let user = service.store.user(&pool.id, name)?.ok_or_else(fault::no_such_user)?;
    Ok((pool, user))
}

/// A password that any policy takes.
fn temporary_password(pool: &UserPoolSpec) -> Result<String, Fault> {
    let mut bytes = [0; 75];
    rand::fill(&mut bytes).map_err(|error| fault::internal(&error))?;
    let length = usize::try_from(pool.password_policy.length).unwrap_or(99);
    let random: String = URL_SAFE_NO_PAD.encode(bytes).chars().take(length.max(16)).collect();
    Ok(format!("aA1!{random}z"))
}

/// `attribute = "text"`, or `^=` for what text begins with.
struct Filter {
    attribute: String,
    text: String,
    is_prefix: bool,
}

impl Filter {
    fn parse(filter: &str) -> Result<Self, Fault> {
        let invalid = || fault::invalid_parameter(format!("Error while parsing filter: {filter}"));
        let (left, right) = filter.split_once('=').ok_or_else(invalid)?;
        let (attribute, is_prefix) = match left.strip_suffix('^') {
            Some(attribute) => (attribute, true),
            None => (left, false),
        };
        let attribute = attribute.trim().trim_matches('"').to_owned();
        let text = right.trim().strip_prefix('"').and_then(|text| text.strip_suffix('"'));
        let text = text.ok_or_else(invalid)?.replace("\\\"", "\"");
        if attribute.is_empty() {
            return Err(invalid());
        }
        Ok(Self { attribute, text, is_prefix })
    }

    fn holds(&self, user: &User) -> bool {
        let value = match &*self.attribute {
            "username" => Some(&*user.sub),
            "cognito:user_status" => Some(user.status.name()),
            "status" => Some("Enabled"),
            name => user.all_attributes().into_iter().find(|(own, _)| *own == name).map(|it| it.1),
        };
        value.is_some_and(|value| {
            let (value, text) = (value.to_lowercase(), self.text.to_lowercase());
            if self.is_prefix { value.starts_with(&text) } else { value == text }
        })
    }
}
