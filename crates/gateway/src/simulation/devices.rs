//! Simulated devices: their batteries drain and charge, their signal wanders, and they come and go.

use prost_types::Any;
use serde_json::{Value, json};
use tera_protocol::{
    any::pack,
    opentera::{DeviceEvent, device_event::EventType},
    topic::Uuid,
};

use super::{json_text, uuid};

const NAMES: [&str; 6] = [
    "Apple Watch #1",
    "Apple Watch #2",
    "Pulse oximeter",
    "Blood pressure cuff",
    "Telepresence robot",
    "Smart scale",
];
/// Marks the devices' UUIDs.
const GROUP: u8 = 2;
/// How often a step is a device's coming or going instead of a status.
const SWITCHES: f64 = 0.03;

#[derive(Clone, Debug)]
pub(super) struct Device {
    uuid: Uuid,
    name: &'static str,
    online: bool,
    /// Percent.
    battery: f64,
    charging: bool,
    /// dBm.
    signal: i32,
}

pub(super) fn all() -> Vec<Device> {
    let device = |(number, &name): (u8, &&'static str)| Device {
        uuid: uuid(GROUP, number),
        name,
        online: number % 3 != 2,
        battery: rand::random_range(25.0..95.0),
        charging: number % 4 == 1,
        signal: rand::random_range(-75..-45),
    };
    (1..).zip(&NAMES).map(device).collect()
}

/// One device does something. There is at least one.
pub(super) fn step(devices: &mut [Device]) -> Any {
    let index = rand::random_range(0..devices.len());
    let device = &mut devices[index];
    if !device.online || rand::random_bool(SWITCHES) {
        device.online = !device.online;
        return device.event(if device.online {
            EventType::DeviceConnected
        } else {
            EventType::DeviceDisconnected
        });
    }
    device.drift();
    device.event(EventType::DeviceStatusChanged)
}

impl Device {
    fn drift(&mut self) {
        let change = rand::random_range(0.0..0.6);
        self.battery = (self.battery + if self.charging { change } else { -change }).clamp(0.0, 100.0);
        if self.battery <= 8.0 {
            self.charging = true;
        } else if self.battery >= 98.0 {
            self.charging = false;
        }
        self.signal = (self.signal + rand::random_range(-3..=3)).clamp(-95, -35);
    }

    pub(super) const fn is_online(&self) -> bool {
        self.online
    }

    pub(super) fn uuid(&self) -> Uuid {
        self.uuid
    }

    pub(super) fn status(&self) -> Value {
        json!({"battery": self.battery.round(), "charging": self.charging, "signal": self.signal})
    }

    fn event(&self, r#type: EventType) -> Any {
        let status = if self.online { json_text(&self.status()) } else { String::new() };
        pack(&DeviceEvent {
            device_uuid: self.uuid.to_string(),
            r#type: r#type.into(),
            device_name: self.name.into(),
            device_status: status,
        })
    }
}
