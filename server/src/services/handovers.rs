//! The list of handovers, and the actions on a handover.

use super::Services;
use crate::{
    handover::links::{BadLink, LinkQuery},
    store::handovers::{Filter, HandoverRecord, Search, SecondWay},
    wire::{rfc3339, store_failed},
    zone::{self, Side},
};
use app::check::LAST_BEFORE_FIRST;
use app::model::{
    CallError, DeliveryState, DeliveryView, Destination, FieldError, HandoverPage, HandoverQuery,
    HandoverView, Helpdesk, Resolution, Viewer,
};
use domain::{
    Said,
    account::{Account, Lane},
    clock::Millis,
    delivery::{Delivery, Event, Moment},
    event,
    handover::Trigger,
    helpdesk::Takes,
    said, sentences, ticket,
};
use serde_json::Value;

/// The default size of a page.
const DEFAULT_ON_A_PAGE: u32 = 30;
/// The maximum number of entries on a page.
pub const MOST_ON_A_PAGE: u32 = 100;

/// A page of the list.
#[derive(Clone)]
pub struct ListedPage {
    /// The page.
    pub page: HandoverPage,
    /// When it was read.
    pub at: Millis,
    /// When it changes by itself, without a write.
    pub changes_at: Option<Millis>,
}

impl ListedPage {
    /// Returns whether the page is still current. If the clock was set back, the list may show again what it showed
    /// then.
    pub fn holds(&self, now: Millis) -> bool {
        self.at <= now && self.changes_at.is_none_or(|at| now < at)
    }
}

impl Services {
    /// Returns a page of the list.
    pub async fn list_handovers(
        &self,
        viewer: &Viewer,
        query: HandoverQuery,
    ) -> Result<ListedPage, CallError> {
        // Only the first page is opened again and again; others are requested once.
        let first = HandoverQuery { limit: query.limit, ..HandoverQuery::default() } == query;
        let (asked, list) = (page_size(query.limit)?, self.read_handovers(viewer, query));
        if !first {
            return list.await;
        }
        let holds = |listed: &ListedPage| listed.holds(self.world.clock.now_ms());
        self.memos.handovers.get(&*self.store, &viewer.merchant, &asked.to_string(), holds, list).await
    }

    async fn read_handovers(&self, viewer: &Viewer, query: HandoverQuery) -> Result<ListedPage, CallError> {
        let limit = page_size(query.limit)?;
        let bound = |field: &str, typed: &Option<String>, side| {
            typed.as_deref().map_or(Ok(None), |typed| zone::parse_field(field, typed, side))
        };
        let from = bound("from", &query.from, Side::From).map_err(CallError::field)?;
        let until = bound("to", &query.to, Side::Until).map_err(CallError::field)?;
        if let (Some(from), Some(until)) = (from, until)
            && from >= until
        {
            return Err(CallError::field(FieldError::new("to", LAST_BEFORE_FIRST)));
        }
        let before = query.cursor.as_deref().map(parse_cursor).transpose().map_err(CallError::field)?;
        let filter = Filter {
            id: None,
            conversation: query.conversation_id,
            state: query.state,
            progress: query.progress,
            search: query.search.as_deref().and_then(Search::parse),
            from,
            until,
            before,
            // One more than requested tells whether there is a next page.
            limit: limit + 1,
        };
        let mut records = self.store.handovers(&viewer.merchant, &filter).await.map_err(store_failed)?;
        let more = records.len() > limit as usize;
        records.truncate(limit as usize);
        let next_cursor =
            records.last().filter(|_| more).map(|last| format!("{}.{}", last.accepted_at, last.id));
        let now = self.world.clock.now_ms();
        let late_at = records.iter().filter_map(|record| record.second_way?.late_at);
        let changes_at = late_at.filter(|at| *at > now).min();
        let handovers = records.into_iter().map(|record| self.view(record, now)).collect();
        Ok(ListedPage { page: HandoverPage { handovers, next_cursor }, at: now, changes_at })
    }

    pub(super) async fn retry_handover(
        &self,
        viewer: &Viewer,
        handover_id: &str,
        destination: Option<Destination>,
    ) -> Result<(), CallError> {
        let record = self.record(viewer, handover_id).await?;
        let mut retried = false;
        let mut why_not = None;
        for delivery in &record.deliveries {
            let wanted = destination.is_none_or(|it| it == delivery.destination);
            if wanted && delivery.state.may_retry() {
                match self.retry_one(delivery).await {
                    Ok(done) => retried |= done,
                    // One that cannot be sent now does not stop the others.
                    Err(conflict @ CallError::Conflict(_)) => why_not = Some(conflict),
                    Err(error) => return Err(error),
                }
            }
        }
        if retried {
            self.bell.ring();
            return Ok(());
        }
        Err(why_not.unwrap_or_else(|| CallError::conflict(NOTHING_TO_RETRY)))
    }

