//! Settings → Integrations, for a merchant's own webhook.

use super::samples::{connected, not_connected};
use super::{Fake, does, page, shown, visible};
use crate::forms::{FormOutcome, IntegrationsOutcome};
use crate::model::*;

const PAGE: &str = "/settings/integrations";
const DIALOG: &str = "/settings/integrations?connect=webhook";

fn hook(row: Integration) -> Fake {
    let look = HelpdeskLook::of(Helpdesk::WEBHOOK);
    let row = Integration {
        helpdesk: Helpdesk::WEBHOOK,
        subdomain: None,
        username: None,
        account_url: None,
        look,
        ..row
    };
    Fake { integration: Some(row), ..Fake::default() }
}

fn connected_hook(old_secret_until: Option<&str>) -> Fake {
    let url = Some("https://shop.example/convi?a=1".into());
    hook(Integration { url, old_secret_until: old_secret_until.map(str::to_owned), ..connected() })
}

async fn owner_sees(backend: Fake, path: &str, outcome: Option<FormOutcome>) -> String {
    let (status, html) = page(backend, Some(Role::Owner), path, outcome).await;
    assert_eq!(status, 200);
    visible(&html)
}

#[tokio::test]
async fn the_dialog_asks_only_for_a_url() {
    let html = owner_sees(hook(not_connected()), DIALOG, None).await;
    for there in
        ["Connect Webhook", "name=\"url\"", "placeholder=\"https://shop.example/convi\"", "Test connection"]
    {
        assert!(html.contains(there), "{there}: {html}");
    }
    for absent in ["name=\"subdomain\"", "name=\"username\"", "name=\"api_key\"", "Where do I find these?"] {
        assert!(!html.contains(absent), "{absent}: {html}");
    }
}

#[tokio::test]
async fn a_connected_row_shows_its_url_and_offers_a_new_secret() {
    let html = owner_sees(connected_hook(None), PAGE, None).await;
    for there in ["https://shop.example/convi?a=1", "Create a new secret", "value=\"rotate\""] {
        assert!(html.contains(there), "{there}: {html}");
    }
    for absent in ["test handover", "End the old secret now", "whsec_"] {
        assert!(!html.contains(absent), "{absent}: {html}");
    }
    let html = owner_sees(connected_hook(None), DIALOG, None).await;
    assert!(
        html.contains("Configure Webhook") && html.contains("value=\"https://shop.example/convi?a=1\""),
        "{html}"
    );
}

#[tokio::test]
async fn an_overlap_can_be_ended() {
    let html = owner_sees(connected_hook(Some("2026-11-23T10:00:00Z")), PAGE, None).await;
    assert!(html.contains("old secret too, until 2026-11-23 10:00 UTC"), "{html}");
    assert!(html.contains("End the old secret now") && !html.contains("Create a new secret"), "{html}");
    let fields = [("intent", "end_rotation"), ("helpdesk", "webhook")];
    does(PAGE, &fields, "old-secret-ended", "end rotation for m1").await;
}

#[tokio::test]
async fn a_new_secret_is_shown_once_without_a_script() {
    for (fields, secret) in [
        ([("intent", "save"), ("helpdesk", "webhook"), ("url", " https://shop.example/ ")], "whsec_first"),
        ([("intent", "rotate"), ("helpdesk", "webhook"), ("url", "")], "whsec_new"),
    ] {
        let outcome = shown(&connected_hook(None), PAGE, &fields).await;
        assert!(
            matches!(outcome, FormOutcome::Integrations(IntegrationsOutcome::Secret { .. })),
            "{outcome:?}"
        );
        assert!(!format!("{outcome:?}").contains("whsec_"));
        let html = owner_sees(connected_hook(None), PAGE, Some(outcome)).await;
        assert!(html.contains(&format!("<code>{secret}</code>")), "{html}");
        assert!(html.contains("It will not be shown again."), "{html}");
        assert!(
            html.contains("value=\"https://shop.example/convi?a=1\""),
            "the saved URL stays in its field"
        );
    }
}

#[tokio::test]
async fn a_dialog_with_a_new_secret_has_one_button() {
    let outcome = || {
        let secret = ShownSecret("whsec_new".into());
        FormOutcome::Integrations(IntegrationsOutcome::Secret { helpdesk: Helpdesk::WEBHOOK, secret })
    };
    let html = owner_sees(connected_hook(None), PAGE, Some(outcome())).await;
    assert!(html.contains(">Done</button>"), "{html}");
    for absent in ["Cancel", "Test connection", "value=\"save\""] {
        assert!(!html.contains(absent), "{absent}: {html}");
    }
    let html = owner_sees(connected_hook(None), DIALOG, None).await;
    assert!(html.contains(">Cancel</button>") && !html.contains("Done"), "{html}");
}

#[tokio::test]
async fn a_refused_url_is_shown_again_at_its_field() {
    let outcome = FormOutcome::Integrations(IntegrationsOutcome::Connect {
        helpdesk: Helpdesk::WEBHOOK,
        subdomain: "https://10.0.0.1/".into(),
        method: None,
        username: String::new(),
        choice: [None, None],
        found: Err(CallError::field(FieldError::new("url", domain::Said::plain("Not public.")))),
    });
    let html = owner_sees(hook(not_connected()), PAGE, Some(outcome)).await;
    assert!(html.contains("Not public.") && html.contains("value=\"https://10.0.0.1/\""), "{html}");
}
