//! The frame around every page.

use super::{Fake, ROUTES, page, visible};
use crate::components::page_content;
use crate::model::Role;
use axum::body::{Body, to_bytes};
use http::Request;
use leptos::prelude::*;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

/// A closure may take what it reads out of the context, so a second run would miss it. Building the view is also half
/// of a page's cost.
#[tokio::test]
async fn a_page_is_built_once_and_its_closures_run_once() {
    ROUTES.call_once(|| {
        let _ = leptos_axum::generate_route_list(crate::App);
    });
    let (made, read) = (Arc::new(AtomicUsize::new(0)), Arc::new(AtomicUsize::new(0)));
    let counts = (made.clone(), read.clone());
    let app = move || {
        let (made, read) = counts.clone();
        page_content(move |_| {
            let (made, read) = (made.clone(), read.clone());
            async move {
                tokio::task::yield_now().await;
                made.fetch_add(1, Ordering::Relaxed);
                let text = move || read.fetch_add(1, Ordering::Relaxed).to_string();
                Ok(view! { <p>"Here: " {text}</p> }.into_any())
            }
        })
    };
    let response = leptos_axum::render_app_async(app)(Request::new(Body::empty())).await;
    let html = to_bytes(response.into_body(), usize::MAX).await.unwrap();
    let html = String::from_utf8(html.to_vec()).unwrap();
    assert!(html.contains("<p>Here: <!>0"), "{html}");
    assert_eq!((made.load(Ordering::Relaxed), read.load(Ordering::Relaxed)), (1, 1));
}

#[tokio::test]
async fn only_known_notices_are_shown() {
    let at = "/settings/integrations?notice=";
    let (_, html) = page(Fake::default(), Some(Role::Owner), &format!("{at}saved"), None).await;
    assert!(html.contains("Helpdesk integration saved successfully."));
    let (_, html) = page(Fake::default(), Some(Role::Owner), &format!("{at}Call%200900"), None).await;
    assert!(!visible(&html).contains("0900"));
}

#[tokio::test]
async fn the_navigation_links_to_every_page() {
    let (_, html) = page(Fake::default(), Some(Role::Owner), "/train/abilities", None).await;
    for path in ["/conversations", "/train/abilities", "/settings/integrations", "/settings/notifications"] {
        assert!(html.contains(&format!("href=\"{path}\"")), "{path}");
    }
    assert!(html.contains("href=\"/train/abilities\" aria-current=\"page\""));
}
