//! Store contract: emails to shoppers with answers that they have not seen.

use crate::{
    answers::{account, answer, hands_over_own_chat},
    contract::talk,
    support::*,
};
use app::model::ChatAuthor;
use convi_server::store::{
    conversations::{ConversationChange, Turn},
    shopper_mail::{LIMITED_FOR, MOST_PER_ADDRESS, ShopperMail, UNSEEN_FOR},
};
use domain::clock::Millis;

/// Begins a conversation of a shopper with this address, in which the team replies. Message 2 is the reply.
async fn replied(store: &AnyStore, id: &str, to: &str, now: Millis) {
    let mut change = talk("m1", id, &["hello"]);
    change.conversation.shopper_email = Some(email(to));
    assert!(store.change(&change).await.unwrap());
    replies(store, id, now).await;
}

/// Adds a reply of the team.
async fn replies(store: &AnyStore, id: &str, now: Millis) {
    let conversation = store.conversation("m1", id).await.unwrap().unwrap();
    let reply = Turn {
        number: 0,
        author: ChatAuthor::Agent,
        name: Some("Olive".into()),
        key: Some(format!("reply-{}", conversation.messages)),
        text: "Hello".into(),
        sent_at: now,
    };
    let mut change = ConversationChange { turns: vec![reply], emails_answer: true, ..talk("m1", id, &[]) };
    change.conversation = conversation;
    change.conversation.active_at = now;
    change.conversation.answered_to = change.conversation.messages + 1;
    assert!(store.change(&change).await.unwrap());
}

async fn leases(store: &AnyStore, now: Millis) -> Option<ShopperMail> {
    store.lease_shopper_mail(now, now + 60_000).await.unwrap()
}

pub async fn unseen_answers_are_gathered_into_one_email(store: AnyStore) {
    replied(&store, "c1", "jane@shopper.test", T0).await;
    replies(&store, "c1", T0 + 60_000).await;
    let due = T0 + UNSEEN_FOR;
    assert_eq!(store.next_due_at(T0).await.unwrap(), Some(due));
    assert_eq!(leases(&store, due - 1).await, None);
    let mail = leases(&store, due).await.unwrap();
    assert_eq!((&*mail.conversation, mail.asked_to, mail.attempts, mail.created_at), ("c1", 3, 1, T0));
    assert_eq!(leases(&store, due).await, None, "it is leased");
    let again = leases(&store, due + 60_000).await.unwrap();
    assert_eq!((&again.id, again.attempts), (&mail.id, 2), "its lease ran out");
    store.end_shopper_mail(&mail, Some(3), due).await.unwrap();
    assert_eq!(store.sent_shopper_mails("c1").await.unwrap(), [], "an old lease");
    store.end_shopper_mail(&again, Some(3), due).await.unwrap();
    let sent = store.sent_shopper_mails("c1").await.unwrap();
    assert_eq!(sent.iter().map(|it| (&it.id, it.sent_to)).collect::<Vec<_>>(), [(&mail.id, 3)]);
    assert_eq!(leases(&store, due + 9 * UNSEEN_FOR).await, None);
    replies(&store, "c1", due).await;
    let second = leases(&store, due + UNSEEN_FOR).await.unwrap();
    store.postpone_shopper_mail(&second, due + 9 * UNSEEN_FOR).await.unwrap();
    assert_eq!(leases(&store, due + 8 * UNSEEN_FOR).await, None);
    let second = leases(&store, due + 9 * UNSEEN_FOR).await.unwrap();
    store.end_shopper_mail(&second, Some(4), due).await.unwrap();
    let sent = store.sent_shopper_mails("c1").await.unwrap();
    assert_eq!(sent.into_iter().map(|it| it.id).collect::<Vec<_>>(), [mail.id, second.id]);
}

pub async fn seen_messages_are_kept_through_changes(store: AnyStore) {
    replied(&store, "c1", "jane@shopper.test", T0).await;
    store.saw_messages("c1", 2, T0 + 5).await.unwrap();
    replies(&store, "c1", T0 + 10).await;
    store.saw_messages("c1", 1, T0 + 20).await.unwrap();
    store.saw_messages("unknown", 1, T0 + 20).await.unwrap();
    let it = store.conversation("m1", "c1").await.unwrap().unwrap();
    assert_eq!((it.answered_to, it.seen_to, it.seen_at), (3, 2, Some(T0 + 20)));
}

