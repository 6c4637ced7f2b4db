//! `/v1/handovers`: the state of each handover, and what a person can do about it.

use super::{
    ProblemDetails, Shared, json,
    json::{Json, OptionalJson},
    path::Named,
    polls::PollAnswer,
    problem,
    viewer::{MERCHANT_FIELD, SignedIn},
};
use crate::{
    handover::{
        links::{BadLink, LinkQuery},
        reading::sentences::must_be_one_of,
    },
    services::{LONG_SEARCH, ListedPage, MOST_ON_A_PAGE, Services, answers::AnswerPage},
    zone::{self, Side},
};
use app::model::{
    Attempts, CallError, DeliveryState, Destination, FieldError, HandoverPage, HandoverQuery, HandoverView,
    Progress, Resolution, Viewer,
};
use axum::{
    extract::{RawQuery, State},
    response::Response,
};
use domain::{said, sentences};
use http::{HeaderMap, StatusCode};
use serde::{Deserialize, Serialize};
use serde_json::Value;

/// Reads handovers, and tells whether anything has changed.
#[async_trait::async_trait]
pub trait HandoverReader: Send + Sync + 'static {
    /// Returns a page of the list.
    async fn list(&self, viewer: &Viewer, query: HandoverQuery) -> Result<ListedPage, CallError>;

    /// Returns the version of the viewer's merchant's list (`HandoverStore::version`).
    async fn version(&self, viewer: &Viewer) -> Option<u64>;

    /// Returns the handover with this id, if it belongs to the viewer's merchant.
    async fn handover(&self, viewer: &Viewer, id: &str) -> Result<Option<HandoverView>, CallError>;

    /// Returns the whole handover to the holder of a link.
    async fn shared(&self, id: &str, link: &LinkQuery) -> Result<Result<Value, BadLink>, CallError>;

    /// Returns agents' answers in a conversation, after a cursor.
    async fn answers(
        &self,
        viewer: &Viewer,
        conversation: &str,
        after: Option<&str>,
    ) -> Result<AnswerPage, CallError>;
}

#[async_trait::async_trait]
impl HandoverReader for Services {
    async fn list(&self, viewer: &Viewer, query: HandoverQuery) -> Result<ListedPage, CallError> {
        self.list_handovers(viewer, query).await
    }

    async fn version(&self, viewer: &Viewer) -> Option<u64> {
        // A failing database shows when the list is read.
        self.store.version(&viewer.merchant).await.ok().flatten()
    }

    async fn handover(&self, viewer: &Viewer, id: &str) -> Result<Option<HandoverView>, CallError> {
        Self::handover(self, viewer, id).await
    }

    async fn shared(&self, id: &str, link: &LinkQuery) -> Result<Result<Value, BadLink>, CallError> {
        self.shared_handover(id, link).await
    }

    async fn answers(
        &self,
        viewer: &Viewer,
        conversation: &str,
        after: Option<&str>,
    ) -> Result<AnswerPage, CallError> {
        Self::answers(self, viewer, conversation, after).await
    }
}

/// The body of `POST …/retry`.
#[derive(Debug, Default, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Retry {
    /// Which delivery to retry; without it, every one that can be retried.
    #[serde(default)]
    #[schema(value_type = Option<String>, example = json!(domain::Helpdesk::example()))]
    destination: Option<Destination>,
}

/// Lists handovers, newest first.
#[utoipa::path(
    get, path = "/v1/handovers", tag = "handovers", security(("token" = []), ("session" = [])),
    params(
        ("conversation_id" = Option<String>, Query, description = "Only those of this conversation."),
        ("state" = Option<DeliveryState>, Query, description = "Only those with a delivery in this state."),
        ("progress" = Option<Progress>, Query, description = "Only those that are this far."),
        ("search" = Option<String>, Query, description = "Only those whose shopper's name or email address contains this, ignoring case, or with this ticket: `#123`; `123` may be either. At most 200 characters."),
        ("from" = Option<String>, Query, description = "Only those accepted on this day or later: `2026-11-22` in UTC, `2026-11-22[Europe/Berlin]` in that time zone; or at this time or later: `2026-11-22T10:00:00Z`."),
        ("to" = Option<String>, Query, description = "Only those accepted on this day or before, written as in `from`; or before this time."),
        ("limit" = Option<u32>, Query, description = "1 to 100; 30 by default."),
        ("cursor" = Option<String>, Query, description = "`next_cursor` of the previous page."),
    ),
    responses(
        (status = 200, description = "A page, with an ETag.", body = HandoverPage),
        (status = 304, description = "The page has not changed."),
        (status = 400, description = "A parameter is invalid.", body = problem::ProblemDetails, content_type = problem::MEDIA_TYPE),
    )
)]
pub async fn list(
    State(state): State<Shared>,
    SignedIn(viewer): SignedIn,
    RawQuery(query): RawQuery,
    headers: HeaderMap,
) -> Result<Response, ProblemDetails> {
    let asked = query.as_deref().unwrap_or_default();
    let query = parse_query(asked).map_err(ProblemDetails::fields)?;
    // Before the list is read: a later write may be missing from the list.
    let version = state.services.handovers.version(&viewer).await;
    let now = state.world.clock.now_ms();
    // The same list in each of its encodings.
    let asked = if json::wants_compact(&headers) { &format!("{asked}#compact") } else { asked };
    if let Some(version) = version
        && let Some(etag) = state.polls.etag(&viewer.merchant, asked, version, now)
        && json::has(&headers, &etag)
    {
        return Ok(json::unchanged(etag));
    }
    let ListedPage { page, at, changes_at } = state.services.handovers.list(&viewer, query).await?;
    let (answer, etag) = json::tagged(&headers, &page)?;
    if let Some(version) = version {
        state.polls.keep(&viewer.merchant, asked, PollAnswer { etag, version, at, changes_at });
    }
    Ok(answer)
}

