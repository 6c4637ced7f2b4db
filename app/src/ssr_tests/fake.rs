//! A backend with fixed answers.

use super::samples::{connected, not_connected};
use crate::backend::Backend;
use crate::chat_backend::ChatBackend;
use crate::model::*;
use domain::Said;
use std::sync::Mutex;

/// A backend with fixed answers.
#[derive(Default)]
pub(super) struct Fake {
    pub(super) integration: Option<Integration>,
    pub(super) handovers: Vec<HandoverView>,
    pub(super) attempts: Vec<Attempt>,
    pub(super) history: History,
    pub(super) conversations: Vec<ConversationItem>,
    pub(super) messages: Vec<ChatMessage>,
    pub(super) presence: ShopperPresence,
    pub(super) abilities: Abilities,
    pub(super) readiness: Vec<Readiness>,
    /// The requests it received, in words.
    pub(super) asked: Mutex<Vec<String>>,
}

impl Fake {
    fn note(&self, what: String) {
        self.asked.lock().unwrap().push(what);
    }

    pub(super) fn asked(&self) -> Vec<String> {
        self.asked.lock().unwrap().clone()
    }
}

#[async_trait::async_trait]
impl Backend for Fake {
    async fn integrations(&self, _: &Viewer) -> Result<Vec<Integration>, CallError> {
        Ok(vec![self.integration.clone().unwrap_or_else(not_connected)])
    }

    async fn test_connection(
        &self,
        _: &Viewer,
        _: Helpdesk,
        form: ConnectionForm,
    ) -> Result<TestOutcome, CallError> {
        self.note(format!("test {} {:?}", form.subdomain, form.api_key));
        Ok(TestOutcome::failed(Problem::BadCredentials, Said::plain("The key is <b>wrong</b>.")))
    }

    async fn save_connection(
        &self,
        _: &Viewer,
        helpdesk: Helpdesk,
        form: ConnectionForm,
    ) -> Result<SaveOutcome, CallError> {
        self.note(format!("save {}", form.subdomain));
        if helpdesk.takes() == Takes::Events {
            let secret = Some(ShownSecret("whsec_first".into()));
            return Ok(SaveOutcome::Saved { integration: Box::new(connected()), warnings: vec![], secret });
        }
        Subdomain::parse_field(helpdesk, &form.subdomain).map_err(CallError::field)?;
        Ok(SaveOutcome::Saved { integration: Box::new(connected()), warnings: vec![], secret: None })
    }

    async fn disconnect(&self, viewer: &Viewer, helpdesk: Helpdesk) -> Result<u64, CallError> {
        if !viewer.role.may_change() {
            return Err(CallError::NotAllowed);
        }
        self.note(format!("disconnect {helpdesk}"));
        Ok(0)
    }

    async fn receive_handovers(
        &self,
        _: &Viewer,
        helpdesk: Helpdesk,
        move_waiting: bool,
    ) -> Result<Vec<Integration>, CallError> {
        let what = if move_waiting { "receive all" } else { "receive" };
        self.note(format!("{what} {helpdesk}"));
        Ok(Vec::new())
    }

    async fn rotate_secret(&self, v: &Viewer, _: Helpdesk) -> Result<Rotated, CallError> {
        self.note(format!("rotate for {}", v.merchant));
        Ok(Rotated { integration: Box::new(connected()), secret: ShownSecret("whsec_new".into()) })
    }
    async fn end_rotation(&self, v: &Viewer, _: Helpdesk) -> Result<Integration, CallError> {
        self.note(format!("end rotation for {}", v.merchant));
        Ok(connected())
    }
    async fn verify_connection(&self, _: &Viewer, helpdesk: Helpdesk) -> Result<Verification, CallError> {
        self.note(format!("verify {helpdesk}"));
        Err(CallError::NotFound)
    }

    async fn verification_so_far(&self, _: &Viewer, _: Helpdesk) -> Result<Vec<StepReport>, CallError> {
        Ok(Vec::new())
    }

    async fn handovers(&self, _: &Viewer, query: HandoverQuery) -> Result<HandoverPage, CallError> {
        // The Integrations page shows ten and filters nothing; the page of all handovers has a next page.
        if query.limit == Some(10) {
            assert_eq!(query, HandoverQuery { limit: Some(10), ..HandoverQuery::default() });
            return Ok(HandoverPage { handovers: self.handovers.clone(), next_cursor: None });
        }
        self.note(format!(
            "handovers {:?} {:?} {:?} {:?} {:?}",
            query.state, query.search, query.from, query.to, query.cursor
        ));
        let next_cursor = (self.handovers.len() > 1).then(|| "ne\"xt".to_owned());
        Ok(HandoverPage { handovers: self.handovers.clone(), next_cursor })
    }

    async fn retry(&self, _: &Viewer, id: &str, to: Option<Destination>) -> Result<(), CallError> {
        self.note(format!("retry {id} {:?}", to.map(Destination::slug)));
        Ok(())
    }

    async fn resolve(&self, _: &Viewer, id: &str, answer: Resolution) -> Result<(), CallError> {
        self.note(format!("resolve {id} {} {}", answer.destination.slug(), answer.made));
        Ok(())
    }

