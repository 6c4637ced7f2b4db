//! The app: its routes, and what all pages share.

use crate::components::{Frame, Live};

use crate::pages::{
    AbilitiesPage, ConversationPage, ConversationsPage, HandoversPage, HelpPage, IntegrationsPage,
    NotFoundPage, NotificationsPage, SignInPage,
};
use crate::routes::INTEGRATIONS;
use crate::storefront::Storefront;
use leptos::prelude::*;
use leptos_meta::provide_meta_context;
use leptos_router::components::{FlatRoutes, Redirect, Route, Router};
use leptos_router::{SsrMode, path};

/// The content of the document's body. The server renders it inside [`crate::shell::shell`]; the browser hydrates it.
#[component]
pub fn App() -> impl IntoView {
    provide_meta_context();
    Live::provide();
    if let Some(storefront) = SharedValue::new(use_context::<Storefront>).into_inner() {
        provide_context(storefront);
    }
    view! {
        <Router>
            <Frame>
                <FlatRoutes fallback=NotFoundPage>
                    <Route path=path!("/") view=|| view! { <Redirect path=INTEGRATIONS /> } ssr=SsrMode::Async />
                    <Route path=path!("/conversations") view=ConversationsPage ssr=SsrMode::Async />
                    <Route path=path!("/conversations/:id") view=ConversationPage ssr=SsrMode::Async />
                    <Route path=path!("/train/abilities") view=AbilitiesPage ssr=SsrMode::Async />
                    <Route path=path!("/settings/integrations") view=IntegrationsPage ssr=SsrMode::Async />
                    <Route path=path!("/settings/integrations/handovers") view=HandoversPage ssr=SsrMode::Async />
                    <Route path=path!("/settings/notifications") view=NotificationsPage ssr=SsrMode::Async />
                    <Route path=path!("/help") view=HelpPage ssr=SsrMode::Async />
                    <Route path=path!("/sign-in") view=SignInPage ssr=SsrMode::Async />
                </FlatRoutes>
            </Frame>
        </Router>
    }
}
