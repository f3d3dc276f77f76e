//! Values as JSON text, by the JSON of the engine.

use serde::{Serialize, de::DeserializeOwned};
use serde_wasm_bindgen::Serializer;
use tera_protocol::error::{ErrorCode, TeraError};
use wasm_bindgen::JsValue;

/// What the text says, as a `T`.
pub(crate) fn read<T: DeserializeOwned>(json: &str) -> Result<T, TeraError> {
    let value = js_sys::JSON::parse(json).map_err(|_| invalid("The text is no JSON.".to_owned()))?;
    from_js(value)
}

/// The same for a text that may be no JSON: then it is a string, as services of OpenTera may write it.
pub(crate) fn read_any<T: DeserializeOwned>(text: &str) -> Result<T, TeraError> {
    from_js(js_sys::JSON::parse(text).unwrap_or_else(|_| JsValue::from_str(text)))
}

/// The value of JavaScript as a `T`.
pub(crate) fn from_js<T: DeserializeOwned>(value: JsValue) -> Result<T, TeraError> {
    serde_wasm_bindgen::from_value(value).map_err(|error| invalid(error.to_string()))
}

/// The value as JSON text.
pub(crate) fn write<T: Serialize + ?Sized>(value: &T) -> Result<String, TeraError> {
    let refused = |error: String| {
        TeraError::new(ErrorCode::InvalidArgument, format!("The value can't be written as JSON: {error}"))
    };
    let value =
        value.serialize(&Serializer::json_compatible()).map_err(|error| refused(error.to_string()))?;
    // What serde kept as a value of JavaScript may have no JSON.
    let text = js_sys::JSON::stringify(&value).ok().and_then(|text| text.as_string());
    text.ok_or_else(|| refused("it has none".to_owned()))
}

fn invalid(description: String) -> TeraError {
    TeraError::new(ErrorCode::InvalidMessage, description)
}

#[cfg(test)]
mod tests {
    use wasm_bindgen_test::wasm_bindgen_test;

    use super::*;

    #[wasm_bindgen_test]
    fn what_is_no_json_is_a_string_where_services_write_it() {
        assert_eq!(read_any::<(i64, String)>("[1, \"é\"]"), Ok((1, "é".to_owned())));
        assert_eq!(read_any("warm"), Ok("warm".to_owned()));
        assert_eq!(read::<String>("warm").unwrap_err().code, ErrorCode::InvalidMessage);
        assert_eq!(read_any::<bool>("warm").unwrap_err().code, ErrorCode::InvalidMessage);
    }

    #[wasm_bindgen_test]
    fn nothing_is_null_and_what_json_has_not_is_refused() {
        assert_eq!(write(&None::<bool>).as_deref(), Ok("null"));
        assert_eq!(write(&()).as_deref(), Ok("null"));
        assert_eq!(write(&(1.5, "é", [(); 0])).as_deref(), Ok("[1.5,\"é\",[]]"));
        assert_eq!(write(&u64::MAX).unwrap_err().code, ErrorCode::InvalidArgument);
    }
}