/// Lists the attempts of one handover, newest first: when, what was requested, the outcome and the duration.
#[utoipa::path(
    get, path = "/v1/handovers/{id}/attempts", tag = "handovers", security(("token" = []), ("session" = [])),
    params(("id" = String, Path, description = "The `handover_id`.")),
    responses(
        (status = 200, description = "Its attempts, with an ETag.", body = Attempts),
        (status = 304, description = "The attempts have not changed."),
        (status = 404, description = "This merchant has no such handover.", body = problem::ProblemDetails, content_type = problem::MEDIA_TYPE),
    )
)]
pub async fn attempts(
    State(state): State<Shared>,
    SignedIn(viewer): SignedIn,
    Named(id): Named,
    headers: HeaderMap,
) -> Result<Response, ProblemDetails> {
    let attempts = state.services.backend.attempts(&viewer, &id).await?;
    json::cached(&headers, &attempts)
}

/// Which deliveries to retry.
#[derive(Debug, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct RetryAll {
    /// Only failed deliveries can be retried all at once.
    state: FailedOnly,
}

/// The only accepted state.
#[derive(Debug, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
enum FailedOnly {
    /// The helpdesk rejected it, or it waited for seven days.
    Failed,
}

/// How many deliveries were queued again.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct Retried {
    /// At most 20,000 per destination and call.
    retried: u64,
}

/// Retries every failed delivery.
#[utoipa::path(
    post, path = "/v1/handovers/retry", tag = "handovers", security(("token" = []), ("session" = [])),
    request_body = RetryAll,
    responses(
        (status = 202, description = "Queued again.", body = Retried),
        (status = 409, description = "None of them can be sent now: no helpdesk is connected.", body = problem::ProblemDetails, content_type = problem::MEDIA_TYPE),
    )
)]
pub async fn retry_all(
    State(state): State<Shared>,
    SignedIn(viewer): SignedIn,
    Json(RetryAll { state: FailedOnly::Failed }): Json<RetryAll>,
) -> Result<Response, ProblemDetails> {
    let retried = state.services.backend.retry_failed(&viewer).await?;
    json::answer(StatusCode::ACCEPTED, &Retried { retried })
}

/// Returns one handover.
#[utoipa::path(
    get, path = "/v1/handovers/{id}", tag = "handovers", security(("token" = []), ("session" = [])),
    params(("id" = String, Path, description = "The `handover_id`.")),
    responses(
        (status = 200, description = "The handover, with an ETag.", body = HandoverView),
        (status = 304, description = "The handover has not changed."),
        (status = 404, description = "This merchant has no such handover.", body = problem::ProblemDetails, content_type = problem::MEDIA_TYPE),
    )
)]
pub async fn one(
    State(state): State<Shared>,
    SignedIn(viewer): SignedIn,
    Named(id): Named,
    headers: HeaderMap,
) -> Result<Response, ProblemDetails> {
    let found = state.services.handovers.handover(&viewer, &id).await?;
    json::cached(&headers, &found.ok_or_else(ProblemDetails::not_found)?)
}

/// Retries failed, cancelled or waiting deliveries.
#[utoipa::path(
    post, path = "/v1/handovers/{id}/retry", tag = "handovers", security(("token" = []), ("session" = [])),
    params(("id" = String, Path, description = "The `handover_id`.")),
    request_body(content = Option<Retry>, description = "Empty, or which delivery to retry."),
    responses(
        (status = 202, description = "Queued again."),
        (status = 404, description = "This merchant has no such handover.", body = problem::ProblemDetails, content_type = problem::MEDIA_TYPE),
        (status = 409, description = "Nothing here can be retried now.", body = problem::ProblemDetails, content_type = problem::MEDIA_TYPE),
    )
)]
pub async fn retry(
    State(state): State<Shared>,
    SignedIn(viewer): SignedIn,
    Named(id): Named,
    OptionalJson(wanted): OptionalJson<Retry>,
) -> Result<StatusCode, ProblemDetails> {
    state.services.backend.retry(&viewer, &id, wanted.destination).await?;
    Ok(StatusCode::ACCEPTED)
}

