//! Some seeds, natively and in WebAssembly.

#[cfg(target_arch = "wasm32")]
use wasm_bindgen_test::wasm_bindgen_test as test;

use tera_simulator::{Figures, attempts_while_cut, herd, replay, simulate};

/// A debug build takes a millisecond for each.
#[cfg(not(target_arch = "wasm32"))]
const SEEDS: u64 = 4_000;
#[cfg(target_arch = "wasm32")]
const SEEDS: u64 = 400;

#[test]
fn every_promise_holds_in_every_seed() {
    let mut sum = Figures::default();
    for seed in 0..SEEDS {
        let outcome = simulate(seed);
        assert!(outcome.breach.is_none(), "seed {seed}: {:?}", outcome.breach);
        sum += outcome.figures;
    }
    assert_eq!(sum.published, sum.delivered + sum.gapped);
    assert_eq!((sum.seeds, sum.failed, sum.lost, sum.unsettled), (SEEDS, 0, 0, 0));
    // What never happens proves nothing.
    let much = SEEDS * 5;
    assert!(sum.delivered > much && sum.gapped > much && sum.requests > much, "{sum:?}");
}

#[test]
fn a_seed_is_the_same_every_time_and_its_replay_tells_what_happens() {
    for seed in 0..20 {
        let (first, second) = (simulate(seed), replay(seed));
        assert_eq!(first.figures, second.figures, "{seed}");
        assert!(first.transcript.is_none());
    }
    let transcript = replay(0).transcript.unwrap();
    assert!(transcript.iter().any(|line| line.contains("client 0 hears")), "{transcript:?}");
}

#[test]
fn of_ten_thousand_clients_that_lose_a_gateway_at_most_two_percent_come_back_within_the_same_100_ms() {
    // The next attempts too, of which the fourth is the first that may not be at once.
    for (failures, seed) in [(0, 0), (0, 1), (0, 2), (1, 3), (2, 4), (3, 5), (4, 6), (6, 7)] {
        let bins = herd(10_000, failures, seed);
        assert_eq!(bins.iter().sum::<u32>(), 10_000);
        let busiest = bins.iter().max().unwrap();
        assert!(*busiest <= 200, "{failures}: {bins:?}");
    }
}

#[test]
fn a_client_that_is_taken_and_cut_again_and_again_tries_at_most_25_times_in_five_minutes() {
    for goodbye in [false, true] {
        let attempts: Vec<u32> = (0..1_000).map(|seed| attempts_while_cut(goodbye, seed)).collect();
        assert!(attempts.iter().all(|&count| count <= 25), "{goodbye}: {attempts:?}");
        assert!(attempts.iter().all(|&count| count > 5), "a client has given up: {attempts:?}");
    }
}
