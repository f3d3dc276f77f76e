//! Whatever the bytes of a payload are: every slot of the tape points at what it says, and what came before makes no difference.

use tera_protocol::{
    registry::Registry,
    schema::{Field, Kind, Presence},
    tape::{INVALID, ROOT, Tape, UNKNOWN},
};

/// Decodes a payload, encodes what came out, and decodes that again. The tape is one that always has this registry.
pub fn check(tape: &mut Tape, registry: &Registry, type_url: &str, payload: &[u8]) {
    let first = decode(tape, registry, type_url, payload);
    // Type URLs are known the second time, strings the third.
    for _ in 0..2 {
        let again = decode(tape, registry, type_url, payload);
        assert_eq!(first, again, "what is known already makes a difference");
    }
    let new = decode(&mut Tape::default(), registry, type_url, payload);
    assert_eq!(first, new, "what came before makes a difference");
    // An unknown type's record holds its URL and bytes, and is encoded by what is around it.
    if registry.find(type_url).is_none() {
        return;
    }
    assert_eq!(first.encoded.is_some(), first.is_valid);
    let Some(once) = first.encoded else { return };
    tape.decode(registry, type_url, &once);
    assert_eq!(tape.encode(registry), Some(once), "what is written differs from what was read");
}

/// What is on a tape.
#[derive(Debug, PartialEq, Eq)]
struct Decoded {
    /// Whether all of it is valid.
    is_valid: bool,
    strings: Vec<String>,
    bytes: Vec<Vec<u8>>,
    encoded: Option<Vec<u8>>,
}

fn decode(tape: &mut Tape, registry: &Registry, type_url: &str, payload: &[u8]) -> Decoded {
    tape.decode(registry, type_url, payload);
    assert!(tape.text().is_ascii(), "the text is not what it should be");
    for &[_, address, length] in tape.fresh() {
        let start = address.wrapping_sub(payload.as_ptr().addr() as i32) as u32 as usize;
        assert!(start + length as usize <= payload.len(), "a string to keep is not the payload's");
    }
    let mut walk = Walk { tape, registry, strings: Vec::new(), bytes: Vec::new(), is_valid: true };
    walk.record(ROOT);
    let Walk { strings, bytes, is_valid, .. } = walk;
    Decoded { is_valid, strings, bytes, encoded: tape.encode(registry) }
}

struct Walk<'a> {
    tape: &'a Tape,
    registry: &'a Registry,
    strings: Vec<String>,
    bytes: Vec<Vec<u8>>,
    is_valid: bool,
}

impl Walk<'_> {
    fn slot(&self, at: usize) -> i32 {
        self.tape.slots()[at]
    }

    fn place(&self, at: usize) -> usize {
        usize::try_from(self.slot(at)).expect("a place is not negative")
    }

    fn record(&mut self, at: usize) {
        match self.slot(at) {
            UNKNOWN => {
                self.string(at + 1);
                self.bytes(at + 3);
            }
            INVALID => {
                self.is_valid = false;
                self.string(at + 1);
                self.string(at + 3);
            }
            _ => self.message(at),
        }
    }

    fn message(&mut self, at: usize) {
        let message = self.registry.get(self.place(at)).expect("a record is of a known type");
        assert!(at + message.slots <= self.tape.slots().len(), "a record is cut off");
        for field in &*message.fields {
            let slot = at + field.slot;
            match field.presence {
                Presence::Repeated | Presence::Packed => self.list(field, slot),
                Presence::Explicit(_) if !field.kind.is_record() => {
                    assert!(matches!(self.slot(slot), 0 | 1), "presence is 0 or 1");
                    self.value(field.kind, slot + 1);
                }
                _ => self.value(field.kind, slot),
            }
            if let Presence::Explicit(oneof) = field.presence {
                let set = self.place(at + message.oneofs + usize::from(oneof)) == field.slot;
                assert_eq!(set, self.slot(slot) != 0, "a oneof has another member than it says");
            }
        }
    }

    fn list(&mut self, field: &Field, slot: usize) {
        let (mut element, mut last) = (self.place(slot + 1), 0);
        for _ in 0..self.place(slot) {
            assert!(element > last, "elements lie one behind the other");
            self.value(field.kind, element + 1);
            last = element;
            element = self.place(element);
        }
        assert_eq!((element, last), (0, self.place(slot + 2)), "a list ends with its last element");
    }

    fn value(&mut self, kind: Kind, at: usize) {
        match kind {
            Kind::String => self.string(at),
            Kind::Bytes => self.bytes(at),
            Kind::Message(_) | Kind::Any if self.slot(at) != 0 => self.record(self.place(at)),
            _ => assert!(at + kind.width() <= self.tape.slots().len(), "a value is cut off"),
        }
    }

    fn string(&mut self, at: usize) {
        self.strings.push(self.tape.string(at));
    }

    fn bytes(&mut self, at: usize) {
        let range = self.place(at)..self.place(at + 1);
        self.bytes.push(self.tape.blob().get(range).expect("bytes are in the blob").to_owned());
    }
}
