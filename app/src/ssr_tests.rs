//! What the server sends, page by page, with a backend that answers what a test put into it.

#![allow(clippy::unwrap_used, reason = "its helpers are tests too")]

use crate::backend::{Backend, SharedBackend};
use crate::forms::{FormOutcome, Intent, Submitted, submit};
use crate::model::*;
use crate::shell::{Assets, shell};
use axum::body::{Body, to_bytes};
use http::Request;
use std::sync::{Arc, Mutex};

/// Renders the app for nobody, which must not happen beside the rendering of a page.
static ROUTES: std::sync::Once = std::sync::Once::new();

/// A backend that holds still.
#[derive(Default)]
struct Fake {
    integration: Option<Integration>,
    handovers: Vec<HandoverView>,
    /// What was asked of it, in words.
    asked: Mutex<Vec<String>>,
}

impl Fake {
    fn note(&self, what: String) {
        self.asked.lock().unwrap().push(what);
    }

    fn asked(&self) -> Vec<String> {
        self.asked.lock().unwrap().clone()
    }
}

#[async_trait::async_trait]
impl Backend for Fake {
    async fn integrations(&self, _: &Viewer) -> Result<Vec<Integration>, CallError> {
        Ok(self.integration.clone().into_iter().collect())
    }

    async fn test_connection(
        &self,
        _: &Viewer,
        _: Helpdesk,
        form: ConnectionForm,
    ) -> Result<TestOutcome, CallError> {
        self.note(format!("test {} {:?}", form.subdomain, form.api_key));
        Ok(TestOutcome::Failed {
            problem: Problem::BadCredentials,
            message: "The key is <b>wrong</b>.".into(),
        })
    }

    async fn save_connection(
        &self,
        _: &Viewer,
        helpdesk: Helpdesk,
        form: ConnectionForm,
    ) -> Result<SaveOutcome, CallError> {
        self.note(format!("save {}", form.subdomain));
        Subdomain::parse_field(helpdesk, &form.subdomain).map_err(CallError::field)?;
        Ok(SaveOutcome::Saved { integration: Box::new(connected()), warnings: vec![] })
    }

    async fn disconnect(&self, viewer: &Viewer, helpdesk: Helpdesk) -> Result<u64, CallError> {
        if !viewer.role.may_change() {
            return Err(CallError::NotAllowed);
        }
        self.note(format!("disconnect {helpdesk}"));
        Ok(0)
    }

    async fn handovers(&self, _: &Viewer, query: HandoverQuery) -> Result<HandoverPage, CallError> {
        assert_eq!(query.limit, Some(10));
        Ok(HandoverPage { handovers: self.handovers.clone(), next_cursor: None })
    }

    async fn retry(&self, _: &Viewer, id: &str, to: Option<Destination>) -> Result<(), CallError> {
        self.note(format!("retry {id} {:?}", to.map(Destination::slug)));
        Ok(())
    }

    async fn resolve(&self, _: &Viewer, id: &str, answer: Resolution) -> Result<(), CallError> {
        self.note(format!("resolve {id} {} {}", answer.destination.slug(), answer.made));
        Ok(())
    }

    async fn send_unsent(&self, _: &Viewer) -> Result<u64, CallError> {
        self.note("send".into());
        Ok(2)
    }

    async fn notifications(&self, _: &Viewer) -> Result<Notifications, CallError> {
        Ok(Notifications::default())
    }

    async fn save_notifications(
        &self,
        _: &Viewer,
        email: Option<String>,
    ) -> Result<Notifications, CallError> {
        self.note(format!("team {email:?}"));
        let email = email.map(|email| EmailAddress::parse_field("email", &email)).transpose();
        Ok(Notifications { email: email.map_err(CallError::field)? })
    }
}

fn viewer(role: Role) -> Viewer {
    Viewer { merchant: "m1".into(), subject: "u1".into(), name: "Olive".into(), role }
}

fn connected() -> Integration {
    Integration {
        helpdesk: Helpdesk::Gorgias,
        state: ConnectionState::Connected,
        subdomain: Some("your-store".into()),
        username: Some("jane@example.com".into()),
        problem: None,
        reason: None,
        held: 0,
        waiting: 2,
        unsent: 0,
        receives_handovers: true,
        account_url: Some("javascript:alert('account')".into()),
        changes: vec![ConnectionChange {
            action: "connected".into(),
            by: Some("<img src=x onerror=alert(1)>".into()),
            at: "2026-11-22T10:00:00Z".into(),
        }],
    }
}

