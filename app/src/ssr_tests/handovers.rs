//! Handovers.

use super::samples::past;
use super::{Fake, does, does_nothing, page, shown, visible};
use crate::model::Role;

const PAGE: &str = "/settings/integrations/handovers";

#[tokio::test]
async fn the_page_lists_charts_and_exports_handovers() {
    let (status, html) = page(past(), Some(Role::Owner), PAGE, None).await;
    let text = visible(&html);
    assert_eq!(status, 200);
    for said in [
        "Ticket created",
        "Not delivered",
        "Retry all failed (4)",
        "11 handovers in 3 days, 3 with a ticket.",
        "65 s",
        "Timeline",
        "Handovers today",
        "Show more",
    ] {
        assert!(text.contains(said) || html.contains(said), "{said}");
    }
    assert!(html.contains("href=\"/v1/handovers.csv\""));
    assert!(html.contains("value=\"ne&quot;xt\""), "the next page");
    let in_an_attribute = html.contains("=\"javascript:");
    assert!(!html.contains(" style=") && !in_an_attribute && !html.contains("<img src=x"));
    // The table contains only days with handovers.
    assert!(
        html.contains("from=2026-11-21&amp;to=2026-11-21")
            && !html.contains("from=2026-11-20&amp;to=2026-11-20")
    );
}

#[tokio::test]
async fn the_address_sets_filters_and_opens_attempts() {
    let uri = format!("{PAGE}?progress=needs_you&search=%22%3Cb%3E&from=2026-11-01&to=2026-11-22&open=h2");
    let (status, html) = page(past(), Some(Role::Owner), &uri, None).await;
    assert_eq!(status, 200);
    assert!(html.contains("value=\"&quot;&lt;b&gt;\""), "the field contains the search");
    assert!(html.contains("Asked Gorgias to create the ticket"));
    assert!(html.contains("Gorgias answered 503. &lt;b&gt;x&lt;/b&gt;"));
    assert!(html.contains(
        "/v1/handovers.csv?progress=needs_you&amp;search=%22%3Cb%3E&amp;from=2026-11-01&amp;to=2026-11-22"
    ));
    // The forms return to this page.
    assert!(html.contains("action=\"/settings/integrations/handovers?progress=needs_you&amp;search="));
    let (status, html) = page(past(), Some(Role::Owner), &format!("{PAGE}?from=soon"), None).await;
    assert_eq!(status, 400);
    assert!(html.contains("Enter a date as year-month-day, for example 2026-11-22."));
    let none = page(Fake::default(), Some(Role::Owner), PAGE, None).await.1;
    assert!(none.contains("No handovers yet") && !none.contains("class=\"charts\""));
    let none = page(Fake::default(), Some(Role::Owner), &format!("{PAGE}?progress=needs_you"), None).await.1;
    assert!(none.contains("All clear"));
    let none = page(Fake::default(), Some(Role::Owner), &format!("{PAGE}?search=zebra"), None).await.1;
    assert!(none.contains("No matching handovers"));
}

#[tokio::test]
async fn each_form_calls_the_backend() {
    does(PAGE, &[("intent", "retry_failed")], "retried-3", "retry all").await;
    let retry = [("intent", "retry"), ("handover", "h1"), ("destination", "gorgias")];
    does(PAGE, &retry, "retried", "retry h1 Some(\"gorgias\")").await;
    let resolve = [("intent", "resolve"), ("handover", "h1"), ("destination", "gorgias"), ("made", "yes")];
    does(PAGE, &resolve, "answered", "resolve h1 gorgias true").await;
}

#[tokio::test]
async fn the_error_of_an_unknown_form_is_shown_above_the_list() {
    for posted in
        [&[][..], &[("intent", "disconnect"), ("helpdesk", "gorgias")], &[("intent", "send_unsent")]]
    {
        does_nothing(PAGE, posted).await;
    }
    let outcome = shown(&Fake::default(), PAGE, &[("intent", "retry")]).await;
    assert_eq!(outcome.status(), 404);
    let (_, html) = page(past(), Some(Role::Owner), PAGE, Some(outcome)).await;
    assert!(html.contains("Not found. It may have been deleted."));
}
