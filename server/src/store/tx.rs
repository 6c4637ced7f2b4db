//! What a transaction can be asked and told: primitive questions and writes, by area, over slices where many come at
//! once. [`rules`](super::rules) decides with them; a database implements them and decides nothing.
//!
//! A transaction sees its own writes and nobody else's until it ends. A write that names no row changes nothing.

use super::{
    Connection, Stored,
    connections::{NewConnection, Trouble},
    conversations::{Conversation, Turn, Uses},
    handovers::{NewHandover, Summary},
    notices::{NoticeBody, Team},
    outbox::{Begun, Ended},
};
use app::model::{DeliveryState, Destination, EmailAddress, Helpdesk};
use domain::{
    account::Account,
    addition::{Addition, Lately},
    clock::Millis,
    delivery::Delivery,
    handover::Handover,
};
use std::collections::HashSet;

/// What is there already of what a handover is about.
#[derive(Clone, Debug)]
pub struct Known {
    /// What was answered to the same key.
    pub answered: Option<Answered>,
    /// The conversation's handover.
    pub first: Option<String>,
    /// Where the merchant's handovers go.
    pub receiver: Option<Receiver>,
    /// How the team wants to be told.
    pub team: Team,
}

/// What was answered to a key.
#[derive(Clone, Debug)]
pub struct Answered {
    /// Of the bytes that came with it.
    pub body_hash: Vec<u8>,
    /// The handover that was answered.
    pub handover: String,
    /// The answer.
    pub answer: String,
}

/// Where a merchant's handovers go.
#[derive(Clone, Debug)]
pub struct Receiver {
    /// To which account.
    pub account: Account,
    /// They are held there: it is in trouble, or its probe goes first.
    pub held: bool,
}

/// A new handover with everything that is kept with it.
#[derive(Debug)]
pub struct NewRows<'a> {
    /// What came.
    pub new: &'a NewHandover,
    /// Where it goes.
    pub deliveries: Vec<NewDelivery>,
    /// What is answered to its key; none: it came without one.
    pub answer: Option<String>,
}

/// A new delivery.
#[derive(Clone, Debug)]
pub struct NewDelivery {
    /// As it begins.
    pub delivery: Delivery,
    /// It waits for the part before it.
    pub blocked: bool,
    /// When its handover should have a ticket.
    pub late_at: Option<Millis>,
}

/// A handover as it is kept.
#[derive(Clone, Debug)]
pub struct KeptHandover {
    /// With its transcript, unless that was removed.
    pub handover: Handover,
    /// When it was.
    pub removed_at: Option<Millis>,
}

/// The newest of what came later for a handover.
#[derive(Clone, Debug)]
pub struct LastAddition {
    /// Which part.
    pub part: u32,
    /// What it says, while no delivery of it was ever tried.
    pub waiting: Option<Addition>,
    /// How much came since the moment that was asked for.
    pub lately: Lately,
}

/// A handover as lists show it.
#[derive(Clone, Debug)]
pub struct Listed {
    /// The ticket's name.
    pub subject: String,
    /// The rest.
    pub summary: Summary,
}

/// A line of a connection's history.
#[derive(Clone, Debug)]
pub struct NewChange<'a> {
    /// Whose.
    pub merchant: &'a str,
    /// To what.
    pub helpdesk: Helpdesk,
    /// `connected`, `changed`, `disconnected`, `broke` or `recovered`.
    pub action: &'static str,
    /// Who: id and name.
    pub by: Option<(&'a str, String)>,
    /// When.
    pub at: Millis,
}

/// A delivery whose handover should have a ticket by now.
#[derive(Clone, Debug)]
pub struct Late {
    /// The delivery.
    pub delivery: String,
    /// Its handover.
    pub handover: String,
    /// Whose.
    pub merchant: String,
    /// Where to.
    pub destination: Destination,
    /// The delivery of the handover's mail.
    pub first_mail: Option<String>,
}

/// A future of a transaction.
macro_rules! stored {
    ($answer:ty) => { impl Future<Output = Stored<$answer>> + Send };
}

/// Handovers and what came later.
pub trait HandoverTx: Send {
    /// What is there already of each, asked by its key (none: it came without) and its conversation; in their order.
    fn known(&mut self, sought: &[(Option<&str>, &NewHandover)]) -> stored!(Vec<Known>);