    pub(super) async fn resolve_handover(
        &self,
        viewer: &Viewer,
        handover_id: &str,
        answer: Resolution,
    ) -> Result<(), CallError> {
        let record = self.record(viewer, handover_id).await?;
        let delivery = record.deliveries.iter().find(|it| it.destination == answer.destination);
        let unsure = delivery
            .filter(|it| it.state == DeliveryState::Unsure)
            .ok_or_else(|| CallError::conflict(NOT_UNSURE))?;
        if answer.ticket_id.is_some_and(|id| id <= 0) {
            return Err(CallError::field(FieldError::new("ticket_id", TICKET_NUMBER)));
        }
        let over_for = self.ends.over_for(unsure, self.world.clock.since_boot());
        let event =
            if answer.made { Event::SaidMade(answer.ticket_id) } else { Event::SaidNotMade { over_for } };
        let moment = Moment::now(&self.world);
        let Ok(next) = unsure.after(event, moment, self.rules) else { return Err(changed_meanwhile()) };
        // If the answer came too early it stays unsure, and is looked up in the account that got the request.
        let next = match next.state {
            DeliveryState::Queued => next.through(self.lane_now(unsure).await?),
            _ => next,
        };
        if !self.store.save(&next, None, None, self.world.clock.now_ms()).await.map_err(store_failed)? {
            return Err(changed_meanwhile());
        }
        tracing::info!(
            merchant = viewer.merchant,
            handover = handover_id,
            by = viewer.subject,
            made = answer.made,
            "an unsure delivery was resolved by hand"
        );
        self.bell.ring();
        Ok(())
    }

    pub(super) async fn send_unsent_handovers(&self, viewer: &Viewer) -> Result<u64, CallError> {
        let world = self.world.clone();
        let new_id = move || world.new_id();
        let now = self.world.clock.now_ms();
        let sent = self.store.send_unsent(&viewer.merchant, now, &new_id).await.map_err(store_failed)?;
        self.bell.ring();
        Ok(sent)
    }

    /// Returns one handover of the viewer's merchant.
    pub async fn handover(&self, viewer: &Viewer, id: &str) -> Result<Option<HandoverView>, CallError> {
        match self.record(viewer, id).await {
            Ok(record) => Ok(Some(self.view(record, self.world.clock.now_ms()))),
            Err(CallError::NotFound) => Ok(None),
            Err(error) => Err(error),
        }
    }

    /// Returns the whole handover that a link leads to, with everything that was added.
    pub(crate) async fn shared_handover(
        &self,
        id: &str,
        link: &LinkQuery,
    ) -> Result<Result<Value, BadLink>, CallError> {
        if let Err(bad) = self.links.check(id, link, self.world.clock.now_ms()) {
            return Ok(Err(bad));
        }
        let handover = self.store.handover_body(id).await.map_err(store_failed)?;
        let Some(handover) = handover.filter(|it| it.merchant == link.merchant) else {
            return Err(CallError::NotFound);
        };
        let mut additions = Vec::new();
        while let Some(addition) =
            self.store.addition(id, additions.len() as u32 + 1).await.map_err(store_failed)?
        {
            additions.push(addition);
        }
        Ok(Ok(event::whole(id, &handover, &additions)))
    }

    pub(crate) async fn record(&self, viewer: &Viewer, id: &str) -> Result<HandoverRecord, CallError> {
        let filter = Filter { id: Some(id.to_owned()), limit: 1, ..Filter::default() };
        let records = self.store.handovers(&viewer.merchant, &filter).await.map_err(store_failed)?;
        records.into_iter().next().ok_or(CallError::NotFound)
    }

    async fn retry_one(&self, delivery: &Delivery) -> Result<bool, CallError> {
        let Ok(next) = delivery.after(Event::RetriedByHand, Moment::now(&self.world), self.rules) else {
            return Ok(false);
        };
        let next = next.through(self.lane_now(delivery).await?);
        self.store.save(&next, None, None, self.world.clock.now_ms()).await.map_err(store_failed)
    }

    /// Returns the lane that a delivery uses if it is sent now.
    async fn lane_now(&self, delivery: &Delivery) -> Result<Lane, CallError> {
        match delivery.destination {
            Destination::Helpdesk(helpdesk) => {
                Ok(self.account_of(&delivery.merchant, helpdesk).await?.into())
            }
            Destination::Email => Ok(Lane::Email),
        }
    }

    /// Returns the account that a merchant's tickets go to.
    pub(crate) async fn account_of(&self, merchant: &str, helpdesk: Helpdesk) -> Result<Account, CallError> {
        let connection = self.store.connection(merchant, helpdesk).await.map_err(store_failed)?;
        let connection = connection
            .ok_or_else(|| CallError::conflict(said!(CONNECT_FIRST, helpdesk = helpdesk.name())))?;
        Ok(connection.account())
    }

