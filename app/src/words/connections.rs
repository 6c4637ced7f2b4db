//! Sentences about a helpdesk's connection, and about the handovers that wait for it.

use super::plain;
use crate::model::{ConnectionChange, Helpdesk, Takes};
use crate::text::{t, tf, tn};

/// Returns the line under a broken connection about the handovers it holds. `None` if it holds none.
pub fn held(n: u64, helpdesk: Helpdesk) -> Option<String> {
    let name = [("helpdesk", helpdesk.name())];
    (n > 0).then(|| match helpdesk.takes() {
        Takes::Events => tn(
            n,
            "{n} handover is held. It is sent as soon as {helpdesk} works again.",
            "{n} handovers are held. They are sent, in order, as soon as {helpdesk} works again.",
            &name,
        ),
        Takes::Tickets => tn(
            n,
            "{n} handover is held. It becomes a ticket as soon as {helpdesk} works again.",
            "{n} handovers are held. They become tickets, in order, as soon as {helpdesk} works again.",
            &name,
        ),
    })
}

/// How many handovers may be on their way to a helpdesk without counting as a backlog.
const ON_THEIR_WAY: u64 = 3;

/// Returns whether this many handovers are more than are usually on their way.
pub fn is_backlog(n: u64) -> bool {
    n > ON_THEIR_WAY
}

/// Returns the line under a working connection with a backlog. `None` if there is none.
pub fn backlog(n: u64) -> Option<String> {
    is_backlog(n).then(|| {
        let n = n.to_string();
        tf("{n} handovers are waiting their turn to become tickets.", &[("n", &n)])
    })
}

/// Returns what the disconnect dialog adds if handovers are waiting.
pub fn lost_by_disconnecting(n: u64) -> Option<String> {
    (n > 0).then(|| {
        tn(
            n,
            "{n} handover is waiting. It will not become a ticket unless you connect a helpdesk again and send it.",
            "{n} handovers are waiting. They will not become tickets unless you connect a helpdesk again and send them.",
            &[],
        )
    })
}

/// Returns the label of the button that sends undelivered handovers.
pub fn send_unsent(n: u64) -> String {
    tn(n, "Send {n} undelivered handover", "Send {n} undelivered handovers", &[])
}

/// Returns the label of the button that moves the handovers that wait for another helpdesk.
pub fn move_waiting(n: u64) -> String {
    tn(n, "Move the waiting handover here", "Move the {n} waiting handovers here", &[])
}

/// Returns the result of sending them.
pub fn sent(n: u64) -> String {
    match n {
        0 => t("Nothing left to send."),
        n => tn(n, "{n} handover is on its way.", "{n} handovers are on their way.", &[]),
    }
}

/// Returns an entry of a connection's history, without its time.
pub fn change(change: &ConnectionChange) -> String {
    let what = match change.action.as_str() {
        "connected" => t("Connected"),
        "changed" => t("Changed"),
        "disconnected" => t("Disconnected"),
        "receives" => t("Set as the handover destination"),
        "moved" => t("Waiting handovers moved here"),
        "broke" => t("Stopped working"),
        "recovered" => t("Works again"),
        "rotated" => t("New signing secret"),
        "rotation_ended" => t("Old signing secret ended"),
        other => plain(other),
    };
    match change.by.as_deref().map(plain).filter(|by| !by.is_empty()) {
        Some(by) => tf("{what} by {name}", &[("what", &what), ("name", &by)]),
        None => what,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn singular_and_plural_sentences() {
        assert_eq!(send_unsent(1), "Send 1 undelivered handover");
        assert_eq!(send_unsent(3), "Send 3 undelivered handovers");
        assert_eq!(lost_by_disconnecting(0), None);
        assert_eq!(
            lost_by_disconnecting(1).unwrap(),
            "1 handover is waiting. It will not become a ticket unless you connect a helpdesk again and send it."
        );
        assert_eq!(
            lost_by_disconnecting(2).unwrap(),
            "2 handovers are waiting. They will not become tickets unless you connect a helpdesk again and send them."
        );
        assert_eq!(move_waiting(1), "Move the waiting handover here");
        assert!(held(2, Helpdesk::GORGIAS).unwrap().starts_with("2 handovers are held."));
    }
}
