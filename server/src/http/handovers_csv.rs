//! `/v1/handovers.csv`: the page of all handovers as a spreadsheet.

use super::{ProblemDetails, Shared, handovers::parse_query, problem, viewer::SignedIn};
use crate::services::MOST_ON_A_PAGE;
use app::{
    backend::SharedBackend,
    model::{
        DeliveryState, DeliveryView, HandoverPage, HandoverQuery, HandoverView, Progress, TriggerKind, Viewer,
    },
};
use axum::{
    body::{Body, Bytes},
    extract::{RawQuery, State},
    response::{IntoResponse, Response},
};
use futures::{StreamExt, TryStreamExt, stream};
use http::header;
use std::borrow::Cow;

/// The header line.
const COLUMNS: [&str; 14] = [
    "handover id",
    "conversation id",
    "handed over at",
    "trigger",
    "shopper name",
    "shopper email",
    "subject",
    "destination",
    "state",
    "attempts",
    "ticket id",
    "ticket URL",
    "delivered at",
    "last error",
];

/// The start of the file, which makes Excel read it as UTF-8.
const BYTE_ORDER_MARK: &[u8] = "\u{feff}".as_bytes();

/// Returns handovers as CSV for spreadsheets, newest first.
///
/// The file is UTF-8 with a byte order mark, every cell is quoted, and times are in UTC. There is one line per delivery,
/// or a single line without a destination if a handover has none. A cell that a spreadsheet would take for a formula
/// begins with `'`.
#[utoipa::path(
    get, path = "/v1/handovers.csv", tag = "handovers", security(("token" = []), ("session" = [])),
    params(
        ("conversation_id" = Option<String>, Query, description = "Only those of this conversation."),
        ("state" = Option<DeliveryState>, Query, description = "Only those with a delivery in this state."),
        ("progress" = Option<Progress>, Query, description = "Only those that are this far."),
        ("search" = Option<String>, Query, description = "As in `GET /v1/handovers`."),
        ("from" = Option<String>, Query, description = "Only those accepted on this day or later: `2026-11-22` in UTC, `2026-11-22[Europe/Berlin]` in that time zone; or at this time or later: `2026-11-22T10:00:00Z`."),
        ("to" = Option<String>, Query, description = "Only those accepted on this day or before, written as in `from`; or before this time."),
    ),
    responses(
        (status = 200, description = "All matching handovers.", body = String, content_type = "text/csv; charset=utf-8"),
        (status = 400, description = "A parameter is invalid.", body = problem::ProblemDetails, content_type = problem::MEDIA_TYPE),
    )
)]
pub async fn download(
    State(state): State<Shared>,
    SignedIn(viewer): SignedIn,
    RawQuery(query): RawQuery,
) -> Result<Response, ProblemDetails> {
    let query = parse_query(query.as_deref().unwrap_or_default()).map_err(ProblemDetails::fields)?;
    let query = HandoverQuery { limit: Some(MOST_ON_A_PAGE), cursor: None, ..query };
    let backend: SharedBackend = state.services.backend.clone();
    // An invalid query is rejected before the first line is sent.
    let first = backend.handovers(&viewer, query.clone()).await?;
    let head = lines(&[], true).map_err(|error| ProblemDetails::internal("a CSV", &error))?;
    let body = stream::iter([Ok(head)]).chain(pages(backend, viewer, query, first));
    let headers = [
        (header::CONTENT_TYPE, "text/csv; charset=utf-8"),
        (header::CONTENT_DISPOSITION, "attachment; filename=\"handovers.csv\""),
        (header::CACHE_CONTROL, "no-store"),
    ];
    Ok((headers, Body::from_stream(body)).into_response())
}

/// Streams the pages, so that only one at a time is in memory. A page that cannot be read aborts the download, because
/// half a file must not look complete.
fn pages(
    backend: SharedBackend,
    viewer: Viewer,
    query: HandoverQuery,
    first: HandoverPage,
) -> impl futures::Stream<Item = Result<Bytes, std::io::Error>> {
    stream::try_unfold(Some(Ok::<_, String>(first)), move |next: Option<Result<HandoverPage, String>>| {
        let (backend, viewer, query) = (backend.clone(), viewer.clone(), query.clone());
        async move {
            let Some(page) = next else { return Ok(None) };
            let page = page.map_err(std::io::Error::other)?;
            let bytes = lines(&page.handovers, false)?;
            let next = match page.next_cursor {
                Some(cursor) => {
                    let query = HandoverQuery { cursor: Some(cursor), ..query };
                    Some(backend.handovers(&viewer, query).await.map_err(|error| error.to_string()))
                }
                None => None,
            };
            Ok(Some((bytes, next)))
        }
    })
    .into_stream()
}

fn lines(handovers: &[HandoverView], head: bool) -> Result<Bytes, std::io::Error> {
    // Every cell is quoted: a spreadsheet that separates cells by semicolons would turn `;=` in an unquoted cell into a
    // cell with a formula.
    let mut writer = csv::WriterBuilder::new()
        .terminator(csv::Terminator::CRLF)
        .quote_style(csv::QuoteStyle::Always)
        .from_writer(if head { BYTE_ORDER_MARK.to_vec() } else { Vec::new() });
    if head {
        writer.write_record(COLUMNS)?;
    }
    for handover in handovers {
        for delivery in &handover.deliveries {
            writer.write_record(
                cells(handover, Some(delivery)).iter().map(|cell| harmless(cell).into_owned()),
            )?;
        }
        if handover.deliveries.is_empty() {
            writer.write_record(cells(handover, None).iter().map(|cell| harmless(cell).into_owned()))?;
        }
    }
    writer.into_inner().map(Bytes::from).map_err(|error| std::io::Error::other(error.to_string()))
}

