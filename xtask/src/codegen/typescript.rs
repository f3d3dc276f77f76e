//! TypeScript: the types of the catalogue, the readers that build their objects from the tape and from JSON, and the rules
//! of fields.

use std::{fmt::Write, path::Path};

use super::{
    Files,
    model::{Field, Kind, Message, Model, Presence},
};

const NOTICE: &str = "// Generated from proto/ by `cargo xtask codegen`. Do not edit.\n\n";

pub(super) fn generate(model: &Model, dir: &Path, files: &mut Files) {
    files.push((dir.join("messages.ts"), types(model)));
    files.push((dir.join("readers.ts"), readers(model)));
    files.push((dir.join("text.ts"), text_readers(model)));
    files.push((dir.join("rules.ts"), rules(model)));
}

fn types(model: &Model) -> String {
    let mut out = String::from(NOTICE);
    out += "/** A message of any type, told apart by `$type`. */\n";
    out += "export type AnyMessage = MessageMap[keyof MessageMap] | Unknown;\n\n";
    out += "/** A message whose type is not in the catalogue, kept whole. */\nexport interface Unknown {\n";
    out += "  $type: \"Unknown\";\n  /** The type URL as it came. */\n  typeUrl: string;\n";
    out += "  /** The message's protobuf bytes; empty if it came as JSON. */\n  value: Uint8Array;\n";
    out += "  /** The message as parsed JSON, if it came so. One that did can't be sent on: only `value` goes out, which is empty. */\n  json?: unknown;\n}\n\n";
    for each in &model.enums {
        let names: Vec<_> = each.values.iter().map(|(_, name)| format!("\"{name}\"")).collect();
        let _ = writeln!(
            out,
            "/** A number stands for a value this version doesn't know. */\nexport type {} = {} | number;\n",
            each.identifier(),
            names.join(" | ")
        );
    }
    for message in &model.messages {
        out += &interface(model, message);
    }
    out += "/** Every message of the catalogue by its name. */\nexport interface MessageMap {\n";
    for message in model.messages.iter().filter(|message| message.is_top_level()) {
        let _ = writeln!(out, "  {}: {};", message.short_name(), message.identifier());
    }
    out += "}\n\n";
    out += "/** Stable code of an error: what `TeraError.code` holds. */\nexport type ErrorCode =\n";
    for (code, doc) in &model.error_codes {
        let _ = writeln!(out, "  /** {doc} */\n  | \"{code}\"");
    }
    out.truncate(out.trim_end().len());
    out += ";\n\n/** @internal The codes by the number they have on the wire. */\nexport const ERROR_CODES: readonly ErrorCode[] = [\n";
    for (code, _) in &model.error_codes {
        let _ = writeln!(out, "  \"{code}\",");
    }
    out += "];\n\n/** @internal Names of the types of enums, by index. */\nexport const ENUM_NAMES: readonly string[] = [\n";
    for each in &model.enums {
        let _ = writeln!(out, "  \"{}\",", each.identifier());
    }
    out += "];\n\n";
    for (index, message) in model.messages.iter().enumerate() {
        if message.short_name() == "TeraEvent" || message.short_name() == "TeraEvent.Header" {
            let name =
                message.short_name().replace("TeraEvent", "TERA_EVENT").replace('.', "_").to_uppercase();
            let _ = writeln!(
                out,
                "/** @internal Index of `{}`. */\nexport const {name} = {index};",
                message.short_name()
            );
        }
    }
    out
}

fn interface(model: &Model, message: &Message) -> String {
    let mut out = String::new();
    if !message.doc.is_empty() {
        let _ = writeln!(out, "/** {} */", message.doc);
    }
    let _ = writeln!(out, "export interface {} {{", message.identifier());
    if message.is_top_level() {
        let _ = writeln!(out, "  $type: \"{}\";", message.short_name());
    }
    for field in &message.fields {
        if !field.doc.is_empty() {
            let _ = writeln!(out, "  /** {} */", field.doc);
        }
        let _ = writeln!(out, "  {}: {};", field.json_name, type_name(model, field));
    }
    out + "}\n\n"
}

