-- What lay in the shopper's cart when they last wrote, as JSON (handover/body.rs: CartItem).
ALTER TABLE conversation ADD COLUMN cart TEXT;
