//! The sign-in page, and pages without a viewer.

use super::{Fake, does_nothing, page};

#[tokio::test]
async fn pages_without_a_viewer_say_so() {
    let (_, html) = page(Fake::default(), None, "/settings/integrations", None).await;
    assert!(html.contains("You are signed out. Sign in again to continue."));
    let (status, html) = page(Fake::default(), None, "/sign-in?error=expired", None).await;
    assert_eq!(status, 200);
    assert!(html.contains("This token has expired."));
    assert!(html.contains("action=\"/sign-in\""));
}

#[tokio::test]
async fn the_sign_in_form_is_not_handled_by_the_screen() {
    does_nothing("/sign-in", &[("intent", "save_email")]).await;
}
