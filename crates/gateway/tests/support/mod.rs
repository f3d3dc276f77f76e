//! What the integration tests share: the two buses.

use std::{env, sync::Arc};

use tera_gateway::bus::{Bus, Embedded, Redis};

/// Where the tests' Redis is.
pub(crate) fn redis_url() -> String {
    env::var("TERA_TEST_REDIS_URL").expect(
        "TERA_TEST_REDIS_URL must name a Redis server; `cargo xtask test --only rust` starts one and sets it",
    )
}

/// A bus of its own within this process.
pub(crate) async fn embedded() -> Arc<dyn Bus> {
    Arc::new(Embedded::default())
}

/// A connection of its own to the tests' Redis.
pub(crate) async fn redis() -> Arc<dyn Bus> {
    Arc::new(Redis::connect(&redis_url()).await.unwrap())
}

/// Has the tests' Redis do something.
pub(crate) async fn command(words: &[&str]) {
    let client = redis::Client::open(redis_url()).unwrap();
    let mut connection = client.get_multiplexed_async_connection().await.unwrap();
    let _: redis::Value = redis::cmd(words[0]).arg(&words[1..]).query_async(&mut connection).await.unwrap();
}

/// A connection of a user of its own, who may subscribe to these channels only, and the user's name.
pub(crate) async fn restricted(channels: &[&str]) -> (Arc<dyn Bus>, String) {
    let user = format!("user-{:032x}", rand::random::<u128>());
    let words =
        [&["ACL", "SETUSER", &user, "on", ">secret", "~*", "+@all", "resetchannels"], channels].concat();
    command(&words).await;
    let url = redis_url().replace("redis://", &format!("redis://{user}:secret@"));
    (Arc::new(Redis::connect(&url).await.unwrap()), user)
}
