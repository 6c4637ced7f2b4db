//! `/demo/components`: the design system, with every component in each state.
//!
//! It uses the real components and the file of the tokens, so it cannot drift from the product. Only the server renders
//! it, and only in the demo: no module contains any of it, and nothing on the page does anything.

mod controls;
mod data;
mod foundation;
mod messages;
mod sample;
mod screen;
mod tokens;

use crate::assets::Assets;
use crate::components::named;
use leptos::prelude::*;
use sample::GalleryStyles;
use tokens::Theme;

/// The page's own styles.
pub const STYLES: &str = include_str!("components.css");

/// The parts of the page in order, with id and title.
const PARTS: [(&str, &str); 11] = [
    ("colour", "Colour"),
    ("type", "Type"),
    ("shape", "Space, shape and motion"),
    ("buttons", "Buttons"),
    ("fields", "Fields"),
    ("badges", "Badges, tags and links"),
    ("messages", "Notes and toasts"),
    ("dialogs", "Dialogs"),
    ("rows", "Helpdesks and handovers"),
    ("charts", "Charts and attempts"),
    ("empty", "Empty states and skeletons"),
];

/// Renders the whole document in a theme, or in the reader's own. `styles` is the address of [`STYLES`].
pub fn document(assets: &Assets, styles: &str, theme: Option<&str>) -> String {
    let path = |file: &str| format!("/{}", file.trim_start_matches('/'));
    let theme = theme.and_then(Theme::from_name);
    let hrefs = [path(&assets.css), styles.to_owned()];
    let icon = path(&assets.favicon);
    Owner::new().with(move || {
        provide_context(GalleryStyles { styles: hrefs.clone(), theme });
        let root = named([("lang", "en".into()), ("data-theme", theme.map(Theme::name).into())]);
        view! {
            <!DOCTYPE html>
            <html {..root}>
                <head>
                    <meta charset="utf-8" />
                    <meta name="viewport" content="width=device-width, initial-scale=1" />
                    <meta name="color-scheme" content="light dark" />
                    <title>"Components · Convi"</title>
                    <link rel="icon" href=icon type="image/svg+xml" />
                    {hrefs.map(|href| view! { <link rel="stylesheet" href=href /> }).into_iter().collect_view()}
                </head>
                <body>
                    <Gallery theme />
                </body>
            </html>
        }
        .to_html()
    })
}

#[component]
fn Gallery(theme: Option<Theme>) -> impl IntoView {
    let look = |name: &'static str, address: &'static str, chosen: bool| {
        view! { <li><a href=address aria-current=chosen.then_some("page")>{name}</a></li> }
    };
    let contents = PARTS.map(|(id, title)| {
        let address = format!("#{id}");
        view! { <li><a class="link" href=address>{title}</a></li> }
    });
    view! {
        <main class="gallery">
            <header class="gallery-head">
                // Takes the focus before a dialog's field below does, which would scroll the page there.
                <h1 tabindex="-1" autofocus=true>"Components"</h1>
                <p class="lead">
                    "The design tokens and the components of every page, in each state. They are the product's own. Nothing on this page does anything."
                </p>
                <nav aria-label="Theme">
                    <ul class="tabs">
                        {look("System", "?", theme.is_none())}
                        {look("Light", "?theme=light", theme == Some(Theme::Light))}
                        {look("Dark", "?theme=dark", theme == Some(Theme::Dark))}
                    </ul>
                </nav>
                <nav aria-label="Contents">
                    <ul class="gallery-contents">{contents.into_iter().collect_view()}</ul>
                </nav>
            </header>
            {PARTS.into_iter().map(|(id, title)| view! { <Section id title /> }).collect_view()}
        </main>
    }
}

#[component]
fn Section(id: &'static str, title: &'static str) -> impl IntoView {
    let shown = match id {
        "colour" => foundation::colour(),
        "type" => foundation::typography(),
        "shape" => foundation::shape(),
        "buttons" => controls::buttons(),
        "fields" => controls::fields(),
        "badges" => controls::badges(),
        "messages" => messages::all(),
        "dialogs" => screen::dialogs(),
        "rows" => screen::rows(),
        "charts" => screen::charts(),
        _ => screen::empty(),
    };
    let heading = format!("{id}-title");
    let labelled_by = heading.clone();
    view! {
        <section id=id class="gallery-part" aria-labelledby=labelled_by>
            <h2 id=heading>{title}</h2>
            {shown}
        </section>
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn html(theme: Option<&str>) -> String {
        let assets = Assets {
            start_js: "pkg/start.js".into(),
            page_js: "pkg/page.js".into(),
            page_wasm: "pkg/page.wasm".into(),
            css: "pkg/app.css".into(),
            catalogues: Vec::new(),
            favicon: "favicon.svg".into(),
        };
        document(&assets, "/demo/components.css", theme)
    }

    #[test]
    fn it_shows_every_token_and_loads_no_script() {
        let html = html(None);
        for token in tokens::all() {
            assert!(html.contains(&token.name), "{} is not shown", token.name);
        }
        assert!(!html.contains("<script") && !html.contains(" style="), "{html}");
    }

    #[test]
    fn it_shows_every_state_of_a_delivery() {
        let html = html(Some("dark"));
        for delivery in data::deliveries() {
            let (_, badge) = crate::words::delivery(&delivery);
            assert!(html.contains(&badge), "{badge} is not shown");
        }
    }

    #[test]
    fn only_known_themes_are_accepted() {
        assert!(html(Some("dark")).contains("data-theme=\"dark\""));
        assert!(!html(Some("\"><script>")).contains("data-theme"));
    }
}
