//! The files beside the executable: style, scripts, module, icons.

use axum::{
    Router,
    extract::Request,
    handler::Handler,
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

/// Why there is no site. Said once, at start.
#[derive(Debug, thiserror::Error)]
#[error("the site at {} is not complete: {why}. Build it with `cargo xtask build`, which puts it beside the executable", folder.display())]
pub struct SiteError {
    folder: PathBuf,
    why: String,
}

/// A folder of files, with the names under which pages link them.
#[derive(Clone, Debug)]
pub struct Site {
    folder: PathBuf,
    /// From the name that people write (`app.css`) to the path below the folder (`pkg/app-1a2b3c.css`).
    manifest: BTreeMap<String, String>,
}

impl Site {
    /// The folder `site` beside the executable, whatever the working directory is.
    pub fn beside_executable() -> Result<Self, SiteError> {
        let failed = |error: io::Error| SiteError {
            folder: "site".into(),
            why: error.to_string(),
        };
        let executable = std::env::current_exe()
            .and_then(fs::canonicalize)
            .map_err(failed)?;
        Self::open(&executable.with_file_name("site"))
    }

    /// Reads the manifest and checks that what it names is there: a page that links a file that does not exist looks
    /// broken long after the start.
    pub fn open(folder: &Path) -> Result<Self, SiteError> {
        let failed = |why: String| SiteError {
            folder: folder.to_owned(),
            why,
        };
        let text = fs::read_to_string(folder.join(MANIFEST))
            .map_err(|error| failed(format!("{MANIFEST}: {error}")))?;
        let manifest: BTreeMap<String, String> =
            serde_json::from_str(&text).map_err(|error| failed(format!("{MANIFEST}: {error}")))?;
        if let Some(missing) = manifest.values().find(|path| !folder.join(path).is_file()) {
            return Err(failed(format!("{missing} is missing")));
        }
        Ok(Self {
            folder: folder.to_owned(),
            manifest,
        })
    }

    /// The address of a file by the name that people write: `app.css` → `/pkg/app-1a2b3c.css`.
    pub fn address(&self, name: &str) -> Result<String, SiteError> {
        let path = self.manifest.get(name);
        path.map(|path| format!("/{path}")).ok_or_else(|| SiteError {
            folder: self.folder.clone(),
            why: format!("{MANIFEST} names no {name}"),
        })
    }

    /// Serves the files; `otherwise` answers what is none.
    pub fn routes<H, T>(&self, otherwise: H) -> Router
    where
        H: Handler<T, ()>,
        T: 'static,
    {
        let files = ServeDir::new(&self.folder)
            .append_index_html_on_directories(false)
            .precompressed_br()
            .precompressed_gzip()
            .call_fallback_on_method_not_allowed(true)
            .fallback(otherwise.with_state(()));
        Router::new().fallback_service(any_service(files).layer(middleware::from_fn(cache)))
    }
}

/// What is below `/pkg/` has a hash in its name and never changes; the rest is asked for again.
async fn cache(request: Request, next: Next) -> Response {
    let hashed = request.uri().path().starts_with("/pkg/");
    let mut response = next.run(request).await;
    let is_file = matches!(
        response.status(),
        StatusCode::OK | StatusCode::NOT_MODIFIED | StatusCode::PARTIAL_CONTENT
    ) && response.headers().contains_key(header::LAST_MODIFIED);
    if is_file || response.status() == StatusCode::NOT_MODIFIED {
        let value = if hashed {
            "public, max-age=31536000, immutable"
        } else {
            "public, no-cache"
        };
        response
            .headers_mut()
            .insert(header::CACHE_CONTROL, HeaderValue::from_static(value));
    }
    response
}
