use super::*;

fn small() -> Limits {
    Limits { replay_messages: 8, ..Limits::default() }
}

/// One step of a fixed conversation.
fn step(world: &mut World, number: usize) {
    match number % 6 {
        0 => world.publish(0),
        1 => world.call(),
        2 => world.deliver_to_gateway(),
        3 => world.publish(1),
        _ => world.deliver_to_client(),
    }
}

#[test]
fn a_conversation_without_faults_loses_nothing() {
    let mut world = World::new(1, Limits::default());
    for number in 0..600 {
        step(&mut world, number);
    }
    world.settle_down();
    world.check();
    assert_eq!(world.executed.len(), 100);
    assert!(world.logs.values().all(|log| log.missing == 0 && log.delivered == 100));
}

#[test]
fn a_connection_cut_at_any_point_loses_and_doubles_nothing() {
    for first in 0..60 {
        for between in 0..12 {
            let mut world = World::new(1, Limits::default());
            for number in 0..60 {
                if number == first || number == first + between {
                    world.cut();
                }
                step(&mut world, number);
                if !matches!(world.client.state(), State::Connected { .. }) {
                    world.time(300);
                }
            }
            world.settle_down();
            world.check();
            assert!(world.logs.values().all(|log| log.missing == 0));
            assert!(world.settled.values().all(|outcome| outcome[0].is_ok()));
            assert_eq!(world.resyncs, 0);
        }
    }
}

#[test]
fn what_overflows_while_the_client_is_away_is_named_exactly() {
    let mut world = World::new(1, small());
    world.publish(0);
    world.cut();
    for _ in 0..100 {
        world.publish(0);
    }
    world.settle_down();
    world.check();
    let log = &world.logs[TOPICS[0]];
    assert_eq!((log.delivered, log.missing), (8, 93));
}

#[test]
fn random_faults_of_every_kind_lose_nothing_silently() {
    let (mut missing, mut resyncs, mut uncertain) = (0, 0, 0);
    for seed in 0..1_500 {
        let mut world = World::new(seed, small());
        for _ in 0..150 {
            match world.random(40) {
                0 => world.cut(),
                1 if world.random(4) == 0 => world.restart(),
                2..=4 => {
                    let milliseconds = world.random(3_000);
                    world.time(milliseconds);
                }
                5..=11 => world.publish(0),
                12..=15 => world.publish(1),
                16..=19 => world.call(),
                20..=29 => world.deliver_to_gateway(),
                _ => world.deliver_to_client(),
            }
        }
        world.settle_down();
        world.check();
        missing += world.logs.values().map(|log| log.missing).sum::<u64>();
        resyncs += world.resyncs;
        uncertain += world.settled.values().filter(|outcome| outcome[0].is_err()).count();
    }
    assert!(missing > 100 && resyncs > 100 && uncertain > 100, "{missing} {resyncs} {uncertain}");
}
