//! Settings → Notifications.

use super::{Fake, does, does_nothing, page, post};
use crate::forms::{FormOutcome, Submitted};
use crate::model::Role;

const PAGE: &str = "/settings/notifications";

#[tokio::test]
async fn each_form_calls_the_backend() {
    let save = [("email", "a@x.co"), ("intent", "save_email")];
    does(PAGE, &save, "team-email-saved", "team Some(\"a@x.co\")").await;
    let clear = [("email", "a@x.co"), ("intent", "clear_email")];
    does(PAGE, &clear, "team-email-cleared", "team None").await;
    does_nothing(PAGE, &[("intent", "disconnect"), ("helpdesk", "gorgias")]).await;
}

#[tokio::test]
async fn minutes_and_address_are_saved_together_or_not_at_all() {
    let posts = |minutes: &'static str| async move {
        let backend = Fake::default();
        let posted = [("email", "a@x.co"), ("no_ticket_after_minutes", minutes), ("intent", "save_email")];
        (post(&backend, PAGE, &posted).await, backend.asked())
    };
    let (done, asked) = posts("30").await;
    assert!(matches!(done, Submitted::Redirect(_)), "{done:?}");
    assert_eq!(asked, ["team Some(\"a@x.co\")", "no ticket after Some(30)"]);
    assert_eq!(posts(" ").await.1[1], "no ticket after None");
    let (done, asked) = posts("soon").await;
    assert!(asked.is_empty());
    let Submitted::Show(outcome) = done else { panic!("{done:?}") };
    let FormOutcome::Notifications(left) = &*outcome else { panic!("{outcome:?}") };
    assert_eq!((left.email.as_str(), left.no_ticket_after.as_str()), ("a@x.co", "soon"));
    let (_, html) = page(Fake::default(), Some(Role::Owner), PAGE, Some(*outcome)).await;
    assert!(
        html.contains("Enter a whole number of minutes from 1 to 1440") && html.contains("value=\"soon\""),
        "{html}"
    );
    let (_, html) = page(Fake::default(), Some(Role::Owner), PAGE, None).await;
    assert!(html.contains("name=\"no_ticket_after_minutes\"") && html.contains("value=\"15\""), "{html}");
}
