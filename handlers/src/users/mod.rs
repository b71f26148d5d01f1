//! The function `users`: puts and gets users.

mod create_user;
mod get_user;

use std::sync::Arc;

use models::User;

use crate::aws;
use crate::generated::users::*;
use crate::runtime::configuration::{Lookup, MissingVariable, required};
use crate::runtime::{Context, Failure};
use crate::store::{DynamoDbStore, Record, Store, client};

/// Serves the operations of the function `users`.
#[derive(Clone, Debug)]
pub struct UsersFunction {
    store: Arc<dyn Store<User>>,
}

impl UsersFunction {
    /// A function that keeps its users in this store.
    pub fn new(store: impl Store<User> + 'static) -> Self {
        Self { store: Arc::new(store) }
    }

    /// Reads the configuration and connects to DynamoDB.
    ///
    /// # Errors
    /// If a variable is missing.
    pub async fn start(lookup: Lookup<'_>) -> Result<Self, MissingVariable> {
        let table = required(lookup, "USERS_TABLE")?;
        Ok(Self::new(DynamoDbStore::new(client(&aws::config().await), table)))
    }
}

impl Record for User {
    const KEY: &'static str = "uid";

    fn key(&self) -> String {
        self.uid.to_string()
    }
}

impl Users for UsersFunction {
    async fn create_user(
        &self,
        request: CreateUserRequest,
        context: &Context,
    ) -> Result<CreateUserResponse, Failure> {
        create_user::handle(self, request, context).await
    }

    async fn get_user(
        &self,
        request: GetUserRequest,
        context: &Context,
    ) -> Result<GetUserResponse, Failure> {
        get_user::handle(self, request, context).await
    }
}
