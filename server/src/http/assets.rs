//! Serves the files beside the executable: styles, scripts, module, icons.

use super::security::RESOURCE_POLICY;
use app::assets::Assets;
use axum::{
    Router,
    extract::Request,
    middleware::{self, Next},
    response::Response,
    routing::any_service,
};
use http::{HeaderValue, StatusCode, header};
use std::{
    collections::BTreeMap,
    fs, io,
    path::{Path, PathBuf},
};
use tower::ServiceExt;
use tower_http::services::ServeDir;

/// Maps the files' names to their paths.
const MANIFEST: &str = "manifest.json";
/// The document that other sites frame.
const FRAME: &str = "frame.html";
/// The maximum length of a file's path, and of each name in it, in bytes.
const LONGEST_PATH: usize = 1_000;
const LONGEST_NAME: usize = 200;
/// The tab's icon, which keeps its name.
const FAVICON: &str = "favicon.svg";

/// Why the site cannot be served. Reported once, at start.
#[derive(Debug, thiserror::Error)]
#[error("the site at {} is incomplete: {why}; run `cargo xtask build`, which puts it beside the executable", folder.display())]
pub struct SiteError {
    folder: PathBuf,
    why: String,
}

/// The folder with the site's files.
#[derive(Clone, Debug)]
pub struct Site {
    folder: PathBuf,
    assets: Assets,
    frame: String,
}

impl Site {
    /// Opens the folder `site` beside the executable, whatever the working directory is.
    pub fn beside_executable() -> Result<Self, SiteError> {
        let failed = |error: io::Error| SiteError { folder: "site".into(), why: error.to_string() };
        let executable = std::env::current_exe().and_then(fs::canonicalize).map_err(failed)?;
        Self::open(&executable.with_file_name("site"))
    }

    /// Reads the manifest and checks that its files exist: a page that links a missing file would look broken only long
    /// after the start.
    pub fn open(folder: &Path) -> Result<Self, SiteError> {
        let failed = |why: String| SiteError { folder: folder.to_owned(), why };
        let text = fs::read_to_string(folder.join(MANIFEST))
            .map_err(|error| failed(format!("{MANIFEST}: {error}")))?;
        // From the written name (`app.css`) to the path below the folder (`pkg/app-1a2b3c.css`).
        let manifest: BTreeMap<String, String> =
            serde_json::from_str(&text).map_err(|error| failed(format!("{MANIFEST}: {error}")))?;
        let named = |name: &str| match manifest.get(name) {
            Some(path) if folder.join(path).is_file() => Ok(path.clone()),
            Some(path) => Err(failed(format!("{path} is missing"))),
            None => Err(failed(format!("{MANIFEST} has no {name}"))),
        };
        let assets = Assets {
            start_js: named("start.js")?,
            page_js: named("page.js")?,
            page_wasm: named("page.wasm")?,
            css: named("app.css")?,
            catalogues: vec![("de", named("de.json")?), ("fr", named("fr.json")?)],
            favicon: FAVICON.to_owned(),
        };
        if !folder.join(FAVICON).is_file() {
            return Err(failed(format!("{FAVICON} is missing")));
        }
        let frame =
            fs::read_to_string(folder.join(FRAME)).map_err(|error| failed(format!("{FRAME}: {error}")))?;
        Ok(Self { folder: folder.to_owned(), assets, frame })
    }

    /// Returns the frame's document, with `__ORIGINS__` in place of the pattern of allowed origins.
    pub fn frame(&self) -> &str {
        &self.frame
    }

    /// Returns the paths that pages link, relative to the folder.
    pub fn assets(&self) -> &Assets {
        &self.assets
    }

    /// Serves the files, and passes everything else to `otherwise`.
    pub fn routes(&self, otherwise: Router) -> Router {
        let files = ServeDir::new(&self.folder)
            .append_index_html_on_directories(false)
            .precompressed_br()
            .precompressed_gzip()
            .call_fallback_on_method_not_allowed(true)
            .fallback(otherwise.clone());
        let files = any_service(files).layer(middleware::from_fn(cache));
        let of_files = move |request: Request, next: Next| {
            let otherwise = otherwise.clone();
            async move {
                if can_be_a_file(request.uri().path()) {
                    return next.run(request).await;
                }
                // The only error of a router is that it has none.
                otherwise.oneshot(request).await.unwrap_or_else(|never| match never {})
            }
        };
        Router::new().fallback_service(files).layer(middleware::from_fn(of_files))
    }
}

/// Returns whether a path is short enough for a file. The system reports a longer one as an error, not as missing.
fn can_be_a_file(path: &str) -> bool {
    path.len() <= LONGEST_PATH && path.split('/').all(|name| name.len() <= LONGEST_NAME)
}

/// Sets how files are cached. A file below `/pkg/` has a hash in its name and never changes. Files below `/storefront/`
/// and `/embed/` keep their names, which other sites' pages contain, so a fix reaches them within minutes. Any site may
/// load both kinds. All other files are revalidated.
async fn cache(request: Request, next: Next) -> Response {
    let hashed = request.uri().path().starts_with("/pkg/");
    let keeps_its_name =
        ["/storefront/", "/embed/"].iter().any(|start| request.uri().path().starts_with(start));
    let mut response = next.run(request).await;
    let is_file =
        matches!(response.status(), StatusCode::OK | StatusCode::NOT_MODIFIED | StatusCode::PARTIAL_CONTENT)
            && response.headers().contains_key(header::LAST_MODIFIED);
    if is_file || response.status() == StatusCode::NOT_MODIFIED {
        let value = if hashed {
            "public, max-age=31536000, immutable"
        } else if keeps_its_name {
            "public, max-age=300, stale-while-revalidate=86400"
        } else {
            "public, no-cache"
        };
        let headers = response.headers_mut();
        headers.insert(header::CACHE_CONTROL, HeaderValue::from_static(value));
        if hashed || keeps_its_name {
            headers.insert(header::ACCESS_CONTROL_ALLOW_ORIGIN, HeaderValue::from_static("*"));
            headers.insert(RESOURCE_POLICY, HeaderValue::from_static("cross-origin"));
        }
    }
    response
}