    /// Keeps new handovers, their deliveries and what is answered to their keys.
    fn insert_handovers(&mut self, new: &[NewRows<'_>]) -> stored!(());

    /// Keeps what is answered to a key, and about which handover.
    fn insert_answer(&mut self, new: &NewHandover, handover: &str, answer: &str) -> stored!(());

    /// A handover that is there.
    fn kept_handover(&mut self, id: &str) -> stored!(KeptHandover);

    /// A handover that is there, as lists show it.
    fn listed(&mut self, id: &str) -> stored!(Listed);

    /// The handover of a conversation.
    fn handover_of(&mut self, merchant: &str, conversation: &str) -> stored!(Option<String>);

    /// A merchant's handovers that no helpdesk got or is getting, the oldest first.
    fn unsent(&mut self, merchant: &str) -> stored!(Vec<String>);

    /// There is a transcript, again if it was removed.
    fn keep_transcript(&mut self, id: &str) -> stored!(());

    /// Lists name the shopper by this address, unless they have one.
    fn set_shopper_email(&mut self, id: &str, email: &EmailAddress) -> stored!(());

    /// Everything that came later, in order.
    fn additions(&mut self, handover: &str) -> stored!(Vec<Addition>);

    /// The parts that came later, in order.
    fn parts(&mut self, handover: &str) -> stored!(Vec<u32>);

    /// The newest of them, and how much came after `since`.
    fn last_addition(&mut self, handover: &str, since: Millis) -> stored!(Option<LastAddition>);

    /// What a part says now. Raises the fence of its deliveries: what was read of them is no longer what they carry.
    fn change_addition(&mut self, handover: &str, part: u32, addition: &Addition) -> stored!(());

    /// Keeps a new part.
    fn insert_addition(&mut self, handover: &str, part: u32, addition: &Addition, now: Millis)
    -> stored!(());
}

/// Deliveries and attempts.
pub trait DeliveryTx: Send {
    /// A handover's own deliveries, the helpdesk's first; not those of later parts.
    fn deliveries_of(&mut self, handover: &str) -> stored!(Vec<Delivery>);

    /// Where a part's delivery stands; none: there is none.
    fn part_state(&mut self, handover: &str, to: Destination, part: u32) -> stored!(Option<DeliveryState>);

    /// Adds deliveries.
    fn insert_deliveries(&mut self, new: &[NewDelivery]) -> stored!(());

    /// Notes the ends of attempts, whether or not their deliveries can be changed. Then writes each delivery over the
    /// one with the fence before its own, and returns the ids of those for which there is one. No two changes may be
    /// of the same delivery.
    fn update_deliveries(
        &mut self,
        ended: &[(&Delivery, &Ended)],
        changes: &[(&Delivery, Millis)],
    ) -> stored!(HashSet<String>);

    /// The parts after these wait no longer; and these attempts begin.
    fn unblock_and_begin(&mut self, over: &[&Delivery], begun: &[(&Delivery, &Begun)]) -> stored!(());

    /// Removes a handover's cancelled deliveries to a destination.
    fn delete_cancelled(&mut self, handover: &str, to: Destination) -> stored!(());

    /// A merchant's handovers' own deliveries that failed, the oldest first.
    fn failed_deliveries(&mut self, merchant: &str, to: Destination, most: u32) -> stored!(Vec<Delivery>);

    /// The handovers that are queued, waiting or held for a helpdesk, the oldest first; and how many there are.
    fn waiting_handovers(
        &mut self,
        merchant: &str,
        helpdesk: Helpdesk,
        most: u32,
    ) -> stored!((Vec<Listed>, u64));

    /// The oldest held delivery to an account's helpdesk that waits for no other part, and every unsure one that went
    /// to the account and about which a person is asked.
    fn releasable(&mut self, merchant: &str, account: &Account) -> stored!(Vec<Delivery>);

    /// `Event::ConnectionBroke` for each that is queued or waiting.
    fn hold_all(&mut self, merchant: &str, helpdesk: Helpdesk) -> stored!(());

    /// `Event::Released` for each that is held.
    fn release_all(&mut self, merchant: &str, helpdesk: Helpdesk, now: Millis) -> stored!(());

    /// `Event::Disconnected` for each that is queued, waiting, held or unsure.
    fn cancel_all(&mut self, merchant: &str, helpdesk: Helpdesk) -> stored!(());

    /// [`Delivery::moved_to`] this account for each that is queued, waiting or held for another one.
    fn move_all(&mut self, merchant: &str, account: &Account) -> stored!(());

    /// When each delivery to a helpdesk that is not done should have a ticket: so many minutes after its acceptance
    /// (none: never). Not those whose mail about that is written.
    fn plan_late(&mut self, merchant: &str, minutes: Option<u32>) -> stored!(());

    /// Deliveries whose handovers should have a ticket by now, the latest first.
    fn late(&mut self, now: Millis, most: u32) -> stored!(Vec<Late>);

    /// That moment has passed for these. Their fences stay: the dispatcher decides nothing by it.
    fn late_no_more(&mut self, deliveries: &[&str]) -> stored!(());
}

/// Connections and their history.
pub trait ConnectionTx: Send {
    /// One.
    fn connection_to(&mut self, merchant: &str, helpdesk: Helpdesk) -> stored!(Option<Connection>);

    /// The one that receives the merchant's handovers.
    fn receiver(&mut self, merchant: &str) -> stored!(Option<Connection>);

    /// What a merchant has connected.
    fn connected(&mut self, merchant: &str) -> stored!(Vec<Helpdesk>);

    /// Stores credentials, of which nothing was tested again and nothing goes first. One that is there keeps its mark
    /// of who receives.
    fn upsert_connection(&mut self, new: &NewConnection, receives: bool, version: i64) -> stored!(());

    /// Forgets it.
    fn delete_connection(&mut self, merchant: &str, helpdesk: Helpdesk) -> stored!(());

    /// It receives the handovers.
    fn set_receives(&mut self, merchant: &str, helpdesk: Helpdesk) -> stored!(());

    /// It is in trouble, tested again then, after so many tests, and nothing goes first.
    fn set_trouble(
        &mut self,
        connection: &Connection,
        trouble: &Trouble,
        recheck_at: Millis,
        rechecks: u32,
    ) -> stored!(());

    /// It works, and nothing goes first. Returns whether it was in trouble.
    fn set_works(&mut self, merchant: &str, helpdesk: Helpdesk) -> stored!(bool);

    /// It is not tested again, and nothing goes first.
    fn clear_recheck(&mut self, merchant: &str, helpdesk: Helpdesk) -> stored!(());

    /// This delivery goes first.
    fn set_probe(&mut self, merchant: &str, helpdesk: Helpdesk, delivery: Option<&str>) -> stored!(());

    /// Those deliveries that go first for a connection.
    fn probes(&mut self, deliveries: &[(&Delivery, Helpdesk)]) -> stored!(HashSet<String>);

    /// Adds to the history.
    fn insert_change(&mut self, change: &NewChange<'_>) -> stored!(());

    /// Who disconnected it last.
    fn disconnected_by(&mut self, merchant: &str, helpdesk: Helpdesk) -> stored!(Option<String>);
}

/// Teams and their mails.
pub trait NoticeTx: Send {
    /// How a team wants to be told.
    fn team_of(&mut self, merchant: &str) -> stored!(Team);

    /// Sets or clears its address.
    fn set_email(&mut self, merchant: &str, email: Option<&EmailAddress>) -> stored!(());

    /// Sets after how many minutes without a ticket it is mailed again.
    fn set_minutes(&mut self, merchant: &str, minutes: Option<u32>) -> stored!(());

    /// Writes a mail to a team that has an address, unless there is one with this id.
    fn insert_notice(&mut self, id: &str, merchant: &str, body: &NoticeBody, now: Millis) -> stored!(());
}

/// Conversations.
pub trait ConversationTx: Send {
    /// How many messages a conversation has, and where asking for an address stands.
    fn version(&mut self, id: &str) -> stored!(Option<(i64, String)>);

    /// Whether a turn with this key is there.
    fn has_key(&mut self, conversation: &str, key: &str) -> stored!(bool);

    /// Writes a conversation that has so many messages now.
    fn upsert_conversation(&mut self, new: &Conversation, messages: i64) -> stored!(());

    /// Adds turns, the first of them with this number.
    fn insert_turns(&mut self, conversation: &str, first: i64, turns: &[Turn]) -> stored!(());

    /// Counts what a merchant's abilities did.
    fn count_uses(&mut self, merchant: &str, uses: Uses) -> stored!(());
}

/// A transaction.
pub trait Tx: HandoverTx + DeliveryTx + ConnectionTx + NoticeTx + ConversationTx {}

impl<T: HandoverTx + DeliveryTx + ConnectionTx + NoticeTx + ConversationTx> Tx for T {}
