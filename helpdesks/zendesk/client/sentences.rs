//! Sentences specific to Zendesk.

use domain::sentences;

sentences! {
    pub(super) IT_ANSWERED = "zendesk.it_answered": "status {status}";
    pub(super) ANSWERED = "zendesk.answered": "Zendesk answered {status}.";
    pub(super) ANSWER_UNREADABLE = "zendesk.answer_unreadable": "Zendesk's answer could not be read.";
    pub(super) TICKET_ANSWER = "zendesk.ticket_answer": "Zendesk accepted the ticket, but its answer could not be read.";
    pub(super) NOT_CONFIRMED = "zendesk.not_confirmed": "Zendesk did not confirm the ticket: {why}.";
    pub(super) MADE_OTHERWISE = "zendesk.made_otherwise": "Zendesk already has a ticket for this handover from an earlier attempt.";
    pub(super) NOT_WHOLE = "zendesk.not_whole": "ticket {ticket} exists, and the rest of its conversation will follow ({why})";
    pub(super) TOO_MANY = "zendesk.too_many": "This ticket has too many entries to search.";
    pub(super) CIRCLE = "zendesk.circle": "The ticket's merges form a loop.";
    pub(super) NO_CONNECTION = "zendesk.no_connection": "no connection";
    pub(super) SLOW = "zendesk.slow": "no answer within 15 seconds";
    pub(super) BROKE_OFF = "zendesk.broke_off": "the connection was lost";
    pub(super) ANSWER_TOO_LONG = "zendesk.answer_too_long": "the answer was too long";

    pub(super) NOT_ZENDESK = "zendesk.not_zendesk": "{host} answered, but it does not look like Zendesk. Check the subdomain.";
    pub(super) NO_ACCOUNT = "zendesk.no_account": "There is no Zendesk account at {host}. Copy the subdomain from your Zendesk address.";
    pub(super) BAD_CLIENT = "zendesk.bad_client": "Zendesk rejected this client ID and secret. Copy the Identifier and the secret again from Admin Center → Apps and integrations → APIs → OAuth clients. The client's kind must be Confidential.";
    pub(super) BAD_TOKEN = "zendesk.bad_token": "Zendesk rejected this email address and API token. Check both, and check that API token access is on in Admin Center → Apps and integrations → APIs → API tokens.";
    pub(super) NOBODY = "zendesk.nobody": "Zendesk does not recognize the user of these credentials. Check the credentials and try again.";
    pub(super) END_USER = "zendesk.end_user": "These credentials belong to an end user, who cannot create tickets for others. Use an admin's or an agent's credentials.";
    pub(super) SUSPENDED = "zendesk.suspended": "These credentials belong to a suspended user. Use another admin's or agent's credentials.";
    pub(super) MISSING_SCOPES = "zendesk.missing_scopes": "The OAuth client is missing these scopes: {scopes}. Add them under Allowed scopes in Admin Center → Apps and integrations → APIs → OAuth clients.";
    pub(super) REFUSED = "zendesk.refused": "The user of these credentials is not allowed to do this. Use an admin's credentials. Zendesk says: {words}";
    pub(super) WAIT = "zendesk.wait": "Zendesk is limiting requests from this account. Try again in {seconds} seconds.";
    pub(super) NOT_REACHED = "zendesk.not_reached": "{host} could not be reached ({why}). Check the subdomain, or try again in a minute.";
    pub(super) TROUBLE = "zendesk.trouble": "Zendesk is having trouble right now. Your credentials may be correct. Try again in a few minutes.";
    pub(super) NOT_UNDERSTOOD = "zendesk.not_understood": "{host} rejected our request. Check that it is your Zendesk account.";

    pub(super) LIGHT_AGENT = "zendesk.light_agent": "These credentials belong to a light agent. That is enough, because handovers only add internal notes.";
    pub(super) WELCOME = "zendesk.welcome": "Without the scope users:write, Zendesk may send a welcome email to shoppers who are new to your account, and may refuse handovers without an email address. Add it under Allowed scopes of the OAuth client.";
    pub(super) MAILED = "zendesk.mailed": "Your trigger “{trigger}” emailed a shopper when a handover became a ticket. Exclude the tag {tag} in the trigger's conditions.";
}