fn cells(handover: &HandoverView, delivery: Option<&DeliveryView>) -> [String; 14] {
    let text = |text: Option<&String>| text.cloned().unwrap_or_default();
    let trigger = match handover.trigger {
        TriggerKind::Automatic => match &handover.reason {
            Some(reason) => format!("automatic: {reason}"),
            None => "automatic".to_owned(),
        },
        TriggerKind::Manual => "manual".to_owned(),
    };
    let of = |read: fn(&DeliveryView) -> Option<String>| delivery.and_then(read).unwrap_or_default();
    [
        handover.handover_id.clone(),
        handover.conversation_id.clone(),
        // The time that the list shows, sorts and filters by.
        handover.accepted_at.clone(),
        trigger,
        text(handover.shopper_name.as_ref()),
        text(handover.shopper_email.as_ref()),
        handover.subject.clone(),
        of(|it| Some(it.destination.slug().to_owned())),
        of(|it| Some(it.state.as_str().to_owned())),
        of(|it| Some(it.attempts.to_string())),
        of(|it| it.ticket_id.map(|id| id.to_string())),
        of(|it| it.ticket_url.clone()),
        of(|it| it.delivered_at.clone()),
        of(|it| it.last_error.clone()),
    ]
}

/// Makes text harmless that a spreadsheet would run as a formula. In East Asia, Excel also accepts full-width signs.
fn harmless(cell: &str) -> Cow<'_, str> {
    if cell.starts_with(['=', '+', '-', '@', '\t', '\r', '\n', '＝', '＋', '－', '＠']) {
        Cow::Owned(format!("'{cell}"))
    } else {
        Cow::Borrowed(cell)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn handover() -> HandoverView {
        HandoverView {
            handover_id: "h1".into(),
            conversation_id: "c1".into(),
            conversation_url: None,
            shopper_name: None,
            shopper_email: None,
            subject: "Billing".into(),
            trigger: TriggerKind::Automatic,
            reason: Some("asked_for_human".into()),
            by: None,
            tag: None,
            occurred_at: "2026-11-20T08:00:00Z".into(),
            accepted_at: "2026-11-22T10:00:00Z".into(),
            transcript_removed: false,
            deliveries: vec![],
        }
    }

    #[test]
    fn hostile_text_stays_in_its_cell() {
        let hostile = "=cmd|' /C calc'!A0,\"x\";\r\n\"=1+1\"\n\u{202e}@evil";
        let handover = HandoverView {
            conversation_id: "-2+3".into(),
            shopper_name: Some("\tTab".into()),
            subject: hostile.into(),
            ..handover()
        };
        let bytes = lines(&[handover], true).unwrap();
        let text = std::str::from_utf8(&bytes).unwrap().strip_prefix('\u{feff}').unwrap();
        assert!(
            text.starts_with("\"handover id\",\"conversation id\",") && text.ends_with("\"\"\r\n"),
            "{text}"
        );
        let mut reader = csv::Reader::from_reader(text.as_bytes());
        let records: Vec<_> = reader.records().collect::<Result<_, _>>().unwrap();
        assert_eq!(records.len(), 1);
        let cells: Vec<_> = records[0].iter().collect();
        assert_eq!(cells.len(), COLUMNS.len());
        assert_eq!(
            cells[..5],
            ["h1", "'-2+3", "2026-11-22T10:00:00Z", "automatic: asked_for_human", "'\tTab"]
        );
        assert_eq!(cells[6], format!("'{hostile}"));
        assert_eq!(cells[7..], [""; 7]);
    }

    #[test]
    fn cells_are_quoted_and_read_back_unchanged() {
        for text in
            ["Hi;=1+1", "a;\"=1+1\"", "a;+1;-1;@x", "a,=1", "a\t=1", "a\";=1+1;\"b", "José 🇩🇪", "a\r\nb", ""]
        {
            let mut one = handover();
            one.subject = text.to_owned();
            let bytes = lines(&[one], false).unwrap();
            let line = std::str::from_utf8(&bytes).unwrap();
            let quoted = format!(",\"{}\",", text.replace('"', "\"\""));
            assert!(line.starts_with("\"h1\",\"c1\",") && line.contains(&quoted), "{line}");
            assert!(line.ends_with(",\"\"\r\n"), "{line}");
            let mut reader = csv::ReaderBuilder::new().has_headers(false).from_reader(&*bytes);
            assert_eq!(&reader.records().next().unwrap().unwrap()[6], text);
        }
    }

    #[test]
    fn byte_order_mark_is_written_once() {
        assert!(lines(&[], true).unwrap().starts_with(BYTE_ORDER_MARK));
        assert!(!lines(&[handover()], false).unwrap().starts_with(BYTE_ORDER_MARK));
    }

    #[test]
    fn formulas_become_text() {
        for formula in
            ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1", "\n=1", "＝1+1", "＋1", "－1", "＠SUM(A1)"]
        {
            assert_eq!(harmless(formula), format!("'{formula}"));
        }
        for text in ["", "Jane", "a=b", "'=1", "1+1", "é"] {
            assert_eq!(harmless(text), text);
        }
    }
}
