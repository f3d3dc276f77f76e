//! Signals as clients write them: what the gateway makes of one is a signal again, and goes to the same place.
#![no_main]

use libfuzzer_sys::fuzz_target;
use tera_signals::{Draft, Head};

fuzz_target!(|text: &str| {
    let (address, json) = text.split_once('\n').unwrap_or(("", text));
    let address = Some(address).filter(|address| !address.is_empty());
    let Ok(draft) = Draft::parse(json) else { return };
    let Ok(route) = draft.route(address) else { return };
    let head = Head {
        id: "0".into(),
        timestamp: "2026-01-01T00:00:00Z".into(),
        from: "websocket.user.00000000-0000-0000-0000-000000000001".into(),
    };
    let stamped = draft.stamped(&head).expect("what was checked can be stamped");
    let again = Draft::parse(&stamped).expect("what was stamped is a signal");
    assert_eq!(again.route(address).as_ref(), Ok(&route));
});
