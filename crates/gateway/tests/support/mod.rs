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
