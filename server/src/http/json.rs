//! Parses JSON, with errors that name the field, and returns JSON with an ETag.

use super::{
    ProblemDetails, body,
    sentences::{EMPTY, NOT_JSON},
    viewer,
};
use crate::handover::reading::sentences;
use app::{
    api::{
        protocol::{self, COMPACT},
        strict::Strict,
    },
    model::{FieldError, Viewer},
};
use axum::{
    extract::{FromRequest, Request},
    response::{IntoResponse, Response},
};
use domain::{Said, said};
use headers::{ETag, HeaderMapExt, IfNoneMatch};
use http::{HeaderMap, HeaderValue, StatusCode, header};
use serde::{Serialize, de::DeserializeOwned};
use serde_json::Value;
use sha2::{Digest, Sha256};

const JSON: &str = "application/json";

/// Why bytes are not what a route expects.
#[derive(Debug, PartialEq, Eq)]
pub enum JsonError {
    /// Not valid JSON; the sentence says where.
    Syntax(Said),
    /// Valid JSON, but a field is invalid.
    Field(FieldError),
}

impl From<JsonError> for ProblemDetails {
    fn from(error: JsonError) -> Self {
        match error {
            JsonError::Syntax(why) => Self::new(StatusCode::BAD_REQUEST, why),
            JsonError::Field(error) => Self::fields(vec![error]),
        }
    }
}

/// Parses a value. Errors name the field and never repeat what was sent.
pub fn parse<T: DeserializeOwned>(bytes: &[u8]) -> Result<T, JsonError> {
    let mut reader = serde_json::Deserializer::from_slice(bytes);
    let value = serde_path_to_error::deserialize(&mut reader).map_err(|error| {
        if error.inner().is_data() { JsonError::Field(field_error(&error)) } else { syntax(error.inner()) }
    })?;
    reader.end().map_err(|error| syntax(&error))?;
    Ok(value)
}

/// Like [`parse`], for a value that is already parsed. A list never counts as an object, whatever its length.
pub fn from_value<T: DeserializeOwned>(value: Value) -> Result<T, JsonError> {
    serde_path_to_error::deserialize(Strict(value)).map_err(|error| JsonError::Field(field_error(&error)))
}

fn syntax(error: &serde_json::Error) -> JsonError {
    JsonError::Syntax(said!(sentences::SYNTAX, why = error.to_string()))
}

/// Turns serde's message into a field and a sentence about it.
fn field_error(error: &serde_path_to_error::Error<serde_json::Error>) -> FieldError {
    let path = error.path().to_string();
    let text = error.inner().to_string();
    // serde_json ends its message with " at line 1 column 2" when it parses text.
    let text = text.split(" at line ").next().unwrap_or(&text);
    let quoted = |start: &str| text.strip_prefix(start)?.split('`').next();
    if let Some(name) = quoted("unknown field `") {
        let known =
            text.split_once(", ").map_or("", |(_, known)| known).replace("expected one of", "expected");
        let wrong = known.strip_prefix("expected ").map_or(sentences::UNKNOWN.into(), sentences::unknown);
        return FieldError::new(join(&path, name), wrong);
    }
    if let Some(name) = quoted("missing field `") {
        return FieldError::new(join(&path, name), sentences::REQUIRED);
    }
    if let Some(name) = quoted("duplicate field `") {
        return FieldError::new(join(&path, name), sentences::TWICE);
    }
    let wrong = match text.rsplit_once(", expected ") {
        // The part before it repeats the value, which may be a key.
        Some((_, wanted)) => said!(sentences::MUST_BE, wanted = plain(wanted)),
        None if text.starts_with("data did not match any variant") => sentences::WRONG_TYPE.into(),
        // One of our own sentences, from the type that parses the value.
        None => Said::plain(text),
    };
    FieldError::new(if path == "." { "body".to_owned() } else { path }, wrong)
}