fn handover(deliveries: Vec<DeliveryView>) -> HandoverView {
    HandoverView {
        handover_id: "h1".into(),
        conversation_id: "c1".into(),
        conversation_url: Some("javascript:alert('conversation')".into()),
        shopper_name: Some("<script>alert('name')</script>\u{202e}".into()),
        shopper_email: None,
        subject: "</textarea></script><img src=x onerror=alert('subject')>".into(),
        trigger: TriggerKind::Automatic,
        reason: Some("asked_for_human".into()),
        by: None,
        occurred_at: "2026-11-22T10:00:00Z".into(),
        accepted_at: "2026-11-22T10:00:00Z".into(),
        deliveries,
    }
}

fn delivery(state: DeliveryState) -> DeliveryView {
    DeliveryView {
        destination: Destination::Helpdesk(Helpdesk::Gorgias),
        state,
        attempts: 1,
        ticket_id: Some(123),
        ticket_url: Some("javascript:alert('ticket')".into()),
        last_error: Some("<b>503</b>".into()),
        next_attempt_at: None,
        needs_answer: false,
        duplicates: vec![],
    }
}

/// The page at `uri`, as the server sends it.
async fn page(backend: Fake, role: Option<Role>, uri: &str, outcome: Option<FormOutcome>) -> (u16, String) {
    // It also starts the executor, as the server does when it makes its routes.
    ROUTES.call_once(|| {
        let _ = leptos_axum::generate_route_list(crate::App);
    });
    let backend: SharedBackend = Arc::new(backend);
    let mut request = Request::get(uri).header("accept", "text/html").body(Body::empty()).unwrap();
    if let Some(role) = role {
        request.extensions_mut().insert(viewer(role));
    }
    let assets = Assets {
        start_js: "pkg/start-1.js".into(),
        page_js: "pkg/page-1.js".into(),
        page_wasm: "pkg/page-1.wasm".into(),
        css: "pkg/app-1.css".into(),
        favicon: "favicon.svg".into(),
    };
    let render = leptos_axum::render_app_async_with_context(
        move || {
            leptos::prelude::provide_context(backend.clone());
            if let Some(outcome) = outcome.clone() {
                leptos::prelude::provide_context(outcome);
            }
        },
        move || shell(assets.clone()),
    );
    let response = render(request).await;
    let status = response.status().as_u16();
    let body = to_bytes(response.into_body(), usize::MAX).await.unwrap();
    (status, String::from_utf8(body.to_vec()).unwrap())
}

/// The HTML without its scripts, the data of hydration among them.
fn visible(html: &str) -> String {
    let mut rest = html;
    let mut out = String::new();
    while let Some(start) = rest.find("<script") {
        out.push_str(&rest[..start]);
        rest = rest[start..].find("</script>").map_or("", |end| &rest[start + end + 9..]);
    }
    out + rest
}

#[tokio::test]
async fn a_first_visit_offers_to_connect() {
    let (status, html) = page(Fake::default(), Some(Role::Owner), "/settings/integrations", None).await;
    assert_eq!(status, 200);
    assert!(html.contains("<link rel=\"stylesheet\" href=\"/pkg/app-1.css\">"));
    for text in [">Gorgias</h2>", "Not connected", ">Connect</span>", "Recent handovers", "No handovers yet"]
    {
        assert!(html.contains(text), "{text}");
    }
    assert!(!html.contains("Disconnect"));
    assert!(!html.contains("<dialog"));
}

#[tokio::test]
async fn nothing_in_the_page_needs_an_inline_style_or_handler() {
    let backend =
        Fake { integration: Some(connected()), handovers: vec![handover(vec![])], ..Fake::default() };
    let (_, html) = page(backend, Some(Role::Owner), "/settings/integrations?connect=gorgias", None).await;
    let html = visible(&html);
    for bad in [" style=", " onclick=", " onsubmit=", "javascript:"] {
        assert!(!html.contains(bad), "{bad}");
    }
}

#[tokio::test]
async fn hostile_text_is_text() {
    let backend = Fake {
        integration: Some(connected()),
        handovers: vec![handover(vec![delivery(DeliveryState::Delivered), delivery(DeliveryState::Failed)])],
        ..Fake::default()
    };
    let (_, html) = page(backend, Some(Role::Owner), "/settings/integrations", None).await;
    // In the data of hydration a `<` is written as an escape, so these stand nowhere at all.
    for bad in ["<script>alert", "<img src=x", "</textarea>", "<b>503", "\u{202e}"] {
        assert!(!visible(&html).contains(bad), "{bad}");
        assert!(bad == "\u{202e}" || !html.contains(bad), "{bad} in the data of hydration");
    }
    let html = visible(&html);
    assert!(html.contains("&lt;script&gt;alert('name')&lt;/script&gt;"));
    assert!(!html.contains("javascript:"), "only http(s) becomes a link");
    assert!(html.contains("Ticket #123"), "the number is shown all the same");
}

