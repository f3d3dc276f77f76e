//! Serves the tests' contract as `service.Trial`: on the Redis that the first argument names, or, with the path of a
//! gateway's configuration instead, on a bus within this process, with a gateway on it.

#![expect(clippy::print_stdout, reason = "it tells who started it that it is ready")]

#[path = "../tests/service/contract/mod.rs"]
#[expect(dead_code, unreachable_pub, reason = "generated, with a client that nobody needs here")]
mod contract;
#[path = "../tests/service/trial.rs"]
mod trial;

use std::{env, error::Error, fs, future, sync::Arc};

use contract::trial::v1::serve_trial;
use tera_gateway::config::Config;
use tera_service::{Bus, Embedded, Redis};
use tokio::net::TcpListener;

const KEY: &str = "Trial";

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let place = env::args().nth(1).ok_or("name a Redis or a configuration")?;
    if place.starts_with("redis://") {
        let bus: Arc<dyn Bus> = Arc::new(Redis::connect(&place).await?);
        let _server = serve_trial(&bus, KEY, trial::Trial::default()).await?;
        println!("serving service.{KEY}");
        return future::pending().await;
    }
    let bus: Arc<dyn Bus> = Arc::new(Embedded::default());
    let _server = serve_trial(&bus, KEY, trial::Trial::default()).await?;
    let config = Config::parse(&fs::read_to_string(place)?)?;
    let listener = TcpListener::bind("127.0.0.1:0").await?;
    println!("listening on http://{}", listener.local_addr()?);
    tera_gateway::serve(listener, config, bus, future::pending()).await?;
    Ok(())
}
