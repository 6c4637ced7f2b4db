//! Sentences specific to Gorgias.

use domain::sentences;

sentences! {
    pub(super) IT_ANSWERED = "gorgias.it_answered": "status {status}";
    pub(super) DOES_NOT_TAKE = "gorgias.does_not_take": "it does not accept {fields}";
    pub(super) ANSWERED = "gorgias.answered": "Gorgias answered {status}.";
    pub(super) TICKET_ANSWER = "gorgias.ticket_answer": "Gorgias accepted the ticket, but its answer could not be read.";
    pub(super) MESSAGE_ANSWER = "gorgias.message_answer": "Gorgias accepted the message, but its answer could not be read.";
    pub(super) NOT_CONFIRMED = "gorgias.not_confirmed": "Gorgias did not confirm the ticket: {why}.";
    pub(super) LIST_UNREADABLE = "gorgias.list_unreadable": "Gorgias returned a list of tickets that could not be read.";
    pub(super) TICKET_UNREADABLE = "gorgias.ticket_unreadable": "Gorgias returned a ticket that could not be read.";
    pub(super) ANSWER_UNREADABLE = "gorgias.answer_unreadable": "Gorgias's answer could not be read.";
    pub(super) TOO_MANY_TICKETS = "gorgias.too_many_tickets": "The customer has too many tickets to search.";
    pub(super) CIRCLE = "gorgias.circle": "The ticket's merges form a loop.";
    pub(super) NO_CONNECTION = "gorgias.no_connection": "no connection";
    pub(super) SLOW = "gorgias.slow": "no answer within 15 seconds";
    pub(super) BROKE_OFF = "gorgias.broke_off": "the connection was lost";
    pub(super) ANSWER_TOO_LONG = "gorgias.answer_too_long": "the answer was too long";

    pub(super) NOT_GORGIAS = "gorgias.not_gorgias": "{host} answered, but it does not look like Gorgias. Check the subdomain.";
    pub(super) DEACTIVATED = "gorgias.deactivated": "The Gorgias account at {host} is deactivated. Reactivate it, or use another account.";
    pub(super) OBSERVER = "gorgias.observer": "This key belongs to an Observer, who cannot create tickets. Use the key of a Lite agent or higher, or change the role in Gorgias → Settings → Users.";
    pub(super) BAD_CREDENTIALS = "gorgias.bad_credentials": "Gorgias rejected this email address and API key. Use the email address of the user who created the key, and copy the key again from Gorgias → Settings → REST API.";
    pub(super) NO_ACCOUNT = "gorgias.no_account": "There is no Gorgias account at {host}. Copy the subdomain from your Gorgias address.";
    pub(super) QUOTA = "gorgias.quota": "Your Gorgias plan's quota is used up. Gorgias says: {words}";
    pub(super) ROLE = "gorgias.role": "The key's user is not allowed to do this. Give them a role that can create tickets, or use another user's key. Gorgias says: {words}";
    pub(super) WAIT = "gorgias.wait": "Gorgias is limiting requests from this account. Try again in {seconds} seconds.";
    pub(super) NOT_REACHED = "gorgias.not_reached": "{host} could not be reached ({why}). Check the subdomain, or try again in a minute.";
    pub(super) TROUBLE = "gorgias.trouble": "Gorgias is having trouble right now. Your credentials may be correct. Try again in a few minutes.";
    pub(super) NOT_UNDERSTOOD = "gorgias.not_understood": "{host} rejected our request. Check that it is your Gorgias account.";

    pub(super) AUTO_MERGE = "gorgias.auto_merge": "Auto-merge is on in your Gorgias. If a shopper has another open ticket, their handover is merged into it and its ticket number changes.";
    pub(super) AUTO_MERGE_DAY = "gorgias.auto_merge_day": "Auto-merge is on in your Gorgias. If a shopper has another open ticket from the last day, their handover is merged into it and its ticket number changes.";
    pub(super) AUTO_MERGE_DAYS = "gorgias.auto_merge_days": "Auto-merge is on in your Gorgias. If a shopper has another open ticket from the last {days} days, their handover is merged into it and its ticket number changes.";
    pub(super) REASONS = "gorgias.reason_tags": "Besides {tag}, each ticket has a tag for the reason, which your own rules can use: {tags}.";
    pub(super) AUTO_MERGE_RULE = "gorgias.auto_merge_rule": "To keep handovers apart, add this rule in Gorgias → Settings → Rules:";
}