#[tokio::test]
async fn times_are_the_same_on_both_sides_until_the_browser_is_live() {
    let backend = Fake { handovers: vec![handover(vec![])], ..Fake::default() };
    let (_, html) = page(backend, Some(Role::Owner), "/settings/integrations", None).await;
    assert!(html.contains("<time datetime=\"2026-11-22T10:00:00Z\">2026-11-22 10:00 UTC</time>"));
    assert!(html.contains("Nobody was told"));
}

#[tokio::test]
async fn a_broken_connection_shows_its_mend_and_what_it_holds() {
    let broken = Integration {
        state: ConnectionState::NeedsAttention,
        reason: Some("The key was revoked. Enter a new one.".into()),
        held: 3,
        ..connected()
    };
    let backend = Fake { integration: Some(broken), ..Fake::default() };
    let (_, html) = page(backend, Some(Role::Owner), "/settings/integrations", None).await;
    for text in
        ["Needs attention", "The key was revoked. Enter a new one.", "3 handovers are held.", "Configure"]
    {
        assert!(html.contains(text), "{text}");
    }
}

#[tokio::test]
async fn without_wasm_the_dialogs_open_by_their_address() {
    let backend = || Fake { integration: Some(connected()), ..Fake::default() };
    let (_, html) = page(backend(), Some(Role::Owner), "/settings/integrations?connect=gorgias", None).await;
    assert!(html.contains("<dialog open"));
    assert!(html.contains("Configure Gorgias"));
    assert!(html.contains("value=\"your-store\""));
    assert!(html.contains("https://your-store.gorgias.com/app/settings/rest-api"));
    let (_, html) =
        page(backend(), Some(Role::Admin), "/settings/integrations?disconnect=gorgias", None).await;
    assert!(html.contains(
        "Are you sure you want to disconnect Gorgias? Ticket creation for handovers will stop working."
    ));
    assert!(html.contains("2 handovers are waiting and will not become tickets."));
}

#[tokio::test]
async fn a_member_looks_and_is_told_why() {
    let backend = Fake { integration: Some(connected()), ..Fake::default() };
    let (_, html) = page(backend, Some(Role::Member), "/settings/integrations?connect=gorgias", None).await;
    assert!(!html.contains("<dialog"));
    assert!(html.contains("Only an owner or an admin can change it."));
    assert!(html.contains("disabled"));
}

#[tokio::test]
async fn a_notice_is_a_known_one_or_none() {
    let at = "/settings/integrations?notice=";
    let (_, html) = page(Fake::default(), Some(Role::Owner), &format!("{at}saved"), None).await;
    assert!(html.contains("Helpdesk integration saved successfully."));
    let (_, html) = page(Fake::default(), Some(Role::Owner), &format!("{at}Call%200900"), None).await;
    assert!(!visible(&html).contains("0900"));
}

#[tokio::test]
async fn signed_out_it_says_so() {
    let (_, html) = page(Fake::default(), None, "/settings/integrations", None).await;
    assert!(html.contains("You are signed out. Sign in again to go on."));
    let (status, html) = page(Fake::default(), None, "/sign-in?error=expired", None).await;
    assert_eq!(status, 200);
    assert!(html.contains("This token has expired."));
    assert!(html.contains("action=\"/sign-in\""));
}

#[tokio::test]
async fn an_address_of_nothing_is_404_and_the_root_leads_on() {
    let (status, html) = page(Fake::default(), Some(Role::Owner), "/nothing", None).await;
    assert_eq!(status, 404);
    assert!(html.contains("Page not found"));
    let (status, _) = page(Fake::default(), Some(Role::Owner), "/", None).await;
    assert_eq!(status, 302);
}

fn fields(list: &[(&str, &str)]) -> Vec<(String, String)> {
    list.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect()
}

#[tokio::test]
async fn a_failed_test_is_shown_again_without_the_key() {
    let backend = Fake::default();
    let posted = fields(&[
        ("helpdesk", "gorgias"),
        ("subdomain", "sto\"re"),
        ("username", "jane@example.com"),
        ("api_key", "geheim"),
        ("intent", "test"),
    ]);
    let done = submit(&backend, &viewer(Role::Owner), "/settings/integrations", posted).await;
    let Submitted::Show(shown) = done else { panic!("{done:?}") };
    assert_eq!(shown.status(), 422);
    assert_eq!(backend.asked(), ["test sto\"re Some(\"geheim\")"]);
    assert!(!serde_json::to_string(&shown).unwrap().contains("geheim"));
    let (_, html) = page(backend, Some(Role::Owner), "/settings/integrations", Some(*shown)).await;
    assert!(html.contains("Connection failed. Please check your credentials and try again."));
    assert!(html.contains("The key is &lt;b&gt;wrong&lt;/b&gt;."));
    assert!(html.contains("value=\"sto&quot;re\""));
    assert!(!html.contains("geheim"));
}

