//! The page for any unknown address.

use super::{Fake, page};
use crate::model::Role;

#[tokio::test]
async fn an_unknown_address_is_404_and_the_root_redirects() {
    let (status, html) = page(Fake::default(), Some(Role::Owner), "/nothing", None).await;
    assert_eq!(status, 404);
    assert!(html.contains("Page not found"));
    let (status, _) = page(Fake::default(), Some(Role::Owner), "/", None).await;
    assert_eq!(status, 302);
}