/// Takes the merchant's answer about an unsure delivery.
#[utoipa::path(
    post, path = "/v1/handovers/{id}/resolve", tag = "handovers", security(("token" = []), ("session" = [])),
    params(("id" = String, Path, description = "The `handover_id`.")),
    request_body = Resolution,
    responses(
        (status = 202, description = "Accepted."),
        (status = 404, description = "This merchant has no such handover.", body = problem::ProblemDetails, content_type = problem::MEDIA_TYPE),
        (status = 409, description = "The delivery is not unsure.", body = problem::ProblemDetails, content_type = problem::MEDIA_TYPE),
    )
)]
pub async fn resolve(
    State(state): State<Shared>,
    SignedIn(viewer): SignedIn,
    Named(id): Named,
    Json(answer): Json<Resolution>,
) -> Result<StatusCode, ProblemDetails> {
    state.services.backend.resolve(&viewer, &id, answer).await?;
    Ok(StatusCode::ACCEPTED)
}

sentences! {
    NUMBER_FROM_TO = "handovers.number_from_to": "This must be a number from {least} to {most}.";
    pub(super) NO_SUCH_PARAMETER = "handovers.no_such_parameter": "Unknown parameter.";
}

/// The maximum length of a search, in characters.
const LONGEST_SEARCH: usize = 200;

/// Parses the parameters of a list.
pub(super) fn parse_query(text: &str) -> Result<HandoverQuery, Vec<FieldError>> {
    let mut query = HandoverQuery::default();
    let mut errors = Vec::new();
    for (name, value) in url::form_urlencoded::parse(text.as_bytes()) {
        match &*name {
            "conversation_id" => query.conversation_id = Some(value.into_owned()),
            "cursor" => query.cursor = Some(value.into_owned()),
            "state" => match DeliveryState::from_name(&value) {
                Some(state) => query.state = Some(state),
                None => {
                    let names = DeliveryState::ALL.map(DeliveryState::as_str).join(", ");
                    errors.push(FieldError::new("state", must_be_one_of(&names)));
                }
            },
            "progress" => match Progress::from_name(&value) {
                Some(progress) => query.progress = Some(progress),
                None => {
                    let names = Progress::ALL.map(Progress::as_str).join(", ");
                    errors.push(FieldError::new("progress", must_be_one_of(&names)));
                }
            },
            "search" if value.chars().count() > LONGEST_SEARCH => {
                errors.push(FieldError::new("search", said!(LONG_SEARCH, most = LONGEST_SEARCH)));
            }
            "search" => query.search = Some(value.into_owned()),
            "from" | "to" => {
                let side = if name == "from" { Side::From } else { Side::Until };
                match zone::parse_field(&name, &value, side) {
                    // As typed: the service that answers parses it again.
                    Ok(_) if side == Side::From => query.from = Some(value.into_owned()),
                    Ok(_) => query.to = Some(value.into_owned()),
                    Err(error) => errors.push(error),
                }
            }
            "limit" => match value.parse() {
                Ok(limit @ 1..=MOST_ON_A_PAGE) => query.limit = Some(limit),
                _ => errors.push(FieldError::new(
                    "limit",
                    said!(NUMBER_FROM_TO, least = 1_u32, most = MOST_ON_A_PAGE),
                )),
            },
            // Checked before: it names the viewer's own merchant.
            MERCHANT_FIELD => {}
            unknown => errors.push(FieldError::new(unknown, NO_SUCH_PARAMETER)),
        }
    }
    if errors.is_empty() { Ok(query) } else { Err(errors) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn query_errors_name_the_parameter() {
        let query =
            parse_query("conversation_id=c%2F1&state=held&limit=100&cursor=x&merchant_id=m1").unwrap();
        assert_eq!(query.conversation_id.as_deref(), Some("c/1"));
        assert_eq!((query.state, query.limit), (Some(DeliveryState::Held), Some(100)));
        assert_eq!(parse_query("").unwrap(), HandoverQuery::default());
        let query = parse_query("search=%23123&from=2026-11-01&to=2026-11-22").unwrap();
        assert_eq!(query.search.as_deref(), Some("#123"));
        assert_eq!((query.from.as_deref(), query.to.as_deref()), (Some("2026-11-01"), Some("2026-11-22")));
        let long = format!("from=2026-02-30&to=now&search={}", "x".repeat(201));
        let fields: Vec<_> = parse_query(&long).unwrap_err().into_iter().map(|error| error.field).collect();
        assert_eq!(fields, ["from", "to", "search"]);
        assert_eq!(parse_query("progress=needs_you").unwrap().progress, Some(Progress::NeedsYou));
        let errors = parse_query("state=lost&progress=soon&limit=101&stat=held").unwrap_err();
        let fields: Vec<_> = errors.iter().map(|error| error.field.as_str()).collect();
        assert_eq!(fields, ["state", "progress", "limit", "stat"]);
        assert!(
            parse_query("limit=0").is_err()
                && parse_query("limit=").is_err()
                && parse_query("limit=-1").is_err()
        );
    }
}
