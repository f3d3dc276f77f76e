//! The docs' message table, `docs/messages.md`.

use std::{fmt::Write, path::Path};

use super::{
    Files,
    model::{Field, Kind, Model, Presence},
};

pub(super) fn generate(model: &Model, dir: &Path, files: &mut Files) {
    let mut out = String::from(
        "<!-- Generated from proto/ by `cargo xtask codegen`. Do not edit. -->\n\n# Messages\n\n",
    );
    out += "Every message of the catalogue, as JavaScript sees it. The `.proto` files in `proto/` are the source.\nWho connects with `validate` has the rules of fields [checked](validation.md).\n";
    for message in model.messages.iter().filter(|message| message.is_top_level()) {
        let _ = write!(
            out,
            "\n## {}\n\n{}\n\n| field | type | |\n| --- | --- | --- |\n",
            message.short_name(),
            message.doc
        );
        for field in &message.fields {
            let about = format!("{} {}", field.doc, rules(field));
            let _ =
                writeln!(out, "| `{}` | {} | {} |", field.json_name, type_name(model, field), about.trim());
        }
    }
    out += "\n## Enums\n\nAn enum value arrives as its name; a number that this version doesn't know stays a number.\n";
    out += "\n| enum | values |\n| --- | --- |\n";
    for each in &model.enums {
        let values: Vec<_> =
            each.values.iter().map(|(number, name)| format!("`{name}` = {number}")).collect();
        let _ = writeln!(out, "| `{}` | {} |", each.identifier(), values.join(", "));
    }
    out += "\n## Error codes\n\n| code | |\n| --- | --- |\n";
    for (code, doc) in &model.error_codes {
        let _ = writeln!(out, "| `{code}` | {doc} |");
    }
    files.push((dir.join("messages.md"), out));
}

/// What the field must hold, as a sentence.
fn rules(field: &Field) -> &'static str {
    match (field.is_required, field.is_uuid, field.presence) {
        (false, false, _) => "",
        (true, false, _) => "Required.",
        (true, true, _) => "Required, a UUID.",
        (false, true, Presence::Repeated) => "Each a UUID.",
        (false, true, _) => "A UUID, or empty.",
    }
}

fn type_name(model: &Model, field: &Field) -> String {
    let one = match field.kind {
        Kind::Double | Kind::Float | Kind::Uint32 => "`number`".to_owned(),
        Kind::Int64 | Kind::Uint64 => "`bigint`".to_owned(),
        Kind::Bool => "`boolean`".to_owned(),
        Kind::String => "`string`".to_owned(),
        Kind::Bytes => "`Uint8Array`".to_owned(),
        Kind::Enum(index) => format!("`{}`", model.enums[index].identifier()),
        Kind::Message(index) => format!("`{}`", model.messages[index].identifier()),
        Kind::Any => "any message".to_owned(),
    };
    match field.presence {
        Presence::Repeated => format!("list of {one}"),
        Presence::Explicit(_) => format!("{one}, or absent"),
        Presence::Implicit => one,
    }
}
