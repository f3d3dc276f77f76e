//! HTTP answers that say why not, as JSON: `{"code", "description", "help"}`.

use axum::{
    Json,
    http::StatusCode,
    response::{IntoResponse, Response},
};
use serde_json::json;
use tera_protocol::error::{ErrorCode, TeraError};

#[derive(Debug)]
pub(crate) struct Refusal {
    pub(crate) status: StatusCode,
    pub(crate) error: TeraError,
}

impl Refusal {
    pub(crate) fn new(
        status: StatusCode,
        code: ErrorCode,
        description: &'static str,
        help: &'static str,
    ) -> Self {
        Self { status, error: TeraError::new(code, description).with_help(help) }
    }

    pub(crate) fn bus_lost() -> Self {
        let description = "the gateway has lost its message bus";
        Self::new(StatusCode::SERVICE_UNAVAILABLE, ErrorCode::Unavailable, description, "Try again later.")
    }
}

impl IntoResponse for Refusal {
    fn into_response(self) -> Response {
        let code = self.error.code.as_str_name().to_ascii_lowercase();
        let body = json!({"code": code, "description": self.error.description, "help": self.error.help});
        (self.status, Json(body)).into_response()
    }
}
