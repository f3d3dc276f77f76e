//! What an operator decides: who may log in, who sees and addresses what, and what a client may use up.
//!
//! A configuration is TOML; every key has a default, and an unknown key is an error.

mod limits;

use std::{
    collections::HashSet,
    error::Error,
    fmt::{self, Display},
    net::{Ipv4Addr, SocketAddr},
    path::PathBuf,
    str::FromStr,
    time::Duration,
};

use serde::{Deserialize, Deserializer, de};
use tera_protocol::{
    link::session::{Access, TargetPattern},
    topic::{Channel, Identity, Kind, Topic, Uuid},
};

pub use limits::Limits;

/// The whole configuration.
#[derive(Clone, Debug, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Config {
    /// Where to listen; `127.0.0.1:8080`.
    pub listen: SocketAddr,
    /// The deployment's Redis, as `redis://host:port`; without it, a bus within this process.
    pub redis: Option<String>,
    /// Folder of the pages to serve; none without it.
    pub www: Option<PathBuf>,
    /// What browsers see in front of this gateway, as `https://host[:port]`, when that is not the gateway itself.
    pub public_url: Option<String>,
    /// Further origins whose pages may connect, exactly as browsers write them. The gateway's own always may.
    pub allowed_origins: Vec<String>,
    /// How long the key from a login can be used, in milliseconds; 60 000.
    pub ticket_ms: u64,
    /// What one client may use up.
    pub limits: Limits,
    /// What each kind of identity may do.
    pub grants: Grants,
    /// Who may log in.
    pub identities: Vec<Account>,
}

impl Default for Config {
    fn default() -> Self {
        Self {
            listen: (Ipv4Addr::LOCALHOST, 8080).into(),
            redis: None,
            www: None,
            public_url: None,
            allowed_origins: Vec::new(),
            ticket_ms: 60_000,
            limits: Limits::default(),
            grants: Grants::default(),
            identities: Vec::new(),
        }
    }
}

/// What each kind of identity may do. The default is nothing beyond being connected.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Grants {
    /// For users.
    pub user: Grant,
    /// For participants.
    pub participant: Grant,
    /// For devices.
    pub device: Grant,
}

/// What one kind of identity may do.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Grant {
    /// Topics whose events it gets, besides its own: `module.<name>.events`, `service.<key>.events` or
    /// `websocket.<kind>.<uuid>.events`.
    #[serde(deserialize_with = "parsed_list")]
    pub events: Vec<Topic>,
    /// Modules and services that it may send messages to and call; `service.X`, `module.TeraServer.*` or `*`.
    #[serde(deserialize_with = "parsed_list")]
    pub targets: Vec<TargetPattern>,
    /// Kinds of identities that it may send messages to: `user`, `participant`, `device`.
    #[serde(deserialize_with = "parsed_list")]
    pub send_to: Vec<Kind>,
}

impl Grants {
    /// What this kind may do.
    #[must_use]
    pub const fn of(&self, kind: Kind) -> &Grant {
        match kind {
            Kind::User => &self.user,
            Kind::Participant => &self.participant,
            Kind::Device => &self.device,
        }
    }
}

impl Grant {
    pub(crate) fn access(&self) -> Access {
        Access { targets: self.targets.clone(), send_to: self.send_to.clone() }
    }
}

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

/// A configuration that can't be used, in one sentence or with the place in the file.
#[derive(Debug)]
pub struct ConfigError(String);

impl Display for ConfigError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "the configuration can't be used: {}", self.0)
    }
}

impl Error for ConfigError {}

impl Config {
    /// Reads a configuration.
    ///
    /// # Errors
    ///
    /// Text that is no such configuration, or one that contradicts itself.
    pub fn parse(text: &str) -> Result<Self, ConfigError> {
        let config: Self = toml::from_str(text).map_err(|error| ConfigError(error.to_string()))?;
        config.check()?;
        Ok(config)
    }

