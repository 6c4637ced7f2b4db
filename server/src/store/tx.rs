//! A transaction's queries and writes, by area: primitive operations, over slices where many come at once.
//! [`rules`](super::rules) decides with them; a database implements them and decides nothing.
//!
//! A transaction sees its own writes, and no one else's until it ends. A write that matches no row changes nothing.

use super::{
    Connection, Stored,
    answers::NewAnswer,
    connections::{NewConnection, Trouble},
    conversations::{Conversation, Turn, Uses},
    handovers::{NewHandover, Summary},
    notices::{NoticeBody, Team},
    outbox::{Begun, Ended},
    shopper_mail::ShopperMail,
};
use app::model::{DeliveryState, Destination, EmailAddress, Helpdesk};
use domain::{
    Routing,
    account::Account,
    addition::{Addition, Lately},
    answer::Watch,
    clock::Millis,
    delivery::Delivery,
    handover::Handover,
};
use std::collections::HashSet;

/// What is already stored about a new handover's key, conversation and merchant.
#[derive(Clone, Debug)]
pub struct Known {
    /// The answer to the same key.
    pub answered: Option<Answered>,
    /// The conversation's handover.
    pub first: Option<String>,
    /// Where the merchant's handovers go.
    pub receiver: Option<Receiver>,
    /// How the team is notified.
    pub team: Team,
}

/// The stored answer to a key.
#[derive(Clone, Debug)]
pub struct Answered {
    /// The hash of the body that came with the key.
    pub body_hash: Vec<u8>,
    /// The handover in the answer.
    pub handover: String,
    /// The answer.
    pub answer: String,
}

/// Where a merchant's handovers go.
#[derive(Clone, Debug)]
pub struct Receiver {
    /// The account.
    pub account: Account,
    /// Whether they are held there: the connection is broken, or its probe goes first.
    pub held: bool,
}

/// A new handover with everything that is stored with it.
#[derive(Debug)]
pub struct NewRows<'a> {
    /// The handover.
    pub new: &'a NewHandover,
    /// Its deliveries.
    pub deliveries: Vec<NewDelivery>,
    /// The answer to its key, or `None` if it came without one.
    pub answer: Option<String>,
}

/// A new delivery.
#[derive(Clone, Debug)]
pub struct NewDelivery {
    /// Its initial state.
    pub delivery: Delivery,
    /// Whether it waits for the part before it.
    pub blocked: bool,
    /// When its handover should have a ticket.
    pub late_at: Option<Millis>,
}

/// A stored handover.
#[derive(Clone, Debug)]
pub struct KeptHandover {
    /// The handover, without its transcript once that was removed.
    pub handover: Handover,
    /// When the transcript was removed.
    pub removed_at: Option<Millis>,
}

/// A handover's newest addition.
#[derive(Clone, Debug)]
pub struct LastAddition {
    /// Its part.
    pub part: u32,
    /// Its content, as long as none of its deliveries was tried.
    pub waiting: Option<Addition>,
    /// What was added since the given time.
    pub lately: Lately,
}

/// A handover as lists show it.
#[derive(Clone, Debug)]
pub struct Listed {
    /// The ticket's subject.
    pub subject: String,
    /// The rest.
    pub summary: Summary,
}

/// An entry for a connection's history.
#[derive(Clone, Debug)]
pub struct NewChange<'a> {
    /// The merchant.
    pub merchant: &'a str,
    /// The helpdesk.
    pub helpdesk: Helpdesk,
    /// `connected`, `changed`, `receives`, `moved`, `rotated`, `rotation_ended`, `disconnected`, `broke` or `recovered`.
    pub action: &'static str,
    /// Who did it, as id and name.
    pub by: Option<(&'a str, String)>,
    /// When it happened.
    pub at: Millis,
}

/// A delivery whose handover should have a ticket by now.
#[derive(Clone, Debug)]
pub struct Late {
    /// The delivery.
    pub delivery: String,
    /// Its handover.
    pub handover: String,
    /// The merchant.
    pub merchant: String,
    /// The destination.
    pub destination: Destination,
    /// The delivery of the handover's email.
    pub first_mail: Option<String>,
}

/// The future of a transaction's operation.
macro_rules! stored {
    ($answer:ty) => { impl Future<Output = Stored<$answer>> + Send };
}

