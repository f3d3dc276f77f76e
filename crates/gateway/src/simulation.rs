//! A small hospital for the demo: devices, people and a service, all on the bus like their real counterparts.
//!
//! Nothing here knows the gateway; everything goes over the bus, whichever it is.

mod devices;
mod invitations;
mod people;
mod procedures;
mod thermostat;

use std::{fmt, sync::Arc, time::Duration};

use bytes::Bytes;
use prost_types::Any;
use serde_json::Value;
use tera_protocol::topic::{Kind, Uuid};
use tokio::{sync::Mutex, time::sleep};

use crate::{
    bus::{Bus, BusError},
    clock::Clock,
    config::{Account, Config, Grant, Grants, Password, Queue, Variable},
    events::{self, USER_MANAGER_EVENTS},
};

/// Messages to the simulated modules that wait to be handled.
const QUEUE: usize = 1024;
/// Between two steps. Not every step has an event, so that the rate is uneven.
const STEP: Duration = Duration::from_millis(100);

const DEMO_USER: Uuid = Uuid(0xde30_0000_0000_4000_8000_0000_0000_0001_u128.to_be_bytes());
const DEMO_PARTICIPANT: Uuid = Uuid(0xde30_0000_0000_4000_8000_0000_0000_0002_u128.to_be_bytes());
const DEMO_DEVICE: Uuid = Uuid(0xde30_0000_0000_4000_8000_0000_0000_0003_u128.to_be_bytes());

/// Everything simulated that a procedure may be asked for.
#[derive(Debug)]
struct World {
    bus: Arc<dyn Bus>,
    clock: Clock,
    state: Mutex<State>,
}

#[derive(Debug)]
struct State {
    devices: Vec<devices::Device>,
    people: Vec<people::Person>,
}

/// The demo's configuration: `demo`, `participant` and `device` log in with the password `demo`.
///
/// # Panics
///
/// Never: what is parsed here is fixed, and a test parses it.
#[must_use]
pub fn config() -> Config {
    let account = |login: &str, kind, uuid, name: &str| Account {
        login: login.into(),
        password: Password("demo".into()),
        kind,
        uuid,
        name: name.into(),
        project: "Demo Project".into(),
        site: "Demo Site".into(),
    };
    let mut config = Config {
        identities: vec![
            account("demo", Kind::User, DEMO_USER, "Demo User"),
            account("participant", Kind::Participant, DEMO_PARTICIPANT, "Demo Participant"),
            account("device", Kind::Device, DEMO_DEVICE, "Demo Device"),
        ],
        ..Config::default()
    };
    config.grants = Grants { user: grant(), participant: grant(), device: grant() };
    config.queues.insert("demo.jobs".into(), Queue { max_attempts: 3, ..Queue::default() });
    let note = Variable {
        documentation: "A note of whoever wrote one first, for all to read".into(),
        readers: Kind::ALL.to_vec(),
        writers: Kind::ALL.to_vec(),
    };
    config.variables.insert("demo.note".into(), note);
    config
}

/// What every kind of identity may do.
fn grant() -> Grant {
    let pattern = |text: &str| text.parse().expect("it is a pattern");
    let topics = || vec![pattern("demo.**"), pattern("signal.**")];
    let queues = || vec![pattern("demo.**")];
    Grant {
        events: vec![USER_MANAGER_EVENTS.parse().expect("it is a topic")],
        targets: vec!["*".parse().expect("it is a pattern")],
        send_to: Kind::ALL.to_vec(),
        subscribe: topics(),
        publish: topics(),
        produce: queues(),
        consume: queues(),
        serve: true,
    }
}

/// Starts the simulation; it runs as long as the process.
///
/// # Errors
///
/// The bus is lost.
pub async fn start(bus: Arc<dyn Bus>) -> Result<(), BusError> {
    let state = State { devices: devices::all(), people: people::all() };
    let world = Arc::new(World { bus, clock: Clock::start(), state: Mutex::new(state) });
    procedures::start(&world).await?;
    invitations::start(&world).await?;
    thermostat::start(&world).await?;
    tokio::spawn(live(world));
    Ok(())
}

/// Lets devices and people do something, now and then more of it.
async fn live(world: Arc<World>) {
    let mut tide: f64 = 0.0;
    loop {
        sleep(STEP).await;
        tide += 0.05;
        let mut state = world.state.lock().await;
        let busy = 0.75 + 0.35 * tide.sin();
        let mut events = Vec::new();
        if rand::random_bool(busy.clamp(0.0, 1.0)) {
            events.push(devices::step(&mut state.devices));
        }
        if rand::random_bool(busy.clamp(0.0, 1.0) / 3.0) {
            events.push(devices::step(&mut state.devices));
        }
        if rand::random_bool(0.03) {
            events.push(people::step(&mut state.people));
        }
        drop(state);
        for event in events {
            world.announce(event).await;
        }
    }
}

impl World {
    /// Publishes an event where everybody looks.
    async fn announce(&self, event: Any) {
        let published =
            events::publish(&*self.bus, USER_MANAGER_EVENTS, vec![event], self.clock.unix_seconds()).await;
        log_failure(published);
    }

    async fn publish(&self, topic: &str, payload: impl Into<Bytes>) {
        log_failure(self.bus.publish(topic, payload.into()).await);
    }
}

fn log_failure<T, E: fmt::Display>(result: Result<T, E>) {
    if let Err(error) = result {
        tracing::debug!(%error, "the simulation could not publish");
    }
}

/// A UUID that tells simulated things apart: the same at every start.
const fn uuid(group: u8, number: u8) -> Uuid {
    let mut bytes = [0; 16];
    bytes[0] = 0xde;
    bytes[1] = 0x30;
    bytes[4] = group;
    bytes[6] = 0x40;
    bytes[8] = 0x80;
    bytes[15] = number;
    Uuid(bytes)
}

fn random_uuid() -> String {
    Uuid(rand::random()).to_string()
}

fn json_text(value: &Value) -> String {
    value.to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_demos_configuration_stands() {
        let config = config();
        assert_eq!(config.identities.len(), 3);
        assert_eq!(DEMO_USER.to_string(), "de300000-0000-4000-8000-000000000001");
    }
}
