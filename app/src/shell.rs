//! The HTML document around the app.

use crate::assets::Assets;
use crate::theme::ThemeChoice;
use crate::{App, text};
use leptos::nonce::use_nonce;
use leptos::prelude::*;
use leptos_meta::MetaTags;

/// Renders the whole document. The content security policy allows an inline script or style only with the nonce of this
/// response.
pub fn shell(assets: Assets) -> impl IntoView {
    let path = |file: &str| format!("/{}", file.trim_start_matches('/'));
    let language = text::language();
    let theme = use_context::<ThemeChoice>().unwrap_or_default();
    let catalogue = assets.catalogues.iter().find(|(code, _)| *code == language.code());
    // The start script requests it in the same way, so it is loaded only once.
    let catalogue = catalogue.map(|(_, file)| {
        view! { <link rel="preload" href=path(file) r#as="fetch" crossorigin="anonymous" /> }
    });
    view! {
        <!DOCTYPE html>
        <html lang=language.code() data-theme=theme.attribute()>
            <head>
                <meta charset="utf-8" />
                <meta name="viewport" content="width=device-width, initial-scale=1" />
                <meta name="color-scheme" content="light dark" />
                <meta name="referrer" content="same-origin" />
                // The server fills in what it sends. The start script compares it with what arrived.
                <meta name="convi-sent" content="" />
                <link rel="icon" href=path(&assets.favicon) type="image/svg+xml" />
                <link rel="stylesheet" href=path(&assets.css) />
                // After what the page needs to be usable.
                <link
                    rel="modulepreload"
                    href=path(&assets.page_js)
                    nonce=use_nonce()
                    fetchpriority="low"
                />
                <link
                    rel="preload"
                    href=path(&assets.page_wasm)
                    r#as="fetch"
                    r#type="application/wasm"
                    crossorigin="anonymous"
                    fetchpriority="low"
                />
                {catalogue}
                <script type="module" src=path(&assets.start_js) nonce=use_nonce()></script>
                <MetaTags />
            </head>
            <body>
                <App />
            </body>
        </html>
    }
}
