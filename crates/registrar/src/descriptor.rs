//! Reads the definitions out of a `google.protobuf.FileDescriptorSet`, as far as they matter on the wire.
//!
//! It checks each definition by itself; what they say of each other is the [registrar](super)'s business. Source: the
//! field numbers of `google/protobuf/descriptor.proto`.

use std::rc::Rc;

use super::{
    MAX_FIELDS,
    features::{Features, OF_FIELD, OF_FILE, OF_MESSAGE},
    insert, refuse,
};
use tera_protocol::{
    error::TeraError,
    reader::{Reader, Value, text},
};

/// Deepest nesting of definitions.
const MAX_DEPTH: usize = 16;

/// Longest full name, in bytes.
const MAX_NAME: usize = 512;

/// The options of `proto/tera/rules/v1/rules.proto`.
const REQUIRED: u32 = 50801;
const UUID: u32 = 50802;

/// Describes descriptors, and comes with every set that has options of its own. Nobody sends that.
const DESCRIPTORS: &str = "google/protobuf/descriptor.proto";

pub(super) type Outcome<T> = Result<T, TeraError>;

/// What a set defines, in the order of its files.
#[derive(Debug, Default)]
pub(super) struct Definitions<'a> {
    pub(super) messages: Vec<MessageDefinition<'a>>,
    pub(super) enums: Vec<EnumDefinition<'a>>,
}

#[derive(Debug)]
pub(super) struct MessageDefinition<'a> {
    pub(super) file: Rc<str>,
    /// Full name.
    pub(super) name: String,
    /// In the order of their numbers, which differ.
    pub(super) fields: Vec<FieldDefinition<'a>>,
    /// How many oneofs are declared.
    pub(super) oneofs: u16,
    pub(super) is_map_entry: bool,
}

#[derive(Debug)]
pub(super) struct FieldDefinition<'a> {
    pub(super) number: u32,
    pub(super) name: &'a str,
    pub(super) json_name: String,
    pub(super) is_list: bool,
    /// Number of its type in `FieldDescriptorProto.Type`.
    pub(super) kind: u64,
    /// Full name of its message or enum, without the dot in front.
    pub(super) type_name: &'a str,
    pub(super) oneof: Option<u64>,
    pub(super) features: Features,
    pub(super) rules: Rules,
}

/// What a field must hold.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Rules {
    pub(super) is_required: bool,
    pub(super) is_uuid: bool,
}

#[derive(Debug)]
pub(super) struct EnumDefinition<'a> {
    pub(super) file: Rc<str>,
    /// Full name.
    pub(super) name: String,
    /// Number and name of each value, in the order of their declaration.
    pub(super) values: Vec<(i32, &'a str)>,
}

/// Where a definition stands.
struct Scope<'s> {
    file: &'s Rc<str>,
    /// Package, or full name of the message around it.
    name: &'s str,
    features: Features,
    depth: usize,
}

/// The next field of a descriptor; `place` is named if there is none but rubbish. Never inlined: the many loops over
/// descriptors need not be fast, and each copy would make the module larger.
#[inline(never)]
pub(super) fn next<'a>(reader: &mut Reader<'a>, place: &str) -> Outcome<Option<(u32, Value<'a>)>> {
    reader.field().map_err(|error| refuse(place, &["its bytes are malformed: ", error.reason()]))
}

fn string<'a>(bytes: &'a [u8], place: &str) -> Outcome<&'a str> {
    text(bytes).map_err(|error| refuse(place, &[error.reason()]))
}

/// Refuses a name that is no identifier of protobuf's.
fn identifier<'a>(bytes: &'a [u8], place: &str) -> Outcome<&'a str> {
    let name = string(bytes, place)?;
    if name.is_empty() || !name.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_') {
        return Err(refuse(place, &["`", name, "` is no name"]));
    }
    Ok(name)
}

impl<'a> Definitions<'a> {
    /// Reads a whole set.
    pub(super) fn read(set: &'a [u8]) -> Outcome<Self> {
        let mut found = Self::default();
        let mut reader = Reader::new(set);
        let mut is_empty = true;
        while let Some(field) = next(&mut reader, "the descriptor set")? {
            if let (1, Value::Bytes(file)) = field {
                is_empty = false;
                found.file(file)?;
            }
        }
        if is_empty {
            return Err(refuse("the descriptor set", &["it holds no file"]));
        }
        Ok(found)
    }