#[tokio::test]
async fn a_field_that_is_wrong_is_shown_at_the_field() {
    let posted =
        fields(&[("helpdesk", "gorgias"), ("subdomain", "a b"), ("api_key", "k"), ("intent", "save")]);
    let done = submit(&Fake::default(), &viewer(Role::Owner), "/settings/integrations", posted).await;
    let Submitted::Show(shown) = done else { panic!("{done:?}") };
    assert_eq!((shown.status(), shown.intent), (400, Some(Intent::Save)));
    let (_, html) = page(Fake::default(), Some(Role::Owner), "/settings/integrations", Some(*shown)).await;
    assert!(html.contains("A subdomain has only letters, digits and hyphens."));
    assert!(html.contains("aria-invalid=\"true\""));
    assert!(html.contains("aria-describedby=\"connect-subdomain-error connect-subdomain-help\""));
}

#[tokio::test]
async fn what_is_done_ends_in_a_redirect_with_a_known_notice() {
    for (path, posted, leads_to, asks) in [
        (
            "/settings/integrations",
            fields(&[("helpdesk", "gorgias"), ("subdomain", "shop"), ("api_key", "k"), ("intent", "save")]),
            "/settings/integrations?notice=saved",
            "save shop",
        ),
        (
            "/settings/integrations",
            fields(&[("helpdesk", "gorgias"), ("intent", "disconnect")]),
            "/settings/integrations?notice=disconnected-gorgias",
            "disconnect Gorgias",
        ),
        (
            "/settings/integrations",
            fields(&[("intent", "retry"), ("handover", "h1"), ("destination", "email")]),
            "/settings/integrations?notice=retried",
            "retry h1 Some(\"email\")",
        ),
        (
            "/settings/integrations",
            fields(&[("intent", "resolve"), ("handover", "h1"), ("destination", "gorgias"), ("made", "no")]),
            "/settings/integrations?notice=answered",
            "resolve h1 gorgias false",
        ),
        (
            "/settings/integrations",
            fields(&[("intent", "send_unsent")]),
            "/settings/integrations?notice=sent",
            "send",
        ),
        (
            "/settings/notifications",
            fields(&[("email", "a@x.co"), ("intent", "save_email")]),
            "/settings/notifications?notice=team-email-saved",
            "team Some(\"a@x.co\")",
        ),
        (
            "/settings/notifications",
            fields(&[("email", "a@x.co"), ("intent", "clear_email")]),
            "/settings/notifications?notice=team-email-cleared",
            "team None",
        ),
    ] {
        let backend = Fake::default();
        let done = submit(&backend, &viewer(Role::Owner), path, posted).await;
        assert_eq!(done, Submitted::Redirect(leads_to.to_owned()));
        assert_eq!(backend.asked(), [asks]);
    }
}

#[tokio::test]
async fn what_no_form_asks_for_is_not_done() {
    for (path, posted) in [
        ("/settings/integrations", fields(&[])),
        ("/settings/integrations", fields(&[("intent", "drop")])),
        ("/settings/integrations", fields(&[("intent", "save")])),
        ("/settings/integrations", fields(&[("intent", "retry")])),
        (
            "/settings/integrations",
            fields(&[("intent", "resolve"), ("handover", "h1"), ("destination", "gorgias")]),
        ),
        ("/settings/integrations", fields(&[("intent", "save_email"), ("email", "a@x.co")])),
        ("/settings/notifications", fields(&[("intent", "disconnect"), ("helpdesk", "gorgias")])),
        ("/sign-in", fields(&[("intent", "save_email")])),
    ] {
        let backend = Fake::default();
        let done = submit(&backend, &viewer(Role::Owner), path, posted).await;
        let Submitted::Show(shown) = done else { panic!("{done:?}") };
        assert_eq!(shown.error, Some(CallError::NotFound));
        assert!(backend.asked().is_empty());
    }
}

#[tokio::test]
async fn a_refused_change_is_told_on_the_page() {
    let posted = fields(&[("helpdesk", "gorgias"), ("intent", "disconnect")]);
    let done = submit(&Fake::default(), &viewer(Role::Member), "/settings/integrations", posted).await;
    let Submitted::Show(shown) = done else { panic!("{done:?}") };
    assert_eq!(shown.status(), 403);
    let (_, html) = page(Fake::default(), Some(Role::Member), "/settings/integrations", Some(*shown)).await;
    assert!(html.contains("Only an owner or an admin can change this. Ask one of them."));
}
