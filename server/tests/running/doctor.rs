//! `doctor` beside a running server: one line per check, and the exit code.

use crate::program::{OWNER, Place};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_connected_account_and_the_clock_are_checked() {
    let place = Place::new().await;
    let server = place.serves();
    server.connects(&place.token()).await;
    let (code, said) = place.runs(&["doctor"]);
    assert_eq!(code, Some(0), "{said}");
    for line in [
        "is in use by a running server",
        "ok    account: gorgias:acme of m1 works",
        "ok    clock: in sync with gorgias:acme of m1",
        "ok    keys: ",
        "ok    mail: written to ",
        "ok    site: complete",
    ] {
        assert!(said.contains(line), "{line}: {said}");
    }
    place.shop.revoke_key(OWNER);
    let (code, said) = place.runs(&["doctor"]);
    assert_eq!(code, Some(1), "{said}");
    assert!(
        said.contains("FAIL  account: gorgias:acme of m1: Gorgias rejected this email address"),
        "{said}"
    );
    assert!(said.contains("1 check failed") && !said.contains("key-1"), "{said}");
}
