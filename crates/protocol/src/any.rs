//! `google.protobuf.Any`: a message's bytes with the URL of its type.

use prost::Name;
use prost_types::Any;

pub use tera_wire::schema::type_name;

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
