//! The token that a client sends, and how it is renewed.

use std::error::Error as StdError;
use std::fmt;
use std::pin::Pin;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use reqwest::header::HeaderValue;

use super::token::Token;

/// Longest time before its expiry that a token is renewed: enough for a request on its way.
const AHEAD: Duration = Duration::from_secs(60);

/// Gets a token: by a refresh token, for example, or by signing in again.
///
/// Calls that it makes with the client it serves are sent as they are, without waiting for it.
pub trait TokenProvider: Send + Sync + 'static {
    /// Why there is no token.
    type Error: Into<Box<dyn StdError + Send + Sync>>;

    /// A token to send from now on.
    fn refresh(&self) -> impl Future<Output = Result<Token, Self::Error>> + Send;
}

/// The token of one client or of several, which can be changed while they are in use.
///
/// Operations without scopes take the id token of a user pool, those with scopes its access token
/// (API Gateway Developer Guide, "Integrate a REST API with an Amazon Cognito user pool"): a caller
/// of both makes two clients.
///
/// ```
/// use client::support::{Token, Tokens};
///
/// let tokens = Tokens::default();
/// let client = client::Settings::new("http://127.0.0.1:3000/dev").tokens(tokens.clone()).build()?;
/// // ... sign in by the client, which sends no token yet; then:
/// tokens.set(Token::new("eyJ...")?);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Default)]
pub struct Tokens(Arc<State>);

#[derive(Default)]
struct State {
    held: Mutex<Held>,
    provider: Option<Box<dyn Provider>>,
    /// Held by whoever renews; the others wait for what comes of it.
    renewing: tokio::sync::Mutex<()>,
}

#[derive(Default)]
struct Held {
    token: Option<Token>,
    /// How long before its expiry it is renewed.
    ahead: Duration,
    /// Whether it was renewed because its predecessor was refused, and got nobody through yet.
    is_untried: bool,
    /// Counts whatever changed the token or tried to.
    version: u64,
    failure: Option<Arc<dyn StdError + Send + Sync>>,
}

impl Held {
    fn take(&mut self, token: Option<Token>) {
        let remaining = token.as_ref().and_then(Token::remaining).unwrap_or_default();
        let ahead = AHEAD.min(remaining / 10);
        *self = Self { token, ahead, version: self.version, ..Self::default() };
    }

    /// Whether the token has to be renewed before anything is sent.
    fn is_due(&self) -> bool {
        let is_due = |token: &Token| token.remaining().is_some_and(|left| left <= self.ahead);
        self.token.as_ref().is_none_or(is_due)
    }

    /// What to send.
    fn header(&self) -> Option<HeaderValue> {
        self.token.as_ref().map(Token::header)
    }
}

tokio::task_local! {
    /// Which tokens the running task is renewing.
    static RENEWING: usize;
}

impl Tokens {
    /// Tokens that are renewed in time: a minute before they expire (or a tenth of what remains, if
    /// that is less), and when API Gateway refuses one, after which the request is sent again. One
    /// renewal at a time. The first request gets the first token, unless one is set before.
    pub fn refreshed_by(provider: impl TokenProvider) -> Self {
        Self(Arc::new(State { provider: Some(Box::new(provider)), ..State::default() }))
    }

    /// Sends this token from now on, whatever a renewal under way brings.
    pub fn set(&self, token: Token) {
        self.change(Some(token));
    }

    /// Forgets the token: the next request asks the provider for another, or goes out without.
    pub fn clear(&self) {
        self.change(None);
    }

    /// Why the provider's last attempt gave no token. The request went out with the old one, or
    /// with none, and was answered accordingly.
    pub fn failure(&self) -> Option<Arc<dyn StdError + Send + Sync>> {
        self.with(|held| held.failure.clone())
    }

    /// What to send now, renewed if it is about to expire.
    pub(super) async fn current(&self) -> Option<HeaderValue> {
        if let Some(version) = self.with(|held| held.is_due().then_some(held.version)) {
            self.renew(version).await;
        }
        self.with(|held| held.header())
    }

    /// What to send instead of the token that was refused, if there is anything.
    pub(super) async fn after_refusal(&self, refused: &HeaderValue) -> Option<HeaderValue> {
        let other = |held: &Held| held.header().filter(|header| header != refused);
        let (newer, version, is_untried) =
            self.with(|held| (other(held), held.version, held.is_untried));
        // What was renewed and is refused all the same would be refused for ever.
        if newer.is_some() || is_untried {
            return newer;
        }
        self.renew(version).await;
        self.with(|held| {
            held.is_untried = true;
            other(held)
        })
    }

    /// Notes that a request got through.
    pub(super) fn accepted(&self) {
        self.with(|held| held.is_untried = false);
    }

    /// Asks the provider, unless something happened to the token since `version` was read.
    async fn renew(&self, version: u64) {
        let Some(provider) = &self.0.provider else { return };
        let id = Arc::as_ptr(&self.0).addr();
        if RENEWING.try_with(|renewing| *renewing == id).unwrap_or_default() {
            return;
        }
        let _turn = self.0.renewing.lock().await;
        if self.with(|held| held.version) != version {
            return;
        }
        let outcome = RENEWING.scope(id, provider.refresh()).await;
        self.with(|held| {
            if held.version != version {
                return;
            }
            held.version += 1;
            match outcome {
                Ok(token) => held.take(Some(token)),
                Err(failure) => held.failure = Some(failure.into()),
            }
        });
    }

    fn change(&self, token: Option<Token>) {
        self.with(|held| {
            held.version += 1;
            held.take(token);
        });
    }

    fn with<T>(&self, change: impl FnOnce(&mut Held) -> T) -> T {
        // Nothing panics while it is locked.
        change(&mut self.0.held.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

impl fmt::Debug for Tokens {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let token = self.with(|held| held.token.clone());
        f.debug_struct("Tokens").field("token", &token).finish_non_exhaustive()
    }
}

type Refreshed<'a> =
    Pin<Box<dyn Future<Output = Result<Token, Box<dyn StdError + Send + Sync>>> + Send + 'a>>;

/// [`TokenProvider`] behind a pointer.
trait Provider: Send + Sync {
    fn refresh(&self) -> Refreshed<'_>;
}

impl<P: TokenProvider> Provider for P {
    fn refresh(&self) -> Refreshed<'_> {
        Box::pin(async { TokenProvider::refresh(self).await.map_err(Into::into) })
    }
}