fn type_name(model: &Model, field: &Field) -> String {
    let one = match field.kind {
        Kind::Double | Kind::Float | Kind::Uint32 => "number".to_owned(),
        Kind::Int64 | Kind::Uint64 => "bigint".to_owned(),
        Kind::Bool => "boolean".to_owned(),
        Kind::String => "string".to_owned(),
        Kind::Bytes => "Uint8Array".to_owned(),
        Kind::Enum(index) => model.enums[index].identifier(),
        Kind::Message(index) => model.messages[index].identifier(),
        Kind::Any => "AnyMessage".to_owned(),
    };
    match field.presence {
        Presence::Repeated => format!("{one}[]"),
        Presence::Implicit if !is_message(field) => one,
        _ => format!("{one} | undefined"),
    }
}

fn is_message(field: &Field) -> bool {
    matches!(field.kind, Kind::Message(_) | Kind::Any)
}

fn readers(model: &Model) -> String {
    let mut out = String::from(NOTICE);
    out += "import * as tape from \"../tape.js\";\n\n";
    out += "export type FromTape = (at: number, $header: tape.Header | undefined) => any;\n\n";
    out += "/**\n * Names of each enum's values by number; the index is the enum's own. What they all begin with stands first. As keys of an object they\n";
    out += " * are the engine's own copies, which it compares without a look at their characters.\n */\n";
    out += "export const ENUMS: readonly (readonly string[])[] = [\n";
    for each in &model.enums {
        let dense = each.values.iter().enumerate().all(|(index, (number, _))| index as i32 == *number);
        assert!(dense, "{}: the values must count from 0 without holes", each.full_name);
        let start = common_start(each.values.iter().map(|(_, name)| name.as_str()));
        let names: Vec<_> = each.values.iter().map(|(_, name)| &name[start.len()..]).collect();
        let _ = writeln!(out, "  \"{start} {}\",", names.join(" "));
    }
    out += "].map((row) => {\n  const [start, ...names] = row.split(\" \");\n";
    out += "  return Object.keys(Object.fromEntries(names.map((name) => [start + name])));\n});\n\n";
    out += "/** What the encoder needs to know: a message's name, then each field as `kind:jsonName`. */\n";
    out += "export const MESSAGES: readonly string[] = [\n";
    for message in &model.messages {
        let counted = message.fields.iter().zip(1..).all(|(field, number)| field.number == number);
        assert!(counted, "{}: the fields must count from 1 without holes", message.full_name);
        let plain = message.fields.iter().all(|field| match field.presence {
            Presence::Explicit(oneof) => oneof == 0 && !is_message(field),
            _ => true,
        });
        assert!(plain, "{}: what is optional must be a number or text, in one oneof", message.full_name);
        let fields: Vec<_> = message.fields.iter().map(encoder_field).collect();
        let _ = writeln!(out, "  \"{} {}\",", message.short_name(), fields.join(" "));
    }
    out += "];\n\n";
    out += "/** Builds a message's object from its record on the tape; the index is the message's own. Each object is spelt out, with its\n";
    out += " * properties in one order, so that every object of a type has the same shape. */\n";
    out + &reader_table(model, "FROM_TAPE", "at", from_tape)
}

/// What all names begin with, up to an underscore.
fn common_start<'a>(mut names: impl Iterator<Item = &'a str>) -> &'a str {
    let first = names.next().unwrap_or_default();
    let common =
        |start: &str, name: &str| start.bytes().zip(name.bytes()).take_while(|(a, b)| a == b).count();
    let start = names.fold(first, |start, name| &start[..common(start, name)]);
    &start[..start.rfind('_').map_or(0, |at| at + 1)]
}

fn text_readers(model: &Model) -> String {
    let mut out = String::from(NOTICE);
    out += "import * as fromJson from \"../json.js\";\nimport type { Header } from \"../tape.js\";\n\n";
    out += "export type FromJson = (json: any, $header: Header | undefined) => any;\n\n";
    out += "/** Builds a message's object from parsed JSON; the index is the message's own. The objects are those of `readers.ts`. */\n";
    out + &reader_table(model, "FROM_JSON", "json", from_json)
}

/// Only messages that stand alone can have come in a TeraEvent, with its header.
fn header(message: &Message) -> &'static str {
    if message.is_top_level() { ", $header" } else { "" }
}

