//! What the server sends, page by page, with a backend that answers what a test put into it.

#![allow(clippy::unwrap_used, reason = "its helpers are tests too")]

use crate::assets::Assets;
use crate::backend::{Backend, SharedBackend};
use crate::chat_backend::{ChatBackend, SharedChatBackend};
use crate::forms::{FormOutcome, Intent, Submitted, submit, submit_with};
use crate::model::*;
use crate::shell::shell;
use crate::storefront::Storefront;
use crate::text::Language;
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
    attempts: Vec<Attempt>,
    history: History,
    conversations: Vec<ConversationItem>,
    messages: Vec<ChatMessage>,
    abilities: Abilities,
    readiness: Vec<Readiness>,
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

    async fn verify_connection(&self, _: &Viewer, helpdesk: Helpdesk) -> Result<Verification, CallError> {
        self.note(format!("verify {helpdesk}"));
        Err(CallError::NotFound)
    }

    async fn handovers(&self, _: &Viewer, query: HandoverQuery) -> Result<HandoverPage, CallError> {
        // The settings show ten and filter nothing; the page of all of them has a next one.
        if query.limit == Some(10) {
            assert_eq!(query, HandoverQuery { limit: Some(10), ..HandoverQuery::default() });
            return Ok(HandoverPage { handovers: self.handovers.clone(), next_cursor: None });
        }
        self.note(format!(
            "handovers {:?} {:?} {:?} {:?} {:?}",
            query.state, query.search, query.from, query.to, query.cursor
        ));
        let next_cursor = (self.handovers.len() > 1).then(|| "ne\"xt".to_owned());
        Ok(HandoverPage { handovers: self.handovers.clone(), next_cursor })
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

    async fn attempts(&self, _: &Viewer, id: &str) -> Result<Attempts, CallError> {
        self.note(format!("attempts {id}"));
        Ok(Attempts { attempts: self.attempts.clone() })
    }

    async fn retry_failed(&self, _: &Viewer) -> Result<u64, CallError> {
        self.note("retry all".into());
        Ok(3)
    }

    async fn history(&self, _: &Viewer, _: Option<String>) -> Result<History, CallError> {
        Ok(self.history.clone())
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
        Ok(Notifications { email: email.map_err(CallError::field)?, ..Notifications::default() })
    }

    async fn save_no_ticket_after(
        &self,
        _: &Viewer,
        minutes: Option<u32>,
    ) -> Result<Notifications, CallError> {
        self.note(format!("no ticket after {minutes:?}"));
        Ok(Notifications { no_ticket_after_minutes: minutes, ..Notifications::default() })
    }
}

impl Fake {
    fn view(&self, id: &str) -> Result<ConversationView, CallError> {
        let item =
            self.conversations.iter().find(|item| item.id == id).cloned().ok_or(CallError::NotFound)?;
        let context = vec![
            ("Page".to_owned(), "https://shop.example/p/1?<b>".to_owned()),
            ("<i>Order</i>".to_owned(), "javascript:alert('order')".to_owned()),
        ];
        Ok(ConversationView { item, messages: self.messages.clone(), context })
    }
}

#[async_trait::async_trait]
impl ChatBackend for Fake {
    async fn readiness(&self, _: &Viewer) -> Result<Vec<Readiness>, CallError> {
        Ok(self.readiness.clone())
    }

    async fn conversations(
        &self,
        _: &Viewer,
        query: ConversationQuery,
    ) -> Result<ConversationPage, CallError> {
        self.note(format!("list {:?} {:?} {:?} {:?}", query.state, query.search, query.limit, query.cursor));
        Ok(ConversationPage {
            conversations: self.conversations.clone(),
            next_cursor: (self.conversations.len() > 1).then(|| "ne\"xt".to_owned()),
            handover_inactive: !self.abilities.handover.active,
        })
    }

    async fn conversation(&self, _: &Viewer, id: &str, after: i64) -> Result<ConversationView, CallError> {
        assert_eq!(after, 0);
        self.view(id)
    }

    async fn hand_over(&self, viewer: &Viewer, id: &str) -> Result<ConversationView, CallError> {
        if !viewer.role.may_change() {
            return Err(CallError::NotAllowed);
        }
        self.note(format!("hand over {id}"));
        self.view(id)
    }

    async fn give_back(&self, _: &Viewer, id: &str) -> Result<ConversationView, CallError> {
        self.note(format!("give back {id}"));
        self.view(id)
    }

    async fn resolve_conversation(&self, _: &Viewer, id: &str) -> Result<ConversationView, CallError> {
        self.note(format!("resolve {id}"));
        self.view(id)
    }

