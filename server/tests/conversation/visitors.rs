//! A visitor of the shop `m1`, as the storefront chat would act.

use crate::support::TestApp;
use app::{
    chat_backend::ChatBackend,
    model::{CallError, ConversationItem, ConversationQuery},
};
use convi_server::{
    client_address::{Client, ClientNetwork},
    conversation::visitor::{Posted, VisitorView},
    store::conversations::Visitor,
};
use serde_json::Value;
use std::net::{IpAddr, Ipv4Addr};

/// Returns the client at address `number` of 203.0.113.0/24 and the following networks.
pub fn client(number: u32) -> Client {
    let first = u32::from(Ipv4Addr::new(203, 0, 113, 0));
    Client::From(ClientNetwork::of(IpAddr::V4(Ipv4Addr::from(first + number))))
}

pub struct Shopper<'a> {
    it: &'a TestApp,
    client: Client,
    pub token: String,
    said: std::cell::Cell<u32>,
}

impl<'a> Shopper<'a> {
    pub async fn of(it: &'a TestApp) -> Self {
        Self::at(it, client(7)).await
    }

    pub async fn at(it: &'a TestApp, client: Client) -> Self {
        let token = it.app.chat.new_visitor("m1", client).await.unwrap();
        Self { it, client, token, said: Default::default() }
    }

    /// Returns the shopper with an existing token.
    pub fn with(it: &'a TestApp, token: String) -> Self {
        Self { it, client: client(7), token, said: Default::default() }
    }

    pub async fn visitor(&self) -> Visitor {
        self.it.app.chat.visitor(&self.token).await.unwrap()
    }

    pub async fn says(&self, text: &str) -> VisitorView {
        self.said.set(self.said.get() + 1);
        self.tries(&format!("k{}", self.said.get()), text).await.unwrap()
    }

    pub async fn tries(&self, id: &str, text: &str) -> Result<VisitorView, CallError> {
        let posted = Posted {
            id: id.into(),
            text: text.into(),
            page_url: Some("https://shop.example/mug".into()),
            context: None,
            locale: Some("de-AT".into()),
        };
        let mut visitor = self.visitor().await;
        self.it.app.chat.say(&mut visitor, &posted, self.client).await?;
        self.it.app.chat.visitor_view(&visitor, 0, false).await
    }

    /// Posts a message from a page with this shop context.
    pub async fn says_with(&self, text: &str, context: Value) -> VisitorView {
        self.said.set(self.said.get() + 1);
        let posted = Posted {
            id: format!("k{}", self.said.get()),
            text: text.into(),
            page_url: None,
            context: Some(serde_json::from_value(context).unwrap()),
            locale: None,
        };
        self.it.app.chat.say(&mut self.visitor().await, &posted, self.client).await.unwrap();
        self.sees().await
    }

    /// Posts a message without reading the conversation.
    pub async fn posts(&self, id: &str, text: &str) {
        let posted = Posted { id: id.into(), text: text.into(), page_url: None, context: None, locale: None };
        self.it.app.chat.say(&mut self.visitor().await, &posted, self.client).await.unwrap();
    }

    /// Leaves an address in the form.
    pub async fn leaves(&self, email: &str) -> VisitorView {
        self.it.app.chat.leave_address(&mut self.visitor().await, email, self.client).await.unwrap();
        self.sees().await
    }

    pub async fn sees(&self) -> VisitorView {
        self.it.app.chat.visitor_view(&self.visitor().await, 0, false).await.unwrap()
    }
}

/// Returns the merchant's newest conversation.
pub async fn newest(it: &TestApp) -> ConversationItem {
    let page = it.app.chat.conversations(&it.owner, ConversationQuery::default()).await.unwrap();
    page.conversations.into_iter().next().unwrap()
}

pub fn texts(view: &VisitorView) -> Vec<&str> {
    view.messages.iter().map(|message| message.text.as_str()).collect()
}