    /// Converts a handover to what is shown now.
    pub(crate) fn view(&self, record: HandoverRecord, now: Millis) -> HandoverView {
        let summary = record.summary;
        let trigger = Trigger { kind: summary.trigger, reason: summary.reason, by: summary.by };
        let is_ticket = |delivery: &Delivery| matches!(delivery.destination, Destination::Helpdesk(to) if to.takes() == Takes::Tickets);
        let tag = record.deliveries.iter().any(is_ticket).then(|| ticket::reason_tag(&trigger).to_owned());
        HandoverView {
            handover_id: record.id,
            conversation_id: record.conversation,
            conversation_url: summary.conversation_url,
            shopper_name: summary.shopper_name,
            shopper_email: summary.shopper_email,
            subject: record.subject,
            trigger: trigger.kind,
            reason: trigger.reason,
            by: trigger.by,
            tag,
            occurred_at: rfc3339(summary.occurred_at),
            accepted_at: rfc3339(record.accepted_at),
            transcript_removed: record.removed,
            deliveries: record
                .deliveries
                .into_iter()
                .map(|delivery| {
                    let at = record.delivered_at.iter().find(|(to, _)| *to == delivery.destination);
                    self.delivery_view(delivery, record.second_way, at.map(|(_, at)| *at), now)
                })
                .collect(),
        }
    }

    fn delivery_view(
        &self,
        delivery: Delivery,
        second_way: Option<SecondWay>,
        delivered_at: Option<Millis>,
        now: Millis,
    ) -> DeliveryView {
        let open = !matches!(delivery.state, DeliveryState::Delivered | DeliveryState::Cancelled);
        let second_way = second_way.filter(|_| open && delivery.destination != Destination::Email);
        let late = second_way.and_then(|it| it.late_at).is_some_and(|at| at <= now);
        let pending = matches!(delivery.state, DeliveryState::Waiting | DeliveryState::Unsure);
        let (last_error, code, args) = Said::parts_of(delivery.last_error.clone());
        DeliveryView {
            destination: delivery.destination,
            state: delivery.state,
            attempts: delivery.attempts,
            ticket_id: delivery.ticket,
            ticket_url: delivery.ticket.and_then(|ticket| self.ticket_url(&delivery, ticket)),
            last_error,
            code,
            args,
            // The time of a check for duplicates is not shown.
            next_attempt_at: delivery.next_at.filter(|_| pending).map(rfc3339),
            needs_answer: delivery.needs_answer,
            duplicates: delivery.duplicates.clone(),
            repeated_in: delivery.repeated_in.clone(),
            delivered_at: delivered_at.map(rfc3339),
            team_mailed_at: second_way.and_then(|it| it.told_at).map(rfc3339),
            nobody_to_mail: late && second_way.is_some_and(|it| it.nobody && it.told_at.is_none()),
        }
    }

    fn ticket_url(&self, delivery: &Delivery, ticket: i64) -> Option<String> {
        let account = delivery.lane.account()?;
        Some(self.helpdesks.get(account.helpdesk).ticket_url(&account.name, ticket))
    }
}

sentences! {
    NOTHING_TO_RETRY = "handovers.nothing_to_retry": "Nothing to retry. The handover is already on its way or delivered.";
    NOT_UNSURE = "handovers.not_unsure": "This handover no longer needs your answer.";
    TICKET_NUMBER = "handovers.ticket_number": "Enter the ticket number from the ticket's URL.";
    pub(super) CONNECT_FIRST = "handovers.connect_first": "Connect {helpdesk} first, then try again.";
    CHANGED_MEANWHILE = "handovers.changed_meanwhile": "This changed while you were looking at it. Reload and try again.";
    pub(crate) LONG_SEARCH = "handovers.long_search": "Enter at most {most} characters.";
    PAGE_SIZE = "handovers.page_size": "This must be a number from 1 to {most}.";
    CURSOR = "handovers.cursor": "Invalid cursor. Start again without one.";
}

/// The error when another change came first.
pub(crate) fn changed_meanwhile() -> CallError {
    CallError::conflict(CHANGED_MEANWHILE)
}

/// Returns the size of a page.
pub(crate) fn page_size(limit: Option<u32>) -> Result<u32, CallError> {
    let limit = limit.unwrap_or(DEFAULT_ON_A_PAGE);
    if (1..=MOST_ON_A_PAGE).contains(&limit) {
        return Ok(limit);
    }
    Err(CallError::field(FieldError::new("limit", said!(PAGE_SIZE, most = MOST_ON_A_PAGE))))
}

/// Parses a cursor: the time and the id of the last entry.
pub(crate) fn parse_cursor(text: &str) -> Result<(Millis, String), FieldError> {
    text.split_once('.')
        .and_then(|(at, id)| Some((at.parse().ok()?, id.to_owned())))
        .ok_or_else(|| FieldError::new("cursor", CURSOR))
}
