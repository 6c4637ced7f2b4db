//! No event reaches the operator's own network, whatever a URL's name resolves to. A canary listens there.

use crate::{
    receiver::{Receiver, Reply},
    support::{TestApp, form},
};
use app::{
    backend::Backend,
    model::{CallError, ConnectionState, Helpdesk, Problem, SaveOutcome, Subdomain, TestOutcome, Username},
};
use convi_server::{
    clock::{ManualClock, SystemEntropy},
    helpdesk::{
        Access, AccountUrl, HelpdeskClient, Meter, RateHeader,
        clients::{Reach, webhook},
        endpoint::Endpoint,
        events::{EventMessage, Undelivered},
    },
    internet::{Internet, InternetRules},
    outbound,
};
use domain::clock::World;
use reqwest::dns::{Addrs, Name, Resolve, Resolving};
use std::{
    collections::VecDeque,
    net::{IpAddr, SocketAddr},
    sync::{Arc, Mutex},
    time::Duration,
};

/// Stands in for the public internet in these tests: the one network that is allowed.
const OUTSIDE: &str = "127.0.0.2";
/// The operator's network.
const INSIDE: &str = "127.0.0.1";

/// Resolves every name to the next list of addresses, and to the last one from then on.
struct Names(Mutex<VecDeque<Vec<IpAddr>>>);

impl Resolve for Names {
    fn resolve(&self, _: Name) -> Resolving {
        let mut lists = self.0.lock().unwrap();
        let list = if lists.len() > 1 { lists.pop_front().unwrap() } else { lists[0].clone() };
        Box::pin(
            async move { Ok(Box::new(list.into_iter().map(|address| SocketAddr::new(address, 0))) as Addrs) },
        )
    }
}

struct Unlimited;

#[async_trait::async_trait]
impl Meter for Unlimited {
    async fn admit(&self) {}
    fn answered(&self, _: Option<RateHeader>) {}
    fn refused(&self, _: Duration) {}
}

/// A receiver outside and a canary inside, on the same port.
struct Place {
    receiver: Receiver,
    canary: tokio::net::TcpListener,
    port: u16,
}

impl Place {
    async fn start() -> Self {
        let _ = rustls::crypto::ring::default_provider().install_default();
        let canary = tokio::net::TcpListener::bind((INSIDE, 0)).await.unwrap();
        let port = canary.local_addr().unwrap().port();
        let receiver = Receiver::start_at(SocketAddr::new(OUTSIDE.parse().unwrap(), port)).await;
        Self { receiver, canary, port }
    }

    /// Returns a client for which names resolve like this.
    fn client(&self, names: &[&[&str]]) -> Arc<dyn HelpdeskClient> {
        let lists = names.iter().map(|list| list.iter().map(|it| it.parse().unwrap()).collect()).collect();
        let allowed = InternetRules::networks(OUTSIDE).unwrap();
        let rules = InternetRules::new(vec![443, self.port], allowed);
        let internet = Internet::resolving(rules, Arc::new(Names(Mutex::new(lists)))).unwrap();
        let clock = ManualClock::at("2026-11-22T10:00:00Z".parse().unwrap());
        webhook::client(Reach {
            http: outbound::client().unwrap(),
            accounts: AccountUrl::default(),
            internet,
            world: World { clock: Arc::new(clock), entropy: Arc::new(SystemEntropy) },
        })
    }