/// The email that is being sent may be without it.
pub async fn answer_during_a_lease_gets_the_next_email(store: AnyStore) {
    connects(&store, "m1", "acme", None, T0).await;
    let handover = hands_over_own_chat(&store, "m1", "c1").await;
    let mut change = talk("m1", "c1", &["", "me@shopper.test"]);
    change.turns.remove(0);
    change.conversation = store.conversation("m1", "c1").await.unwrap().unwrap();
    change.conversation.shopper_email = Some(email("me@shopper.test"));
    assert!(store.change(&change).await.unwrap());
    let mut by_helpdesk = answer(&handover, 1, "Emailed by the helpdesk");
    by_helpdesk.emailed = true;
    store.keep_answers(&account("acme"), &[by_helpdesk], T0).await.unwrap();
    assert_eq!(leases(&store, T0 + 9 * UNSEEN_FOR).await, None);
    store.keep_answers(&account("acme"), &[answer(&handover, 2, "Hello")], T0).await.unwrap();
    let (first, later) = (leases(&store, T0 + UNSEEN_FOR).await.unwrap(), T0 + 2 * UNSEEN_FOR);
    assert_eq!(first.asked_to, 4);
    store.keep_answers(&account("acme"), &[answer(&handover, 3, "Jane?")], later).await.unwrap();
    assert_eq!(store.next_due_at(later).await.unwrap().map(|at| at > later), Some(true));
    store.end_shopper_mail(&first, Some(4), later).await.unwrap();
    assert_eq!(leases(&store, later + UNSEEN_FOR - 1).await, None);
    let second = leases(&store, later + UNSEEN_FOR).await.unwrap();
    assert_eq!(second.asked_to, 5);
    assert!(second.id != first.id);
}

pub async fn address_gets_a_few_emails_an_hour(store: AnyStore) {
    let spellings = ["mia@shopper.test", "MIA@shopper.test", "mia+a@shopper.test", "mia+b@Shopper.test"];
    let mut mails = Vec::new();
    for n in 0..=MOST_PER_ADDRESS {
        let (id, now) = (format!("c{n}"), T0 + n as Millis);
        replied(&store, &id, spellings[n % spellings.len()], now).await;
        mails.push(leases(&store, now + UNSEEN_FOR).await.unwrap());
    }
    let now = T0 + UNSEEN_FOR;
    let last = mails.pop().unwrap();
    for (n, mail) in mails.iter().enumerate() {
        for _ in 0..3 {
            let to = email(spellings[n % spellings.len()]);
            let reserved = store.reserve_shopper_mail(mail, &to, now + n as Millis).await.unwrap();
            assert_eq!(reserved, None, "another attempt of one email counts once");
        }
    }
    let to = email(spellings[0]);
    assert_eq!(store.reserve_shopper_mail(&last, &email("nora@shopper.test"), now).await.unwrap(), None);
    assert_eq!(store.reserve_shopper_mail(&last, &to, now + 9).await.unwrap(), Some(now + LIMITED_FOR));
    assert_eq!(store.reserve_shopper_mail(&last, &to, now + LIMITED_FOR).await.unwrap(), None);
}

pub async fn removal_takes_shopper_emails_along(store: AnyStore) {
    replied(&store, "c1", "jane@shopper.test", T0).await;
    let mail = leases(&store, T0 + UNSEEN_FOR).await.unwrap();
    store.end_shopper_mail(&mail, Some(2), T0).await.unwrap();
    let removed = store.remove_transcripts(T0, T0 + 9).await.unwrap();
    assert_eq!((removed.conversations, removed.mails), (1, vec![mail.id]));
    assert_eq!(store.sent_shopper_mails("c1").await.unwrap(), []);
    replied(&store, "c2", "jane@shopper.test", T0).await;
    let erased = store.erase_merchant("m1").await.unwrap();
    assert_eq!(erased.mails.len(), 1);
    assert_eq!(leases(&store, T0 + 9 * UNSEEN_FOR).await, None);
}
