//! What an operator decides: who may log in, who sees and addresses what, and what a client may use up.
//!
//! A configuration is TOML; every key has a default, and an unknown key is an error.

mod account;
mod grants;
mod limits;
mod origins;
mod patterns;

use std::{
    collections::{BTreeMap, HashSet},
    error::Error,
    fmt::{self, Display},
    net::{Ipv4Addr, SocketAddr},
    path::PathBuf,
    str::FromStr,
    time::Duration,
};

use serde::{Deserialize, Deserializer, de};
use tera_protocol::{
    link::session::{self, Kept},
    topic::{Channel, Kind, Topic},
};

pub use crate::pattern::{Pattern, PatternError};
pub use account::{Account, Password};
pub use grants::{Grant, Grants};
pub use limits::Limits;
pub use patterns::{Queue, Variable};

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
    /// What browsers know this gateway by, as `https://host[:port]`, when that is not the address that it listens at: a name, or
    /// a proxy in front of it. Pages of a name that is not given here are kept out, since anybody's name may lead here.
    pub public_url: Option<String>,
    /// Further origins whose pages may connect, exactly as browsers write them: `scheme://host[:port]` in lower case, without
    /// the port that the scheme has anyway. The gateway's own may: `public_url`, or without it an address and `localhost`.
    pub allowed_origins: Vec<String>,
    /// How long the key from a login can be used, in milliseconds; 60 000.
    pub ticket_ms: u64,
    /// Kinds of identities that may come with the key of a login at the deployment's OpenTera server, instead of one here;
    /// none. Such a key says who it is, but not of which kind: the URL does. So whoever can log in there as any kind can come
    /// as each of these. It needs `redis`.
    #[serde(deserialize_with = "parsed_list")]
    pub opentera_logins: Vec<Kind>,
    /// How long a session, and what is for its client, is kept without a connection, in seconds; 120.
    pub session_retention_seconds: u64,
    /// Sessions of one identity that are kept without a connection; 8. Of more the oldest goes.
    pub detached_sessions_per_identity: usize,
    /// Sessions that are kept without a connection; 10 000. Of more the oldest goes.
    pub detached_sessions: usize,
    /// When clients of a gateway that shuts down shall come back: a moment drawn between these two, in milliseconds;
    /// 500 and 5000.
    pub goodbye_ms: [u64; 2],
    /// What one client may use up.
    pub limits: Limits,
    /// What each kind of identity may do.
    pub grants: Grants,
    /// Queues that deal otherwise with their jobs than by default, by name.
    pub queues: BTreeMap<String, Queue>,
    /// The variables that there are for clients, by name.
    pub variables: BTreeMap<String, Variable>,
    /// Who may log in.
    pub identities: Vec<Account>,
}

