//! Simulated people: therapists, who are users, and participants. They come and go.

use prost_types::Any;
use tera_protocol::{
    any::pack,
    opentera::{ParticipantEvent, UserEvent, participant_event, user_event},
    topic::Uuid,
};

use super::uuid;

/// Marks the people's UUIDs.
const GROUP: u8 = 1;
const NAMES: [(&str, bool); 5] = [
    ("Therapist #1", true),
    ("Therapist #2", true),
    ("Participant #1", false),
    ("Participant #2", false),
    ("Participant #3", false),
];

#[derive(Clone, Debug)]
pub(super) struct Person {
    uuid: Uuid,
    name: &'static str,
    is_user: bool,
    online: bool,
}

pub(super) fn all() -> Vec<Person> {
    let person = |(number, &(name, is_user)): (u8, &(&'static str, bool))| Person {
        uuid: uuid(GROUP, number),
        name,
        is_user,
        online: number % 2 == 1,
    };
    (1..).zip(&NAMES).map(person).collect()
}

/// One person comes or goes. There is at least one.
pub(super) fn step(people: &mut [Person]) -> Any {
    let index = rand::random_range(0..people.len());
    let person = &mut people[index];
    person.online = !person.online;
    person.event()
}

impl Person {
    pub(super) const fn is_online_user(&self) -> bool {
        self.is_user && self.online
    }

    pub(super) const fn uuid(&self) -> Uuid {
        self.uuid
    }

    pub(super) const fn is_participant(&self) -> bool {
        !self.is_user
    }

    /// Whether the person is there, as an event.
    pub(super) fn event(&self) -> Any {
        if self.is_user {
            use user_event::EventType::{UserConnected, UserDisconnected};
            let r#type = if self.online { UserConnected } else { UserDisconnected }.into();
            return pack(&UserEvent {
                user_uuid: self.uuid.to_string(),
                r#type,
                user_fullname: self.name.into(),
            });
        }
        use participant_event::EventType::{ParticipantConnected, ParticipantDisconnected};
        let r#type = if self.online { ParticipantConnected } else { ParticipantDisconnected }.into();
        pack(&ParticipantEvent {
            participant_uuid: self.uuid.to_string(),
            r#type,
            participant_name: self.name.into(),
            participant_project_name: "Demo Project".into(),
            participant_site_name: "Demo Site".into(),
        })
    }
}
