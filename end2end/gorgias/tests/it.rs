//! The emulator from outside, over HTTP. Each test names the fact (D, R, L, S or I) in the list of Gorgias facts that
//! it is based on.
#![allow(clippy::unwrap_used, clippy::expect_used, reason = "tests")]

mod it {
    mod account;
    mod authentication;
    mod client;
    mod control;
    mod customers;
    mod faults;
    mod lists;
    mod merges;
    mod messages;
    mod pages;
    mod program;
    mod rate;
    mod tickets_change;
    mod tickets_create;
    mod waiting;
}
