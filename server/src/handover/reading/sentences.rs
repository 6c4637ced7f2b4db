//! The sentences about JSON from other programs, shared by ingest, chat and the API.

use domain::{Said, said, sentences};

sentences! {
    pub(crate) SYNTAX = "json.syntax": "The body is not valid JSON: {why}.";
    pub(super) PLACE = "json.place": "error at line {line}, column {column}";
    pub(super) TOO_MANY = "json.too_many": "The body has more than {most} keys and values.";
    pub(crate) REQUIRED = "json.required": "This field is required.";
    pub(crate) TWICE = "json.twice": "This field appears more than once.";
    pub(crate) UNKNOWN = "json.unknown": "Unknown field.";
    pub(crate) KNOWN = "json.known": "Known fields: {names}.";
    pub(crate) MUST_BE = "json.must_be": "This must be {wanted}.";
    pub(crate) WRONG_TYPE = "json.wrong_type": "This has the wrong type.";
    pub(crate) ONE_OF = "json.one_of": "one of {names}";
    pub(crate) TEXT = "json.text": "text";
    pub(crate) TRUE_OR_FALSE = "json.true_or_false": "true or false";
    pub(crate) LIST = "json.list": "a list";
    pub(crate) OBJECT = "json.object": "an object";
    pub(crate) NULL = "json.null": "null";
    pub(crate) WHOLE_FROM_TO = "json.whole_from_to": "a whole number from {least} to {most}";
    pub(crate) WHOLE_OR_MORE = "json.whole_or_more": "a whole number, 0 or more";
    pub(crate) WHOLE = "json.whole": "a whole number";
    pub(crate) NUMBER = "json.number": "a number";
    pub(crate) KNOWN_NAME = "json.known_name": "one of the known values";
    pub(crate) OTHER_VALUE = "json.other_value": "a different value";

    pub(super) MORE_WRONG = "handover.more_wrong": "{n} more fields are invalid.";
    pub(super) MORE_NOT_READ = "handover.more_not_read": "{n} more fields were changed or left out.";
    pub(super) EXPECTED_OBJECT = "handover.expected_object": "Expected an object; left out.";
    pub(super) EXPECTED_LIST = "handover.expected_list": "Expected a list; left out.";
    pub(super) ONLY_FIRST = "handover.only_first": "Only the first {most} were kept; {left_out} more were left out.";
    pub(super) FALSE_IS_NONE = "handover.false_is_none": "Expected text; false was treated as empty.";
    pub(super) KEPT_AS_JSON = "handover.kept_as_json": "Expected text; kept as JSON.";
    pub(super) SHORTENED = "handover.shortened": "Shortened to {most} characters.";
    pub(super) NO_ZONE = "handover.no_zone": "The time has no time zone; UTC was assumed.";
    pub(super) NO_TIME = "handover.no_time": "Expected a time like 2026-11-22T10:00:00Z; left out.";
    pub(super) NO_NAME = "handover.no_name": "A field without a name was left out.";
    pub(super) LINE_WITHOUT_TITLE = "handover.line_without_title": "This item has no title.";
    pub(super) LINE_LEFT_OUT = "handover.line_left_out": "This item has no title; left out.";
    pub(super) NOT_UTF8 = "handover.not_utf8": "Bytes that are not UTF-8 were replaced by U+FFFD.";
    pub(super) HALF = "handover.half_a_character": "An unpaired surrogate such as \\ud83d was replaced by U+FFFD.";
    pub(super) CONTROL = "handover.control": "The body contains unescaped control characters.";
    pub(super) NOT_A_NUMBER = "handover.not_a_number": "NaN and Infinity are not JSON; left out.";
    pub(super) DEEP = "handover.deep": "Values nested more than 100 levels deep were left out.";
    pub(super) CONVERSATION_ID = "handover.conversation_id": "This must be 1 to 255 characters on one line, without double spaces.";
    pub(super) NOT_AN_ADDRESS = "handover.not_an_address": "Not a valid email address; kept as text in the note.";
    pub(super) LIST_OF_MESSAGES = "handover.list_of_messages": "a list of messages";
    pub(super) ONE_MESSAGE = "handover.one_message": "At least one message is required.";
    pub(super) MANY_MESSAGES = "handover.many_messages": "Too many messages: {many}. At most {most} are allowed.";
    pub(super) WITH_AUTHOR = "handover.with_author": "an object with an author";
    pub(super) UNREADABLE_TEXT = "handover.unreadable_text": "This text has no readable characters.";
    pub(super) UNKNOWN_AUTHOR = "handover.unknown_author": "Unknown author; shown as system. Use shopper, assistant, agent or system.";
    pub(super) NO_ADDRESS = "handover.no_address": "This attachment has no URL; left out.";
    pub(super) MEDIA_TYPE = "handover.media_type": "Expected a media type like image/png; left out.";
}

/// The field must be one of these names.
pub(crate) fn must_be_one_of(names: &str) -> Said {
    said!(MUST_BE, wanted = said!(ONE_OF, names = names))
}

/// The field is unknown; these are known.
pub(crate) fn unknown(known: &str) -> Said {
    Said::from(UNKNOWN).and(said!(KNOWN, names = known))
}
