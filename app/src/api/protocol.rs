//! The encoding of a server function: arguments in JSON, the result in postcard, or in JSON for a caller that does not
//! accept postcard.
//!
//! A form cannot make a browser send JSON to another site, so forged calls fail. Postcard has no field names, which
//! saves a fifth of the module's size in code that would look them up. Everything else that the module reads is postcard
//! too ([`compact`]).

use crate::model::CallError;
#[cfg(feature = "ssr")]
use crate::model::FieldError;
use http::Method;
#[cfg(feature = "browser")]
use leptos::server_fn::Decodes;
use leptos::server_fn::client::Client;
use leptos::server_fn::codec::{JsonEncoding, PostcardEncoding};
use leptos::server_fn::request::Req;
use leptos::server_fn::response::TryRes;
use leptos::server_fn::server::Server;
use leptos::server_fn::{ContentType, Encodes, Protocol};
use serde::{Serialize, de::DeserializeOwned};
use std::future::Future;

/// How the screen's own module asks for answers.
pub const COMPACT: &str = PostcardEncoding::CONTENT_TYPE;

/// A value as the module reads it.
#[cfg(feature = "ssr")]
pub fn compact<T: Serialize>(value: &T) -> Option<Vec<u8>> {
    PostcardEncoding::encode(value).ok().map(Into::into)
}

/// Reads such a value in the module. Returns `None` if it comes from another build.
#[cfg(feature = "browser")]
pub(crate) fn from_compact<T: DeserializeOwned>(bytes: Vec<u8>) -> Option<T> {
    PostcardEncoding::decode(bytes.into()).ok()
}

/// The protocol of every server function.
pub struct CallProtocol;

impl<I, O, C, S> Protocol<I, O, C, S, CallError> for CallProtocol
where
    I: Serialize + DeserializeOwned + Send,
    O: Serialize + DeserializeOwned + Send,
    C: Client<CallError>,
    S: Server<CallError>,
{
    const METHOD: Method = Method::POST;

    async fn run_server<F, Fut>(request: S::Request, run: F) -> Result<S::Response, CallError>
    where
        F: Fn(I) -> Fut + Send,
        Fut: Future<Output = Result<O, CallError>> + Send,
    {
        let compact = request.accepts().is_some_and(|accepts| accepts.contains(COMPACT));
        let arguments = arguments(request).await?;
        let result = run(arguments).await;
        if compact {
            // The status code is already set.
            return answer::<PostcardEncoding, _, _>(&result);
        }
        answer::<JsonEncoding, _, _>(&result?)
    }

    #[cfg(feature = "browser")]
    fn run_client(path: &str, input: I) -> impl Future<Output = Result<O, CallError>> + Send {
        // A function without arguments needs no serialiser, so a panel contains none.
        let arguments =
            if size_of::<I>() == 0 { Some("{}".to_owned()) } else { serde_json::to_string(&input).ok() };
        let answer = browser::ask(path, arguments);
        async move { from_compact(answer.await?).unwrap_or(Err(CallError::Offline)) }
    }

    #[cfg(not(feature = "browser"))]
    async fn run_client(_: &str, _: I) -> Result<O, CallError> {
        // Only a browser calls.
        Err(CallError::Offline)
    }
}

#[cfg(feature = "ssr")]
domain::sentences! {
    NOT_THE_ARGUMENTS = "call.not_the_arguments": "Invalid request. Reload the page and try again.";
}

#[cfg(feature = "ssr")]
async fn arguments<I: DeserializeOwned>(request: impl Req<CallError> + Send) -> Result<I, CallError> {
    let answer = super::nobody();
    let bytes = request.try_into_bytes().await?;
    let refused = |_| CallError::field(FieldError::new("body", NOT_THE_ARGUMENTS));
    answer.with(super::strict::from_slice(&bytes).map_err(refused))
}

/// Only a server runs server functions.
#[cfg(not(feature = "ssr"))]
async fn arguments<I>(_: impl Sized) -> Result<I, CallError> {
    Err(CallError::Offline)
}

fn answer<E, T, R>(value: &T) -> Result<R, CallError>
where
    E: Encodes<T>,
    R: TryRes<CallError>,
{
    let bytes = E::encode(value).map_err(|_| CallError::Internal)?;
    R::try_from_bytes(E::CONTENT_TYPE, bytes)
}

/// The code that all calls share, so that the module contains it once.
#[cfg(feature = "browser")]
mod browser {
    use super::{COMPACT, ContentType, JsonEncoding};
    use crate::api::client::{Request, Response, fetch};
    use crate::model::CallError;
    use http::Method;
    use send_wrapper::SendWrapper;
    use std::pin::Pin;

    type Asked = SendWrapper<Pin<Box<dyn Future<Output = Result<Vec<u8>, CallError>>>>>;

    /// Sends the arguments and awaits the result. The trait requires `Send`, although a browser has only one thread.
    pub(super) fn ask(path: &str, arguments: Option<String>) -> Asked {
        let request = Request::new(Method::POST, path)
            .header("accept", COMPACT)
            .body(JsonEncoding::CONTENT_TYPE, arguments.unwrap_or_default());
        SendWrapper::new(Box::pin(async move { result(fetch(&request).await?) }))
    }

    /// Returns the encoded result, or an error if something in front of the server function answered.
    fn result(answer: Response) -> Result<Vec<u8>, CallError> {
        match answer {
            Response { content_type: Some(it), body, .. } if it == COMPACT => Ok(body),
            Response { status: 401, .. } => Err(CallError::SignedOut),
            Response { status: 403, .. } => Err(CallError::NotAllowed),
            Response { status: 404, .. } => Err(CallError::NotFound),
            Response { status: 429, retry_after, .. } => {
                Err(CallError::TooManyCalls { retry_after: retry_after.unwrap_or(60) })
            }
            Response { status: 503, .. } => Err(CallError::Unavailable),
            // Not from Convi: a proxy, or a network's sign-in page.
            Response { status: ..=399, .. } => Err(CallError::Offline),
            _ => Err(CallError::Internal),
        }
    }
}
