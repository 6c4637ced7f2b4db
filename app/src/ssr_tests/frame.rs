//! What is around every page.

use super::{Fake, page, visible};
use crate::model::Role;

#[tokio::test]
async fn a_notice_is_a_known_one_or_none() {
    let at = "/settings/integrations?notice=";
    let (_, html) = page(Fake::default(), Some(Role::Owner), &format!("{at}saved"), None).await;
    assert!(html.contains("Helpdesk integration saved successfully."));
    let (_, html) = page(Fake::default(), Some(Role::Owner), &format!("{at}Call%200900"), None).await;
    assert!(!visible(&html).contains("0900"));
}

#[tokio::test]
async fn the_navigation_leads_to_every_page() {
    let (_, html) = page(Fake::default(), Some(Role::Owner), "/train/abilities", None).await;
    for path in ["/conversations", "/train/abilities", "/settings/integrations", "/settings/notifications"] {
        assert!(html.contains(&format!("href=\"{path}\"")), "{path}");
    }
    assert!(html.contains("href=\"/train/abilities\" aria-current=\"page\""));
}
