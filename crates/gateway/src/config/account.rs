//! Who may log in.

use std::fmt;

use serde::Deserialize;
use tera_protocol::topic::{Identity, Kind, Uuid};

use super::parsed;

/// Somebody who may log in.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Account {
    /// The name to log in with.
    pub login: String,
    /// The password to log in with.
    pub password: Password,
    /// What kind of identity it is.
    #[serde(deserialize_with = "parsed")]
    pub kind: Kind,
    /// Its UUID.
    #[serde(deserialize_with = "parsed")]
    pub uuid: Uuid,
    /// The name that others see.
    pub name: String,
    /// A participant's project.
    #[serde(default)]
    pub project: String,
    /// A participant's site.
    #[serde(default)]
    pub site: String,
}

impl Account {
    /// Somebody who has logged in at an OpenTera server, which alone knows the name.
    pub(crate) fn of_opentera(kind: Kind, uuid: Uuid) -> Self {
        let nothing = String::new;
        Self {
            login: nothing(),
            password: Password(nothing()),
            kind,
            uuid,
            name: nothing(),
            project: nothing(),
            site: nothing(),
        }
    }

    /// Who it is on the bus.
    #[must_use]
    pub const fn identity(&self) -> Identity {
        Identity { kind: self.kind, uuid: self.uuid }
    }
}

/// A password, which no log shows.
#[derive(Clone, Deserialize)]
#[serde(transparent)]
pub struct Password(pub String);

impl fmt::Debug for Password {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("***")
    }
}
