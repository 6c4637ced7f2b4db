//! Sentences for requests that are rejected as a whole.

use domain::sentences;

sentences! {
    pub(super) NOTHING_HERE = "http.nothing_here": "Not found. Check the URL.";
    pub(super) NOT_THIS_METHOD = "http.not_this_method": "This URL does not support this method.";
    pub(super) ONE_HOST = "http.one_host": "Send exactly one Host header with this server's name.";
    pub(super) OTHER_SITE = "http.other_site": "This request came from another site, so nothing was changed. Reload the page and try again.";
    pub(super) DEMO_HOST = "http.demo_host": "The demo is only available at loopback addresses such as localhost or 127.0.0.1.";
    pub(super) OTHER_MERCHANT = "http.other_merchant": "You are signed in to a different merchant.";
    pub(super) LINK_EXPIRED = "http.link_expired": "This link has expired.";
    pub(super) PAGES_FORM = "http.pages_form": "This form does not belong to this page. Reload the page and try again.";

    pub(super) NO_ROOM = "body.no_room": "The server is too busy to accept a body this large. Try again later.";
    pub(super) TOO_SLOW = "body.too_slow": "The body did not arrive within 30 seconds. Send it again.";
    pub(super) CUT_SHORT = "body.cut_short": "The body is incomplete. Send it again.";
    pub(super) TOO_LARGE = "body.too_large": "The body exceeds the limit of {limit} bytes.";
    pub(super) EMPTY = "body.empty": "The body is empty.";
    pub(super) NOT_JSON = "body.not_json": "Send JSON with the header Content-Type: application/json.";

    pub(super) NO_SECRET = "ingest.no_secret": "This server does not accept handovers yet. Set CONVI_INGEST_SECRET to enable them.";
    pub(super) OTHER_BODY = "ingest.other_body": "This webhook-id was already used with a different body. Use a new webhook-id.";
    pub(super) NOT_KEPT = "ingest.not_kept": "The handover could not be stored. Retry later with the same webhook-id.";
    pub(super) NOT_TAKEN = "ingest.not_taken": "Something went wrong on our side, and the handover was not accepted. Retry with the same webhook-id.";
    pub(super) SIGNATURE_HEADER = "ingest.signature_header": "The header {name} is missing or unreadable. Sign the request as described in the Standard Webhooks specification.";
    pub(super) SIGNATURE_ID = "ingest.signature_id": "The webhook-id must be 1 to 256 visible ASCII characters, without a dot.";
    pub(super) SIGNATURE_TIME = "ingest.signature_time": "The webhook-timestamp is more than 5 minutes off. Sign each attempt separately, and check your clock.";
    pub(super) SIGNATURE = "ingest.signature": "The webhook-signature does not match. Check the secret, and sign the exact bytes that you send.";
}
