//! The files beside the executable: style, scripts, module, icons.

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
use tower_http::services::ServeDir;

/// The file that names the others.
const MANIFEST: &str = "manifest.json";
/// The document that other sites frame.
const FRAME: &str = "frame.html";
/// The icon of the tab, which keeps its name.
const FAVICON: &str = "favicon.svg";

/// Why there is no site. Said once, at start.
#[derive(Debug, thiserror::Error)]
#[error("the site at {} is not complete: {why}. Build it with `cargo xtask build`, which puts it beside the executable", folder.display())]
pub struct SiteError {
    folder: PathBuf,
    why: String,
}

/// A folder of files.
#[derive(Clone, Debug)]
pub struct Site {
    folder: PathBuf,
    assets: Assets,
    frame: String,
}

impl Site {
    /// The folder `site` beside the executable, whatever the working directory is.
    pub fn beside_executable() -> Result<Self, SiteError> {
        let failed = |error: io::Error| SiteError { folder: "site".into(), why: error.to_string() };
        let executable = std::env::current_exe().and_then(fs::canonicalize).map_err(failed)?;
        Self::open(&executable.with_file_name("site"))
    }

    /// Reads the manifest and checks that what it names is there: a page that links a file that does not exist looks
    /// broken long after the start.
    pub fn open(folder: &Path) -> Result<Self, SiteError> {
        let failed = |why: String| SiteError { folder: folder.to_owned(), why };
        let text = fs::read_to_string(folder.join(MANIFEST))
            .map_err(|error| failed(format!("{MANIFEST}: {error}")))?;
        // From the name that people write (`app.css`) to the path below the folder (`pkg/app-1a2b3c.css`).
        let manifest: BTreeMap<String, String> =
            serde_json::from_str(&text).map_err(|error| failed(format!("{MANIFEST}: {error}")))?;
        let named = |name: &str| match manifest.get(name) {
            Some(path) if folder.join(path).is_file() => Ok(path.clone()),
            Some(path) => Err(failed(format!("{path} is missing"))),
            None => Err(failed(format!("{MANIFEST} names no {name}"))),
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

    /// The document of the frame, with `__ORIGINS__` where the pattern of who may frame it stands.
    pub fn frame(&self) -> &str {
        &self.frame
    }

    /// What pages link, by the paths below the folder.
    pub fn assets(&self) -> &Assets {
        &self.assets
    }

    /// Serves the files; `otherwise` answers what is none.
    pub fn routes(&self, otherwise: Router) -> Router {
        let files = ServeDir::new(&self.folder)
            .append_index_html_on_directories(false)
            .precompressed_br()
            .precompressed_gzip()
            .call_fallback_on_method_not_allowed(true)
            .fallback(otherwise);
        Router::new().fallback_service(any_service(files).layer(middleware::from_fn(cache)))
    }
}

/// What is below `/pkg/` has a hash in its name and never changes. What is below `/storefront/` and `/embed/` keeps its
/// name, since it stands in the pages of others: a mend reaches them within minutes. Any site may load all of these. The
/// rest is asked for again.
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
