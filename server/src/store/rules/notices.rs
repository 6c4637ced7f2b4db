//! Decides when a team is notified, and about what.

use crate::store::{
    Stored,
    notices::{NoticeBody, credentials_end, no_ticket_yet},
    tx::Tx,
};
use app::model::{AccessMethod, Destination, EmailAddress, Helpdesk};
use domain::{Said, clock::Millis};

/// The maximum number of emails written in one transaction.
const MOST_LATE: u32 = 500;

/// Sets or clears a team's address. A new address also gets the emails about handovers that already lack a ticket.
pub async fn set_email<T: Tx>(tx: &mut T, merchant: &str, email: Option<&EmailAddress>) -> Stored<()> {
    let before = tx.team_of(merchant).await?;
    tx.set_email(merchant, email).await?;
    if before.email.is_none() && email.is_some() {
        tx.plan_late(merchant, before.no_ticket_after).await?;
    }
    Ok(())
}

/// Sets after how many minutes without a ticket a team is emailed again, including handovers already on their way.
pub async fn set_minutes<T: Tx>(tx: &mut T, merchant: &str, minutes: Option<u32>) -> Stored<()> {
    tx.set_minutes(merchant, minutes).await?;
    tx.plan_late(merchant, minutes).await
}

/// Writes one email to each team whose connection uses this access method, which ends soon. Says nothing if it does not
/// end.
pub async fn tell_end<T: Tx>(
    tx: &mut T,
    helpdesk: Helpdesk,
    method: &AccessMethod,
    now: Millis,
) -> Stored<()> {
    let Some(end) = &method.words.ends else { return Ok(()) };
    let body = NoticeBody::CredentialsEnd { helpdesk, reason: Said::from(end.said).to_string() };
    for merchant in tx.merchants_with(helpdesk, method.slug).await? {
        tx.insert_notice(&credentials_end(&merchant, helpdesk, method.slug), &merchant, &body, now).await?;
    }
    Ok(())
}

/// Writes an email for each handover that should have a ticket by now.
pub async fn tell_late<T: Tx>(tx: &mut T, now: Millis) -> Stored<()> {
    let late = tx.late(now, MOST_LATE).await?;
    for it in &late {
        if let Destination::Helpdesk(helpdesk) = it.destination {
            let (handover, first_mail) = (it.handover.clone(), it.first_mail.clone());
            let body = NoticeBody::NoTicketYet { handover, helpdesk, first_mail };
            tx.insert_notice(&no_ticket_yet(&it.handover), &it.merchant, &body, now).await?;
        }
    }
    let told: Vec<_> = late.iter().map(|it| it.delivery.as_str()).collect();
    tx.late_no_more(&told).await
}