    async fn reply(
        &self,
        _: &Viewer,
        id: &str,
        key: &str,
        text: &str,
    ) -> Result<ConversationView, CallError> {
        self.note(format!("reply {id} {key} {text}"));
        if text == "boom" { Err(CallError::Internal) } else { self.view(id) }
    }

    async fn abilities(&self, _: &Viewer) -> Result<Abilities, CallError> {
        Ok(self.abilities.clone())
    }

    async fn save_handover_ability(&self, _: &Viewer, it: HandoverAbility) -> Result<Abilities, CallError> {
        self.note(format!(
            "handover {} {} {} {} {} {:?}",
            it.active, it.asked_for_human, it.frustrated, it.topic, it.no_answer, it.topics
        ));
        Ok(Abilities { handover: it, ..self.abilities.clone() })
    }

    async fn save_email_capture(&self, _: &Viewer, it: EmailCapture) -> Result<Abilities, CallError> {
        self.note(format!("email {} {:?} {:?}", it.active, it.sensitivity, it.own));
        Ok(Abilities { email_capture: it, ..self.abilities.clone() })
    }

    async fn save_faqs(&self, _: &Viewer, faqs: Vec<Faq>) -> Result<Abilities, CallError> {
        self.note(format!("faqs {faqs:?}"));
        Ok(Abilities { faqs, ..self.abilities.clone() })
    }

    async fn try_sentence(&self, _: &Viewer, _: HandoverAbility, text: String) -> Result<Trial, CallError> {
        self.note(format!("try {text}"));
        Ok(Trial {
            reason: Some("asked_for_human".into()),
            confidence: 0.97,
            why: vec!["“<b>human</b>” asks for a person".into()],
            answer: None,
        })
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
        credentials_page: "https://{subdomain}.gorgias.com/app/settings/rest-api".into(),
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
        transcript_removed: false,
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
        repeated_in: vec![],
        delivered_at: None,
        team_mailed_at: None,
        nobody_to_mail: false,
    }
}

/// The page at `uri`, as the server sends it.
async fn page(backend: Fake, role: Option<Role>, uri: &str, outcome: Option<FormOutcome>) -> (u16, String) {
    page_in(Language::English, backend, role, uri, outcome).await
}

