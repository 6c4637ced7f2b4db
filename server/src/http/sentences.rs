//! What a route says when a whole request cannot be taken.

use domain::sentences;

sentences! {
    pub(super) NOTHING_HERE = "http.nothing_here": "There is nothing here under this name.";
    pub(super) NOT_THIS_METHOD = "http.not_this_method": "This address is there, but not with this method.";
    pub(super) ONE_HOST = "http.one_host": "Send exactly one Host header with the name of this server.";
    pub(super) OTHER_SITE = "http.other_site": "This change was sent by another site, so it was not made. Use the page itself.";
    pub(super) DEMO_HOST = "http.demo_host": "The demo answers only to loopback names such as localhost and 127.0.0.1.";
    pub(super) OTHER_MERCHANT = "http.other_merchant": "You are signed in for another merchant than the one this names.";
    pub(super) PAGES_FORM = "http.pages_form": "Send the page's own form.";

    pub(super) NO_ROOM = "body.no_room": "The server is reading as many large bodies as it has memory for. Send it again later.";
    pub(super) TOO_SLOW = "body.too_slow": "The body took longer than 30 s.";
    pub(super) CUT_SHORT = "body.cut_short": "The body ended before it was whole.";
    pub(super) TOO_LARGE = "body.too_large": "The body is larger than {limit} bytes, the most there can be.";
    pub(super) EMPTY = "body.empty": "The body is empty.";
    pub(super) NOT_JSON = "body.not_json": "Send JSON, with content-type application/json.";

    pub(super) NO_SECRET = "ingest.no_secret": "This server takes no handovers: CONVI_INGEST_SECRET is not set.";
    pub(super) OTHER_BODY = "ingest.other_body": "This webhook-id came with another body before. Use a new id for a new message.";
    pub(super) NOT_KEPT = "ingest.not_kept": "The handover cannot be kept now and was not taken; send it again with the same webhook-id.";
    pub(super) NOT_TAKEN = "ingest.not_taken": "Something went wrong on our side. The handover was not taken; send it again with the same webhook-id.";
    pub(super) SIGNATURE_HEADER = "ingest.signature_header": "The header {name} is missing or unreadable. Sign as the Standard Webhooks specification has it.";
    pub(super) SIGNATURE_ID = "ingest.signature_id": "The webhook-id must be 1 to 256 visible ASCII characters without a dot, which separates the signed parts.";
    pub(super) SIGNATURE_TIME = "ingest.signature_time": "The webhook-timestamp is more than 5 minutes off. Sign each try anew, and check the clocks.";
    pub(super) SIGNATURE = "ingest.signature": "The webhook-signature is not that of this body with this server's secret.";
}
