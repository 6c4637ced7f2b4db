//! Sentences specific to webhooks.

use domain::sentences;

sentences! {
    pub(super) ANSWERED = "webhook.answered": "Your receiver answered with status {status}.";
    pub(super) ANSWERED_WITH = "webhook.answered_with": "Your receiver answered with status {status}: {answer}";
    pub(super) SECRET_UNKNOWN = "webhook.secret_unknown": "Your receiver rejected the signature (status {status}). Check that it uses the signing secret that we showed you when you connected. If you have not connected yet, save first to get the secret.";
    pub(super) FORBIDDEN = "webhook.forbidden": "Your receiver refused the request (status 403). A firewall in front of it may block us.";
    pub(super) NOT_THERE = "webhook.not_there": "There is no receiver at this URL (status 404). Check the URL under Configure.";
    pub(super) REDIRECTS = "webhook.redirects": "The URL redirects to another address (status {status}). We do not follow redirects, so enter the final address under Configure.";
    pub(super) NOT_REACHABLE = "webhook.not_reachable": "The URL is not reachable from the internet.";
    pub(super) NO_CONNECTION = "webhook.no_connection": "Your receiver does not accept connections, or its TLS certificate is not valid.";
    pub(super) SLOW = "webhook.slow": "Your receiver did not answer within 15 seconds.";
    pub(super) BROKE_OFF = "webhook.broke_off": "The connection to your receiver was lost before it answered.";
    pub(super) NO_SECRET = "webhook.no_secret": "The saved signing secret cannot be read. Disconnect and connect again to get a new one.";
    pub(super) BUSY = "webhook.busy": "Your receiver asked us to wait (status {status}).";
}
