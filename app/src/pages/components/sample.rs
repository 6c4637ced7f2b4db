//! The frame of one sample.

use super::Theme;
use crate::components::named;
use leptos::prelude::*;

/// What every sample needs from the page. Taken from context.
#[derive(Clone)]
pub(super) struct GalleryStyles {
    /// The addresses of the product's stylesheet and of this page's own.
    pub(super) styles: [String; 2],
    /// The chosen theme.
    pub(super) theme: Option<Theme>,
}

/// One state of a component. It is in its own shadow root, like the panel in a host page, so the same component can
/// appear many times, with the same ids and in its own theme.
#[component]
pub(super) fn Sample(
    /// Its title.
    #[prop(into)]
    title: String,
    /// Its theme, if not the page's.
    #[prop(optional_no_strip)]
    theme: Option<Theme>,
    /// The component.
    children: Children,
) -> impl IntoView {
    let around = use_context::<GalleryStyles>();
    let theme = theme.or_else(|| around.as_ref().and_then(|around| around.theme));
    let styles = around.map(|around| around.styles).unwrap_or_default();
    view! {
        <div class="sample">
            <h3>{title}</h3>
            <div class="sample-place" {..named([("theme", theme.map(Theme::name).into())])}>
                <template {..named([("shadowrootmode", "open".into())])}>
                    {styles.map(|href| view! { <link rel="stylesheet" href=href /> }).into_iter().collect_view()}
                    <div class="sample-inside">{children()}</div>
                </template>
            </div>
        </div>
    }
}

/// Renders a view with its own context, which its neighbours do not see. It is rendered to HTML at once, because a view
/// that follows signals would look up its context later.
pub(super) fn apart(view: impl FnOnce() -> AnyView) -> AnyView {
    let owner = Owner::current().map(|owner| owner.child()).unwrap_or_default();
    let html = owner.with(|| view().to_html());
    view! { <div class="apart" inner_html=html></div> }.into_any()
}
