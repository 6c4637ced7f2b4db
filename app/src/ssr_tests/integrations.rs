//! Settings → Integrations.

use super::samples::{connected, delivery, handover};
use super::{Fake, again, does, does_nothing, page, post_as, shown, visible};
use crate::forms::{FormOutcome, IntegrationsOutcome};
use crate::model::*;
use domain::Args;

const PAGE: &str = "/settings/integrations";

#[tokio::test]
async fn a_first_visit_offers_to_connect() {
    let (status, html) = page(Fake::default(), Some(Role::Owner), PAGE, None).await;
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
async fn hostile_text_is_escaped() {
    let backend = Fake {
        integration: Some(connected()),
        handovers: vec![handover(vec![delivery(DeliveryState::Delivered), delivery(DeliveryState::Failed)])],
        ..Fake::default()
    };
    let (_, html) = page(backend, Some(Role::Owner), PAGE, None).await;
    // The hydration data writes `<` as an escape, so these must not occur anywhere.
    for bad in ["<script>alert", "<img src=x", "</textarea>", "<b>503", "\u{202e}"] {
        assert!(!visible(&html).contains(bad), "{bad}");
        assert!(bad == "\u{202e}" || !html.contains(bad), "{bad} in the data of hydration");
    }
    let html = visible(&html);
    assert!(html.contains("&lt;script&gt;alert('name')&lt;/script&gt;"));
    assert!(!html.contains("javascript:"), "only http(s) becomes a link");
    assert!(html.contains("Ticket #123"), "the number is still shown");
}

#[tokio::test]
async fn times_are_rendered_in_utc_for_hydration() {
    let backend = Fake { handovers: vec![handover(vec![])], ..Fake::default() };
    let (_, html) = page(backend, Some(Role::Owner), PAGE, None).await;
    assert!(html.contains("<time datetime=\"2026-11-22T10:00:00Z\">2026-11-22 10:00 UTC</time>"));
    assert!(html.contains("Nobody was told"));
}

#[tokio::test]
async fn a_broken_connection_shows_its_fix_and_held_handovers() {
    let broken = Integration {
        state: ConnectionState::NeedsAttention,
        reason: Some("The key was revoked. Enter a new one.".into()),
        held: 3,
        ..connected()
    };
    let backend = Fake { integration: Some(broken), ..Fake::default() };
    let (_, html) = page(backend, Some(Role::Owner), PAGE, None).await;
    for text in
        ["Needs attention", "The key was revoked. Enter a new one.", "3 handovers are held.", "Configure"]
    {
        assert!(html.contains(text), "{text}");
    }
}

#[tokio::test]
async fn a_backlog_is_shown_only_while_there_is_one() {
    use ConnectionState::{Connected, NeedsAttention};
    // What a broken connection holds is in its own note.
    for (state, waiting, said) in [(Connected, 3, false), (Connected, 40, true), (NeedsAttention, 40, false)]
    {
        let integration = Integration { state, waiting, ..connected() };
        let backend = Fake { integration: Some(integration), ..Fake::default() };
        let (_, html) = page(backend, Some(Role::Owner), PAGE, None).await;
        assert_eq!(html.contains("waiting their turn"), said, "{state:?}, {waiting}");
        assert_eq!(html.contains("40 handovers are waiting their turn to become tickets."), said);
    }
}

#[tokio::test]
async fn dialogs_open_by_address_without_wasm() {
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
    assert!(html.contains("2 handovers are waiting. They will not become tickets unless you connect a helpdesk again and send them."));
}

/// Returns a connected row with two teams, one of them chosen.
fn with_teams() -> Integration {
    let team =
        |id, name: &str| domain::DeskTeam { id: domain::TeamId::try_from(id).unwrap(), name: name.into() };
    let teams = [team(7, "Billing <b>"), team(8, "Returns")];
    Integration { team: Some(7), priority: Some("high".into()), teams: teams.iter().collect(), ..connected() }
}

#[tokio::test]
async fn a_connected_helpdesk_offers_its_teams_and_a_priority() {
    let dialog = "/settings/integrations?connect=gorgias";
    let sees = async |row: Integration, outcome| {
        let backend = Fake { integration: Some(row), ..Fake::default() };
        visible(&page(backend, Some(Role::Owner), dialog, outcome).await.1)
    };
    let html = sees(with_teams(), None).await;
    for there in [
        "name=\"team\"",
        "Leave it to the rules in Gorgias</option>",
        "Billing &lt;b&gt;</option>",
        "name=\"priority\"",
        "Urgent</option>",
        "<dd>Billing &lt;b&gt;</dd>",
        "<dd>High</dd>",
    ] {
        assert!(html.contains(there), "{there}: {html}");
    }
    let chosen = |html: &str, choice: &str| {
        html.split("<option").any(|option| option.contains(" selected") && option.contains(choice))
    };
    assert!(chosen(&html, "Billing &lt;b&gt;</option>") && chosen(&html, "High</option>"), "{html}");
    let unread = sees(Integration { team: None, teams: TeamList::default(), ..with_teams() }, None).await;
    assert!(!unread.contains("name=\"team\"") && unread.contains("name=\"priority\""), "{unread}");
    let deleted = sees(Integration { team: Some(9), ..with_teams() }, None).await;
    assert!(deleted.contains("#9</option>") && deleted.contains("<dd>#9</dd>"), "{deleted}");
    let outcome = FormOutcome::Integrations(IntegrationsOutcome::Connect {
        helpdesk: Helpdesk::GORGIAS,
        subdomain: "your-store".into(),
        method: None,
        username: "jane@example.com".into(),
        choice: [Some("8".into()), Some(String::new())],
        found: Ok(TestOutcome::Passed { warnings: vec![] }),
    });
    let again = sees(with_teams(), Some(outcome)).await;
    assert!(
        chosen(&again, "Returns</option>") && !chosen(&again, "High</option>"),
        "as before the test: {again}"
    );
    let fresh = visible(&page(Fake::default(), Some(Role::Owner), dialog, None).await.1);
    assert!(!fresh.contains("name=\"priority\""), "{fresh}");
}

#[tokio::test]
async fn a_member_sees_why_buttons_are_disabled() {
    let backend = Fake { integration: Some(connected()), ..Fake::default() };
    let (_, html) = page(backend, Some(Role::Member), "/settings/integrations?connect=gorgias", None).await;
    assert!(!html.contains("<dialog"));
    assert!(html.contains("Only owners and admins can change it."));
    assert!(html.contains("disabled"));
}

#[tokio::test]
async fn the_checklist_shows_every_line_and_disappears_when_done() {
    let line = |kind: &str, ready: bool, link: &str| Readiness {
        kind: kind.into(),
        ready,
        message: format!("<b>{kind}</b> matters."),
        code: None,
        args: Args::default(),
        link: Some(link.into()),
        link_label: Some(format!("Fix {kind}")),
    };
    let readiness = vec![
        line("helpdesk", true, "/settings/integrations"),
        line("handover_ability", false, "/train/abilities"),
        line("role", false, "javascript:alert(1)"),
    ];
    let backend = Fake { readiness, ..Fake::default() };
    let (_, html) = page(backend, Some(Role::Owner), PAGE, None).await;
    for text in [
        "Ready for handovers",
        "1 of 3 done",
        "&lt;b&gt;role&lt;/b&gt; matters.",
        "checklist-done",
        ">Fix handover_ability</a>",
    ] {
        assert!(html.contains(text), "{text}");
    }
    let html = visible(&html);
    assert!(
        html.contains("helpdesk&lt;/b&gt;")
            && !html.contains("Fix helpdesk")
            && !html.contains("javascript:")
            && !html.contains("Fix role")
    );
    assert!(html.contains("Handover to human is inactive, so nothing is handed over automatically."));
    let backend = Fake { readiness: vec![line("helpdesk", true, "/")], ..Fake::default() };
    let (_, html) = page(backend, Some(Role::Owner), PAGE, None).await;
    assert!(!visible(&html).contains("Ready for handovers") && !visible(&html).contains("is inactive"));
}

#[tokio::test]
async fn a_failed_test_is_shown_again_without_the_key() {
    let backend = Fake::default();
    let posted = [
        ("helpdesk", "gorgias"),
        ("subdomain", "sto\"re"),
        ("username", "jane@example.com"),
        ("api_key", "geheim"),
        ("intent", "test"),
    ];
    let outcome = shown(&backend, PAGE, &posted).await;
    assert_eq!(outcome.status(), 422);
    assert_eq!(backend.asked(), ["test sto\"re Some(\"geheim\")"]);
    assert!(!format!("{outcome:?}").contains("geheim"));
    let (_, html) = page(backend, Some(Role::Owner), PAGE, Some(outcome)).await;
    assert!(html.contains("Connection failed. Please check your credentials and try again."));
    assert!(html.contains("The key is &lt;b&gt;wrong&lt;/b&gt;."));
    assert!(html.contains("value=\"sto&quot;re\""));
    assert!(!html.contains("geheim"));
}

#[tokio::test]
async fn an_invalid_field_shows_its_error() {
    let posted = [("helpdesk", "gorgias"), ("subdomain", "a b"), ("api_key", "k"), ("intent", "save")];
    let outcome = shown(&Fake::default(), PAGE, &posted).await;
    assert_eq!(outcome.status(), 400);
    assert!(matches!(outcome, FormOutcome::Integrations(IntegrationsOutcome::Connect { .. })));
    let (_, html) = page(Fake::default(), Some(Role::Owner), PAGE, Some(outcome)).await;
    assert!(html.contains("A subdomain can only contain letters, digits and hyphens."));
    assert!(html.contains("aria-invalid=\"true\""));
    assert!(html.contains("aria-describedby=\"connect-subdomain-error connect-subdomain-help\""));
}

#[tokio::test]
async fn each_form_calls_the_backend() {
    for (posted, notice, asks) in [
        (
            &[("helpdesk", "gorgias"), ("subdomain", "shop"), ("api_key", "k"), ("intent", "save")][..],
            "saved",
            "save shop",
        ),
        (&[("helpdesk", "gorgias"), ("intent", "disconnect")], "disconnected-gorgias", "disconnect Gorgias"),
        (&[("helpdesk", "zendesk"), ("intent", "receive")], "receives-zendesk", "receive Zendesk"),
        (
            &[("helpdesk", "zendesk"), ("intent", "receive_all")],
            "receives-all-zendesk",
            "receive all Zendesk",
        ),
        (
            &[("intent", "retry"), ("handover", "h1"), ("destination", "email")],
            "retried",
            "retry h1 Some(\"email\")",
        ),
        (
            &[("intent", "resolve"), ("handover", "h1"), ("destination", "gorgias"), ("made", "no")],
            "answered",
            "resolve h1 gorgias false",
        ),
        (&[("intent", "send_unsent")], "sent", "send"),
    ] {
        does(PAGE, posted, notice, asks).await;
    }
}

#[tokio::test]
async fn an_unknown_form_does_nothing() {
    for posted in [
        &[][..],
        &[("intent", "drop")],
        &[("intent", "save")],
        &[("intent", "retry")],
        &[("intent", "resolve"), ("handover", "h1"), ("destination", "gorgias")],
        &[("intent", "save_email"), ("email", "a@x.co")],
        &[("intent", "retry_failed"), ("handover", "h1")],
    ] {
        does_nothing(PAGE, posted).await;
    }
}

#[tokio::test]
async fn a_rejected_change_is_explained_on_the_page() {
    let posted = [("helpdesk", "gorgias"), ("intent", "disconnect")];
    let outcome = again(post_as(Role::Member, &Fake::default(), PAGE, &posted).await);
    assert_eq!(outcome.status(), 403);
    let (_, html) = page(Fake::default(), Some(Role::Member), PAGE, Some(outcome)).await;
    assert!(html.contains("Only owners and admins can change this."));
}

/// Returns Zendesk's row with a saved API token.
fn zendesk() -> Integration {
    Integration {
        helpdesk: Helpdesk::ZENDESK,
        method: Some("api_token".into()),
        credentials_page: "https://{subdomain}.zendesk.com/admin".into(),
        look: HelpdeskLook::of(Helpdesk::ZENDESK),
        ..connected()
    }
}

#[tokio::test]
async fn several_access_methods_are_a_choice_that_works_without_a_script() {
    let backend = Fake { integration: Some(zendesk()), ..Fake::default() };
    let (_, html) = page(backend, Some(Role::Owner), "/settings/integrations?connect=zendesk", None).await;
    let html = visible(&html);
    for shown in [
        "value=\"oauth_client\"",
        "value=\"api_token\"",
        "<span class=\"of-choice\">Client ID</span><span class=\"of-choice\">Username (Email)</span>",
        "<span class=\"of-choice\">Client secret</span><span class=\"of-choice\">API token</span>",
        "Zendesk calls this the Identifier",
        "all of them stop working on April 30, 2027",
        "APIs → OAuth clients</span>",
    ] {
        assert!(html.contains(shown), "{shown}: {html}");
    }
    let radio = |slug: &str| {
        let input = html.split("<input").find(|input| input.contains(&format!("value=\"{slug}\""))).unwrap();
        input.split('>').next().unwrap().contains("checked")
    };
    assert!(radio("api_token") && !radio("oauth_client"), "the saved method is selected");
}

#[tokio::test]
async fn one_access_method_shows_no_choice() {
    let backend = Fake { integration: Some(connected()), ..Fake::default() };
    let (_, html) = page(backend, Some(Role::Owner), "/settings/integrations?connect=gorgias", None).await;
    assert!(!visible(&html).contains("name=\"method\"") && !html.contains("of-choice"));
}

#[tokio::test]
async fn a_standing_warning_is_on_its_row_and_a_handover_shows_its_tag() {
    let warning =
        Warning::new("shopper_mailed", domain::Said::plain("Your trigger emailed a shopper."), None);
    let warned = Fake {
        integration: Some(Integration { warnings: vec![warning], ..connected() }),
        handovers: vec![HandoverView {
            tag: Some("convi-topic".into()),
            ..handover(vec![delivery(DeliveryState::Delivered)])
        }],
        ..Fake::default()
    };
    let (_, html) = page(warned, Some(Role::Member), "/settings/integrations", None).await;
    let html = visible(&html);
    assert!(html.contains("Your trigger emailed a shopper.") && html.contains("Tag: convi-topic"), "{html}");
}
