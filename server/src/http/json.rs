//! JSON in, with errors that name the field; JSON out, with an ETag.

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

/// Why bytes are not what a route takes.
#[derive(Debug, PartialEq, Eq)]
pub enum JsonError {
    /// Not JSON at all; the sentence says where.
    Syntax(Said),
    /// JSON, but a field is not what it must be.
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

/// Reads a value; its errors name the field and never repeat what was sent.
pub fn parse<T: DeserializeOwned>(bytes: &[u8]) -> Result<T, JsonError> {
    let mut reader = serde_json::Deserializer::from_slice(bytes);
    let value = serde_path_to_error::deserialize(&mut reader).map_err(|error| {
        if error.inner().is_data() { JsonError::Field(field_error(&error)) } else { syntax(error.inner()) }
    })?;
    reader.end().map_err(|error| syntax(&error))?;
    Ok(value)
}

/// The same of what was read already. A list is no object, however many fields it would have.
pub fn from_value<T: DeserializeOwned>(value: Value) -> Result<T, JsonError> {
    serde_path_to_error::deserialize(Strict(value)).map_err(|error| JsonError::Field(field_error(&error)))
}

fn syntax(error: &serde_json::Error) -> JsonError {
    JsonError::Syntax(said!(sentences::SYNTAX, why = error.to_string()))
}

/// serde's words, turned into a field and a sentence about it.
fn field_error(error: &serde_path_to_error::Error<serde_json::Error>) -> FieldError {
    let path = error.path().to_string();
    let text = error.inner().to_string();
    // serde_json ends with " at line 1 column 2" when it reads from text.
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
        // What stands before it repeats what was sent, which may be a key.
        Some((_, wanted)) => said!(sentences::MUST_BE, wanted = plain(wanted)),
        None if text.starts_with("data did not match any variant") => sentences::WRONG_TYPE.into(),
        // A sentence of ours, from what reads the value.
        None => Said::plain(text),
    };
    FieldError::new(if path == "." { "body".to_owned() } else { path }, wrong)
}

/// What serde expects, in JSON's words instead of Rust's.
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
        // Names that can be chosen, and sentences of our own.
        _ => return Said::plain(wanted),
    };
    plain.into()
}

fn join(path: &str, name: &str) -> String {
    // The path of an unknown or repeated field may end with its name already.
    if path == "." {
        name.to_owned()
    } else if path == name || path.ends_with(&format!(".{name}")) {
        path.to_owned()
    } else {
        format!("{path}.{name}")
    }
}

/// The body of a request by somebody who is signed in: JSON of exactly these fields, at most [`body::SMALL`] bytes.
pub struct Json<T>(pub T);

impl<S: Send + Sync, T: DeserializeOwned> FromRequest<S> for Json<T> {
    type Rejection = ProblemDetails;

    async fn from_request(request: Request, _: &S) -> Result<Self, ProblemDetails> {
        read(request).await?.map(Self).ok_or_else(|| JsonError::Syntax(EMPTY.into()).into())
    }
}

/// Like [`Json`]; nothing is as good as `{}`.
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

/// The header says that it is something else.
pub(super) fn not_json() -> ProblemDetails {
    ProblemDetails::new(StatusCode::UNSUPPORTED_MEDIA_TYPE, NOT_JSON)
}

/// Whether the body is JSON, for all that its header says.
pub(super) fn is_json(headers: &HeaderMap) -> bool {
    // Without the header nothing speaks against it.
    headers.get(header::CONTENT_TYPE).is_none_or(|value| {
        let essence = value.as_bytes().split(|byte| *byte == b';').next().unwrap_or_default().trim_ascii();
        essence.eq_ignore_ascii_case(b"application/json")
    })
}

/// An answer in JSON.
pub fn answer(status: StatusCode, value: &impl Serialize) -> Result<Response, ProblemDetails> {
    let bytes = serde_json::to_vec(value)
        .map_err(|error| ProblemDetails::internal("an answer is no JSON", &error))?;
    Ok((status, [(header::CONTENT_TYPE, JSON)], bytes).into_response())
}

/// An answer in JSON that is 304 when the caller has it already.
pub fn cached(request: &HeaderMap, value: &impl Serialize) -> Result<Response, ProblemDetails> {
    Ok(tagged(request, value)?.0)
}

/// The same, with its ETag.
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

/// In JSON, or as the screen's own module reads it.
fn encoded(request: &HeaderMap, value: &impl Serialize) -> Result<(&'static str, Vec<u8>), ProblemDetails> {
    if wants_compact(request) {
        let bytes = protocol::compact(value);
        return Ok((
            COMPACT,
            bytes.ok_or_else(|| ProblemDetails::internal("an answer is too much", &COMPACT))?,
        ));
    }
    let json = serde_json::to_vec(value);
    Ok((JSON, json.map_err(|error| ProblemDetails::internal("an answer is no JSON", &error))?))
}

/// Whether the screen's own module asks.
pub(super) fn wants_compact(request: &HeaderMap) -> bool {
    request.get(header::ACCEPT).is_some_and(|accept| accept.as_bytes() == COMPACT.as_bytes())
}

/// The ETag of an answer. Weak, because the same answer may leave compressed.
pub(super) fn etag_of(bytes: &[u8]) -> Result<ETag, ProblemDetails> {
    let hash = Sha256::digest(bytes);
    format!("W/\"{hash:.32x}\"")
        .parse()
        .map_err(|error| ProblemDetails::internal("an ETag is not valid", &error))
}

/// Whether the caller has what has this ETag.
pub(super) fn has(request: &HeaderMap, etag: &ETag) -> bool {
    request.typed_get::<IfNoneMatch>().is_some_and(|known| !known.precondition_passes(etag))
}

/// The answer to who has it.
pub(super) fn unchanged(etag: ETag) -> Response {
    with_etag(StatusCode::NOT_MODIFIED.into_response(), etag)
}

/// The same with its ETag.
pub(super) fn with_etag(mut answer: Response, etag: ETag) -> Response {
    answer.headers_mut().typed_insert(etag);
    // Keep it, ask every time: `no-store` would forbid the very comparison.
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

    /// Whoever builds a shop's page knows JSON, and not what Rust calls its values.
    #[test]
    fn an_error_never_names_a_type_of_rust() {
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
    fn the_forms_of_the_screen_do_too() {
        let form = r#"{"subdomain":"s","username":"u","apikey":"geheim"}"#;
        let (field, message) = wrong::<ConnectionForm>(form);
        assert_eq!(field, "apikey");
        assert!(!message.contains("geheim"));
        let (field, message) =
            wrong::<ConnectionForm>(r#"{"subdomain":"s","username":"u","api_key":9876543}"#);
        assert_eq!(field, "api_key");
        assert!(!message.contains("9876543"), "{message}");
        let (field, message) = wrong::<Resolution>(r#"{"destination":"fax","made":true}"#);
        assert_eq!((field.as_str(), message.as_str()), ("destination", "there is no destination `fax`"));
    }

    #[test]
    fn what_is_no_json_is_said_with_its_place() {
        for bad in ["", "{", "{]", "nope", "{} {}", "\u{feff}{}"] {
            let error = parse::<Value>(bad.as_bytes()).unwrap_err();
            assert!(
                matches!(&error, JsonError::Syntax(why) if why.english().contains("line 1")),
                "{bad}: {error:?}"
            );
        }
    }

    #[test]
    fn an_answer_the_caller_has_is_not_sent_again() {
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
