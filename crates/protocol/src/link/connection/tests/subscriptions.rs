use super::*;

impl Bench {
    fn subscribe(&mut self, pattern: &str) -> RequestId {
        let id = self.connection.subscribe(at(self.now), pattern, None).unwrap();
        self.pump();
        id
    }

    fn unsubscribe(&mut self, pattern: &str) -> RequestId {
        let id = self.connection.unsubscribe(at(self.now), pattern, None).unwrap();
        self.pump();
        id
    }

    /// A subscription that the gateway has confirmed.
    fn subscribed(&mut self, pattern: &str) {
        let id = self.subscribe(pattern);
        self.reply(id, done());
        self.take();
    }

    /// What goes out after the session was lost, without the Hello.
    fn forgotten(&mut self) -> Vec<String> {
        self.lose();
        self.dial();
        self.take();
        self.handshake(false, 0);
        let outputs = self.take();
        self.outputs = outputs.clone();
        let sent = self.sent().into_iter().skip(1).map(|sent| sent.what).collect();
        self.outputs = outputs;
        sent
    }
}

#[test]
fn a_new_session_gets_every_subscription_before_anything_else_and_each_has_a_gap() {
    let mut bench = Bench::new();
    bench.subscribed("a.*");
    bench.subscribed("b");
    bench.subscribed("c");
    let ended = bench.unsubscribe("c");
    bench.reply(ended, done());
    bench.lose();
    bench.send().unwrap();
    let sent = bench.forgotten();
    assert_eq!(sent, ["request 5 sub a.*", "request 6 sub b", "send"]);
    let gap = |topic: &str| Event::Gap(Gap { topic: topic.into(), first: 0, last: 0, count: None });
    let events = bench.events();
    let resync = events.iter().position(|event| *event == Event::Resync).unwrap();
    assert_eq!(events[resync + 1..], [gap("a.*"), gap("b")]);
}

#[test]
fn a_resumed_session_still_has_its_subscriptions() {
    let mut bench = Bench::new();
    bench.subscribed("a");
    bench.ack(1);
    bench.take();
    bench.reconnect(true, 1);
    assert!(bench.sent().iter().all(|sent| !sent.what.contains("sub")));
}

#[test]
fn a_subscription_under_way_is_made_again_for_the_one_who_waits() {
    let mut bench = Bench::new();
    let id = bench.subscribe("a");
    assert_eq!(bench.forgotten(), ["request 1 sub a"]);
    assert_eq!(bench.settled(), []);
    bench.reply(id, done());
    assert_eq!(bench.settled(), [(id, None)]);
}

#[test]
fn a_subscription_that_waits_to_be_sent_is_sent_once() {
    let mut bench = Bench::new();
    bench.lose();
    bench.subscribe("a");
    assert_eq!(bench.forgotten(), ["request 1 sub a"]);
}

#[test]
fn what_the_lost_session_had_is_asked_for_before_what_waits_even_if_it_is_asked_for_there_again() {
    let mut bench = Bench::new();
    let first = bench.subscribe("a");
    let second = bench.subscribe("a");
    bench.reply(first, done());
    bench.lose();
    bench.send().unwrap();
    let last = bench.subscribe("a");
    assert_eq!(bench.forgotten(), ["request 4 sub a", "request 2 sub a", "send", "request 3 sub a"]);
    bench.take();
    bench.reply(RequestId(4), done());
    bench.reply(second, done());
    bench.reply(last, done());
    assert_eq!(bench.settled(), [(second, None), (last, None)]);
    assert_eq!(bench.forgotten(), ["request 5 sub a"]);
}

#[test]
fn an_unsubscription_under_way_is_done_when_the_session_is_gone() {
    let mut bench = Bench::new();
    bench.subscribed("a");
    let id = bench.unsubscribe("a");
    assert_eq!(bench.forgotten(), Vec::<String>::new());
    assert_eq!(bench.settled(), [(id, None)]);
}

#[test]
fn a_refused_subscription_is_not_made_again() {
    let mut bench = Bench::new();
    let id = bench.subscribe("a");
    bench.reply(id, refusal());
    assert_eq!(bench.settled(), [(id, Some(ErrorCode::Forbidden))]);
    assert_eq!(bench.forgotten(), Vec::<String>::new());
}

#[test]
fn a_subscription_refused_to_a_new_session_is_a_warning() {
    let mut bench = Bench::new();
    bench.subscribed("a");
    bench.forgotten();
    bench.take();
    bench.reply(RequestId(2), refusal());
    assert_eq!(bench.warnings(), [ErrorCode::Forbidden]);
    assert_eq!(bench.forgotten(), Vec::<String>::new());
}

fn failure(code: ErrorCode) -> reply::Outcome {
    reply::Outcome::Error(messages::Error { code: code.into(), ..Default::default() })
}

fn missed(topic: &str) -> Event {
    Event::Gap(Gap { topic: topic.into(), first: 0, last: 0, count: None })
}

/// What is heard when a subscription can't be renewed for now.
fn lapse(topic: &str, code: ErrorCode) -> [Event; 2] {
    let warning = TeraError::new(code, format!("No longer subscribed to {topic}: "));
    [missed(topic), Event::Warning(warning)]
}

