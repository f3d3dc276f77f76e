//! Which pages may talk to the gateway.
//!
//! A browser lets any page open a websocket to any server, and says in `Origin` which page it was. Whoever sends no
//! `Origin` is no browser and carries a ticket or a password of its own.

use axum::http::{HeaderMap, StatusCode, header};
use tera_protocol::error::ErrorCode;

use crate::{config::Config, refusal::Refusal};

/// The host that the client asked for.
pub(crate) fn host(headers: &HeaderMap) -> Result<&str, Refusal> {
    let host = headers.get(header::HOST).and_then(|host| host.to_str().ok());
    host.filter(|host| {
        host.parse::<axum::http::uri::Authority>().is_ok_and(|host| !host.as_str().contains('@'))
    })
    .ok_or_else(|| {
        let description = "the request names no host";
        Refusal::new(StatusCode::BAD_REQUEST, ErrorCode::InvalidArgument, description, "Send a Host header.")
    })
}

/// Lets the gateway's own pages and the configured origins pass, compared as a whole.
pub(crate) fn check(config: &Config, headers: &HeaderMap) -> Result<(), Refusal> {
    let mut origins = headers.get_all(header::ORIGIN).iter();
    let Some(origin) = origins.next() else { return Ok(()) };
    let own = config.own_origin(host(headers)?);
    let allowed = origins.next().is_none()
        && (origin.as_bytes().eq_ignore_ascii_case(own.as_bytes())
            || config.allowed_origins.iter().any(|allowed| origin.as_bytes() == allowed.as_bytes()));
    if allowed {
        return Ok(());
    }
    let help = "Open the page from the gateway, or add its origin to allowed_origins in the gateway's configuration.";
    let description = "pages from this origin may not connect";
    Err(Refusal::new(StatusCode::FORBIDDEN, ErrorCode::Forbidden, description, help))
}

#[cfg(test)]
mod tests {
    use axum::http::HeaderValue;

    use super::*;

    fn allowed(config: &Config, origins: &[&str]) -> bool {
        let mut headers = HeaderMap::new();
        headers.insert(header::HOST, HeaderValue::from_static("tera.example:8080"));
        for origin in origins {
            headers.append(header::ORIGIN, origin.parse().unwrap());
        }
        check(config, &headers).is_ok()
    }

    #[test]
    fn only_the_same_origin_passes_unless_another_is_configured() {
        let config = Config::default();
        assert!(allowed(&config, &[]));
        assert!(allowed(&config, &["http://tera.example:8080"]));
        for foreign in [
            "https://tera.example:8080",
            "http://tera.example",
            "http://tera.example:80",
            "http://tera.example:8080.evil.example",
            "http://tera.example:8080/",
            "http://evil-tera.example:8080",
            "http://sub.tera.example:8080",
            "null",
            "file://",
            "",
            "*",
            "http://tera.example:8080, http://evil.example",
        ] {
            assert!(!allowed(&config, &[foreign]), "{foreign}");
        }
        assert!(!allowed(&config, &["http://tera.example:8080", "http://evil.example"]));
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
        assert!(!allowed(&config, &["http://tera.example:8080"]));
    }
}
