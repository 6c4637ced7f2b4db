//! The content of a page once the server has answered.

use super::frame::ViewerResource;
use super::once::{once, whole};
use super::{Live, Trouble};
use crate::model::CallError;
use crate::text::t;
use leptos::prelude::*;

/// Waits for the viewer and for the page's data. `content` receives whether the viewer may make changes, and returns
/// the page or its error.
pub fn page_content<F>(content: impl Fn(bool) -> F + Clone + Send + 'static) -> AnyView
where
    F: Future<Output = Result<AnyView, CallError>> + Send + 'static,
{
    let viewer = use_context::<ViewerResource>();
    view! {
        <Suspense fallback=|| view! { <p class="loading" role="status">{t("Loading…")}</p> }>
            {once(move || {
                let content = content.clone();
                Suspend::new(async move {
                    let may_change = match viewer {
                        Some(viewer) => viewer.await.is_ok_and(|viewer| viewer.role.may_change()),
                        None => false,
                    };
                    let content = content(may_change).await;
                    whole(content.unwrap_or_else(|error| view! { <Broken error /> }.into_any()))
                })
            })}
        </Suspense>
    }
    .into_any()
}

#[component]
fn Broken(error: CallError) -> impl IntoView {
    Live::current().begin();
    view! { <Trouble error /> }
}