/// Describes what serde expects in terms of JSON instead of Rust.
fn plain(wanted: &str) -> Said {
    let name = wanted.split(" with ").next().unwrap_or(wanted);
    let name = name.strip_prefix("a ").or_else(|| name.strip_prefix("an ")).unwrap_or(name);
    let whole = |least: i64, most: i64| said!(sentences::WHOLE_FROM_TO, least = least, most = most);
    match name {
        "u8" => return whole(0, u8::MAX.into()),
        "u16" => return whole(0, u16::MAX.into()),
        "u32" => return whole(0, u32::MAX.into()),
        "i8" => return whole(i8::MIN.into(), i8::MAX.into()),
        "i16" => return whole(i16::MIN.into(), i16::MAX.into()),
        "i32" => return whole(i32::MIN.into(), i32::MAX.into()),
        _ => {}
    }
    let plain = match name.split(' ').next().unwrap_or(name) {
        "string" | "borrowed" | "character" => sentences::TEXT,
        "boolean" => sentences::TRUE_OR_FALSE,
        "sequence" | "array" | "tuple" | "fewer" => sentences::LIST,
        "map" | "struct" => sentences::OBJECT,
        "unit" | "null" => sentences::NULL,
        "u64" | "usize" | "u128" => sentences::WHOLE_OR_MORE,
        "i64" | "isize" | "i128" => sentences::WHOLE,
        "f32" | "f64" => sentences::NUMBER,
        "enum" | "variant" => sentences::KNOWN_NAME,
        "newtype" | "option" | "any" => sentences::OTHER_VALUE,
        // Names to choose from, and our own sentences.
        _ => return Said::plain(wanted),
    };
    plain.into()
}

fn join(path: &str, name: &str) -> String {
    // The path of an unknown or repeated field may already end with its name.
    if path == "." {
        name.to_owned()
    } else if path == name || path.ends_with(&format!(".{name}")) {
        path.to_owned()
    } else {
        format!("{path}.{name}")
    }
}

/// The body of a signed-in person's request: JSON with exactly these fields, at most [`body::SMALL`] bytes.
pub struct Json<T>(pub T);

impl<S: Send + Sync, T: DeserializeOwned> FromRequest<S> for Json<T> {
    type Rejection = ProblemDetails;

    async fn from_request(request: Request, _: &S) -> Result<Self, ProblemDetails> {
        read(request).await?.map(Self).ok_or_else(|| JsonError::Syntax(EMPTY.into()).into())
    }
}

/// Like [`Json`], but an empty body counts as `{}`.
pub struct OptionalJson<T>(pub T);

impl<S: Send + Sync, T: DeserializeOwned + Default> FromRequest<S> for OptionalJson<T> {
    type Rejection = ProblemDetails;

    async fn from_request(request: Request, _: &S) -> Result<Self, ProblemDetails> {
        Ok(Self(read(request).await?.unwrap_or_default()))
    }
}

async fn read<T: DeserializeOwned>(request: Request) -> Result<Option<T>, ProblemDetails> {
    let (parts, body) = request.into_parts();
    let viewer = parts.extensions.get::<Viewer>();
    let bytes = body::read(&parts.headers, body, body::SMALL).await?;
    if bytes.is_empty() {
        return Ok(None);
    }
    if !is_json(&parts.headers) {
        return Err(not_json());
    }
    let mut value: Value = parse(&bytes)?;
    if let Value::Object(fields) = &mut value
        && let Some(named) = fields.remove(viewer::MERCHANT_FIELD)
    {
        viewer::refuse_other_merchant(viewer, named.as_str().unwrap_or_default())?;
    }
    Ok(Some(from_value(value)?))
}

/// The error for a body whose header names another type.
pub(super) fn not_json() -> ProblemDetails {
    ProblemDetails::new(StatusCode::UNSUPPORTED_MEDIA_TYPE, NOT_JSON)
}

/// Returns whether the body may be JSON, judging by its header.
pub(super) fn is_json(headers: &HeaderMap) -> bool {
    // Without the header, it may be.
    headers.get(header::CONTENT_TYPE).is_none_or(|value| {
        let essence = value.as_bytes().split(|byte| *byte == b';').next().unwrap_or_default().trim_ascii();
        essence.eq_ignore_ascii_case(b"application/json")
    })
}

/// Returns a JSON answer.
pub fn answer(status: StatusCode, value: &impl Serialize) -> Result<Response, ProblemDetails> {
    let bytes = serde_json::to_vec(value)
        .map_err(|error| ProblemDetails::internal("an answer could not be serialized", &error))?;
    Ok((status, [(header::CONTENT_TYPE, JSON)], bytes).into_response())
}

/// Returns a JSON answer, or 304 if the caller already has it.
pub fn cached(request: &HeaderMap, value: &impl Serialize) -> Result<Response, ProblemDetails> {
    Ok(tagged(request, value)?.0)
}