    async fn send_unsent(&self, _: &Viewer) -> Result<u64, CallError> {
        self.note("send".into());
        Ok(2)
    }

    async fn attempts(&self, _: &Viewer, id: &str) -> Result<Attempts, CallError> {
        self.note(format!("attempts {id}"));
        Ok(Attempts { attempts: self.attempts.clone() })
    }

    async fn retry_failed(&self, _: &Viewer) -> Result<u64, CallError> {
        self.note("retry all".into());
        Ok(3)
    }

    async fn history(&self, _: &Viewer, _: Option<String>) -> Result<History, CallError> {
        Ok(self.history.clone())
    }

    async fn notifications(&self, _: &Viewer) -> Result<Notifications, CallError> {
        Ok(Notifications::default())
    }

    async fn save_notifications(
        &self,
        _: &Viewer,
        email: Option<String>,
    ) -> Result<Notifications, CallError> {
        self.note(format!("team {email:?}"));
        let email = email.map(|email| EmailAddress::parse_field("email", &email)).transpose();
        Ok(Notifications { email: email.map_err(CallError::field)?, ..Notifications::default() })
    }

    async fn save_no_ticket_after(
        &self,
        _: &Viewer,
        minutes: Option<u32>,
    ) -> Result<Notifications, CallError> {
        self.note(format!("no ticket after {minutes:?}"));
        Ok(Notifications { no_ticket_after_minutes: minutes, ..Notifications::default() })
    }
}

impl Fake {
    fn view(&self, id: &str) -> Result<ConversationView, CallError> {
        let item =
            self.conversations.iter().find(|item| item.id == id).cloned().ok_or(CallError::NotFound)?;
        let context = vec![
            ("Page".to_owned(), "https://shop.example/p/1?<b>".to_owned()),
            ("<i>Order</i>".to_owned(), "javascript:alert('order')".to_owned()),
        ];
        Ok(ConversationView { item, messages: self.messages.clone(), context, presence: self.presence })
    }
}

#[async_trait::async_trait]
impl ChatBackend for Fake {
    async fn readiness(&self, _: &Viewer) -> Result<Vec<Readiness>, CallError> {
        Ok(self.readiness.clone())
    }

    async fn conversations(
        &self,
        _: &Viewer,
        query: ConversationQuery,
    ) -> Result<ConversationPage, CallError> {
        self.note(format!("list {:?} {:?} {:?} {:?}", query.state, query.search, query.limit, query.cursor));
        Ok(ConversationPage {
            conversations: self.conversations.clone(),
            next_cursor: (self.conversations.len() > 1).then(|| "ne\"xt".to_owned()),
            handover_inactive: !self.abilities.handover.active,
        })
    }

    async fn conversation(&self, _: &Viewer, id: &str, after: i64) -> Result<ConversationView, CallError> {
        assert_eq!(after, 0);
        self.view(id)
    }

    async fn hand_over(&self, viewer: &Viewer, id: &str) -> Result<ConversationView, CallError> {
        if !viewer.role.may_change() {
            return Err(CallError::NotAllowed);
        }
        self.note(format!("hand over {id}"));
        self.view(id)
    }

    async fn give_back(&self, _: &Viewer, id: &str) -> Result<ConversationView, CallError> {
        self.note(format!("give back {id}"));
        self.view(id)
    }

    async fn resolve_conversation(&self, _: &Viewer, id: &str) -> Result<ConversationView, CallError> {
        self.note(format!("resolve {id}"));
        self.view(id)
    }

    async fn reply(
        &self,
        _: &Viewer,
        id: &str,
        key: &str,
        text: &str,
        by_email: bool,
    ) -> Result<ConversationView, CallError> {
        self.note(format!("reply {id} {key} {text} {by_email}"));
        if text == "boom" { Err(CallError::Internal) } else { self.view(id) }
    }

    async fn abilities(&self, _: &Viewer) -> Result<Abilities, CallError> {
        Ok(self.abilities.clone())
    }

    async fn save_handover_ability(&self, _: &Viewer, it: HandoverAbility) -> Result<Abilities, CallError> {
        self.note(format!(
            "handover {} {} {} {} {} {:?}",
            it.active, it.asked_for_human, it.frustrated, it.topic, it.no_answer, it.topics
        ));
        Ok(Abilities { handover: it, ..self.abilities.clone() })
    }

    async fn save_email_capture(&self, _: &Viewer, it: EmailCapture) -> Result<Abilities, CallError> {
        self.note(format!("email {} {:?} {:?}", it.active, it.sensitivity, it.own));
        Ok(Abilities { email_capture: it, ..self.abilities.clone() })
    }

    async fn save_faqs(&self, _: &Viewer, faqs: Vec<Faq>) -> Result<Abilities, CallError> {
        self.note(format!("faqs {faqs:?}"));
        Ok(Abilities { faqs, ..self.abilities.clone() })
    }

    async fn try_sentence(&self, _: &Viewer, _: HandoverAbility, text: String) -> Result<Trial, CallError> {
        self.note(format!("try {text}"));
        Ok(Trial {
            reason: Some("asked_for_human".into()),
            confidence: 0.97,
            why: vec!["“<b>human</b>” asks for a person".into()],
            answer: None,
        })
    }
}
