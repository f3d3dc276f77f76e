//! The HTTP side: routes, pages, health and shutdown.

use std::{io, path::Path, sync::Arc, time::Duration};

use axum::{
    Json, Router,
    extract::{DefaultBodyLimit, State},
    http::{HeaderName, HeaderValue, Method, StatusCode, header},
    routing::{get, post},
};
use serde_json::{Value, json};
use tera_protocol::error::ErrorCode;
use tokio::{net::TcpListener, time::timeout};
use tower_http::{
    cors::{AllowOrigin, CorsLayer},
    services::ServeDir,
    set_header::SetResponseHeaderLayer,
};

use crate::{
    bus::{Bus, BusError},
    config::Config,
    connections,
    gateway::Gateway,
    handshake, login,
    refusal::Refusal,
};

/// Largest login.
const MAX_BODY: usize = 4 * 1024;
/// Longest that a shutdown takes: what has not ended by then is cut off.
const SHUTDOWN: Duration = Duration::from_secs(4);
/// What the pages may load. WebAssembly counts as code to be generated.
const CONTENT_SECURITY_POLICY: &str = "default-src 'self'; script-src 'self' 'wasm-unsafe-eval'; connect-src 'self' ws: wss:; \
     img-src 'self' data:; base-uri 'none'; form-action 'self'; frame-ancestors 'none'; object-src 'none'";

/// Serves until `shutdown` is done, then asks every client to come back later, closes with 1012, publishes what is still to
/// be published, ends the HTTP requests under way, and returns within a few seconds.
///
/// # Errors
///
/// A configuration that contradicts itself, or a bus that is lost from the start.
pub async fn serve(
    listener: TcpListener,
    config: Config,
    bus: Arc<dyn Bus>,
    shutdown: impl Future<Output = ()> + Send + 'static,
) -> io::Result<()> {
    config.check().map_err(io::Error::other)?;
    let gateway = Gateway::start(config, bus).await.map_err(|error: BusError| io::Error::other(error))?;
    let ending = Arc::clone(&gateway);
    let (tasks, stop) = (ending.tasks.clone(), ending.shutdown.clone());
    let accepting = connections::accept(listener, router(gateway), tasks, stop);
    tokio::select! {
        never = accepting => match never {},
        () = shutdown => {}
    }
    ending.shutdown.cancel();
    tracing::info!(tasks = ending.tasks.len(), "shutting down");
    ending.tasks.close();
    let ended = timeout(SHUTDOWN, async {
        ending.tasks.wait().await;
        ending.presence.flush().await;
    });
    if ended.await.is_err() {
        tracing::warn!(tasks = ending.tasks.len(), "cut off what did not end in time");
    }
    Ok(())
}

fn router(gateway: Arc<Gateway>) -> Router {
    let www = gateway.config.www.clone();
    let origins = gateway.config.allowed_origins.iter().filter_map(|origin| origin.parse().ok());
    let cors = CorsLayer::new()
        .allow_origin(AllowOrigin::list(origins))
        .allow_methods([Method::POST])
        .allow_headers([header::CONTENT_TYPE]);
    let router = Router::new()
        .route("/api/login", post(login::login))
        .layer(DefaultBodyLimit::max(MAX_BODY))
        .layer(cors)
        .route("/wss/{kind}", get(handshake::open))
        .route("/health", get(health))
        .with_state(gateway);
    match www {
        Some(www) => router.merge(pages(&www)),
        None => router.fallback(async || {
            let help = "There are /api/login, /wss/{kind} and /health.";
            Refusal::new(StatusCode::NOT_FOUND, ErrorCode::InvalidArgument, "there is nothing here", help)
        }),
    }
}

fn pages(www: &Path) -> Router {
    let set =
        |name: HeaderName, value| SetResponseHeaderLayer::overriding(name, HeaderValue::from_static(value));
    Router::new()
        .fallback_service(ServeDir::new(www))
        .layer(set(header::CONTENT_SECURITY_POLICY, CONTENT_SECURITY_POLICY))
        .layer(set(header::X_CONTENT_TYPE_OPTIONS, "nosniff"))
        .layer(set(header::REFERRER_POLICY, "no-referrer"))
        .layer(set(header::CACHE_CONTROL, "no-cache"))
}

async fn health(State(gateway): State<Arc<Gateway>>) -> (StatusCode, Json<Value>) {
    let (connected, detached) = gateway.sessions.counts();
    let (status, word) = if gateway.bus.is_healthy() {
        (StatusCode::OK, "ok")
    } else {
        (StatusCode::SERVICE_UNAVAILABLE, "bus_lost")
    };
    (status, Json(json!({"status": word, "connected": connected, "detached": detached})))
}