/// Like [`cached`], but also returns the ETag.
pub(super) fn tagged(
    request: &HeaderMap,
    value: &impl Serialize,
) -> Result<(Response, ETag), ProblemDetails> {
    let (media, bytes) = encoded(request, value)?;
    let etag = etag_of(&bytes)?;
    let mut answer = if has(request, &etag) {
        unchanged(etag.clone())
    } else {
        let answer = ([(header::CONTENT_TYPE, media)], bytes).into_response();
        with_etag(answer, etag.clone())
    };
    answer.headers_mut().append(header::VARY, HeaderValue::from_static("accept"));
    Ok((answer, etag))
}

/// Encodes an answer in JSON, or in postcard for the screen's own module.
fn encoded(request: &HeaderMap, value: &impl Serialize) -> Result<(&'static str, Vec<u8>), ProblemDetails> {
    if wants_compact(request) {
        let bytes = protocol::compact(value);
        return Ok((
            COMPACT,
            bytes.ok_or_else(|| ProblemDetails::internal("an answer could not be encoded", &COMPACT))?,
        ));
    }
    let json = serde_json::to_vec(value);
    Ok((JSON, json.map_err(|error| ProblemDetails::internal("an answer could not be serialized", &error))?))
}

/// Returns whether the screen's own module asks.
pub(super) fn wants_compact(request: &HeaderMap) -> bool {
    request.get(header::ACCEPT).is_some_and(|accept| accept.as_bytes() == COMPACT.as_bytes())
}

/// Returns the ETag of an answer. Weak, because the same answer may be sent compressed.
pub(super) fn etag_of(bytes: &[u8]) -> Result<ETag, ProblemDetails> {
    let hash = Sha256::digest(bytes);
    format!("W/\"{hash:.32x}\"")
        .parse()
        .map_err(|error| ProblemDetails::internal("an ETag is not valid", &error))
}

/// Returns whether the caller already has the answer with this ETag.
pub(super) fn has(request: &HeaderMap, etag: &ETag) -> bool {
    request.typed_get::<IfNoneMatch>().is_some_and(|known| !known.precondition_passes(etag))
}

/// Returns a 304 with this ETag.
pub(super) fn unchanged(etag: ETag) -> Response {
    with_etag(StatusCode::NOT_MODIFIED.into_response(), etag)
}

/// Adds the ETag to an answer.
pub(super) fn with_etag(mut answer: Response, etag: ETag) -> Response {
    answer.headers_mut().typed_insert(etag);
    // It may be stored but must be revalidated: `no-store` would rule out the comparison.
    answer.headers_mut().insert(header::CACHE_CONTROL, HeaderValue::from_static("private, no-cache"));
    answer
}

#[cfg(test)]
mod tests {
    use super::*;
    use app::model::{ConnectionForm, Resolution};

    #[derive(Debug, serde::Deserialize)]
    #[serde(deny_unknown_fields)]
    #[expect(dead_code)]
    struct Outer {
        inner: Vec<Inner>,
    }

    #[derive(Debug, serde::Deserialize)]
    #[serde(deny_unknown_fields)]
    #[expect(dead_code)]
    struct Inner {
        text: String,
        count: Option<u8>,
    }

    fn wrong<T: DeserializeOwned + std::fmt::Debug>(json: &str) -> (String, String) {
        let from_text = match parse::<T>(json.as_bytes()).unwrap_err() {
            JsonError::Field(error) => error,
            other => panic!("{other:?}"),
        };
        let from_tree = match from_value::<T>(serde_json::from_str(json).unwrap()).unwrap_err() {
            JsonError::Field(error) => error,
            other => panic!("{other:?}"),
        };
        assert_eq!(from_text, from_tree, "{json}");
        (from_text.field, from_text.message)
    }