    fn file(&mut self, bytes: &'a [u8]) -> Outcome<()> {
        let (mut name, mut package, mut syntax, mut edition) = ("", "", "", 0);
        let mut reader = Reader::new(bytes);
        let mut options: &[u8] = &[];
        while let Some(field) = next(&mut reader, "a file of the descriptor set")? {
            match field {
                (1, Value::Bytes(bytes)) => name = string(bytes, "a file's name")?,
                (2, Value::Bytes(bytes)) => package = string(bytes, name)?,
                (8, Value::Bytes(bytes)) => options = bytes,
                (12, Value::Bytes(bytes)) => syntax = string(bytes, name)?,
                (14, Value::Varint(number)) => edition = number,
                _ => {}
            }
        }
        if !package.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_' || byte == b'.') {
            return Err(refuse(name, &["`", package, "` is no package"]));
        }
        let features = Features::defaults(syntax, edition)
            .ok_or_else(|| refuse(name, &["its syntax or edition is not known to this version"]))?
            .with(options, OF_FILE, name)?;
        if name == DESCRIPTORS {
            return Ok(());
        }
        let scope = Scope { file: &Rc::from(name), name: package, features, depth: 0 };
        self.nested(&scope, bytes, 4, 5)
    }

    /// Reads the messages and enums of a file or of a message, which stand in its fields of these numbers.
    fn nested(&mut self, scope: &Scope<'_>, bytes: &'a [u8], messages: u32, enums: u32) -> Outcome<()> {
        let mut reader = Reader::new(bytes);
        while let Some((number, value)) = next(&mut reader, scope.name)? {
            match value {
                Value::Bytes(bytes) if number == messages => self.message(scope, bytes)?,
                Value::Bytes(bytes) if number == enums => self.enumeration(scope, bytes)?,
                _ => {}
            }
        }
        Ok(())
    }

    fn message(&mut self, scope: &Scope<'_>, bytes: &'a [u8]) -> Outcome<()> {
        let name = scope.full_name(bytes)?;
        if scope.depth == MAX_DEPTH {
            return Err(refuse(&name, &["messages are nested too deep"]));
        }
        let (mut oneofs, mut is_map_entry, mut features) = (0, false, scope.features);
        let mut reader = Reader::new(bytes);
        while let Some(field) = next(&mut reader, &name)? {
            match field {
                (7, Value::Bytes(options)) => {
                    features = features.with(options, OF_MESSAGE, &name)?;
                    if flag(options, 1, &name)? == Some(true) {
                        return Err(refuse(&name, &["message sets are not supported"]));
                    }
                    is_map_entry |= flag(options, 7, &name)? == Some(true);
                }
                (8, _) if usize::from(oneofs) < MAX_FIELDS => oneofs += 1,
                (8, _) => return Err(refuse(&name, &["it has too many oneofs"])),
                _ => {}
            }
        }
        let fields = fields(bytes, &name, features)?;
        self.nested(&Scope { file: scope.file, name: &name, features, depth: scope.depth + 1 }, bytes, 3, 4)?;
        self.messages.push(MessageDefinition {
            file: Rc::clone(scope.file),
            name,
            fields,
            oneofs,
            is_map_entry,
        });
        Ok(())
    }

    fn enumeration(&mut self, scope: &Scope<'_>, bytes: &'a [u8]) -> Outcome<()> {
        let name = scope.full_name(bytes)?;
        let (mut values, mut names) = (Vec::new(), Vec::new());
        let mut reader = Reader::new(bytes);
        while let Some(field) = next(&mut reader, &name)? {
            if let (2, Value::Bytes(value)) = field {
                let (number, value) = enum_value(value, &name)?;
                if values.len() == MAX_FIELDS {
                    return Err(refuse(&name, &["it has too many values"]));
                }
                insert(&mut names, value)
                    .map_err(|_| refuse(&name, &["two values are named `", value, "`"]))?;
                values.push((number, value));
            }
        }
        if values.is_empty() {
            return Err(refuse(&name, &["it has no values"]));
        }
        self.enums.push(EnumDefinition { file: Rc::clone(scope.file), name, values });
        Ok(())
    }
}

impl Scope<'_> {
    /// The full name of the definition whose bytes these are.
    fn full_name(&self, bytes: &[u8]) -> Outcome<String> {
        let place = if self.name.is_empty() { self.file } else { self.name };
        let mut name = "";
        let mut reader = Reader::new(bytes);
        while let Some(field) = next(&mut reader, place)? {
            if let (1, Value::Bytes(bytes)) = field {
                name = identifier(bytes, place)?;
            }
        }
        if name.is_empty() {
            return Err(refuse(place, &["a definition has no name"]));
        }
        if self.name.len() + name.len() > MAX_NAME {
            return Err(refuse(place, &["a full name is too long"]));
        }
        Ok(if self.name.is_empty() { name.to_owned() } else { [self.name, ".", name].concat() })
    }
}