#[test]
fn a_subscription_that_can_not_be_renewed_now_is_a_gap_until_it_is_renewed_later() {
    let mut bench = Bench::new();
    bench.subscribed("a");
    bench.forgotten();
    bench.take();
    for (id, code) in [(2, ErrorCode::Unavailable), (3, ErrorCode::QueueFull), (4, ErrorCode::Timeout)] {
        bench.reply(RequestId(id), failure(code));
        let is_first = id == 2;
        assert_eq!(bench.events(), if is_first { lapse("a", code).to_vec() } else { vec![] });
        let later = bench.now + 1_000;
        bench.time(later - 1);
        bench.take();
        bench.time(later);
        assert_eq!(bench.sent().last().unwrap().what, format!("request {} sub a", id + 1));
    }
    bench.reply(RequestId(5), done());
    assert_eq!(bench.events(), [missed("a")]);
    assert_eq!(bench.forgotten(), ["request 6 sub a"]);
}

#[test]
fn a_renewal_that_waits_is_asked_for_first_of_all_when_the_session_is_lost_again() {
    let mut bench = Bench::new();
    bench.subscribed("a");
    bench.forgotten();
    bench.take();
    bench.reply(RequestId(2), failure(ErrorCode::Unavailable));
    bench.lose();
    bench.send().unwrap();
    bench.connection.handle(at(bench.now), Input::Offline);
    bench.connection.renew_lapsed();
    bench.connection.handle(at(bench.now), Input::Online);
    let sent = bench.forgotten();
    assert_eq!(sent, ["request 4 sub a", "send", "request 3 sub a"]);
}

#[test]
fn a_subscription_that_once_succeeded_stays_whatever_becomes_of_other_requests_for_it() {
    let mut bench = Bench::new();
    let [first, second] = [bench.subscribe("a"), bench.subscribe("a")];
    bench.reply(first, done());
    bench.reply(second, failure(ErrorCode::Unavailable));
    let third = bench.subscribe("a");
    bench.reply(third, refusal());
    let codes = [(first, None), (second, Some(ErrorCode::Unavailable)), (third, Some(ErrorCode::Forbidden))];
    assert_eq!(bench.settled(), codes);
    assert_eq!(bench.forgotten(), ["request 4 sub a"]);
}

#[test]
fn a_subscription_given_up_is_taken_back() {
    let mut bench = Bench::new();
    let id = bench.subscribe("a");
    bench.take();
    bench.connection.cancel(at(0), id);
    bench.pump();
    assert_eq!(bench.sent(), [sent(2, "request 2 unsub a")]);
    bench.subscribe("b");
    bench.now = 9_000;
    bench.event();
    bench.take();
    bench.time(10_000);
    assert_eq!(bench.sent().last().unwrap().what, "request 4 unsub b");

    bench.lose();
    let id = bench.subscribe("c");
    bench.connection.cancel(at(0), id);
    assert_eq!(bench.forgotten(), Vec::<String>::new());
}

#[test]
fn subscribing_again_does_not_risk_what_is_subscribed() {
    let mut bench = Bench::new();
    bench.subscribed("a");
    let again = bench.subscribe("a");
    bench.take();
    bench.connection.cancel(at(0), again);
    bench.pump();
    assert_eq!(bench.sent(), []);
    assert_eq!(bench.forgotten(), ["request 3 sub a"]);
}

#[test]
fn a_subscription_whose_reply_is_lost_is_made_again() {
    let mut bench = Bench::new();
    let id = bench.subscribe("a");
    bench.ack(1);
    bench.take();
    bench.numbered(&messages::Gap { lost_replies: vec![id.0; 9], ..Default::default() });
    let outputs = bench.take();
    bench.outputs = outputs.clone();
    assert_eq!(bench.settled(), []);
    bench.outputs = outputs;
    assert_eq!(bench.sent(), [Sent { seq: 2, ack: 1, what: "request 1 sub a".into() }]);
    bench.reply(id, done());
    assert_eq!(bench.settled(), [(id, None)]);
}

#[test]
fn a_renewed_subscription_whose_reply_is_lost_may_have_missed_something() {
    let mut bench = Bench::new();
    bench.subscribed("a");
    bench.forgotten();
    bench.ack(1);
    bench.take();
    bench.numbered(&messages::Gap { lost_replies: vec![2], ..Default::default() });
    let outputs = bench.take();
    bench.outputs = outputs.clone();
    assert!(matches!(&bench.events()[..], [gap, Event::Warning(_)] if *gap == missed("a")));
    bench.outputs = outputs;
    assert_eq!(bench.sent(), [Sent { seq: 2, ack: 1, what: "request 2 sub a".into() }]);
    bench.reply(RequestId(2), done());
    assert_eq!(bench.events(), [missed("a")]);
}

#[test]
fn subscriptions_are_bounded() {
    let mut bench = Bench::with(Options { max_in_flight: 9_999, max_queued: 9_999, ..Options::default() });
    for number in 0..1_024 {
        bench.subscribe(&number.to_string());
    }
    let error = bench.connection.subscribe(at(0), "one more", None).unwrap_err();
    assert_eq!(error.code, ErrorCode::QueueFull);
    bench.unsubscribe("7");
    bench.subscribe("one more");
}

#[test]
fn a_renewal_that_waits_has_no_number_that_the_gateway_could_mean() {
    let mut bench = Bench::new();
    bench.subscribed("a");
    bench.forgotten();
    bench.ack(1);
    bench.reply(RequestId(2), failure(ErrorCode::Unavailable));
    bench.take();
    bench.numbered(&messages::Gap { lost_replies: vec![0], ..Default::default() });
    assert_eq!(bench.sent(), []);
    for outcome in [done(), refusal()] {
        bench.reply(RequestId(0), outcome);
        assert_eq!(bench.events(), []);
    }
    bench.time(bench.now + 1_000);
    assert_eq!(bench.sent().last().unwrap().what, "request 3 sub a");
    bench.reply(RequestId(3), done());
    assert_eq!(bench.events(), [missed("a")]);
}
