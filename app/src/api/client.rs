//! The HTTP client of the browser. The page signs in with its cookie; the embedded panel brings its own base address
//! and token.
//!
//! Requests and responses are plain data, so they also compile natively. Only `fetch` needs a browser.

#[cfg(feature = "browser")]
use crate::model::CallError;
use http::Method;
use leptos::prelude::*;
use std::future::Future;
use std::pin::Pin;
use std::rc::Rc;

/// Asks the host page for a fresh token. Resolves to `None` if the host has none.
pub type Renew = Rc<dyn Fn() -> Pin<Box<dyn Future<Output = Option<String>>>>>;

/// Where an embedded panel sends its calls, and with which token. Without a `Caller` in context, calls go to the page's
/// own origin with its cookie.
#[derive(Clone, Copy)]
#[cfg_attr(not(feature = "browser"), expect(dead_code, reason = "only a browser sends"))]
pub struct Caller(StoredValue<Account, LocalStorage>);

#[cfg_attr(not(feature = "browser"), expect(dead_code, reason = "only a browser sends"))]
struct Account {
    base: String,
    token: Option<String>,
    renew: Renew,
}

impl Caller {
    /// Provides a caller in context. `base` is an origin without a trailing slash; `token` is the most recent token.
    pub fn provide(base: String, token: Option<String>, renew: Renew) -> Self {
        let caller = Self(StoredValue::new_local(Account { base, token, renew }));
        provide_context(caller);
        caller
    }

    /// Returns the full address of a path.
    #[cfg(feature = "browser")]
    fn address(self, path: &str) -> String {
        self.0.try_with_value(|account| format!("{}{path}", account.base)).unwrap_or_default()
    }

    #[cfg(feature = "browser")]
    fn token(self) -> Option<String> {
        self.0.try_with_value(|account| account.token.clone()).flatten()
    }

    /// Makes sure that the current token is not `ended`, and returns whether there is one. Two calls that find the same
    /// expired token both ask for a new one; the host page may give both the same token.
    #[cfg(feature = "browser")]
    async fn renewed(self, ended: Option<&str>) -> bool {
        let (now, renew) =
            match self.0.try_with_value(|account| (account.token.clone(), account.renew.clone())) {
                Some(account) => account,
                None => return false,
            };
        if now.is_some() && now.as_deref() != ended {
            return true;
        }
        let new = renew().await.filter(|new| Some(new.as_str()) != ended);
        let there = new.is_some();
        self.0.try_update_value(|account| account.token = new);
        there
    }
}

/// An HTTP request.
#[cfg_attr(not(feature = "browser"), expect(dead_code, reason = "only a browser sends"))]
pub struct Request {
    method: Method,
    path: String,
    headers: Vec<(&'static str, String)>,
    body: Option<String>,
    caller: Option<Caller>,
}

impl Request {
    /// Starts a request for the caller in context. Call it before the first `await`, because the context is gone after
    /// it.
    pub fn new(method: Method, path: &str) -> Self {
        Self { method, path: path.to_owned(), headers: Vec::new(), body: None, caller: use_context() }
    }

    /// Adds a header.
    pub fn header(mut self, name: &'static str, value: impl Into<String>) -> Self {
        self.headers.push((name, value.into()));
        self
    }

    /// Sets the body.
    pub fn body(mut self, content_type: &str, body: String) -> Self {
        self.body = Some(body);
        self.header("content-type", content_type)
    }
}

/// An HTTP response.
pub struct Response {
    /// The HTTP status code.
    pub status: u16,
    /// The `ETag` header.
    pub etag: Option<String>,
    /// The `Content-Type` header.
    pub content_type: Option<String>,
    /// The `Retry-After` header, in seconds.
    pub retry_after: Option<u64>,
    /// The complete body.
    pub body: Vec<u8>,
}

/// Sends a request. If the token of an embedded panel has expired, it asks for a new one and sends the request once
/// more. That is safe: a request rejected because of its token has changed nothing.
#[cfg(feature = "browser")]
pub async fn fetch(request: &Request) -> Result<Response, CallError> {
    let Some(caller) = request.caller else { return send(request, None).await };
    let token = caller.token();
    if token.is_some() {
        let answer = send(request, token.as_deref()).await?;
        if answer.status != 401 {
            return Ok(answer);
        }
    }
    if !caller.renewed(token.as_deref()).await {
        return Err(CallError::SignedOut);
    }
    send(request, caller.token().as_deref()).await
}

#[cfg(feature = "browser")]
async fn send(request: &Request, token: Option<&str>) -> Result<Response, CallError> {
    browser::send(request, token).await.ok_or(CallError::Offline)
}

/// Calls the browser's `fetch` through reflection. A library on top of the typed bindings would add 2 kB that every
/// panel has to load.
#[cfg(feature = "browser")]
mod browser {
    use super::{Request, Response};
    use js_sys::{Function, Object, Promise, Reflect, Uint8Array};
    use leptos::prelude::window;
    use wasm_bindgen::{JsCast, JsValue};
    use wasm_bindgen_futures::JsFuture;

    fn get(object: &JsValue, name: &str) -> Option<JsValue> {
        Reflect::get(object, &name.into()).ok()
    }

    fn set(object: &Object, name: &str, value: &JsValue) {
        let _ = Reflect::set(object, &name.into(), value);
    }

    /// Calls a method and awaits the promise that it returns.
    async fn promised(object: &JsValue, method: &str, arguments: [&JsValue; 2]) -> Option<JsValue> {
        let promise = {
            let method = get(object, method)?.dyn_into::<Function>().ok()?;
            method.call2(object, arguments[0], arguments[1]).ok()?.dyn_into::<Promise>().ok()?
        };
        JsFuture::from(promise).await.ok()
    }

    /// Returns `None` if there is no response or it is incomplete.
    pub(super) async fn send(request: &Request, token: Option<&str>) -> Option<Response> {
        let url = match request.caller {
            Some(caller) => caller.address(&request.path),
            None => request.path.clone(),
        };
        let options = options(request, token);
        let answer = promised(&window(), "fetch", [&url.into(), &options]).await?;
        let body = promised(&answer, "arrayBuffer", [&JsValue::UNDEFINED, &JsValue::UNDEFINED]).await?;
        let headers = get(&answer, "headers")?;
        let read = get(&headers, "get")?.dyn_into::<Function>().ok()?;
        let header = |name: &str| read.call1(&headers, &name.into()).ok()?.as_string();
        Some(Response {
            status: get(&answer, "status")?.as_f64()? as u16,
            etag: header("etag"),
            content_type: header("content-type"),
            retry_after: header("retry-after").and_then(|seconds| seconds.parse().ok()),
            body: Uint8Array::new(&body).to_vec(),
        })
    }

    fn options(request: &Request, token: Option<&str>) -> JsValue {
        let (options, headers) = (Object::new(), Object::new());
        if let Some(token) = token {
            // The bearer token identifies the caller. A cookie that the browser may hold for our origin must not be
            // sent.
            set(&options, "credentials", &"omit".into());
            set(&headers, "authorization", &format!("Bearer {token}").into());
        }
        for (name, value) in &request.headers {
            set(&headers, name, &value.into());
        }
        set(&options, "method", &request.method.as_str().into());
        set(&options, "headers", &headers);
        if let Some(body) = &request.body {
            set(&options, "body", &body.into());
        }
        options.into()
    }
}
