//! Contracts that nothing is generated from, and what is said about them.

#![expect(clippy::unwrap_used, reason = "in a test a panic is the report")]

use std::fs;

/// What is said about a contract with these lines in its service, which begin at line 5.
fn refusal(methods: &str) -> String {
    let text = format!("syntax = \"proto3\";\npackage a.b;\nmessage M {{}}\nservice S {{\n{methods}\n}}\n");
    compile(&text).unwrap_err()
}

fn compile(text: &str) -> Result<(), String> {
    let dir = tempfile::tempdir().unwrap();
    let file = dir.path().join("s.proto");
    fs::write(&file, text).unwrap();
    match tera_contracts::compile(&file, &[]) {
        Ok(set) => tera_contracts::rust(&set).map(drop).map_err(|error| format!("{error:#}")),
        Err(error) => Err(format!("{error:#}")),
    }
}

#[test]
fn a_stream_from_the_client_is_refused_with_file_and_line() {
    for request in ["rpc F(stream M) returns (M);", "rpc F(stream M) returns (stream M);"] {
        let refusal = refusal(&format!("  rpc Other(M) returns (M);\n  {request}"));
        assert!(refusal.starts_with("s.proto:6:3: S.F streams from the client"), "{refusal}");
    }
}

#[test]
fn an_unknown_type_is_refused_with_file_and_line() {
    let refusal = refusal("  rpc F(M) returns (Missing);");
    assert!(refusal.contains("s.proto:5:") && refusal.contains("Missing"), "{refusal}");
}

#[test]
fn a_text_that_is_no_contract_is_refused_with_file_and_line() {
    let refusal = refusal("  rpc F(M) gives (M);");
    assert!(refusal.contains("s.proto:5:"), "{refusal}");
}

#[test]
fn methods_that_would_get_one_name_are_refused() {
    let refused = refusal("  rpc GetIt(M) returns (M);\n  rpc get_it(M) returns (M);");
    assert!(refused.starts_with("s.proto:6:3: S.get_it has the name of another method"), "{refused}");
    for name in ["New", "constructor"] {
        let refused = refusal(&format!("  rpc {name}(M) returns (M);"));
        assert!(refused.starts_with("s.proto:5:3: "), "{refused}");
    }
}

#[test]
fn what_would_get_one_name_in_rust_is_refused() {
    let refused = |more: &str| {
        let text = format!(
            "syntax = \"proto3\";\nservice HTTPGate {{ rpc F(M) returns (M); }}\nmessage M {{}}\n{more}\n"
        );
        compile(&text).unwrap_err()
    };
    assert_eq!(
        refused("message HttpGateClient {}"),
        "s.proto:2:1: the client of the service HTTPGate would have the name of the message HttpGateClient in Rust: \
         HttpGateClient"
    );
    for more in
        ["message HttpGate {}", "enum HTTPGateClient { A = 0; }", "message m {}", "service httpGate {}"]
    {
        let refused = refused(more);
        assert!(refused.starts_with("s.proto:") && refused.contains("would have the name of"), "{refused}");
    }
}

#[test]
fn a_file_without_a_service_is_refused() {
    assert_eq!(
        compile("syntax = \"proto3\";\nmessage M {}\n").unwrap_err(),
        "s.proto: there is no `service` in it"
    );
}

#[test]
fn a_file_that_is_not_there_is_refused_with_its_name() {
    let error = tera_contracts::compile("missing/nothing.proto".as_ref(), &[]).unwrap_err();
    assert!(format!("{error:#}").contains("nothing.proto"), "{error:#}");
}

#[test]
fn packages_become_nested_modules() {
    let text =
        "syntax = \"proto3\";\npackage a.type;\nmessage M {}\nservice HTTPGate { rpc F(M) returns (M); }\n";
    let dir = tempfile::tempdir().unwrap();
    let file = dir.path().join("s.proto");
    fs::write(&file, text).unwrap();
    let files = tera_contracts::rust(&tera_contracts::compile(&file, &[]).unwrap()).unwrap();
    let names: Vec<_> = files.iter().map(|(name, _)| &**name).collect();
    assert_eq!(names, ["a.type.rs", "mod.rs"]);
    assert!(files[1].1.contains("pub mod r#type {\n        include!(\"a.type.rs\");"), "{}", files[1].1);
    assert!(files[0].1.contains("\"a.type.HTTPGate/F\""), "{}", files[0].1);
}
