//! What the service knows: rooms, how warm each is, and how warm it shall be.

use std::{collections::BTreeMap, ops::RangeInclusive, sync::Arc, time::Duration};

use tera_service::{Caller, Failure, Items};
use tokio::sync::watch;

use crate::contract::thermostat::v1::{Room, Target, Temperature, Thermostat};

/// Targets that a room can have, in degrees Celsius.
const TARGETS: RangeInclusive<f64> = 5.0..=30.0;
/// How often a temperature changes.
const STEP: Duration = Duration::from_millis(500);
/// By how much it does, in degrees Celsius.
const DEGREES: f64 = 0.1;

/// A house. Clones are the same house.
#[derive(Clone, Debug)]
pub struct House {
    rooms: Arc<BTreeMap<&'static str, watch::Sender<Temperature>>>,
}

impl Default for House {
    fn default() -> Self {
        Self::new()
    }
}

impl House {
    /// A kitchen that is too cold and a bath that is too warm.
    #[must_use]
    pub fn new() -> Self {
        let room =
            |celsius| watch::Sender::new(Temperature { celsius, target: 21.0, heating: celsius < 21.0 });
        Self { rooms: Arc::new(BTreeMap::from([("kitchen", room(19.0)), ("bath", room(23.0))])) }
    }

    /// Lets the temperatures change by a tenth of a degree at a time, for as long as the process runs.
    pub fn heat(&self) {
        let house = self.clone();
        tokio::spawn(async move {
            loop {
                tokio::time::sleep(STEP).await;
                for room in house.rooms.values() {
                    room.send_if_modified(step);
                }
            }
        });
    }

    fn room(&self, name: &str) -> Result<&watch::Sender<Temperature>, Failure> {
        self.rooms.get(name).ok_or_else(|| {
            let rooms: Vec<_> = self.rooms.keys().copied().collect();
            Failure::new("no_such_room", format!("the house has no room `{name}`"))
                .with_help(format!("Its rooms are {}.", rooms.join(" and ")))
        })
    }
}

/// Moves a temperature towards its target; false if it is there.
fn step(room: &mut Temperature) -> bool {
    let distance = room.target - room.celsius;
    room.heating = distance > DEGREES / 2.0;
    if distance.abs() <= DEGREES / 2.0 {
        return false;
    }
    room.celsius = ((room.celsius + DEGREES.copysign(distance)) * 10.0).round() / 10.0;
    true
}

impl Thermostat for House {
    async fn get_temperature(&self, request: Room, _: Caller) -> Result<Temperature, Failure> {
        Ok(*self.room(&request.name)?.borrow())
    }

    async fn watch_temperature(
        &self,
        request: Room,
        mut items: Items<Temperature>,
        _: Caller,
    ) -> Result<(), Failure> {
        let mut room = self.room(&request.name)?.subscribe();
        loop {
            let now = *room.borrow_and_update();
            items.send(&now).await?;
            if room.changed().await.is_err() {
                return Ok(());
            }
        }
    }

    async fn set_target(&self, request: Target, _: Caller) -> Result<Temperature, Failure> {
        let room = self.room(&request.room)?;
        if !TARGETS.contains(&request.celsius) {
            let description = format!("{} °C is no temperature for a room", request.celsius);
            return Err(Failure::new("out_of_range", description).with_help("Choose 5 to 30 °C."));
        }
        room.send_modify(|room| room.target = request.celsius);
        Ok(*room.borrow())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_temperature_reaches_its_target_and_stays() {
        let mut room = Temperature { celsius: 20.8, target: 21.0, heating: false };
        assert!(step(&mut room) && room.heating);
        assert!(step(&mut room));
        assert_eq!(room.celsius, 21.0);
        assert!(!step(&mut room) && !room.heating);
        room.target = 20.9;
        assert!(step(&mut room) && !room.heating);
        assert_eq!(room.celsius, 20.9);
    }
}