    /// Sends an event to this URL.
    async fn sends(&self, client: &dyn HelpdeskClient, url: &str) -> Result<(), Undelivered> {
        let event = EventMessage { id: "e1".into(), body: r#"{"type":"handover.created"}"#.into() };
        client.events().unwrap().send(&access(url), &event, Duration::from_secs(15), &Unlimited).await
    }

    /// Asserts that nobody has connected to the canary.
    async fn canary_is_silent(&self) {
        // A connection of our own comes last, so it is the first one that is accepted only if there was no other.
        let own = tokio::net::TcpStream::connect((INSIDE, self.port)).await.unwrap();
        let (_, peer) = self.canary.accept().await.unwrap();
        assert_eq!(peer, own.local_addr().unwrap(), "somebody reached the canary");
    }
}

fn access(url: &str) -> Access {
    let endpoint = Endpoint::new(url, &SystemEntropy);
    Access {
        subdomain: Subdomain::try_from("hook".to_owned()).unwrap(),
        method: Helpdesk::WEBHOOK.method(None).unwrap(),
        username: Username::try_from("hook".to_owned()).unwrap(),
        key: endpoint.to_key(),
    }
}

fn is_unreachable(sent: Result<(), Undelivered>) -> bool {
    matches!(sent, Err(Undelivered::NotTaken { why, .. })
        if why.english() == "The URL is not reachable from the internet.")
}

#[tokio::test]
async fn permitted_address_is_reached() {
    let place = Place::start().await;
    let url = format!("http://{OUTSIDE}:{}/", place.port);
    assert_eq!(place.sends(&*place.client(&[&[INSIDE]]), &url).await, Ok(()));
    let named = format!("http://localhost:{}/", place.port);
    assert_eq!(place.sends(&*place.client(&[&[OUTSIDE]]), &named).await, Ok(()));
    assert_eq!(place.receiver.got().len(), 2);
    place.canary_is_silent().await;
}

#[tokio::test]
async fn name_that_leads_inside_is_not_called() {
    let place = Place::start().await;
    for addresses in
        [&[INSIDE][..], &["::1"], &["::ffff:127.0.0.1"], &["10.0.0.1", INSIDE], &["169.254.169.254"]]
    {
        for name in
            [format!("https://rebind.example:{}/", place.port), format!("http://localhost:{}/", place.port)]
        {
            let sent = place.sends(&*place.client(&[addresses]), &name).await;
            assert!(is_unreachable(sent), "{addresses:?} {name}");
        }
    }
    place.canary_is_silent().await;
}

#[tokio::test]
async fn rebinding_name_leads_nowhere_the_second_time() {
    let place = Place::start().await;
    let client = place.client(&[&[OUTSIDE], &[INSIDE]]);
    let url = format!("http://localhost:{}/", place.port);
    assert_eq!(place.sends(&*client, &url).await, Ok(()));
    for _ in 0..3 {
        assert!(is_unreachable(place.sends(&*client, &url).await));
    }
    assert_eq!(place.receiver.got().len(), 1);
    place.canary_is_silent().await;
}

#[tokio::test]
async fn only_the_permitted_address_of_a_mixed_name_is_called() {
    let place = Place::start().await;
    let client = place.client(&[&[INSIDE, OUTSIDE, "10.0.0.1"]]);
    assert_eq!(place.sends(&*client, &format!("http://localhost:{}/", place.port)).await, Ok(()));
    assert_eq!(place.receiver.got().len(), 1);
    place.canary_is_silent().await;
}

#[tokio::test]
async fn saved_address_is_judged_again_when_it_is_used() {
    let place = Place::start().await;
    let client = place.client(&[&[INSIDE]]);
    for url in [
        format!("http://{INSIDE}:{}/", place.port),
        format!("http://2130706433:{}/", place.port),
        format!("https://[::ffff:127.0.0.1]:{}/", place.port),
        format!("https://0x7f.1:{}/", place.port),
        format!("http://user@{OUTSIDE}:{}/", place.port),
        format!("http://{OUTSIDE}:{}/", place.port.wrapping_add(1).max(1)),
    ] {
        assert!(is_unreachable(place.sends(&*client, &url).await), "{url}");
    }
    assert!(place.receiver.got().is_empty());
    place.canary_is_silent().await;
}

#[tokio::test]
async fn redirect_inside_is_not_followed() {
    let place = Place::start().await;
    let inside = format!("http://{INSIDE}:{}/", place.port);
    for status in [301, 302, 303, 307, 308] {
        place.receiver.next([Reply::With(status, "location", inside.clone(), String::new())]);
        let sent =
            place.sends(&*place.client(&[&[INSIDE]]), &format!("http://{OUTSIDE}:{}/", place.port)).await;
        assert!(
            matches!(sent, Err(Undelivered::Unusable { problem: Problem::NotAHelpdesk, .. })),
            "{status}"
        );
    }
    place.canary_is_silent().await;
}

#[tokio::test]
async fn refused_url_is_named_at_its_field_before_any_call() {
    let it = TestApp::start().await;
    let port = it.receiver.address.port();
    for (url, words) in [
        (String::new(), "Enter the URL"),
        ("https://10.0.0.1/".to_owned(), "public internet"),
        (format!("https://2130706434:{port}/"), "public internet"),
        ("https://intranet/".to_owned(), "public internet"),
        ("http://shop.example/".to_owned(), "https://"),
        (format!("http://127.0.0.2:{port}/"), "public internet"),
        ("https://shop.example:22/".to_owned(), "Port 22"),
        ("https://a:b@shop.example/".to_owned(), "user name"),
    ] {
        for refused in [
            it.tests(&url).await.map(drop),
            it.app.services.save_connection(&it.owner, Helpdesk::WEBHOOK, form(&url)).await.map(drop),
        ] {
            let Err(CallError::Fields { errors }) = refused else { panic!("{url}: {refused:?}") };
            assert_eq!((errors.len(), errors[0].field.as_str()), (1, "url"));
            assert!(errors[0].message.contains(words), "{url}: {}", errors[0].message);
        }
    }
    assert!(it.receiver.got().is_empty());
    assert_eq!(it.row().await.state, ConnectionState::NotConnected);
}

/// Only resolution shows that a name leads nowhere. The URL is saved anyway, so that the merchant can fix the name.
#[tokio::test]
async fn unresolvable_name_is_saved_as_needing_attention() {
    let it = TestApp::start().await;
    let TestOutcome::Failed(failure) = it.tests("https://nobody.invalid/").await.unwrap() else { panic!() };
    assert_eq!(failure.problem, Problem::UnknownSubdomain);
    assert_eq!(failure.message, "The URL is not reachable from the internet.");
    let saved = it.saves("https://nobody.invalid/").await.unwrap();
    let SaveOutcome::Saved { integration, secret: Some(_), .. } = saved else { panic!("{saved:?}") };
    assert_eq!(integration.state, ConnectionState::NeedsAttention);
}