fn reader_table(model: &Model, name: &str, subject: &str, read: fn(&Field) -> String) -> String {
    let mut out = format!(
        "export const {name}: readonly {}[] = [\n",
        if name == "FROM_TAPE" { "FromTape" } else { "FromJson" }
    );
    for message in &model.messages {
        let mut properties = Vec::new();
        if message.is_top_level() {
            properties.push(format!("$type: \"{}\"", message.short_name()));
        }
        properties.extend(message.fields.iter().map(|field| format!("{}: {}", field.json_name, read(field))));
        let header = header(message);
        let _ = writeln!(out, "  ({subject}{header}) => ({{ {}{header} }}),", properties.join(", "));
    }
    out + "];\n"
}

fn reader(field: &Field) -> (&'static str, String) {
    match field.kind {
        Kind::Double => ("double", String::new()),
        Kind::Float => ("float", String::new()),
        Kind::Int64 => ("int64", String::new()),
        Kind::Uint64 => ("uint64", String::new()),
        Kind::Uint32 => ("uint32", String::new()),
        Kind::Bool => ("bool", String::new()),
        Kind::String => ("string", String::new()),
        Kind::Bytes => ("bytes", String::new()),
        Kind::Enum(index) => ("enumName", format!(", {index}")),
        Kind::Message(index) => ("message", format!(", {index}")),
        Kind::Any => ("any", String::new()),
    }
}

fn from_tape(field: &Field) -> String {
    let (reader, extra) = reader(field);
    let at = format!("at + {}", field.slot);
    match field.presence {
        Presence::Explicit(_) if !is_message(field) => format!("tape.optional({at}, tape.{reader}{extra})"),
        Presence::Repeated if reader == "any" => format!("tape.anys({at})"),
        Presence::Repeated => format!("tape.list({at}, tape.{reader}{extra})"),
        _ => format!("tape.{reader}({at}{extra})"),
    }
}

fn from_json(field: &Field) -> String {
    let (reader, extra) = reader(field);
    let value = format!("json.{}", field.json_name);
    match field.presence {
        Presence::Explicit(_) if !is_message(field) => {
            format!("fromJson.optional({value}, fromJson.{reader}{extra})")
        }
        Presence::Repeated => format!("fromJson.list({value}, fromJson.{reader}{extra})"),
        _ => format!("fromJson.{reader}({value}{extra})"),
    }
}

/// As in the description of registered types: `crates/registrar/src/lib.rs`.
fn encoder_field(field: &Field) -> String {
    let kind = match field.kind {
        Kind::Double => "d".to_owned(),
        Kind::Float => "f".to_owned(),
        Kind::Int64 => "i".to_owned(),
        Kind::Uint64 => "u".to_owned(),
        Kind::Uint32 => "w".to_owned(),
        Kind::Bool => "b".to_owned(),
        Kind::String => "s".to_owned(),
        Kind::Bytes => "y".to_owned(),
        Kind::Enum(index) => format!("e{index}"),
        Kind::Message(index) => format!("m{index}"),
        Kind::Any => "a".to_owned(),
    };
    let presence = match field.presence {
        Presence::Implicit => "",
        Presence::Explicit(_) => "?",
        Presence::Repeated => "*",
    };
    format!("{presence}{kind}:{}", field.json_name)
}

/// As in the description of registered types: `crates/registrar/src/lib.rs`.
fn rules(model: &Model) -> String {
    let mut out = String::from(NOTICE);
    out += "/** A message's name, then each field that has rules: `!` if it must be set, `#` if it is a UUID, `:jsonName`. */\n";
    out += "export const RULES: readonly string[] = [\n";
    for message in &model.messages {
        let fields = message.fields.iter().filter(|field| field.is_required || field.is_uuid);
        let rules: Vec<_> = fields.map(field_rules).collect();
        if !rules.is_empty() {
            let _ = writeln!(out, "  \"{} {}\",", message.short_name(), rules.join(" "));
        }
    }
    out + "];\n"
}

fn field_rules(field: &Field) -> String {
    let required = if field.is_required { "!" } else { "" };
    let uuid = if field.is_uuid { "#" } else { "" };
    format!("{required}{uuid}:{}", field.json_name)
}
