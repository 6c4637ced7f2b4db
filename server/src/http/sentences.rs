//! Sentences for requests that are rejected as a whole.

use domain::sentences;

sentences! {
    pub(super) NOTHING_HERE = "http.nothing_here": "There is nothing with this name here.";
    pub(super) NOT_THIS_METHOD = "http.not_this_method": "This address does not support this method.";
    pub(super) ONE_HOST = "http.one_host": "Send exactly one Host header with the name of this server.";
    pub(super) OTHER_SITE = "http.other_site": "This change came from another site and was not made. Use the page itself.";
    pub(super) DEMO_HOST = "http.demo_host": "The demo answers only to loopback names such as localhost and 127.0.0.1.";
    pub(super) OTHER_MERCHANT = "http.other_merchant": "You are signed in for a different merchant.";
    pub(super) PAGES_FORM = "http.pages_form": "Send the page's own form.";

    pub(super) NO_ROOM = "body.no_room": "The server has no memory for another large body right now. Send it again later.";
    pub(super) TOO_SLOW = "body.too_slow": "The body took longer than 30 s.";
    pub(super) CUT_SHORT = "body.cut_short": "The body is incomplete.";
    pub(super) TOO_LARGE = "body.too_large": "The body is larger than the limit of {limit} bytes.";
    pub(super) EMPTY = "body.empty": "The body is empty.";
    pub(super) NOT_JSON = "body.not_json": "Send JSON with content-type application/json.";

    pub(super) NO_SECRET = "ingest.no_secret": "This server does not accept handovers: CONVI_INGEST_SECRET is not set.";
    pub(super) OTHER_BODY = "ingest.other_body": "This webhook-id was already used with a different body. Use a new id for a new message.";
    pub(super) NOT_KEPT = "ingest.not_kept": "The handover could not be stored. Send it again later with the same webhook-id.";
    pub(super) NOT_TAKEN = "ingest.not_taken": "Something went wrong on our side and the handover was not accepted. Send it again with the same webhook-id.";
    pub(super) SIGNATURE_HEADER = "ingest.signature_header": "The header {name} is missing or unreadable. Sign the request as the Standard Webhooks specification says.";
    pub(super) SIGNATURE_ID = "ingest.signature_id": "The webhook-id must be 1 to 256 visible ASCII characters without a dot, which separates the signed parts.";
    pub(super) SIGNATURE_TIME = "ingest.signature_time": "The webhook-timestamp is more than 5 minutes off. Sign each attempt separately, and check the clocks.";
    pub(super) SIGNATURE = "ingest.signature": "The webhook-signature does not match this body and this server's secret.";
}
