//! Placeholders in agents' comments (D): Zendesk expands them, whoever originally wrote the text.

use crate::world::{Account, User};

/// Returns the text with `{{…}}` expanded, and with `{% … %}` treated as an instruction.
pub(crate) fn expanded(account: &Account, text: &str, requester: &User) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    loop {
        let next = ["{{", "{%"].iter().filter_map(|open| Some((rest.find(open)?, *open))).min();
        let Some((at, open)) = next else { break };
        let close = if open == "{{" { "}}" } else { "%}" };
        let Some(end) = rest[at + 2..].find(close) else { break };
        let inside = rest[at + 2..at + 2 + end].trim();
        out.push_str(&rest[..at]);
        if open == "{{" {
            out.push_str(match inside {
                "ticket.requester.email" => requester.email.as_deref().unwrap_or_default(),
                "ticket.requester.name" => &requester.name,
                "ticket.account" => &account.subdomain,
                _ => "",
            });
        }
        rest = &rest[at + 2 + end + 2..];
    }
    out.push_str(rest);
    out
}
