//! The built files that the document links to.

/// Paths of the built files relative to `/`, as listed in the site's manifest: `pkg/app-1a2b3c.css`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Assets {
    /// The script that loads and starts the module.
    pub start_js: String,
    /// The module's JavaScript.
    pub page_js: String,
    /// The WASM module.
    pub page_wasm: String,
    /// The stylesheet.
    pub css: String,
    /// The catalogue of each language, by language code. English needs none.
    pub catalogues: Vec<(&'static str, String)>,
    /// The favicon.
    pub favicon: String,
}
