//! Random messages of the catalogue as wire bytes, made from the schema tables and a seed.
//!
//! They are what an encoder writes: fields in the order of their numbers, no default where a field has no presence, one
//! member of a oneof. So bytes can be compared.

use prost::encoding::{WireType, encode_key, encode_varint};
use tera_protocol::schema::{ENUMS, Field, Kind, MESSAGES, Presence};

/// Deepest nesting of messages and Anys.
const MAX_DEPTH: usize = 4;

/// The generator SplitMix64: each seed has its own sequence.
#[derive(Debug)]
pub(crate) struct Random(pub(crate) u64);

impl Random {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut bits = self.0;
        bits = (bits ^ bits >> 30).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        bits = (bits ^ bits >> 27).wrapping_mul(0x94d0_49bb_1331_11eb);
        bits ^ bits >> 31
    }

    pub(crate) fn below(&mut self, limit: usize) -> usize {
        (self.next() % limit as u64) as usize
    }

    pub(crate) fn one_of<T: Copy>(&mut self, choices: &[T]) -> T {
        choices[self.below(choices.len())]
    }

    /// The wire bytes of a random message; `index` is its place in the catalogue.
    pub(crate) fn message(&mut self, index: usize) -> Vec<u8> {
        let mut out = Vec::new();
        self.fields(index, 0, &mut out);
        out
    }

    fn fields(&mut self, index: usize, depth: usize, out: &mut Vec<u8>) {
        let fields = &MESSAGES[index].fields;
        let members: Vec<_> =
            fields.iter().filter(|field| matches!(field.presence, Presence::Explicit(_))).collect();
        let set = if members.is_empty() { 0 } else { self.one_of(&members).number };
        for field in &**fields {
            match field.presence {
                Presence::Explicit(_) if field.number != set => {}
                Presence::Repeated | Presence::Packed => {
                    for _ in 0..self.one_of(&[0, 0, 1, 2, 5]) {
                        self.field(field, depth, out);
                    }
                }
                Presence::Implicit if self.below(4) == 0 => {}
                Presence::Explicit(_) | Presence::Implicit => self.field(field, depth, out),
            }
        }
    }

    fn field(&mut self, field: &Field, depth: usize, out: &mut Vec<u8>) {
        let number = field.number;
        let is_message = matches!(field.kind, Kind::Message(_) | Kind::Any);
        if is_message && depth >= MAX_DEPTH {
            return;
        }
        let (wire_type, payload) = self.value(field.kind, depth);
        let is_default = match field.kind {
            Kind::Message(_) | Kind::Any => false,
            Kind::String | Kind::Bytes => payload.is_empty(),
            _ => payload.iter().all(|&byte| byte == 0),
        };
        if is_default && field.presence == Presence::Implicit {
            return;
        }
        encode_key(number, wire_type, out);
        if wire_type == WireType::LengthDelimited {
            encode_varint(payload.len() as u64, out);
        }
        out.extend(payload);
    }

    pub(crate) fn value(&mut self, kind: Kind, depth: usize) -> (WireType, Vec<u8>) {
        let mut out = Vec::new();
        let wire_type = match kind {
            Kind::Double => {
                out.extend(self.double().to_le_bytes());
                WireType::SixtyFourBit
            }
            Kind::Float => {
                out.extend(self.float().to_le_bytes());
                WireType::ThirtyTwoBit
            }
            Kind::String | Kind::Bytes | Kind::Message(_) | Kind::Any => {
                match kind {
                    Kind::String => out.extend(self.text().bytes()),
                    Kind::Bytes => out.extend((0..self.below(40)).map(|_| self.next() as u8)),
                    Kind::Message(index) => self.fields(usize::from(index), depth + 1, &mut out),
                    _ => self.any(depth + 1, &mut out),
                }
                WireType::LengthDelimited
            }
            _ => {
                encode_varint(self.varint(kind), &mut out);
                WireType::Varint
            }
        };
        (wire_type, out)
    }

    fn any(&mut self, depth: usize, out: &mut Vec<u8>) {
        let index = self.below(MESSAGES.len());
        let url = [self.one_of(&["type.googleapis.com/", "example.org/types/", "/"]), &*MESSAGES[index].name]
            .concat();
        prost::encoding::string::encode(1, &url, out);
        let mut value = Vec::new();
        self.fields(index, depth, &mut value);
        if !value.is_empty() {
            prost::encoding::bytes::encode(2, &value, out);
        }
    }

    fn varint(&mut self, kind: Kind) -> u64 {
        let any = self.next() >> self.below(64);
        match kind {
            Kind::Enum(index) => {
                let (known, _) = self.one_of(ENUMS[usize::from(index)].values);
                i64::from(self.one_of(&[known, known, known, 99, -1, i32::MIN, i32::MAX])) as u64
            }
            Kind::Bool => any & 1,
            Kind::Uint32 => u64::from(self.one_of(&[0, 1, u32::MAX, any as u32])),
            _ => self.one_of(&[
                0,
                1,
                127,
                128,
                1 << 53,
                (1 << 53) + 1,
                i64::MAX as u64,
                1 << 63,
                u64::MAX,
                any,
            ]),
        }
    }

    fn double(&mut self) -> f64 {
        let any = f64::from_bits(self.next());
        let any = if any.is_nan() { f64::NAN } else { any };
        let time = 1.7e9 + self.below(1_000_000_000) as f64 / 1e6;
        let extremes =
            [0.0, -0.0, 0.1, -1.5, 1e15, 1e16, 5e-324, f64::MIN_POSITIVE, f64::MAX, f64::MIN, f64::EPSILON];
        let names = [f64::NAN, f64::INFINITY, f64::NEG_INFINITY];
        let extreme = self.one_of(&extremes);
        let name = self.one_of(&names);
        self.one_of(&[any, time, extreme, name])
    }

    fn float(&mut self) -> f32 {
        let any = f32::from_bits(self.next() as u32);
        let any = if any.is_nan() { f32::NAN } else { any };
        self.one_of(&[
            any,
            any,
            0.0,
            -0.0,
            0.1,
            1e10,
            f32::from_bits(1),
            f32::MAX,
            f32::MIN,
            f32::NAN,
            f32::INFINITY,
            f32::NEG_INFINITY,
        ])
    }

    fn text(&mut self) -> String {
        let length = self.one_of(&[0, 1, 3, 8, 9, 36, 200]);
        (0..length).map(|_| self.character()).collect()
    }

    fn character(&mut self) -> char {
        let range = self.one_of(&[
            (0, 0x20),
            (0x20, 0x7f),
            (0x20, 0x7f),
            (0x7f, 0x800),
            (0x800, 0xd800),
            (0xe000, 0x11_0000),
        ]);
        let any = range.0 + self.below(range.1 - range.0);
        let quote = self.one_of(&['"', '\\', '/', '\u{2028}']);
        if self.below(12) == 0 { quote } else { char::from_u32(any as u32).unwrap_or('\u{fffd}') }
    }
}