    /// Looks for contradictions; [`serve`](crate::serve) does so too, for configurations that were not parsed.
    pub(crate) fn check(&self) -> Result<(), ConfigError> {
        let mut logins = HashSet::new();
        let mut uuids = HashSet::new();
        for account in &self.identities {
            if !logins.insert(&account.login) || !uuids.insert(account.uuid) {
                return Err(ConfigError(format!("the login {:?} or its uuid is there twice", account.login)));
            }
        }
        for topic in [Kind::User, Kind::Participant, Kind::Device]
            .iter()
            .flat_map(|&kind| &self.grants.of(kind).events)
        {
            if !matches!(topic, Topic::Target(_, Channel::Events) | Topic::Events(_)) {
                return Err(ConfigError(format!("{topic} carries no events")));
            }
        }
        if self.public_url.as_deref().is_some_and(|url| origin_of(url).is_none()) {
            return Err(ConfigError("public_url must be https://host[:port] or http://host[:port]".into()));
        }
        let unusable =
            |origin: &&String| *origin == "*" || !origin.bytes().all(|byte| byte.is_ascii_graphic());
        if let Some(origin) = self.allowed_origins.iter().find(unusable) {
            return Err(ConfigError(format!(
                "allowed_origins names origins in full, which {origin:?} is not"
            )));
        }
        self.limits.check().map_err(ConfigError)
    }

    pub(crate) const fn ticket_ttl(&self) -> Duration {
        Duration::from_millis(self.ticket_ms)
    }

    /// What the pages that this gateway serves have as their origin, given the host a browser asked for.
    pub(crate) fn own_origin(&self, host: &str) -> String {
        self.public_url.as_deref().and_then(origin_of).map_or_else(|| format!("http://{host}"), str::to_owned)
    }
}

/// The URL itself, if it is only a scheme, a host and maybe a port.
fn origin_of(url: &str) -> Option<&str> {
    let origin = url.trim_end_matches('/');
    let host = origin.strip_prefix("https://").or_else(|| origin.strip_prefix("http://"))?;
    let plain = !host.is_empty() && !host.contains(['/', '?', '#', '@', ' ']);
    plain.then_some(origin)
}

fn parsed<'de, D: Deserializer<'de>, T: FromStr<Err: Display>>(deserializer: D) -> Result<T, D::Error> {
    String::deserialize(deserializer)?.parse().map_err(de::Error::custom)
}

fn parsed_list<'de, D: Deserializer<'de>, T: FromStr<Err: Display>>(
    deserializer: D,
) -> Result<Vec<T>, D::Error> {
    let texts = Vec::<String>::deserialize(deserializer)?;
    texts.iter().map(|text| text.parse().map_err(de::Error::custom)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    const ACCOUNT: &str = r#"
        [[identities]]
        login = "ada"
        password = "secret"
        kind = "participant"
        uuid = "00000000-0000-4000-8000-000000000001"
        name = "Ada"
    "#;

    #[test]
    fn everything_has_a_default() {
        let config = Config::parse("").unwrap();
        assert_eq!(config.listen.to_string(), "127.0.0.1:8080");
        assert!(config.grants.user.targets.is_empty());
    }

    #[test]
    fn an_account_and_its_grants_are_read() {
        let grants = r#"
            [grants.participant]
            events = ["module.TeraServer.UserManagerModule.events"]
            targets = ["service.*"]
            send_to = ["user"]
        "#;
        let config = Config::parse(&format!("{ACCOUNT}{grants}")).unwrap();
        let account = &config.identities[0];
        assert_eq!(
            account.identity().to_string(),
            "websocket.participant.00000000-0000-4000-8000-000000000001"
        );
        assert_eq!(config.grants.of(account.kind).send_to, [Kind::User]);
    }

    #[test]
    fn what_contradicts_itself_or_is_unknown_is_refused() {
        for wrong in [
            "colour = 1".to_owned(),
            format!("{ACCOUNT}{ACCOUNT}"),
            ACCOUNT.replace("participant", "robot"),
            ACCOUNT.replace("0001", "1"),
            "[grants.user]\nevents = [\"service.X.rpc\"]".into(),
            "[grants.user]\ntargets = [\"websocket.*\"]".into(),
            "public_url = \"example.org\"".into(),
            "public_url = \"https://example.org/path\"".into(),
            "allowed_origins = [\"*\"]".into(),
            "allowed_origins = [\"http://a.example\\n\"]".into(),
            "[limits]\nqueue_frames = 0".into(),
        ] {
            assert!(Config::parse(&wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn a_password_stays_out_of_debug_output() {
        assert!(!format!("{:?}", Config::parse(ACCOUNT).unwrap()).contains("secret"));
    }

    #[test]
    fn the_own_origin_is_the_public_url_or_the_host_asked_for() {
        let mut config = Config::default();
        assert_eq!(config.own_origin("127.0.0.1:8080"), "http://127.0.0.1:8080");
        config.public_url = Some("https://tera.example/".into());
        assert_eq!(config.own_origin("127.0.0.1:8080"), "https://tera.example");
    }
}
