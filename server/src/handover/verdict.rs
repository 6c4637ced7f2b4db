//! Decides what a failed create request means, for a real handover and for a test handover alike.

use crate::{
    connection,
    helpdesk::{Access, Failure, HelpdeskClient, Meter, Refusal, events::Undelivered},
    store::connections::Trouble,
};
use app::model::Problem;
use domain::{
    clock::{Clock, millis},
    delivery::{Event, Nothing},
    helpdesk::AccessMethod,
};
use std::time::Duration;

/// How long the question after a 403 may take.
const WHY_FORBIDDEN_ENDS_AFTER: Duration = Duration::from_secs(20);

/// The scope of a failure.
pub(super) enum Verdict {
    /// This one delivery.
    Event(Event),
    /// The connection.
    Broken(Trouble),
}

/// Returns what a failure means. After a 403 it asks the helpdesk once more: is it the key, the quota, or only this
/// ticket?
///
/// Without an answer in time it blames the connection: the deliveries are then held and nothing is lost.
pub(super) async fn understood(
    failure: Failure,
    helpdesk: &dyn HelpdeskClient,
    access: &Access,
    meter: &dyn Meter,
    clock: &dyn Clock,
) -> Verdict {
    let Failure::Forbidden { message, .. } = &failure else {
        return verdict(access.method, failure);
    };
    let refusal = tokio::select! {
        refusal = helpdesk.why_forbidden(access, message.english(), meter) => refusal,
        () = clock.sleep(WHY_FORBIDDEN_ENDS_AFTER) => Refusal::Connection(Problem::Unreachable),
    };
    let why = failure.said();
    match refusal {
        Refusal::OnlyThis => Verdict::Event(Event::MadeNothing(Nothing::Final { why })),
        Refusal::Connection(problem) => Verdict::Broken(connection::trouble(access.method, problem, why)),
    }
}

/// Returns what it means if a receiver did not accept an event.
pub(super) fn undelivered(failure: Undelivered) -> Verdict {
    match failure {
        Undelivered::Unusable { problem, why } => Verdict::Broken(Trouble { problem, reason: why }),
        Undelivered::NotTaken { after, why } => {
            let nothing = Nothing::TryAgain { after: after.map(millis), why };
            Verdict::Event(Event::MadeNothing(nothing))
        }
    }
}

/// Returns what a failure means on its own.
pub(super) fn verdict(method: &AccessMethod, failure: Failure) -> Verdict {
    let why = failure.said();
    let nothing = |nothing| Verdict::Event(Event::MadeNothing(nothing));
    let problem = match failure {
        Failure::Rejected { parts, .. } if !parts.is_empty() => {
            return nothing(Nothing::Without { parts, why });
        }
        Failure::Rejected { .. } | Failure::TooLarge(_) | Failure::NotFound(_) => {
            return nothing(Nothing::Final { why });
        }
        Failure::Misrouted { .. } => return nothing(Nothing::AtOnce { why }),
        Failure::RateLimited { after, .. } => {
            return nothing(Nothing::TryAgain { after: Some(millis(after)), why });
        }
        Failure::NotSent { .. } => return nothing(Nothing::TryAgain { after: None, why }),
        Failure::Ambiguous { why } => return Verdict::Event(Event::MayHaveMade(why)),
        Failure::Unauthorized(_) => Problem::BadCredentials,
        Failure::NoSuchAccount(_) => Problem::UnknownSubdomain,
        Failure::Redirected(_) | Failure::Merged { .. } => Problem::NotAHelpdesk,
        Failure::Forbidden { .. } => Problem::Role,
    };
    Verdict::Broken(connection::trouble(method, problem, why))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        clock::ManualClock,
        helpdesk::{AccountUrl, RateHeader, clients::gorgias::Gorgias},
        outbound,
    };
    use app::model::{EmailAddress, Helpdesk as Kind, Subdomain};
    use domain::Said;
    use std::sync::Arc;

    /// An account whose budget others have used up.
    struct UsedUp;

    #[async_trait::async_trait]
    impl Meter for UsedUp {
        async fn admit(&self) {
            std::future::pending().await
        }

        fn answered(&self, _: Option<RateHeader>) {}

        fn refused(&self, _: Duration) {}
    }

    #[tokio::test]
    async fn unexplained_403_breaks_the_connection() {
        let _ = rustls::crypto::ring::default_provider().install_default();
        let clock = Arc::new(ManualClock::at(jiff::Timestamp::UNIX_EPOCH));
        let template = AccountUrl::parse(Kind::GORGIAS, "https://{subdomain}.gorgias.com").unwrap();
        let gorgias = Gorgias::new(outbound::client().unwrap(), template, clock.clone());
        let access = Access {
            subdomain: Subdomain::parse(Kind::GORGIAS, "acme").unwrap(),
            method: Kind::GORGIAS.method(None).unwrap(),
            username: EmailAddress::parse("owner@acme.test").unwrap().into(),
            key: "key".into(),
        };
        let forbidden = Failure::Forbidden { helpdesk: Kind::GORGIAS, message: Said::plain("No.") };
        let (verdict, ()) = tokio::join!(understood(forbidden, &gorgias, &access, &UsedUp, &*clock), async {
            clock.advance(WHY_FORBIDDEN_ENDS_AFTER);
        });
        let Verdict::Broken(trouble) = verdict else { panic!("only this ticket") };
        assert_eq!(trouble.problem, Problem::Unreachable);
    }
}
