//! The built files that the document links.

/// The paths of the built files, relative to `/`, as the site's manifest names them: `pkg/app-1a2b3c.css`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Assets {
    /// Loads the module and starts it.
    pub start_js: String,
    /// The module's JavaScript.
    pub page_js: String,
    /// The module itself.
    pub page_wasm: String,
    /// All styles.
    pub css: String,
    /// By the code of a language its catalogue; English needs none.
    pub catalogues: Vec<(&'static str, String)>,
    /// The icon of the tab.
    pub favicon: String,
}
