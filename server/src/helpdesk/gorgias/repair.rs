//! A double that was found: said, tagged, closed. Never deleted, since an agent may have written in it.

use super::{Gorgias, create::message_json};
use crate::{
    handover::text::escape,
    helpdesk::{Access, DUPLICATE_TAG, Failure, Helpdesk, Meter, Text},
};
use http::Method;
use serde_json::json;

impl Gorgias {
    pub(super) async fn close_as_duplicate(
        &self,
        access: &Access,
        duplicate: i64,
        original: i64,
        meter: &dyn Meter,
    ) -> Result<(), Failure> {
        let url = self.ticket_url(&access.subdomain, original);
        let text = Text {
            plain: format!(
                "This ticket repeats the handover of ticket {original}: {url}\nPlease go on there."
            ),
            html: format!(
                r#"<p>This ticket repeats the handover of <a href="{0}">ticket {original}</a>. Please go on there.</p>"#,
                escape(&url)
            ),
        };
        let mut note = message_json("internal-note", false, true, &text);
        note["sender"] = json!({"email": access.username});
        let path = format!("/tickets/{duplicate}");
        self.change(access, Method::POST, &format!("{path}/messages"), &note, meter).await?;
        self.change(access, Method::POST, &format!("{path}/tags"), &json!({"names": [DUPLICATE_TAG]}), meter)
            .await?;
        self.close_ticket(access, duplicate, meter).await
    }
}
