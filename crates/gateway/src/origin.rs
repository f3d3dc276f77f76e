//! Which pages may talk to the gateway.
//!
//! A browser lets any page open a websocket to any server, and says in `Origin` which page it was. Whoever sends no
//! `Origin` is no browser and carries a ticket or a password of its own.
//!
//! A page may also have its own name lead here (DNS rebinding): then its origin is the host that is asked for. So a name counts
//! as the gateway's only if the configuration says it.

use std::net::IpAddr;

use axum::http::{HeaderMap, StatusCode, header, uri::Authority};
use tera_protocol::error::ErrorCode;

use crate::{config::Config, refusal::Refusal};

/// The host that the client asked for.
pub(crate) fn host(headers: &HeaderMap) -> Result<&str, Refusal> {
    let host = headers.get(header::HOST).and_then(|host| host.to_str().ok());
    host.filter(|host| host.parse::<Authority>().is_ok_and(|host| !host.as_str().contains('@'))).ok_or_else(
        || {
            let description = "the request names no host";
            Refusal::new(
                StatusCode::BAD_REQUEST,
                ErrorCode::InvalidArgument,
                description,
                "Send a Host header.",
            )
        },
    )
}

/// Lets the gateway's own pages and the configured origins pass, compared as a whole.
pub(crate) fn check(config: &Config, headers: &HeaderMap) -> Result<(), Refusal> {
    let mut origins = headers.get_all(header::ORIGIN).iter();
    let Some(origin) = origins.next() else { return Ok(()) };
    let host = host(headers)?;
    let is_own = (config.public_url.is_some() || cannot_be_rebound(host))
        && origin.as_bytes().eq_ignore_ascii_case(config.own_origin(host).as_bytes());
    let allowed = origins.next().is_none()
        && (is_own || config.allowed_origins.iter().any(|allowed| origin.as_bytes() == allowed.as_bytes()));
    if allowed {
        return Ok(());
    }
    let help = "Open the page from the gateway's address, set public_url to the name that browsers know the gateway by, or \
                add the page's origin to allowed_origins, in the gateway's configuration.";
    let description = "pages from this origin may not connect";
    Err(Refusal::new(StatusCode::FORBIDDEN, ErrorCode::Forbidden, description, help))
}

/// Whether nobody can have this host lead here from elsewhere: it is an address, or a machine's own name for itself.
fn cannot_be_rebound(host: &str) -> bool {
    let authority = host.parse::<Authority>();
    let name = authority.as_ref().map_or("", Authority::host).trim_start_matches('[').trim_end_matches(']');
    name.parse::<IpAddr>().is_ok() || name.eq_ignore_ascii_case("localhost")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn allowed_at(host: &str, config: &Config, origins: &[&str]) -> bool {
        let mut headers = HeaderMap::new();
        headers.insert(header::HOST, host.parse().unwrap());
        for origin in origins {
            headers.append(header::ORIGIN, origin.parse().unwrap());
        }
        check(config, &headers).is_ok()
    }

    fn allowed(config: &Config, origins: &[&str]) -> bool {
        allowed_at("192.0.2.7:8080", config, origins)
    }

    #[test]
    fn a_name_that_is_not_configured_may_be_anybodys() {
        let config = Config::default();
        for host in ["192.0.2.7", "127.0.0.1:8080", "[2001:db8::7]:8080", "localhost:8080", "LocalHost"] {
            assert!(allowed_at(host, &config, &[&format!("http://{host}")]), "{host}");
        }
        for host in [
            "evil.example:8080",
            "evil.example",
            "localhost.evil.example",
            "127.0.0.1.evil.example:8080",
            "2130706433",
        ] {
            assert!(!allowed_at(host, &config, &[&format!("http://{host}")]), "{host}");
            assert!(allowed_at(host, &config, &[]), "{host}: no browser");
        }
        let public = Config { public_url: Some("http://tera.example:8080".into()), ..config };
        assert!(allowed_at("tera.example:8080", &public, &["http://tera.example:8080"]));
        assert!(!allowed_at("evil.example:8080", &public, &["http://evil.example:8080"]));
    }

    #[test]
    fn only_the_same_origin_passes_unless_another_is_configured() {
        let config = Config::default();
        assert!(allowed(&config, &[]));
        assert!(allowed(&config, &["http://192.0.2.7:8080"]));
        for foreign in [
            "https://192.0.2.7:8080",
            "http://192.0.2.7",
            "http://192.0.2.7:80",
            "http://192.0.2.7:8080.evil.example",
            "http://192.0.2.7:8080/",
            "http://1192.0.2.7:8080",
            "http://sub.192.0.2.7:8080",
            "null",
            "file://",
            "",
            "*",
            "http://192.0.2.7:8080, http://evil.example",
        ] {
            assert!(!allowed(&config, &[foreign]), "{foreign}");
        }
        assert!(!allowed(&config, &["http://192.0.2.7:8080", "http://evil.example"]));
    }

    #[test]
    fn configured_origins_pass_exactly_and_a_public_url_replaces_the_host() {
        let config = Config {
            allowed_origins: vec!["app://desktop".into()],
            public_url: Some("https://tera.example".into()),
            ..Config::default()
        };
        assert!(allowed(&config, &["app://desktop"]));
        assert!(allowed(&config, &["https://tera.example"]));
        assert!(!allowed(&config, &["app://desktop.evil"]));
        assert!(!allowed(&config, &["http://192.0.2.7:8080"]));
    }
}
