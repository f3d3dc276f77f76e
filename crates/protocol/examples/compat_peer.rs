//! The Rust side of the compatibility test in `tests/compat`: answers requests on stdin, one a line, on stdout.
//!
//! | request | answer |
//! | --- | --- |
//! | `describe` | the schema tables, one message or field a line |
//! | `transcode INDEX WIRE TEXT...` | the message decoded and encoded; its JSON; the wire bytes of each text |
//! | `random INDEX SEED` | wire bytes and JSON of a random message |
//! | `check INDEX SEED WIRE TEXT` | nothing, if the wire bytes and the text are the random message of this seed |
//! | `violations URL WIRE` | what is wrong with the message, a line for each place |
//!
//! An answer begins with `ok` or, with a sentence, with `error`. Wire bytes, texts and sentences are in hexadecimal.

#![expect(clippy::print_stdout, reason = "stdout is the channel to the other side")]

#[path = "../tests/support/mod.rs"]
mod support;

use std::{error::Error, fmt::Write as _, io::BufRead as _};

use prost::{Message as _, Name};
use prost_types::Any;
use support::Random;
use tera_protocol::{
    Message,
    json::{to_text, to_wire},
    opentera::{tera_event, tera_module_message},
    schema::{ENUMS, FIELD_NAMES, Field, Kind, MESSAGES, Presence},
    validation::violations,
};

fn main() -> Result<(), Box<dyn Error>> {
    for line in std::io::stdin().lock().lines() {
        match answer(&line?) {
            Ok(parts) => println!("ok {}", parts.iter().map(hex).collect::<Vec<_>>().join(" ")),
            Err(error) => println!("error {}", hex(error.to_string())),
        }
    }
    Ok(())
}

type Parts = Vec<Vec<u8>>;

fn answer(line: &str) -> Result<Parts, Box<dyn Error>> {
    let words: Vec<_> = line.split(' ').collect();
    match words.as_slice() {
        ["describe"] => Ok(vec![describe().into_bytes()]),
        ["transcode", index, wire, texts @ ..] => transcode(index.parse()?, &unhex(wire)?, texts),
        ["random", index, seed] => {
            let wire = Random(seed.parse()?).message(index.parse()?);
            let text = to_text(index.parse()?, &wire)?;
            Ok(vec![wire, text.into_bytes()])
        }
        ["check", index, seed, wire, text] => {
            let sent = Random(seed.parse()?).message(index.parse()?);
            check(index.parse()?, &sent, &unhex(wire)?, &String::from_utf8(unhex(text)?)?)
        }
        ["violations", url, wire] => {
            let any = Any { type_url: String::from_utf8(unhex(url)?)?, value: unhex(wire)? };
            let found = violations(&Message::unpack(&any)?);
            let lines = found.iter().map(|each| format!("{}: {each}\n", each.rule.name()));
            Ok(vec![lines.collect::<String>().into_bytes()])
        }
        _ => Err("no such request".into()),
    }
}

fn transcode(index: usize, wire: &[u8], texts: &[&str]) -> Result<Parts, Box<dyn Error>> {
    let mut parts = vec![recode(index, wire)?, to_text(index, wire)?.into_bytes()];
    for text in texts {
        parts.push(to_wire(index, &String::from_utf8(unhex(text)?)?)?);
    }
    Ok(parts)
}

fn check(index: usize, sent: &[u8], wire: &[u8], text: &str) -> Result<Parts, Box<dyn Error>> {
    let expected = recode(index, sent)?;
    if recode(index, wire)? != expected {
        return Err(format!(
            "the binary message is\n{}\nnot\n{}",
            to_text(index, wire)?,
            to_text(index, sent)?
        )
        .into());
    }
    if recode(index, &to_wire(index, text)?)? != expected {
        return Err(format!("the JSON message is\n{text}\nnot\n{}", to_text(index, sent)?).into());
    }
    Ok(Vec::new())
}

/// Decodes and encodes a message by its Rust type.
fn recode(index: usize, wire: &[u8]) -> Result<Vec<u8>, Box<dyn Error>> {
    let name = &*MESSAGES[index].name;
    if name == tera_event::Header::full_name() {
        return Ok(tera_event::Header::decode(wire)?.encode_to_vec());
    }
    if name == tera_module_message::Header::full_name() {
        return Ok(tera_module_message::Header::decode(wire)?.encode_to_vec());
    }
    match Message::unpack(&Any { type_url: name.to_owned(), value: wire.to_vec() })? {
        Message::Unknown(_) => Err(format!("no Rust type for {name}").into()),
        message => Ok(message.pack().value),
    }
}

fn describe() -> String {
    let mut out = String::new();
    for (message, names) in MESSAGES.iter().zip(FIELD_NAMES) {
        _ = writeln!(out, "message {}", message.name);
        for (field, name) in message.fields.iter().zip(*names) {
            _ = writeln!(out, "field {} {} {} {}", field.number, name.proto, name.json, type_of(field));
        }
    }
    out
}

/// The label and type of a field, an enum by its values.
fn type_of(field: &Field) -> String {
    let label = match field.presence {
        Presence::Implicit => "implicit".to_owned(),
        Presence::Explicit(oneof) => format!("oneof{oneof}"),
        Presence::Repeated | Presence::Packed => "repeated".to_owned(),
    };
    let kind = match field.kind {
        Kind::Enum(index) => {
            let values = ENUMS[usize::from(index)].values.iter();
            values.map(|(number, name)| format!("{name}={number}")).collect::<Vec<_>>().join(",")
        }
        Kind::Message(index) => MESSAGES[usize::from(index)].name.to_string(),
        Kind::Any => "google.protobuf.Any".to_owned(),
        scalar => format!("{scalar:?}").to_lowercase(),
    };
    format!("{label} {kind}")
}

fn hex(bytes: impl AsRef<[u8]>) -> String {
    let mut text = String::new();
    for byte in bytes.as_ref() {
        _ = write!(text, "{byte:02x}");
    }
    text
}

fn unhex(text: &str) -> Result<Vec<u8>, Box<dyn Error>> {
    let digits: Option<Vec<u8>> = text.chars().map(|digit| Some(digit.to_digit(16)? as u8)).collect();
    let digits = digits.ok_or("no hexadecimal digits")?;
    Ok(digits.chunks(2).map(|pair| pair[0] << 4 | pair.get(1).copied().unwrap_or(0)).collect())
}
