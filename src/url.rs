//! Where to connect.

use futures_util::{FutureExt, future::LocalBoxFuture};
use tera_protocol::error::TeraError;

/// Where to connect: a URL, or a function that gives a fresh one for each attempt, as one-time URLs need.
pub struct Url(Box<dyn Fn() -> LocalBoxFuture<'static, Result<String, TeraError>>>);

impl Url {
    /// A URL asked for anew before each attempt to connect. An error of code `unauthorized` or `logged_out` ends the client for
    /// good; after any other the next attempt asks again.
    pub fn provider<F: Future<Output = Result<String, TeraError>> + 'static>(
        ask: impl Fn() -> F + 'static,
    ) -> Self {
        Self(Box::new(move || ask().boxed_local()))
    }

    /// The URL for the next attempt.
    pub(crate) fn ask(&self) -> LocalBoxFuture<'static, Result<String, TeraError>> {
        (self.0)()
    }
}

impl std::fmt::Debug for Url {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Url")
    }
}

impl From<&str> for Url {
    fn from(url: &str) -> Self {
        let url = url.to_owned();
        Self::provider(move || std::future::ready(Ok(url.clone())))
    }
}