async fn page_in(
    language: Language,
    backend: Fake,
    role: Option<Role>,
    uri: &str,
    outcome: Option<FormOutcome>,
) -> (u16, String) {
    // It also starts the executor, as the server does when it makes its routes.
    ROUTES.call_once(|| {
        let _ = leptos_axum::generate_route_list(crate::App);
    });
    let backend = Arc::new(backend);
    let chat: SharedChatBackend = backend.clone();
    let backend: SharedBackend = backend;
    let mut request = Request::get(uri).header("accept", "text/html").body(Body::empty()).unwrap();
    if let Some(role) = role {
        request.extensions_mut().insert(viewer(role));
    }
    let assets = Assets {
        start_js: "pkg/start-1.js".into(),
        page_js: "pkg/page-1.js".into(),
        page_wasm: "pkg/page-1.wasm".into(),
        css: "pkg/app-1.css".into(),
        catalogues: vec![("de", "pkg/de-1.json".into()), ("fr", "pkg/fr-1.json".into())],
        favicon: "favicon.svg".into(),
    };
    let render = leptos_axum::render_app_async_with_context(
        move || {
            leptos::prelude::provide_context(language);
            leptos::prelude::provide_context(Storefront::Tag("<convi-chat merchant='m1'>".into()));
            leptos::prelude::provide_context(backend.clone());
            leptos::prelude::provide_context(chat.clone());
            if let Some(outcome) = outcome.clone() {
                leptos::prelude::provide_context(outcome);
            }
        },
        move || shell(assets.clone()),
    );
    let response = render(request).await;
    let status = response.status().as_u16();
    let body = to_bytes(response.into_body(), usize::MAX).await.unwrap();
    // Leptos's own marks for hydration would stand in the middle of every text.
    (status, String::from_utf8(body.to_vec()).unwrap().replace("<!>", ""))
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
async fn a_backlog_is_said_while_there_is_one() {
    use ConnectionState::{Connected, NeedsAttention};
    // What a broken connection holds stands in its own note.
    for (state, waiting, said) in [(Connected, 3, false), (Connected, 40, true), (NeedsAttention, 40, false)]
    {
        let integration = Integration { state, waiting, ..connected() };
        let backend = Fake { integration: Some(integration), ..Fake::default() };
        let (_, html) = page(backend, Some(Role::Owner), "/settings/integrations", None).await;
        assert_eq!(html.contains("wait for their turn"), said, "{state:?}, {waiting}");
        assert_eq!(html.contains("40 handovers wait for their turn to become tickets."), said);
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
            "/settings/integrations/handovers",
            fields(&[("intent", "retry_failed")]),
            "/settings/integrations/handovers?notice=retried-3",
            "retry all",
        ),
        (
            "/settings/integrations/handovers",
            fields(&[("intent", "retry"), ("handover", "h1"), ("destination", "gorgias")]),
            "/settings/integrations/handovers?notice=retried",
            "retry h1 Some(\"gorgias\")",
        ),
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
async fn the_minutes_without_a_ticket_are_saved_with_the_address_or_neither_is() {
    let posts = |minutes: &'static str| async move {
        let backend = Fake::default();
        let form =
            fields(&[("email", "a@x.co"), ("no_ticket_after_minutes", minutes), ("intent", "save_email")]);
        let done = submit(&backend, &viewer(Role::Owner), "/settings/notifications", form).await;
        (done, backend.asked())
    };
    let (done, asked) = posts("30").await;
    assert!(matches!(done, Submitted::Redirect(_)), "{done:?}");
    assert_eq!(asked, ["team Some(\"a@x.co\")", "no ticket after Some(30)"]);
    assert_eq!(posts(" ").await.1[1], "no ticket after None");
    let (done, asked) = posts("soon").await;
    let Submitted::Show(shown) = done else { panic!("{done:?}") };
    assert_eq!((shown.no_ticket_after.as_str(), asked.len()), ("soon", 0));
    let (_, html) = page(Fake::default(), Some(Role::Owner), "/settings/notifications", Some(*shown)).await;
    assert!(html.contains("Whole minutes from 1 to 1440"), "{html}");
    let (_, html) = page(Fake::default(), Some(Role::Owner), "/settings/notifications", None).await;
    assert!(html.contains("name=\"no_ticket_after_minutes\"") && html.contains("value=\"15\""), "{html}");
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

fn conversation(state: ConversationState) -> ConversationItem {
    ConversationItem {
        id: "c1".into(),
        state,
        shopper_name: Some("<script>alert('name')</script>\u{202e}".into()),
        shopper_email: Some("jane@example.com".into()),
        preview: "</li><img src=x onerror=alert('preview')>".into(),
        active_at: "2026-11-22T10:00:00Z".into(),
        handover: None,
    }
}

fn anonymous(id: &str) -> ConversationItem {
    ConversationItem {
        id: id.into(),
        shopper_name: None,
        shopper_email: None,
        preview: "Hello".into(),
        ..conversation(ConversationState::Open)
    }
}

fn message(number: i64, author: ChatAuthor, text: &str) -> ChatMessage {
    ChatMessage { number, author, name: None, text: text.into(), sent_at: "2026-11-22T10:00:00Z".into() }
}

const HOSTILE: &str = "</textarea></script><img src=x onerror=alert('text')>\u{202e}\nsecond line";

#[tokio::test]
async fn the_list_says_who_what_and_where_it_stands() {
    let ticket = DeliveryView {
        ticket_url: Some("https://s.gorgias.com/app/ticket/123".into()),
        ..delivery(DeliveryState::Delivered)
    };
    let handed = ConversationItem {
        handover: Some(handover(vec![ticket])),
        ..conversation(ConversationState::HandedOver)
    };
    let backend = Fake { conversations: vec![handed, anonymous("c2")], ..Fake::default() };
    let (status, html) =
        page(backend, Some(Role::Owner), "/conversations?state=handed_over&search=a%26b", None).await;
    assert_eq!(status, 200);
    for bad in ["<script>alert", "<img src=x"] {
        assert!(!html.contains(bad), "{bad}");
    }
    let html = visible(&html);
    assert!(!html.contains('\u{202e}') && !html.contains(" style="));
    for text in [
        "&lt;script&gt;alert('name')&lt;/script&gt;",
        "Anonymous visitor",
        "Handed over",
        "Ticket created",
        "Ticket #123",
        "href=\"/conversations/c1\"",
        "Show more",
        "name=\"cursor\" value=\"ne&quot;xt\"",
        "href=\"/conversations?state=open&amp;search=a%26b\"",
        "value=\"a&amp;b\"",
    ] {
        assert!(html.contains(text), "{text}\n{html}");
    }
    assert_eq!(html.matches("aria-current=\"page\"").count(), 2, "the page and the filter");
    assert!(!html.contains("is inactive"));
}

#[tokio::test]
async fn an_empty_list_says_what_to_do_and_an_inactive_ability_is_told() {
    let mut backend = Fake::default();
    backend.abilities.handover.active = false;
    let (_, html) = page(backend, Some(Role::Member), "/conversations", None).await;
    assert!(html.contains("No conversations yet") && html.contains("As soon as a shopper writes"));
    assert!(html.contains("&lt;convi-chat merchant='m1'&gt;"));
    assert!(html.contains("Handover to human is inactive: nothing is handed over automatically."));
    assert!(html.contains("href=\"/train/abilities\""));
    let (_, html) = page(Fake::default(), Some(Role::Owner), "/conversations?search=%3Cb%3E", None).await;
    assert!(html.contains("Nothing was found for “&lt;b&gt;”."));
}

#[tokio::test]
async fn a_transcript_is_text_whatever_is_in_it() {
    let backend = Fake {
        conversations: vec![conversation(ConversationState::Open)],
        messages: vec![
            message(1, ChatAuthor::Shopper, HOSTILE),
            message(2, ChatAuthor::Assistant, "Two days."),
            ChatMessage { name: Some("<b>Olive</b>".into()), ..message(3, ChatAuthor::Agent, "Hello") },
            message(4, ChatAuthor::System, "Handed over."),
        ],
        ..Fake::default()
    };
    let (status, html) = page(backend, Some(Role::Owner), "/conversations/c1", None).await;
    assert_eq!(status, 200);
    for bad in ["<script>alert", "<img src=x", "</textarea></script>", "<b>", "<i>"] {
        assert!(!html.contains(bad), "{bad}");
    }
    let html = visible(&html);
    assert!(!html.contains("href=\"javascript:") && !html.contains('\u{202e}') && !html.contains(" style="));
    for text in [
        "&lt;img src=x onerror=alert('text')&gt; \nsecond line".replace(" \n", "\n").as_str(),
        "AI assistant",
        "&lt;b&gt;Olive&lt;/b&gt;",
        ">Hand over</span>",
        ">Resolve</span>",
        "Reply to the shopper",
        "Typed by the visitor, not verified",
        "href=\"https://shop.example/p/1?&lt;b&gt;\"",
        "javascript:alert('order')",
        "<time datetime=\"2026-11-22T10:00:00Z\">2026-11-22 10:00 UTC</time>",
    ] {
        assert!(html.contains(text), "{text}\n{html}");
    }
    assert!(!html.contains("Give back to AI"));
}

#[tokio::test]
async fn a_handed_over_conversation_says_why_and_what_became_of_it() {
    let handed = |deliveries| ConversationItem {
        handover: Some(handover(deliveries)),
        ..conversation(ConversationState::HandedOver)
    };
    let backend =
        Fake { conversations: vec![handed(vec![delivery(DeliveryState::Held)])], ..Fake::default() };
    let (_, html) = page(backend, Some(Role::Owner), "/conversations/c1", None).await;
    for text in
        ["Handed over", "Asked for a person", "Held until Gorgias works again", ">Give back to AI</span>"]
    {
        assert!(html.contains(text), "{text}");
    }
    assert!(!html.contains(">Hand over</span>"));
    let backend = Fake { conversations: vec![handed(vec![])], ..Fake::default() };
    let (_, html) = page(backend, Some(Role::Owner), "/conversations/c1", None).await;
    assert!(
        html.contains("Nobody was told")
            && html.contains("No helpdesk is connected and no team e-mail is set.")
    );
}

#[tokio::test]
async fn a_member_reads_along() {
    let backend = Fake { conversations: vec![anonymous("c1")], ..Fake::default() };
    let (_, html) = page(backend, Some(Role::Member), "/conversations/c1", None).await;
    assert!(html.contains("Only an owner or an admin can answer, hand over or resolve."));
    let html = visible(&html);
    for button in
        ["value=\"reply\" class=\"button button-primary\" disabled", "aria-describedby=\"only-looking\""]
    {
        assert!(html.contains(button), "{button}\n{html}");
    }
}

#[tokio::test]
async fn a_conversation_that_is_not_there_is_404() {
    let (status, html) = page(Fake::default(), Some(Role::Owner), "/conversations/c9", None).await;
    assert_eq!(status, 404);
    assert!(html.contains("This is no longer there."));
}

async fn chat_submit(backend: &Fake, path: &str, posted: &[(&str, &str)]) -> Submitted {
    submit_with(backend, Some(backend), &viewer(Role::Owner), path, fields(posted)).await
}

#[tokio::test]
async fn the_chats_forms_do_what_they_say() {
    for (path, posted, notice, asked) in [
        ("/conversations/c1", &[("intent", "hand_over")][..], "handed-over", "hand over c1"),
        ("/conversations/c1", &[("intent", "give_back")], "given-back", "give back c1"),
        ("/conversations/c1", &[("intent", "resolve_conversation")], "resolved", "resolve c1"),
        (
            "/conversations/c1",
            &[("key", "7"), ("text", " Hi "), ("intent", "reply")],
            "reply-sent",
            "reply c1 form-7-09275f07b5bb95ba Hi",
        ),
        (
            "/train/abilities",
            &[("intent", "switch_handover"), ("active", "no")],
            "handover-inactive",
            "handover false true true true false []",
        ),
        (
            "/train/abilities",
            &[("intent", "switch_email"), ("active", "no")],
            "email-inactive",
            "email false Medium []",
        ),
        (
            "/train/abilities",
            &[
                ("topic", "yes"),
                ("no_answer", "yes"),
                ("topics", "billing\r\n\r\n legal "),
                ("intent", "save_handover"),
            ],
            "handover-saved",
            "handover true false false true true [\"billing\", \"legal\"]",
        ),
        (
            "/train/abilities",
            &[("sensitivity", "High"), ("own", "shop.com"), ("intent", "save_email_capture")],
            "email-capture-saved",
            "email true High [\"shop.com\"]",
        ),
        (
            "/train/abilities",
            &[
                ("question", "Q1"),
                ("answer", "A1"),
                ("question", "Q2"),
                ("answer", "A2"),
                ("question", ""),
                ("answer", ""),
                ("intent", "save_faqs"),
            ],
            "faqs-saved",
            "faqs [Faq { question: \"Q1\", answer: \"A1\" }, Faq { question: \"Q2\", answer: \"A2\" }]",
        ),
    ] {
        let backend = Fake { conversations: vec![anonymous("c1")], ..Fake::default() };
        let done = chat_submit(&backend, path, posted).await;
        assert_eq!(done, Submitted::Redirect(format!("{path}?notice={notice}")));
        assert_eq!(backend.asked(), [asked]);
    }
}

#[tokio::test]
async fn what_is_no_form_of_the_chat_is_not_done() {
    for (path, posted) in [
        ("/conversations", &[("intent", "hand_over")][..]),
        ("/conversations/", &[("intent", "hand_over")]),
        ("/conversations/c1/x", &[("intent", "hand_over")]),
        ("/conversations/c%311", &[("intent", "hand_over")]),
        ("/conversations/c1", &[("intent", "save_faqs")]),
        ("/train/abilities", &[("intent", "switch_handover")]),
        ("/train/abilities", &[("intent", "hand_over")]),
    ] {
        let backend = Fake { conversations: vec![anonymous("c1")], ..Fake::default() };
        let Submitted::Show(shown) = chat_submit(&backend, path, posted).await else { panic!("{path}") };
        assert_eq!(shown.error, Some(CallError::NotFound));
        assert!(backend.asked().is_empty());
        // Without the chat's backend there are none of its forms.
        let done = submit(&backend, &viewer(Role::Owner), path, fields(posted)).await;
        assert!(matches!(done, Submitted::Show(_)));
    }
}

#[tokio::test]
async fn a_reply_that_was_not_sent_is_shown_again() {
    let backend = || Fake { conversations: vec![anonymous("c1")], ..Fake::default() };
    for (text, status, told) in
        [("boom", 500, "Something went wrong on our side."), (" ", 400, "Write a reply first.")]
    {
        let posted = [("text", text), ("intent", "reply")];
        let Submitted::Show(shown) = chat_submit(&backend(), "/conversations/c1", &posted).await else {
            panic!()
        };
        assert_eq!(shown.status(), status);
        let (_, html) = page(backend(), Some(Role::Owner), "/conversations/c1", Some(*shown)).await;
        assert!(html.contains(told) && html.contains(&format!(">{text}</textarea>")), "{told}");
    }
    // What was typed stays text.
    let shown = FormOutcome {
        intent: Some(Intent::Reply),
        text: HOSTILE.into(),
        error: Some(CallError::Internal),
        ..FormOutcome::default()
    };
    let (_, html) = page(backend(), Some(Role::Owner), "/conversations/c1", Some(shown)).await;
    assert!(html.contains(">&lt;/textarea&gt;&lt;/script&gt;&lt;img src=x"));
    assert!(!html.contains("<img src=x"));
}

#[tokio::test]
async fn the_abilities_say_what_they_do() {
    let mut abilities = Abilities { handover_uses: 1, email_uses: 40, ..Abilities::default() };
    abilities.handover.topics = vec!["</textarea><script>alert(1)</script>".into()];
    abilities.email_capture.active = false;
    abilities.faqs =
        vec![Faq { question: "</textarea><b>Q".into(), answer: "<script>alert(2)</script>".into() }];
    let backend = || Fake { abilities: abilities.clone(), ..Fake::default() };
    let (status, html) = page(backend(), Some(Role::Owner), "/train/abilities", None).await;
    assert_eq!(status, 200);
    for text in [
        ">Handover to human</h2>",
        ">Email capture</h2>",
        ">Active",
        ">Inactive",
        "Handed over 1 conversation",
        "Was given 40 addresses",
        "role=\"switch\"",
        "aria-checked=\"true\"",
        "aria-checked=\"false\"",
        "Try a sentence",
        "&lt;/textarea&gt;&lt;b&gt;Q</textarea>",
    ] {
        assert!(html.contains(text), "{text}");
    }
    for at in ["/train/abilities", "/train/abilities?configure=handover", "/train/abilities?configure=email"]
    {
        let (_, html) = page(backend(), Some(Role::Owner), at, None).await;
        assert!(!html.contains("<script>alert") && !html.contains("<b>Q"), "{at}");
        assert!(!visible(&html).contains(" style="));
        assert_eq!(html.contains("<dialog open"), at.contains('?'));
    }
    let (_, html) = page(backend(), Some(Role::Owner), "/train/abilities?configure=handover", None).await;
    assert!(html.contains("Configure Handover to human"));
    assert!(html.contains("&lt;/textarea&gt;&lt;script&gt;alert(1)&lt;/script&gt;</textarea>"));
    let (_, html) = page(backend(), Some(Role::Admin), "/train/abilities?configure=email", None).await;
    assert!(html.contains(">Sensitivity</p>") && html.contains("aria-labelledby=\"sensitivity-label\""));
    for level in Sensitivity::ALL {
        assert!(
            html.contains(level.label()) && html.contains(&level.meaning().replace('\'', "&#x27;"))
                || html.contains(level.meaning())
        );
    }
    let (_, html) = page(backend(), Some(Role::Member), "/train/abilities?configure=email", None).await;
    assert!(!html.contains("<dialog") && html.contains("Only an owner or an admin can change it."));
}

#[tokio::test]
async fn a_sentence_is_tried_without_wasm_too() {
    let posted = [("text", "</textarea>a human"), ("intent", "try_sentence")];
    let backend = Fake::default();
    let Submitted::Show(shown) = chat_submit(&backend, "/train/abilities", &posted).await else { panic!() };
    assert_eq!(shown.status(), 200);
    assert_eq!(backend.asked(), ["try </textarea>a human"]);
    let (_, html) = page(backend, Some(Role::Owner), "/train/abilities", Some(*shown)).await;
    for text in [
        "Handed over: the shopper asks for a person.",
        "97 % sure",
        "“&lt;b&gt;human&lt;/b&gt;” asks for a person",
        "&lt;/textarea&gt;a human</textarea>",
    ] {
        assert!(html.contains(text), "{text}");
    }
}

#[tokio::test]
async fn what_cannot_be_saved_is_shown_at_its_field() {
    let long = "x".repeat(61);
    let posted = [("topics", long.as_str()), ("asked_for_human", "yes"), ("intent", "save_handover")];
    let Submitted::Show(shown) = chat_submit(&Fake::default(), "/train/abilities", &posted).await else {
        panic!()
    };
    let (_, html) = page(Fake::default(), Some(Role::Owner), "/train/abilities", Some(*shown)).await;
    assert!(html.contains("<dialog open") && html.contains("A topic has at most 60 characters."));
    assert!(html.contains(&format!("{long}</textarea>")));
    let posted = [("question", "Q"), ("answer", ""), ("intent", "save_faqs")];
    let Submitted::Show(shown) = chat_submit(&Fake::default(), "/train/abilities", &posted).await else {
        panic!()
    };
    let (_, html) = page(Fake::default(), Some(Role::Owner), "/train/abilities", Some(*shown)).await;
    assert!(html.contains("Enter the answer to this question.") && html.contains(">Q</textarea>"));
}

#[tokio::test]
async fn the_checklist_shows_what_is_missing_and_goes_when_all_is_well() {
    let line = |kind: &str, ready: bool, link: &str| Readiness {
        kind: kind.into(),
        ready,
        message: format!("<b>{kind}</b> matters."),
        link: Some(link.into()),
        link_label: Some(format!("Mend {kind}")),
    };
    let readiness = vec![
        line("helpdesk", true, "/settings/integrations"),
        line("handover_ability", false, "/train/abilities"),
        line("role", false, "javascript:alert(1)"),
    ];
    let backend = Fake { readiness, ..Fake::default() };
    let (_, html) = page(backend, Some(Role::Owner), "/settings/integrations", None).await;
    for text in [
        "Ready for handovers",
        "1 of 3 done",
        "&lt;b&gt;role&lt;/b&gt; matters.",
        ">Mend handover_ability</a>",
    ] {
        assert!(html.contains(text), "{text}");
    }
    let html = visible(&html);
    assert!(
        !html.contains("helpdesk&lt;/b&gt;") && !html.contains("javascript:") && !html.contains("Mend role")
    );
    assert!(html.contains("Handover to human is inactive: nothing is handed over automatically."));
    let backend = Fake { readiness: vec![line("helpdesk", true, "/")], ..Fake::default() };
    let (_, html) = page(backend, Some(Role::Owner), "/settings/integrations", None).await;
    assert!(!visible(&html).contains("Ready for handovers") && !visible(&html).contains("is inactive"));
}

#[tokio::test]
async fn the_navigation_leads_to_every_page() {
    let (_, html) = page(Fake::default(), Some(Role::Owner), "/train/abilities", None).await;
    for path in ["/conversations", "/train/abilities", "/settings/integrations", "/settings/notifications"] {
        assert!(html.contains(&format!("href=\"{path}\"")), "{path}");
    }
    assert!(html.contains("href=\"/train/abilities\" aria-current=\"page\""));
}

/// A shop with a bit of everything: what is wrong, what waits, what is missing.
fn busy() -> Fake {
    let broken = Integration {
        state: ConnectionState::NeedsAttention,
        problem: Some(Problem::BadCredentials),
        reason: Some(
            "Gorgias does not accept the saved e-mail and API key any more. \
             Create a new key under Settings → REST API there and enter it under Configure."
                .into(),
        ),
        held: 1_234,
        ..connected()
    };
    let states = DeliveryState::ALL.into_iter().map(|state| DeliveryView {
        needs_answer: state == DeliveryState::Unsure,
        last_error: Some("Gorgias could not be reached: no connection.".into()),
        duplicates: vec![7],
        repeated_in: vec![],
        ..delivery(state)
    });
    let mails = DeliveryState::ALL
        .into_iter()
        .map(|state| DeliveryView { destination: Destination::Email, ..delivery(state) });
    let mut told = handover(states.chain(mails).collect());
    told.subject = "Rechnung".into();
    told.shopper_name = None;
    let untold = HandoverView { handover_id: "h2".into(), ..handover(vec![]) };
    Fake {
        integration: Some(broken),
        handovers: vec![told, untold],
        readiness: vec![Readiness {
            kind: "team_email".into(),
            ready: false,
            message: "No team e-mail is set: nobody is told when the helpdesk does not answer.".into(),
            link: Some("/settings/notifications".into()),
            link_label: Some("Settings → Notifications".into()),
        }],
        ..Fake::default()
    }
}

#[tokio::test]
async fn a_page_is_in_one_language() {
    let translated = |language: &str| -> Vec<(String, String)> {
        let json = match language {
            "de" => include_str!("text/de.json"),
            _ => include_str!("text/fr.json"),
        };
        let all: std::collections::BTreeMap<String, String> = serde_json::from_str(json).unwrap();
        all.into_iter().filter(|(english, other)| english != other && !english.contains('{')).collect()
    };
    for language in [Language::German, Language::French] {
        for uri in [
            "/settings/integrations",
            "/settings/integrations?connect=gorgias",
            "/settings/integrations?disconnect=gorgias",
            "/settings/notifications",
            "/sign-in?error=expired",
            "/nowhere",
        ] {
            for role in [Role::Owner, Role::Member] {
                let (_, html) = page_in(language, busy(), Some(role), uri, None).await;
                assert!(html.contains(&format!("<html lang=\"{}\"", language.code())), "{uri}");
                assert!(html.contains(&format!("/pkg/{}-1.json", language.code())), "{uri}");
                let html = visible(&html);
                for (english, _) in translated(language.code()) {
                    for left in [format!(">{english}<"), format!("=\"{english}\"")] {
                        // A role is a word of tokens too, and a language calls itself by its name.
                        assert!(!html.contains(&left), "{left} at {uri} in {}", language.name());
                    }
                }
            }
        }
    }
    let (_, html) =
        page_in(Language::German, busy(), Some(Role::Owner), "/settings/integrations", None).await;
    for text in [
        "Handlungsbedarf",
        "1.234 Übergaben werden zurückgehalten",
        "Gorgias akzeptiert die gespeicherte E-Mail-Adresse und den API-Schlüssel nicht mehr. Erstellen Sie dort",
        "Gorgias war nicht erreichbar: keine Verbindung.",
        "Es ist keine Team-E-Mail hinterlegt",
        "Zurückgehalten, bis Gorgias wieder funktioniert",
        "Niemand wurde benachrichtigt",
        "0 von 1 erledigt",
    ] {
        assert!(html.contains(text), "{text}");
    }
    let (_, html) = page(busy(), Some(Role::Owner), "/settings/integrations", None).await;
    assert!(html.contains("<html lang=\"en\"") && !html.contains(".json"), "English loads no catalogue");
}

#[tokio::test]
async fn what_the_server_found_is_said_in_the_readers_language() {
    let outcome = FormOutcome {
        intent: Some(Intent::Test),
        helpdesk: Some(Helpdesk::Gorgias),
        error: Some(CallError::field(FieldError::new("subdomain", "Enter your Gorgias subdomain."))),
        ..FormOutcome::default()
    };
    let uri = "/settings/integrations";
    let (_, html) = page_in(Language::French, busy(), Some(Role::Owner), uri, Some(outcome.clone())).await;
    assert!(html.contains("Saisissez votre sous-domaine Gorgias."));
    let outcome = FormOutcome {
        error: None,
        outcome: Some(TestOutcome::Failed {
            problem: Problem::UnknownSubdomain,
            message:
                "There is no Gorgias account at a.gorgias.com. Copy the subdomain from your Gorgias address."
                    .into(),
        }),
        ..outcome
    };
    let (_, html) = page_in(Language::German, busy(), Some(Role::Owner), uri, Some(outcome)).await;
    assert!(html.contains("Verbindung fehlgeschlagen. Bitte prüfen Sie Ihre Zugangsdaten"));
    assert!(html.contains("Unter a.gorgias.com gibt es kein Gorgias-Konto."));
}

/// A shop with handovers, their attempts and their days.
fn past() -> Fake {
    let day =
        |n: i64, endings| DayCount { endings, ..DayCount::empty(Day::parse("2026-11-20").unwrap().later(n)) };
    let waits = HandoverView { handover_id: "h2".into(), ..handover(vec![delivery(DeliveryState::Failed)]) };
    Fake {
        handovers: vec![handover(vec![delivery(DeliveryState::Delivered)]), waits],
        attempts: vec![Attempt {
            destination: Destination::Helpdesk(Helpdesk::Gorgias),
            part: 0,
            kind: AttemptKind::Create,
            number: 1,
            began_at: "2026-11-22T10:00:00Z".into(),
            took_ms: Some(1_234),
            outcome: Some("Gorgias answered 503. <b>x</b>".into()),
        }],
        history: History {
            days: vec![
                day(0, [0; 4]),
                DayCount { median_ms: Some(2_000), slow_ms: Some(65_000), ..day(1, [3, 1, 0, 2]) },
                day(2, [0, 0, 5, 0]),
            ],
            failed: 4,
        },
        ..Fake::default()
    }
}

const ALL: &str = "/settings/integrations/handovers";

#[tokio::test]
async fn all_handovers_are_listed_charted_and_taken_along() {
    let (status, html) = page(past(), Some(Role::Owner), ALL, None).await;
    let text = visible(&html);
    assert_eq!(status, 200);
    for said in [
        "Ticket created",
        "Not delivered",
        "Retry all that failed (4)",
        "11 handovers in 3 days, of which 3 became a ticket.",
        "65 s",
        "Every attempt",
        "Show more",
    ] {
        assert!(text.contains(said) || html.contains(said), "{said}");
    }
    assert!(html.contains("href=\"/v1/handovers.csv\""));
    assert!(html.contains("value=\"ne&quot;xt\""), "the next page");
    let in_an_attribute = html.contains("=\"javascript:");
    assert!(!html.contains(" style=") && !in_an_attribute && !html.contains("<img src=x"));
    // The way back is no place where one is.
    assert!(html.contains("<p class=\"back\"><a href=\"/settings/integrations\" class=\"link\">"));
    // Of the days only those with handovers are in the table.
    assert!(
        html.contains("from=2026-11-21&amp;to=2026-11-21")
            && !html.contains("from=2026-11-20&amp;to=2026-11-20")
    );
}

#[tokio::test]
async fn the_address_filters_and_opens() {
    let uri = format!("{ALL}?state=failed&search=%22%3Cb%3E&from=2026-11-01&to=2026-11-22&open=h2");
    let (status, html) = page(past(), Some(Role::Owner), &uri, None).await;
    assert_eq!(status, 200);
    assert!(html.contains("value=\"&quot;&lt;b&gt;\""), "what was searched stands in its field");
    assert!(html.contains("Asked Gorgias to create the ticket"));
    assert!(html.contains("Gorgias answered 503. &lt;b&gt;x&lt;/b&gt;"));
    assert!(html.contains(
        "/v1/handovers.csv?state=failed&amp;search=%22%3Cb%3E&amp;from=2026-11-01&amp;to=2026-11-22"
    ));
    // The forms come back to here.
    assert!(html.contains("action=\"/settings/integrations/handovers?state=failed&amp;search="));
    let (status, html) = page(past(), Some(Role::Owner), &format!("{ALL}?from=soon"), None).await;
    assert_eq!(status, 400);
    assert!(html.contains("Enter a day as year-month-day, for example 2026-11-22."));
    let none = page(Fake::default(), Some(Role::Owner), ALL, None).await.1;
    assert!(none.contains("No handovers yet") && !none.contains("class=\"charts\""));
    let none = page(Fake::default(), Some(Role::Owner), &format!("{ALL}?search=zebra"), None).await.1;
    assert!(none.contains("No handover matches."));
}