fn enum_value<'a>(bytes: &'a [u8], place: &str) -> Outcome<(i32, &'a str)> {
    let (mut number, mut name) = (0, "");
    let mut reader = Reader::new(bytes);
    while let Some(field) = next(&mut reader, place)? {
        match field {
            (1, Value::Bytes(bytes)) => name = identifier(bytes, place)?,
            (2, Value::Varint(value)) => number = value as i32,
            _ => {}
        }
    }
    if name.is_empty() {
        return Err(refuse(place, &["a value has no name"]));
    }
    Ok((number, name))
}

/// The option of this number, if it is set.
fn flag(options: &[u8], number: u32, place: &str) -> Outcome<Option<bool>> {
    let mut reader = Reader::new(options);
    let mut found = None;
    while let Some(option) = next(&mut reader, place)? {
        if let (field, Value::Varint(value)) = option
            && field == number
        {
            found = Some(value != 0);
        }
    }
    Ok(found)
}

/// The fields of a message, in the order of their numbers.
fn fields<'a>(bytes: &'a [u8], name: &str, features: Features) -> Outcome<Vec<FieldDefinition<'a>>> {
    let mut fields: Vec<FieldDefinition<'a>> = Vec::new();
    let mut names = Vec::new();
    let mut reader = Reader::new(bytes);
    while let Some(part) = next(&mut reader, name)? {
        let (2, Value::Bytes(bytes)) = part else { continue };
        let field = field(bytes, name, features)?;
        if fields.len() == MAX_FIELDS {
            return Err(refuse(name, &["it has too many fields"]));
        }
        insert(&mut names, field.json_name.clone())
            .map_err(|_| refuse(name, &["two fields are named `", &field.json_name, "`"]))?;
        match fields.binary_search_by_key(&field.number, |other| other.number) {
            Ok(other) => {
                let names = ["`", fields[other].name, "` and `", field.name, "` have the same number"];
                return Err(refuse(name, &names));
            }
            Err(at) => fields.insert(at, field),
        }
    }
    Ok(fields)
}

fn field<'a>(bytes: &'a [u8], message: &str, features: Features) -> Outcome<FieldDefinition<'a>> {
    let mut field = FieldDefinition {
        number: 0,
        name: "",
        json_name: String::new(),
        is_list: false,
        kind: 0,
        type_name: "",
        oneof: None,
        features,
        rules: Rules::default(),
    };
    let mut reader = Reader::new(bytes);
    while let Some(part) = next(&mut reader, message)? {
        match part {
            (1, Value::Bytes(bytes)) => field.name = identifier(bytes, message)?,
            (3, Value::Varint(number)) => field.number = u32::try_from(number).unwrap_or(0),
            (4, Value::Varint(label)) => field.is_list = label == 3,
            (5, Value::Varint(kind)) => field.kind = kind,
            (6, Value::Bytes(bytes)) => field.type_name = string(bytes, message)?.trim_start_matches('.'),
            (8, Value::Bytes(options)) => {
                field.features = field.features.with(options, OF_FIELD, message)?;
                field.features.packed = flag(options, 2, message)?.unwrap_or(field.features.packed);
                field.rules.is_required |= flag(options, REQUIRED, message)? == Some(true);
                field.rules.is_uuid |= flag(options, UUID, message)? == Some(true);
            }
            (9, Value::Varint(index)) => field.oneof = Some(index),
            (10, Value::Bytes(bytes)) => string(bytes, message)?.clone_into(&mut field.json_name),
            _ => {}
        }
    }
    if field.name.is_empty() {
        return Err(refuse(message, &["a field has no name"]));
    }
    if field.number == 0 || field.number >= 1 << 29 {
        return Err(refuse(message, &["the number of `", field.name, "` is 0 or above 536870911"]));
    }
    if field.json_name.is_empty() {
        field.json_name = json_name(field.name);
    }
    if matches!(&*field.json_name, "$type" | "$header" | "__proto__")
        || field.json_name.chars().any(char::is_control)
    {
        return Err(refuse(message, &["no field can have the name `", &field.json_name, "`"]));
    }
    Ok(field)
}

/// The name in JSON of a field whose definition names none: lowerCamelCase.
fn json_name(name: &str) -> String {
    let mut upper = false;
    let mut json_name = String::with_capacity(name.len());
    for character in name.chars() {
        if character != '_' {
            json_name.push(if upper { character.to_ascii_uppercase() } else { character });
        }
        upper = character == '_';
    }
    json_name
}