/// Handovers and their additions.
pub trait HandoverTx: Send {
    /// Returns what is known about each handover by its key (`None` if it has none) and its conversation, in order.
    fn known(&mut self, sought: &[(Option<&str>, &NewHandover)]) -> stored!(Vec<Known>);

    /// Inserts new handovers, their deliveries and the answers to their keys.
    fn insert_handovers(&mut self, new: &[NewRows<'_>]) -> stored!(());

    /// Inserts the answer to a key, and its handover.
    fn insert_answer(&mut self, new: &NewHandover, handover: &str, answer: &str) -> stored!(());

    /// Returns an existing handover.
    fn kept_handover(&mut self, id: &str) -> stored!(KeptHandover);

    /// Returns an existing handover as lists show it.
    fn listed(&mut self, id: &str) -> stored!(Listed);

    /// Returns the handover of a conversation.
    fn handover_of(&mut self, merchant: &str, conversation: &str) -> stored!(Option<String>);

    /// Returns a merchant's handovers that no helpdesk has or is getting, oldest first.
    fn unsent(&mut self, merchant: &str) -> stored!(Vec<String>);

    /// Records that the handover has a transcript, even if one was removed before.
    fn keep_transcript(&mut self, id: &str) -> stored!(());

    /// Sets the address that lists show for the shopper, unless there is one.
    fn set_shopper_email(&mut self, id: &str, email: &EmailAddress) -> stored!(());

    /// Returns all additions, in order.
    fn additions(&mut self, handover: &str) -> stored!(Vec<Addition>);

    /// Returns the numbers of the later parts, in order.
    fn parts(&mut self, handover: &str) -> stored!(Vec<u32>);

    /// Returns the newest addition, and what was added after `since`.
    fn last_addition(&mut self, handover: &str, since: Millis) -> stored!(Option<LastAddition>);

    /// Replaces a part's content and raises the fence of its deliveries, since what was read of them is out of date.
    fn change_addition(&mut self, handover: &str, part: u32, addition: &Addition) -> stored!(());

    /// Inserts a new part.
    fn insert_addition(&mut self, handover: &str, part: u32, addition: &Addition, now: Millis)
    -> stored!(());
}

/// Deliveries and attempts.
pub trait DeliveryTx: Send {
    /// Returns a handover's own deliveries, the helpdesk's first, without later parts.
    fn deliveries_of(&mut self, handover: &str) -> stored!(Vec<Delivery>);

    /// Returns the state of a part's delivery, if there is one.
    fn part_state(&mut self, handover: &str, to: Destination, part: u32) -> stored!(Option<DeliveryState>);

    /// Inserts deliveries.
    fn insert_deliveries(&mut self, new: &[NewDelivery]) -> stored!(());

    /// Records the ends of attempts, whether or not their deliveries can be changed. Then writes each delivery over the
    /// one with the previous fence, and returns the ids of those written. Each delivery may occur only once.
    fn update_deliveries(
        &mut self,
        ended: &[(&Delivery, &Ended)],
        changes: &[(&Delivery, Millis)],
    ) -> stored!(HashSet<String>);

    /// Unblocks the parts after these, and begins these attempts.
    fn unblock_and_begin(&mut self, over: &[&Delivery], begun: &[(&Delivery, &Begun)]) -> stored!(());

    /// Deletes a handover's cancelled deliveries to a destination.
    fn delete_cancelled(&mut self, handover: &str, to: Destination) -> stored!(());

    /// Returns a merchant's failed deliveries, without later parts, oldest first.
    fn failed_deliveries(&mut self, merchant: &str, to: Destination, most: u32) -> stored!(Vec<Delivery>);

    /// Returns the handovers that are queued, waiting or held for a helpdesk, oldest first, and their total number.
    fn waiting_handovers(
        &mut self,
        merchant: &str,
        helpdesk: Helpdesk,
        most: u32,
    ) -> stored!((Vec<Listed>, u64));

    /// Returns the deliveries of a merchant's handovers that are queued, waiting or held for a helpdesk: for each
    /// handover, oldest first, its delivery and then the later parts.
    fn waiting_deliveries(&mut self, merchant: &str, helpdesk: Helpdesk) -> stored!(Vec<Delivery>);

    /// Returns the oldest held delivery to the account's helpdesk that waits for no other part, and every unsure one
    /// that went to the account and waits for the merchant's answer.
    fn releasable(&mut self, merchant: &str, account: &Account) -> stored!(Vec<Delivery>);

    /// Applies `Event::ConnectionBroke` to each that is queued or waiting.
    fn hold_all(&mut self, merchant: &str, helpdesk: Helpdesk) -> stored!(());

    /// Applies `Event::Released` to each that is held.
    fn release_all(&mut self, merchant: &str, helpdesk: Helpdesk, now: Millis) -> stored!(());

    /// Applies `Event::Disconnected` to each that is queued, waiting, held or unsure.
    fn cancel_all(&mut self, merchant: &str, helpdesk: Helpdesk) -> stored!(());

    /// Applies [`Delivery::moved_to`] this account to each that is queued, waiting or held for another one.
    fn move_all(&mut self, merchant: &str, account: &Account) -> stored!(());

    /// Sets when each unfinished delivery to a helpdesk should have a ticket: this many minutes after its acceptance
    /// (`None` for never). Skips those whose email about it is already written.
    fn plan_late(&mut self, merchant: &str, minutes: Option<u32>) -> stored!(());

    /// Returns deliveries whose handovers should have a ticket by now, most overdue first.
    fn late(&mut self, now: Millis, most: u32) -> stored!(Vec<Late>);

    /// Clears that time for these deliveries. Their fences stay, since the dispatcher decides nothing by it.
    fn late_no_more(&mut self, deliveries: &[&str]) -> stored!(());
}

/// Connections and their history.
pub trait ConnectionTx: Send {
    /// Returns a merchant's connection to a helpdesk.
    fn connection_to(&mut self, merchant: &str, helpdesk: Helpdesk) -> stored!(Option<Connection>);

    /// Returns the connection that receives the merchant's handovers.
    fn receiver(&mut self, merchant: &str) -> stored!(Option<Connection>);

    /// Returns the merchants who are connected to the helpdesk by this access method.
    fn merchants_with(&mut self, helpdesk: Helpdesk, method: &str) -> stored!(Vec<String>);

    /// Returns the helpdesks that a merchant has connected.
    fn connected(&mut self, merchant: &str) -> stored!(Vec<Helpdesk>);

    /// Stores credentials, with no retests and no probe. An existing connection keeps its mark "receives handovers".
    fn upsert_connection(&mut self, new: &NewConnection, receives: bool, version: i64) -> stored!(());

    /// Deletes the connection.
    fn delete_connection(&mut self, merchant: &str, helpdesk: Helpdesk) -> stored!(());

    /// Marks the connection as the only one of the merchant that receives handovers.
    fn set_receives(&mut self, merchant: &str, helpdesk: Helpdesk) -> stored!(());

    /// Marks the connection as broken, with its next test and the number of tests so far, and clears its probe.
    fn set_trouble(
        &mut self,
        connection: &Connection,
        trouble: &Trouble,
        recheck_at: Millis,
        rechecks: u32,
    ) -> stored!(());

    /// Marks the connection as working and clears its probe. Returns whether it was broken.
    fn set_works(&mut self, merchant: &str, helpdesk: Helpdesk) -> stored!(bool);

    /// Clears the connection's next test and its probe.
    fn clear_recheck(&mut self, merchant: &str, helpdesk: Helpdesk) -> stored!(());

    /// Sets the connection's probe.
    fn set_probe(&mut self, merchant: &str, helpdesk: Helpdesk, delivery: Option<&str>) -> stored!(());

    /// Sets where the connection's tickets go.
    fn set_routing(&mut self, merchant: &str, helpdesk: Helpdesk, routing: &Routing) -> stored!(());

    /// Returns which of these deliveries are a connection's probe.
    fn probes(&mut self, deliveries: &[(&Delivery, Helpdesk)]) -> stored!(HashSet<String>);

    /// Adds an entry to the history.
    fn insert_change(&mut self, change: &NewChange<'_>) -> stored!(());

    /// Returns whether the history says that the connection broke, and nothing since of it working again.
    fn is_recorded_broken(&mut self, merchant: &str, helpdesk: Helpdesk) -> stored!(bool);

    /// Returns who disconnected the helpdesk last.
    fn disconnected_by(&mut self, merchant: &str, helpdesk: Helpdesk) -> stored!(Option<String>);
}

/// Teams and their emails.
pub trait NoticeTx: Send {
    /// Returns how a team is notified.
    fn team_of(&mut self, merchant: &str) -> stored!(Team);

    /// Sets or clears the team's address.
    fn set_email(&mut self, merchant: &str, email: Option<&EmailAddress>) -> stored!(());

    /// Sets after how many minutes without a ticket the team is emailed again.
    fn set_minutes(&mut self, merchant: &str, minutes: Option<u32>) -> stored!(());

    /// Inserts an email to a team that has an address, unless one with this id exists.
    fn insert_notice(&mut self, id: &str, merchant: &str, body: &NoticeBody, now: Millis) -> stored!(());
}

/// Conversations.
pub trait ConversationTx: Send {
    /// Returns a conversation's number of messages and its capture state.
    fn version(&mut self, id: &str) -> stored!(Option<(i64, String)>);

    /// Returns whether the conversation has a turn with this key.
    fn has_key(&mut self, conversation: &str, key: &str) -> stored!(bool);

    /// Writes a conversation that now has this many messages.
    fn upsert_conversation(&mut self, new: &Conversation, messages: i64) -> stored!(());

    /// Inserts turns, numbered from `first`.
    fn insert_turns(&mut self, conversation: &str, first: i64, turns: &[Turn]) -> stored!(());

    /// Counts what a merchant's abilities did.
    fn count_uses(&mut self, merchant: &str, uses: Uses) -> stored!(());
}

/// Agents' answers.
pub trait AnswerTx: Send {
    /// Returns how an account is watched, and locks it.
    fn watch_of(&mut self, account: &Account) -> stored!(Option<Watch>);

    /// Inserts how an account is watched. Fails if another transaction has inserted it.
    fn insert_watch(&mut self, watch: &Watch) -> stored!(());

    /// Updates how an account is watched.
    fn update_watch(&mut self, watch: &Watch) -> stored!(());

    /// Returns the merchant and the conversation of a handover that has a delivery to this account.
    fn conversation_on(&mut self, handover: &str, account: &Account) -> stored!(Option<(String, String)>);

    /// Returns a conversation of our own chat, and locks it.
    fn locked_conversation(&mut self, merchant: &str, id: &str) -> stored!(Option<Conversation>);

    /// Inserts an answer with the handover's next number, and returns that; `None` if the handover has it already.
    fn insert_agent_answer(
        &mut self,
        account: &Account,
        answer: &NewAnswer,
        now: Millis,
    ) -> stored!(Option<i64>);
}

/// An email to a shopper that is planned.
#[derive(Clone, Copy, Debug)]
pub struct NewShopperMail<'a> {
    /// Its id.
    pub id: &'a str,
    /// The merchant.
    pub merchant: &'a str,
    /// The conversation.
    pub conversation: &'a str,
    /// The number of the answer that it is for.
    pub asked_to: i64,
    /// When it is due.
    pub due_at: Millis,
    /// The current time.
    pub now: Millis,
}

/// Emails to shoppers.
pub trait ShopperMailTx: Send {
    /// Adds an answer to the conversation's email that is due. Returns `false` if there is none.
    fn ask_shopper_mail(&mut self, conversation: &str, answer: i64) -> stored!(bool);

    /// Inserts an email, unless one with this id exists.
    fn insert_shopper_mail(&mut self, new: &NewShopperMail<'_>) -> stored!(());

    /// Ends the email if its lease is still this one. Returns the number of the last answer that it is for by now, or
    /// `None` for an old lease.
    fn end_shopper_mail(&mut self, mail: &ShopperMail, sent_to: Option<i64>) -> stored!(Option<i64>);

    /// Returns when other emails were reserved for this address since then, and locks it.
    fn shopper_mails_to(&mut self, address: &str, except: &str, since: Millis) -> stored!(Vec<Millis>);

    /// Reserves the leased email for this address.
    fn reserve_for(&mut self, mail: &ShopperMail, address: &str, now: Millis) -> stored!(());
}

/// A transaction.
pub trait Tx:
    HandoverTx + DeliveryTx + ConnectionTx + NoticeTx + ConversationTx + AnswerTx + ShopperMailTx
{
}

impl<T: HandoverTx + DeliveryTx + ConnectionTx + NoticeTx + ConversationTx + AnswerTx + ShopperMailTx> Tx
    for T
{
}