impl Default for Config {
    fn default() -> Self {
        let kept = Kept::default();
        Self {
            listen: (Ipv4Addr::LOCALHOST, 8080).into(),
            redis: None,
            www: None,
            public_url: None,
            allowed_origins: Vec::new(),
            ticket_ms: 60_000,
            opentera_logins: Vec::new(),
            session_retention_seconds: kept.retention.as_secs(),
            detached_sessions_per_identity: kept.per_identity,
            detached_sessions: kept.total,
            goodbye_ms: [500, 5_000],
            limits: Limits::default(),
            grants: Grants::default(),
            queues: BTreeMap::new(),
            variables: BTreeMap::new(),
            identities: Vec::new(),
        }
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

    /// Looks for contradictions; [`serve`](crate::serve) does so too, but a caller that changed what was parsed may want to
    /// know before.
    ///
    /// # Errors
    ///
    /// What contradicts something, or can't be.
    pub fn check(&self) -> Result<(), ConfigError> {
        let mut logins = HashSet::new();
        let mut uuids = HashSet::new();
        for account in &self.identities {
            if !logins.insert(&account.login) || !uuids.insert(account.uuid) {
                return Err(ConfigError(format!("the login {:?} or its uuid is there twice", account.login)));
            }
            if account.password.0.is_empty() {
                return Err(ConfigError(format!("the login {:?} has an empty password", account.login)));
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
        if self.goodbye_ms[0] > self.goodbye_ms[1] {
            return Err(ConfigError("goodbye_ms must name the shorter time first".into()));
        }
        if self.ticket_ms == 0 {
            return Err(ConfigError("ticket_ms must be at least 1".into()));
        }
        let origins = self.allowed_origins.iter().map(|origin| origins::check_origin(origin));
        let public_url = self.public_url.iter().map(|url| origins::check_public_url(url));
        let queues = self.queues.iter().map(|(name, queue)| queue.check(name));
        let variables = self.variables.iter().map(|(name, variable)| variable.check(name));
        let rest = origins.chain(public_url).chain(queues).chain(variables).chain([self.limits.check()]);
        rest.collect::<Result<_, _>>().map_err(ConfigError)
    }

    /// How this queue deals with its jobs; dead ones are dealt with like those of the queue that they come from.
    pub(crate) fn queue(&self, name: &str) -> Queue {
        let alive = name.strip_suffix(".dead").and_then(|name| self.queues.get(name));
        self.queues.get(name).or(alive).copied().unwrap_or_default()
    }

    pub(crate) fn session_limits(&self) -> session::Limits {
        self.limits.session(self.kept().retention)
    }

    /// What is kept of sessions without a connection.
    pub(crate) const fn kept(&self) -> Kept {
        Kept {
            retention: Duration::from_secs(self.session_retention_seconds),
            per_identity: self.detached_sessions_per_identity,
            total: self.detached_sessions,
        }
    }

    pub(crate) const fn ticket_ttl(&self) -> Duration {
        Duration::from_millis(self.ticket_ms)
    }

    /// What the pages that this gateway serves have as their origin, given the host a browser asked for.
    pub(crate) fn own_origin(&self, host: &str) -> String {
        let own = self.public_url.as_deref().map(|url| origins::origin_of(url).to_owned());
        own.unwrap_or_else(|| format!("http://{host}"))
    }
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
            "allowed_origins = [\"*\"]".into(),
            "[limits]\nreplay_messages = 0".into(),
            "[limits]\npending_requests = 0".into(),
            "[limits]\ndefault_timeout_ms = 0".into(),
            "[limits]\nmax_timeout_ms = 0".into(),
            "ticket_ms = 0".into(),
            ACCOUNT.replace("secret", ""),
            "goodbye_ms = [2, 1]".into(),
            "[grants.user]\nsubscribe = [\"service.*.messages\", \"a..b\"]".into(),
            "[grants.user]\npublish = [\"service.X.messages\"]".into(),
            "[grants.user]\nconsume = [\"a b\"]".into(),
            "[queues.\"jobs.*\"]".into(),
            "[queues.jobs]\nmax_jobs = 0".into(),
            "[queues.jobs]\nmax_attempts = 0".into(),
            "[queues.jobs]\nack_timeout_seconds = 0".into(),
            "[queues.jobs]\nack_timeout_seconds = 90000".into(),
            "[variables.temperature]".into(),
            "[variables.temperature]\ndocumentation = \" \"".into(),
            "[variables.\"tera-gateway.writer.x\"]\ndocumentation = \"x\"".into(),
            "[variables.temperature]\ndocumentation = \"x\"\nreaders = [\"robot\"]".into(),
        ] {
            assert!(Config::parse(&wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn a_queue_s_dead_letters_are_dealt_with_like_its_jobs_unless_they_have_rules_of_their_own() {
        let text = "[queues.a]\nmax_jobs = 1\n[queues.\"b.dead\"]\nmax_jobs = 2\n";
        let config = Config::parse(text).unwrap();
        let jobs = ["a", "a.dead", "b", "b.dead", ".dead"].map(|name| config.queue(name).max_jobs);
        assert_eq!(jobs, [1, 1, 10_000, 2, 10_000]);
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
