//! `google.protobuf.Any`: a message's bytes with the URL of its type.

use prost::Name;
use prost_types::Any;

/// The full name of the type that a URL names: all that follows the last `/`, whatever stands before it.
///
/// ```
/// use tera_protocol::any::type_name;
/// assert_eq!(type_name("type.googleapis.com/opentera.protobuf.UserEvent"), "opentera.protobuf.UserEvent");
/// assert_eq!(type_name("opentera.protobuf.UserEvent"), "opentera.protobuf.UserEvent");
/// ```
#[must_use]
pub fn type_name(type_url: &str) -> &str {
    // Byte by byte, which is less code than a search for a character.
    let start = type_url.bytes().rposition(|byte| byte == b'/').map_or(0, |slash| slash + 1);
    type_url.get(start..).unwrap_or_default()
}

/// Wraps a message into an Any.
///
/// ```
/// use tera_protocol::{Message, any::pack, opentera::StopSessionEvent};
/// let stop = StopSessionEvent { session_uuid: "e1a2a2e1-a5ff-4660-930c-601f6b1181a5".into(), ..Default::default() };
/// let any = pack(&stop);
/// assert_eq!(any.type_url, "type.googleapis.com/opentera.protobuf.StopSessionEvent");
/// assert_eq!(Message::unpack(&any)?, Message::StopSessionEvent(stop));
/// # Ok::<_, tera_protocol::error::DecodeError>(())
/// ```
#[must_use]
pub fn pack<M: Name>(message: &M) -> Any {
    Any { type_url: M::type_url(), value: message.encode_to_vec() }
}
