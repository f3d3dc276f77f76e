//! A contract whose names mean something in Rust.

use tera_service::{Caller, Client, Failure, Items};

use crate::{
    embedded,
    names::r#mod::{Names, NamesClient, Result as Response, Send, Sync, serve_names},
};

struct Parrot;

impl Names for Parrot {
    async fn clone(&self, request: Send, _: Caller) -> Result<Sync, Failure> {
        Ok(Sync { text: request.text })
    }

    async fn drop(&self, request: Send, _: Caller) -> Result<Sync, Failure> {
        Ok(Sync { text: request.text })
    }

    async fn into(&self, request: Send, _: Caller) -> Result<Sync, Failure> {
        Ok(Sync { text: request.text })
    }

    async fn as_ref(&self, request: Send, _: Caller) -> Result<Sync, Failure> {
        Ok(Sync { text: request.text })
    }

    async fn self_(&self, request: Send, _: Caller) -> Result<Sync, Failure> {
        Ok(Sync { text: request.text })
    }

    async fn r#type(&self, _: Send, mut items: Items<Response>, _: Caller) -> Result<(), Failure> {
        Ok(items.send(&Response::default()).await?)
    }
}

#[tokio::test]
async fn methods_and_messages_may_have_names_that_rust_has_too() {
    let bus = embedded().await;
    let _server = serve_names(&bus, "Parrot", Parrot).await.unwrap();
    let names = NamesClient::new(&Client::connect(&bus).await.unwrap(), "Parrot");
    let send = Send { text: "é".into() };
    let answers = [
        names.clone(&send).await,
        names.drop(&send).await,
        // Every value has an `into` of its own.
        NamesClient::into(&names, &send).await,
        names.as_ref(&send).await,
        names.self_(&send).await,
    ];
    for answer in answers {
        assert_eq!(answer, Ok(Sync { text: "é".into() }));
    }
    let mut responses = names.r#type(&send).await.unwrap();
    assert_eq!(responses.next().await, Some(Ok(Response::default())));
}
