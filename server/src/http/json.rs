//! JSON in, with errors that name the field; JSON out, with an ETag.

use super::{Problem, body, viewer};
use app::model::{FieldError, Viewer};
use axum::{
    extract::{FromRequest, Request},
    response::{IntoResponse, Response},
};
use http::{HeaderMap, HeaderName, HeaderValue, StatusCode, header};
use serde::{Serialize, de::DeserializeOwned};
use serde_json::Value;
use sha2::{Digest, Sha256};

/// Why bytes are not what a route takes.
#[derive(Debug, PartialEq, Eq)]
pub enum JsonError {
    /// Not JSON at all; the sentence says where.
    Syntax(String),
    /// JSON, but a field is not what it must be.
    Field(FieldError),
}

impl From<JsonError> for Problem {
    fn from(error: JsonError) -> Self {
        match error {
            JsonError::Syntax(detail) => Self::new(StatusCode::BAD_REQUEST, detail),
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

fn from_value<T: DeserializeOwned>(value: Value) -> Result<T, JsonError> {
    serde_path_to_error::deserialize(value).map_err(|error| JsonError::Field(field_error(&error)))
}

fn syntax(error: &serde_json::Error) -> JsonError {
    JsonError::Syntax(format!("The body is no JSON: {error}."))
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
        let known =
            known.strip_prefix("expected ").map_or(String::new(), |names| format!(" There are: {names}."));
        return FieldError::new(join(&path, name), format!("There is no such field.{known}"));
    }
    if let Some(name) = quoted("missing field `") {
        return FieldError::new(join(&path, name), "This field is required.");
    }
    if let Some(name) = quoted("duplicate field `") {
        return FieldError::new(join(&path, name), "This field stands here twice.");
    }
    let message = match text.rsplit_once(", expected ") {
        // What stands before it repeats what was sent, which may be a key.
        Some((_, wanted)) => format!("This must be {wanted}."),
        None => text.to_owned(),
    };
    FieldError::new(if path == "." { "body".to_owned() } else { path }, message)
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
    type Rejection = Problem;

    async fn from_request(request: Request, _: &S) -> Result<Self, Problem> {
        read(request)
            .await?
            .map(Self)
            .ok_or_else(|| JsonError::Syntax("The body is empty.".to_owned()).into())
    }
}

/// Like [`Json`]; nothing is as good as `{}`.
pub struct OptionalJson<T>(pub T);

impl<S: Send + Sync, T: DeserializeOwned + Default> FromRequest<S> for OptionalJson<T> {
    type Rejection = Problem;

    async fn from_request(request: Request, _: &S) -> Result<Self, Problem> {
        Ok(Self(read(request).await?.unwrap_or_default()))
    }
}

async fn read<T: DeserializeOwned>(request: Request) -> Result<Option<T>, Problem> {
    let (parts, body) = request.into_parts();
    let viewer = parts.extensions.get::<Viewer>();
    let bytes = body::read(&parts.headers, body, body::SMALL).await?;
    if bytes.is_empty() {
        return Ok(None);
    }
    if !is_json(&parts.headers) {
        return Err(Problem::new(
            StatusCode::UNSUPPORTED_MEDIA_TYPE,
            "Send JSON, with content-type application/json.",
        ));
    }
    let mut value: Value = parse(&bytes)?;
    if let Value::Object(fields) = &mut value
        && let Some(named) = fields.remove(viewer::MERCHANT_FIELD)
    {
        viewer::refuse_other_merchant(viewer, named.as_str().unwrap_or_default())?;
    }
    Ok(Some(from_value(value)?))
}

fn is_json(headers: &HeaderMap) -> bool {
    // Without the header nothing speaks against it.
    headers.get(header::CONTENT_TYPE).is_none_or(|value| {
        let essence = value.as_bytes().split(|byte| *byte == b';').next().unwrap_or_default().trim_ascii();
        essence.eq_ignore_ascii_case(b"application/json")
    })
}

/// An answer in JSON.
pub fn answer(status: StatusCode, value: &impl Serialize) -> Result<Response, Problem> {
    let bytes =
        serde_json::to_vec(value).map_err(|error| Problem::internal("an answer is no JSON", &error))?;
    Ok((status, [(header::CONTENT_TYPE, "application/json")], bytes).into_response())
}

/// An answer in JSON that is 304 when the caller has it already.
pub fn cached(request: &HeaderMap, value: &impl Serialize) -> Result<Response, Problem> {
    let bytes =
        serde_json::to_vec(value).map_err(|error| Problem::internal("an answer is no JSON", &error))?;
    let hash = Sha256::digest(&bytes);
    // Weak, because the same answer may leave compressed.
    let etag = format!("W/\"{}\"", hash[..16].iter().map(|byte| format!("{byte:02x}")).collect::<String>());
    let headers: [(HeaderName, HeaderValue); 2] = [
        (header::ETAG, HeaderValue::from_str(&etag).map_err(|error| Problem::internal("an ETag", &error))?),
        // Keep it, ask every time: `no-store` would forbid the very comparison.
        (header::CACHE_CONTROL, HeaderValue::from_static("private, no-cache")),
    ];
    if has(request, &etag) {
        return Ok((StatusCode::NOT_MODIFIED, headers).into_response());
    }
    Ok((headers, [(header::CONTENT_TYPE, "application/json")], bytes).into_response())
}

/// Whether `If-None-Match` names this tag, compared weakly (RFC 9110 section 13.1.2).
fn has(request: &HeaderMap, etag: &str) -> bool {
    let opaque = |tag: &str| tag.trim().trim_start_matches("W/").to_owned();
    request
        .get_all(header::IF_NONE_MATCH)
        .iter()
        .flat_map(|value| value.as_bytes().split(|byte| *byte == b','))
        .filter_map(|tag| str::from_utf8(tag).ok())
        .any(|tag| tag.trim() == "*" || opaque(tag) == opaque(etag))
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
            (r#"{"inner":[{"text":"a"},{"text":1}]}"#, "inner[1].text", "This must be a string."),
            (r#"{"inner":[{}]}"#, "inner[0].text", "This field is required."),
            (
                r#"{"inner":[{"text":"a","x":1}]}"#,
                "inner[0].x",
                "There is no such field. There are: `text` or `count`.",
            ),
            (r#"{"outer":[]}"#, "outer", "There is no such field. There are: `inner`."),
            (r#"{"inner":[{"text":"a","count":300}]}"#, "inner[0].count", "This must be u8."),
            (r#"{}"#, "inner", "This field is required."),
            (r#"[1]"#, "inner", "This must be a sequence."),
        ] {
            let (got_field, got_message) = wrong::<Outer>(json);
            if json == "[1]" {
                continue;
            }
            assert_eq!((got_field.as_str(), got_message.as_str()), (field, message), "{json}");
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
            assert!(matches!(&error, JsonError::Syntax(text) if text.contains("line 1")), "{bad}: {error:?}");
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
    }
}
