//! Serves the house: `cargo run -p thermostat -- --redis redis://127.0.0.1/`.

#![expect(clippy::print_stdout, reason = "it tells whoever started it that it is ready")]

use std::sync::Arc;

use clap::Parser;
use tera_service::{Bus, Redis};
use thermostat::{House, contract::thermostat::v1::serve_thermostat};

/// Serves the example's thermostat
#[derive(Debug, Parser)]
struct Options {
    /// Redis of the deployment
    #[arg(long, value_name = "URL", default_value = "redis://127.0.0.1/")]
    redis: String,
    /// The service's key on the bus
    #[arg(long, default_value = "Thermostat")]
    key: String,
}

#[tokio::main]
async fn main() -> anyhow::Result<()> {
    let options = Options::parse();
    let bus: Arc<dyn Bus> = Arc::new(Redis::connect(&options.redis).await?);
    let house = House::new();
    house.heat();
    let _server = serve_thermostat(&bus, &options.key, house).await?;
    println!("serving service.{}", options.key);
    tokio::signal::ctrl_c().await?;
    Ok(())
}