    #[test]
    fn errors_name_the_field() {
        for (json, field, message) in [
            (r#"{"inner":[{"text":"a"},{"text":1}]}"#, "inner[1].text", "This must be text."),
            (r#"{"inner":[{}]}"#, "inner[0].text", "This field is required."),
            (
                r#"{"inner":[{"text":"a","x":1}]}"#,
                "inner[0].x",
                "Unknown field. Known fields: `text` or `count`.",
            ),
            (r#"{"outer":[]}"#, "outer", "Unknown field. Known fields: `inner`."),
            (
                r#"{"inner":[{"text":"a","count":300}]}"#,
                "inner[0].count",
                "This must be a whole number from 0 to 255.",
            ),
            (r#"{}"#, "inner", "This field is required."),
            (r#"{"inner":[5]}"#, "inner[0]", "This must be an object."),
            (r#"{"inner":{}}"#, "inner", "This must be a list."),
            (r#"{"inner":null}"#, "inner", "This must be a list."),
            (r#""x""#, "body", "This must be an object."),
        ] {
            let (got_field, got_message) = wrong::<Outer>(json);
            assert_eq!((got_field.as_str(), got_message.as_str()), (field, message), "{json}");
        }
    }

    /// The author of a shop's page knows JSON, but not what Rust calls its types.
    #[test]
    fn errors_never_name_rust_types() {
        #[derive(Debug, serde::Deserialize)]
        #[expect(dead_code)]
        struct Everything {
            text: Option<String>,
            yes: Option<bool>,
            numbers: Option<(u8, i64, f64)>,
            big: Option<u64>,
            one: Option<char>,
            names: Option<std::collections::BTreeMap<String, u32>>,
            role: Option<app::model::Role>,
            outer: Option<Outer>,
            either: Option<Either>,
            nothing: Option<()>,
        }
        #[derive(Debug, serde::Deserialize)]
        #[serde(untagged)]
        #[expect(dead_code)]
        enum Either {
            One(String),
            Several(Vec<String>),
        }
        let names = ["text", "yes", "numbers", "big", "one", "names", "role", "outer", "either", "nothing"];
        for name in names {
            for value in ["5", "-5.5", "true", "\"xyz\"", "[]", "[[],{}]", "{\"a\":[]}", "[1,2,\"x\"]"] {
                let json = format!("{{\"{name}\":{value}}}");
                let Err(JsonError::Field(error)) = parse::<Everything>(json.as_bytes()) else { continue };
                let words: Vec<_> = error.message.split(|c: char| !c.is_alphanumeric() && c != '_').collect();
                for rust in [
                    "struct",
                    "enum",
                    "tuple",
                    "sequence",
                    "map",
                    "string",
                    "unit",
                    "variant",
                    "variants",
                    "untagged",
                    "newtype",
                    "Outer",
                    "Either",
                    "Everything",
                    "u8",
                    "u32",
                    "u64",
                    "i64",
                    "f64",
                    "boolean",
                    "char",
                ] {
                    assert!(!words.contains(&rust), "{json}: {}", error.message);
                }
            }
        }
    }

    #[test]
    fn form_errors_name_the_field_too() {
        let form = r#"{"subdomain":"s","username":"u","apikey":"geheim"}"#;
        let (field, message) = wrong::<ConnectionForm>(form);
        assert_eq!(field, "apikey");
        assert!(!message.contains("geheim"));
        let (field, message) =
            wrong::<ConnectionForm>(r#"{"subdomain":"s","username":"u","api_key":9876543}"#);
        assert_eq!(field, "api_key");
        assert!(!message.contains("9876543"), "{message}");
        let (field, message) = wrong::<Resolution>(r#"{"destination":"fax","made":true}"#);
        assert_eq!((field.as_str(), message.as_str()), ("destination", "unknown destination `fax`"));
    }

    #[test]
    fn syntax_errors_say_where() {
        for bad in ["", "{", "{]", "nope", "{} {}", "\u{feff}{}"] {
            let error = parse::<Value>(bad.as_bytes()).unwrap_err();
            assert!(
                matches!(&error, JsonError::Syntax(why) if why.english().contains("line 1")),
                "{bad}: {error:?}"
            );
        }
    }

    #[test]
    fn known_answer_is_not_sent_again() {
        let mut request = HeaderMap::new();
        let first = cached(&request, &"a").unwrap();
        assert_eq!(first.status(), StatusCode::OK);
        let etag = first.headers()[header::ETAG].clone();
        request.insert(header::IF_NONE_MATCH, etag.clone());
        assert_eq!(cached(&request, &"a").unwrap().status(), StatusCode::NOT_MODIFIED);
        assert_eq!(cached(&request, &"b").unwrap().status(), StatusCode::OK);
        let listed = format!("\"x\", {}", etag.to_str().unwrap().trim_start_matches("W/"));
        request.insert(header::IF_NONE_MATCH, listed.parse().unwrap());
        assert_eq!(cached(&request, &"a").unwrap().status(), StatusCode::NOT_MODIFIED);
        request.insert(header::IF_NONE_MATCH, HeaderValue::from_static("*"));
        assert_eq!(cached(&request, &"a").unwrap().status(), StatusCode::NOT_MODIFIED);
    }
}
