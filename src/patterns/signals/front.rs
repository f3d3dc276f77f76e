//! What says of a signal whom it concerns.

use serde::Deserialize;
use tera_protocol::error::TeraError;
use tera_signals::SignalType;

use crate::json;

/// What signals are about, for those who listen.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum About {
    /// Events of this type.
    Event(String),
    /// Changes of objects of this type.
    Change(String),
    /// Messages of this type.
    Message(String),
    /// Answers to the message with this id.
    Answer(String),
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Front {
    signal_type: SignalType,
    #[serde(default)]
    event_type: String,
    #[serde(default)]
    object_type: String,
    #[serde(default)]
    message_type: String,
    reply_to: Option<Quoted>,
}

#[derive(Deserialize)]
struct Quoted {
    id: String,
}

impl About {
    /// What this signal is about.
    ///
    /// # Errors
    ///
    /// `invalid_message`: it is none.
    pub(crate) fn read(json: &str) -> Result<Self, TeraError> {
        let Front { signal_type, event_type, object_type, message_type, reply_to } = json::read(json)
            .map_err(|error| {
                let description = format!("A signal can't be read: {error}");
                TeraError::new(error.code, description)
            })?;
        Ok(match signal_type {
            SignalType::Event => Self::Event(event_type),
            SignalType::DataChangeEvent => Self::Change(object_type),
            SignalType::Message => Self::Message(message_type),
            SignalType::Reply | SignalType::ErrorReply => {
                Self::Answer(reply_to.map(|message| message.id).unwrap_or_default())
            }
        })
    }
}

/// Whether a text message of a plain server is a signal, and no `TeraMessage`.
pub(crate) fn is_signal(text: &str) -> bool {
    #[derive(Deserialize)]
    struct Typed {
        #[serde(rename = "signalType")]
        _signal_type: String,
    }
    text.contains("\"signalType\"") && json::read::<Typed>(text).is_ok()
}

#[cfg(test)]
mod tests {
    use tera_protocol::error::ErrorCode;
    use wasm_bindgen_test::wasm_bindgen_test;

    use super::*;

    #[wasm_bindgen_test]
    fn a_signal_is_about_its_type_or_about_what_it_answers() {
        for (json, about) in [
            (r#"{"signalType":"EVENT","eventType":"E"}"#, About::Event("E".into())),
            (r#"{"signalType":"DATA_CHANGE_EVENT","objectType":"O"}"#, About::Change("O".into())),
            (r#"{"signalType":"MESSAGE","messageType":"M"}"#, About::Message("M".into())),
            (r#"{"signalType":"REPLY","messageType":"M","replyTo":{"id":"1"}}"#, About::Answer("1".into())),
            (r#"{"signalType":"ERROR_REPLY","replyTo":{"id":"2","x":1}}"#, About::Answer("2".into())),
        ] {
            assert!(is_signal(json));
            assert_eq!(About::read(json), Ok(about));
        }
    }

    #[wasm_bindgen_test]
    fn what_is_no_signal_is_an_error_and_only_a_text_with_a_signal_type_passes_for_one() {
        for (json, passes) in [
            ("", false),
            ("{}", false),
            (r#"{"text":"\"signalType\""}"#, false),
            (r#"{"signalType":7}"#, false),
            (r#"{"signalType":"OTHER"}"#, true),
            (r#"{"signalType":"EVENT","eventType":7}"#, true),
        ] {
            assert_eq!(is_signal(json), passes, "{json}");
            assert_eq!(About::read(json).unwrap_err().code, ErrorCode::InvalidMessage, "{json}");
        }
    }
}
