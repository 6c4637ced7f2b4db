-- What else a shop says about the shopper's errand, as JSON: a list of name and value (conversation/visitor.rs).
ALTER TABLE conversation ADD COLUMN custom TEXT;
