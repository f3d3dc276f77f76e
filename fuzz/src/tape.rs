//! Whatever the bytes of a payload are: what is left of them is ASCII, and every slot of the tape points at what it says.

use tera_protocol::{
    registry::Registry,
    schema::{Field, Kind, Presence},
    tape::{INVALID, PayloadType, ROOT, Tape, UNKNOWN},
};

/// Decodes a payload, encodes what came out, and decodes that again. The tape is one that always has this registry.
pub fn check(tape: &mut Tape, registry: &Registry, type_url: &str, payload: &[u8]) {
    let is_valid = decode(tape, registry, type_url, payload);
    let mut left = payload.to_vec();
    let of = tape.payload_type(registry, type_url);
    tape.decode(registry, &of, &mut left);
    // An unknown type's record holds its URL and bytes, and is encoded by what is around it.
    if matches!(of, PayloadType::Unknown(_)) {
        return;
    }
    let once = tape.encode(registry, &left);
    assert_eq!(once.is_some(), is_valid);
    let Some(once) = once else { return };
    let mut again = once.clone();
    tape.decode(registry, &of, &mut again);
    let twice = tape.encode(registry, &again);
    assert_eq!(twice.as_ref(), Some(&once), "what is written differs from what was read");
}

/// Decodes twice, so that the type URLs are known the second time, and checks the record; true if all of it is valid.
fn decode(tape: &mut Tape, registry: &Registry, type_url: &str, payload: &[u8]) -> bool {
    let mut seen = Vec::new();
    let mut is_valid = true;
    for _ in 0..2 {
        let of = tape.payload_type(registry, type_url);
        let mut left = payload.to_vec();
        tape.decode(registry, &of, &mut left);
        assert!(left.is_ascii(), "what is left of the payload is not ASCII");
        let mut walk =
            Walk { tape, registry, left: &left, wide: boundaries(text(tape.wide())), is_valid: true };
        walk.record(ROOT);
        is_valid = walk.is_valid;
        let encoded = tape.encode(registry, &left);
        seen.push((tape.slots().to_vec(), tape.wide().to_owned(), tape.blob().to_vec(), encoded));
    }
    assert_eq!(seen[0], seen[1], "a type URL that is known already makes a difference");
    is_valid
}

/// The wide text, which is never anything but UTF-8.
fn text(wide: &[u8]) -> &str {
    std::str::from_utf8(wide).expect("the wide text is not UTF-8")
}

/// Whether a character begins, or the text ends, at each position in UTF-16 units.
fn boundaries(text: &str) -> Vec<bool> {
    let begins = text.chars().flat_map(|each| [true, false].into_iter().take(each.len_utf16()));
    begins.chain([true]).collect()
}

struct Walk<'a> {
    tape: &'a Tape,
    registry: &'a Registry,
    left: &'a [u8],
    wide: Vec<bool>,
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

    fn string(&self, at: usize) {
        let (start, end) = (self.slot(at), self.place(at + 1));
        match usize::try_from(start) {
            Ok(start) => assert!(start <= end && end <= self.left.len(), "a string is outside the payload"),
            Err(_) => {
                let start = !start as usize;
                assert!(start <= end && self.wide[start] && self.wide[end], "a string splits a character");
            }
        }
    }

    fn bytes(&self, at: usize) {
        let range = self.place(at)..self.place(at + 1);
        assert!(self.tape.blob().get(range).is_some(), "bytes are outside the blob");
    }
}
