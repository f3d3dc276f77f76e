//! What the walk does at once with a field's key, found by the key itself: most fields of most messages.

use tera_wire::schema::{Kind, Message, Presence};

/// A field that is taken at once. The slot is the field's first in its record.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Key {
    /// None such: the schema knows more.
    Other,
    /// A number that takes one slot as it is.
    Number(u16),
    /// A number of eight bytes.
    Fixed64(u16),
    /// Anything that has a length.
    Delimited(u16, Content),
}

/// What has a length.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Content {
    /// A string.
    String,
    /// An element of a list of strings.
    Strings,
    /// An element of a list of Anys.
    Anys,
    /// A message of the type at this index.
    Message(u16),
}

/// The keys of a message that take one byte.
#[derive(Debug)]
pub(super) struct Keys {
    /// Length of the message's record.
    pub(super) slots: usize,
    keys: [Key; 128],
}

impl Keys {
    #[cold]
    pub(super) fn of(message: &Message) -> Self {
        let mut keys = [Key::Other; 128];
        for field in &*message.fields {
            let Ok(slot) = u16::try_from(field.slot) else { continue };
            let (wire_type, key) = match (field.kind, field.presence) {
                (Kind::String, Presence::Implicit) => (2, Key::Delimited(slot, Content::String)),
                (Kind::String, Presence::Repeated) => (2, Key::Delimited(slot, Content::Strings)),
                (Kind::Double | Kind::Fixed64 | Kind::Sfixed64, Presence::Implicit) => {
                    (1, Key::Fixed64(slot))
                }
                (Kind::Message(index), Presence::Implicit) => {
                    (2, Key::Delimited(slot, Content::Message(index)))
                }
                (Kind::Any, Presence::Repeated) => (2, Key::Delimited(slot, Content::Anys)),
                (Kind::Enum(_) | Kind::Uint32 | Kind::Int32, Presence::Implicit) => (0, Key::Number(slot)),
                _ => continue,
            };
            if let Some(place) = keys.get_mut((field.number << 3 | wire_type) as usize) {
                *place = key;
            }
        }
        Self { slots: message.slots, keys }
    }

    /// What to do with the field that begins with this byte.
    #[inline]
    pub(super) fn find(&self, key: u8) -> Key {
        self.keys.get(usize::from(key)).copied().unwrap_or(Key::Other)
    }
}
