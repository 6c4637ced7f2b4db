//! A place for one state of a component.

use super::Theme;
use crate::components::named;
use leptos::prelude::*;

/// What every sample needs of the page. From context.
#[derive(Clone)]
pub(super) struct GalleryStyles {
    /// The addresses of the styles: the product's, and this page's own.
    pub(super) styles: [String; 2],
    /// The theme that was chosen.
    pub(super) theme: Option<Theme>,
}

/// One state. It stands in a shadow root of its own, as the panel does in somebody else's page: so the same component
/// may be there many times, each with its ids, and in a theme of its own.
#[component]
pub(super) fn Sample(
    /// What is to be seen.
    #[prop(into)]
    title: String,
    /// The theme, where it is not the page's.
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

/// Something with a context of its own: what is provided in it is not found beside it. Written out at once, since what
/// follows a signal looks for its context only then.
pub(super) fn apart(view: impl FnOnce() -> AnyView) -> AnyView {
    let owner = Owner::current().map(|owner| owner.child()).unwrap_or_default();
    let html = owner.with(|| view().to_html());
    view! { <div class="apart" inner_html=html></div> }.into_any()
}
