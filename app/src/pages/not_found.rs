//! The page for any unknown address.

use crate::components::Live;
use crate::routes::INTEGRATIONS;
use crate::text::t;
use leptos::prelude::*;
use leptos_meta::Title;
use leptos_router::components::A;

/// The page, with status 404.
#[component]
pub fn NotFoundPage() -> impl IntoView {
    #[cfg(feature = "ssr")]
    if let Some(response) = use_context::<leptos_axum::ResponseOptions>() {
        response.set_status(http::StatusCode::NOT_FOUND);
    }
    Live::current().begin();
    view! {
        <Title text=t("Page not found · Convi") />
        <div class="page page-narrow">
            <h1>{t("Page not found")}</h1>
            <p class="lead">{t("Check the URL. The page may have moved.")}</p>
            <p>
                <A href=INTEGRATIONS attr:class="button button-primary">
                    {t("Go to Integrations")}
                </A>
            </p>
        </div>
    }
}
