//! The sign-in page, and pages without who is looking.

use super::{Fake, does_nothing, page};

#[tokio::test]
async fn signed_out_it_says_so() {
    let (_, html) = page(Fake::default(), None, "/settings/integrations", None).await;
    assert!(html.contains("You are signed out. Sign in again to continue."));
    let (status, html) = page(Fake::default(), None, "/sign-in?error=expired", None).await;
    assert_eq!(status, 200);
    assert!(html.contains("This token has expired."));
    assert!(html.contains("action=\"/sign-in\""));
}

#[tokio::test]
async fn its_form_is_none_of_the_screens() {
    does_nothing("/sign-in", &[("intent", "save_email")]).await;
}
