//! Random messages of types that are known by their descriptors only.

use proptest::prelude::Rng as _;
use proptest::test_runner::TestRng;
use prost::Message as _;
use prost_reflect::{
    DynamicMessage, FieldDescriptor, Kind, MapKey, MessageDescriptor, ReflectMessage as _, Value,
};

/// Deepest nesting, so that Anys and entries of maps stay within the tape's limit.
const MAX_DEPTH: usize = 3;

pub(crate) struct Random(pub(crate) TestRng);

impl Random {
    fn below(&mut self, limit: usize) -> usize {
        self.0.next_u32() as usize % limit
    }

    fn one_of<T: Copy>(&mut self, choices: &[T]) -> T {
        choices[self.below(choices.len())]
    }

    pub(crate) fn message(&mut self, descriptor: &MessageDescriptor, depth: usize) -> DynamicMessage {
        let mut message = DynamicMessage::new(descriptor.clone());
        if descriptor.full_name() == "google.protobuf.Any" {
            self.any(&mut message, depth);
            return message;
        }
        for field in descriptor.fields() {
            if self.below(3) > 0 {
                self.set(&mut message, &field, depth);
            }
        }
        message
    }

    fn set(&mut self, message: &mut DynamicMessage, field: &FieldDescriptor, depth: usize) {
        if depth == MAX_DEPTH && matches!(field.kind(), Kind::Message(_)) {
            return;
        }
        let value = if field.is_map() {
            let Kind::Message(entry) = field.kind() else { unreachable!("entries are messages") };
            let (key, value) = (entry.map_entry_key_field().kind(), entry.map_entry_value_field().kind());
            if depth + 1 == MAX_DEPTH && matches!(value, Kind::Message(_)) {
                return;
            }
            let count = 1 + self.below(2);
            Value::Map((0..count).map(|_| (self.key(&key), self.value(&value, depth + 2))).collect())
        } else if field.is_list() {
            let most = if matches!(field.kind(), Kind::Message(_)) { 2 } else { 40 };
            let count = self.one_of(&[1, 2, most]);
            Value::List((0..count).map(|_| self.value(&field.kind(), depth + 1)).collect())
        } else {
            self.value(&field.kind(), depth + 1)
        };
        message.set_field(field, value);
    }

    /// A message of the fixture, of the catalogue, or of a type that nobody knows.
    fn any(&mut self, message: &mut DynamicMessage, depth: usize) {
        let pool = message.descriptor().parent_pool().clone();
        let name = self.one_of(&[
            "acme.Range",
            "acme.Measured.Place",
            "opentera.protobuf.DeviceEvent",
            "acme.Nowhere",
        ]);
        let value = pool.get_message_by_name(name).map(|of| self.message(&of, depth + 1).encode_to_vec());
        let url = format!("type.googleapis.com/{name}");
        message.set_field_by_name("type_url", Value::String(url));
        message.set_field_by_name("value", Value::Bytes(value.unwrap_or_else(|| vec![1, 2, 255]).into()));
    }

    fn key(&mut self, kind: &Kind) -> MapKey {
        match self.value(kind, 0) {
            Value::Bool(key) => MapKey::Bool(key),
            Value::I32(key) => MapKey::I32(key),
            Value::I64(key) => MapKey::I64(key),
            Value::U32(key) => MapKey::U32(key),
            Value::U64(key) => MapKey::U64(key),
            Value::String(key) => MapKey::String(key),
            other => panic!("{other} is no key"),
        }
    }

    fn value(&mut self, kind: &Kind, depth: usize) -> Value {
        let any = self.0.next_u64() >> self.below(64);
        match kind {
            Kind::Double => Value::F64(self.one_of(&[0.0, -0.0, 0.1, -1e300, f64::INFINITY, any as f64])),
            Kind::Float => Value::F32(self.one_of(&[0.0, -0.0, 0.1, f32::MIN_POSITIVE, any as f32])),
            Kind::Int32 | Kind::Sint32 | Kind::Sfixed32 => {
                Value::I32(self.one_of(&[0, 1, -1, i32::MIN, i32::MAX, any as i32]))
            }
            Kind::Int64 | Kind::Sint64 | Kind::Sfixed64 => {
                Value::I64(self.one_of(&[0, 1, -1, i64::MIN, i64::MAX, any as i64]))
            }
            Kind::Uint32 | Kind::Fixed32 => Value::U32(self.one_of(&[0, 1, u32::MAX, any as u32])),
            Kind::Uint64 | Kind::Fixed64 => Value::U64(self.one_of(&[0, 1, u64::MAX, any])),
            Kind::Bool => Value::Bool(any & 1 == 1),
            Kind::String => {
                Value::String(self.one_of(&["", "a", "é日本😀", "__proto__", "toString"]).to_owned())
            }
            Kind::Bytes => Value::Bytes(any.to_le_bytes()[..self.below(9)].to_vec().into()),
            Kind::Enum(_) => Value::EnumNumber(self.one_of(&[0, 1, 10, -5, 99, i32::MIN, i32::MAX])),
            Kind::Message(of) => Value::Message(self.message(of, depth)),
        }
    }
}
