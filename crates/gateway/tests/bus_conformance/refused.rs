//! A Redis that doesn't let the gateway subscribe to everything.

use bytes::Bytes;
use redis::cmd;
use tera_gateway::bus::{Filter, Received};
use tokio::time::timeout;

use crate::{PATIENCE, expect, outsider, subscribe, support, topic};

#[tokio::test]
async fn a_subscription_that_redis_refuses_fails_by_itself() {
    let (bus, user) = support::restricted(&["&service.*"]).await;
    let [heard, other] = [topic(), topic()];
    let denied = heard.replace("service.", "secret.");
    let mut subscription = subscribe(&bus, &[&heard]).await;
    let [with_denied, denied_alone] = [vec![other.clone(), denied.clone()], vec![denied.clone()]];
    let (refused, also_refused, allowed) = tokio::join!(
        bus.subscribe(&with_denied, 8),
        bus.subscribe(&denied_alone, 8),
        bus.subscribe(std::slice::from_ref(&other), 8)
    );
    for refused in [refused.unwrap_err(), also_refused.unwrap_err()] {
        assert!(refused.to_string().contains("permissions"), "{refused}");
    }
    let mut allowed = allowed.unwrap();
    for filter in [Filter::Topic(denied.as_str().into()), Filter::Pattern("secret.*".parse().unwrap())] {
        allowed.add(filter);
        assert!(allowed.confirmed().await.is_err());
    }
    assert_eq!(bus.publish(&heard, Bytes::from_static(b"1")).await, Ok(1));
    expect(&mut subscription, &heard, b"1").await;
    assert_eq!(bus.publish(&other, Bytes::from_static(b"2")).await, Ok(1));
    expect(&mut allowed, &other, b"2").await;

    // Nor does it keep a connection that was lost from coming back.
    support::command(&["CLIENT", "KILL", "USER", &user]).await;
    for (subscription, topic) in [(&mut subscription, &heard), (&mut allowed, &other)] {
        let received = timeout(PATIENCE, subscription.receive()).await;
        assert!(matches!(received, Ok(Received::Lost)), "instead of the loss: {received:?}");
        let mut outsider = outsider().await;
        let receivers: u64 = cmd("PUBLISH").arg(topic).arg("3").query_async(&mut outsider).await.unwrap();
        assert_eq!(receivers, 1);
        expect(subscription, topic, b"3").await;
    }
    support::command(&["ACL", "DELUSER", &user]).await;
}
