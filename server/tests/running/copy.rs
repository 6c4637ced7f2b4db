//! A shop moves from SQLite to PostgreSQL.

use crate::program::Place;
use postgres_cluster::{Cluster, Commits};
use rustix::process::Signal;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn server_continues_on_postgresql_where_it_stopped_on_sqlite() {
    let cluster = Cluster::start(Commits::Fast).unwrap();
    let place = Place::new().await;
    let token = place.token();
    let mut server = place.serves();
    server.connects(&token).await;
    let first = server.accepts("c1").await;
    place.shop.wait_for_tickets(1).await.unwrap();

    let url = cluster.url();
    let copy = ["copy", "--from", "sqlite://data/convi.db", "--to", &url];
    let (code, said) = place.runs(&copy);
    assert_eq!(code, Some(2), "{said}");
    assert!(said.contains("CONVI_MASTER_KEYS") && said.contains("data/master.key"), "{said}");
    let key = std::fs::read_to_string(place.path("data/master.key")).unwrap();
    let other = place.runs(&["keys", "generate"]).1;
    let place = place.with("CONVI_MASTER_KEYS", key.trim());

    let (code, said) = place.runs(&copy);
    assert_eq!(code, Some(2), "{said}");
    assert!(said.contains("is in use by another process"), "{said}");
    server.gets(Signal::TERM);
    assert_eq!(server.ends().code(), Some(0));
    let (code, said) = place.runs(&copy);
    assert_eq!(code, Some(2), "{said}");
    assert!(said.contains("migrate"), "{said}");

    let place = place.with("CONVI_DATABASE_URL", &url);
    assert_eq!(place.runs(&["migrate"]).0, Some(0));
    let place = place.with("CONVI_MASTER_KEYS", other.trim());
    let (code, said) = place.runs(&copy);
    assert_eq!(code, Some(2), "{said}");
    assert!(said.contains("a credential is sealed with master key"), "{said}");
    let place = place.with("CONVI_MASTER_KEYS", key.trim());
    let (code, said) = place.runs(&[&copy[..], &["--dry-run"]].concat());
    assert_eq!(code, Some(0), "{said}");
    assert!(said.contains("rows can be copied; nothing was changed"), "{said}");
    // The settings name the target, too.
    let (code, said) = place.runs(&copy[..3]);
    assert_eq!(code, Some(0), "{said}");
    assert!(said.contains("handover: 1 row\n"), "{said}");
    assert!(said.contains("data/convi.db is now data/convi.db.copied"), "{said}");

    let server = place.serves();
    assert_eq!(server.accepts("c1").await, first, "the same post gets the same answer");
    server.accepts("c2").await;
    place.shop.wait_for_tickets(2).await.unwrap();
    assert_eq!(place.shop.tickets_with_external_id(&first).len(), 1);

    let place = place.with("CONVI_DATABASE_URL", "sqlite://data/convi.db");
    let (code, said) = place.runs(&["serve"]);
    assert_eq!(code, Some(2), "{said}");
    assert!(said.contains("was copied to PostgreSQL"), "{said}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn passwords_on_the_command_line_are_not_repeated() {
    let place = Place::new().await;
    for to in ["postgres://u:hunter2@/x", "postgres://u:hunter2@127.0.0.1:1/x", "mysql://u:hunter2@h/x"] {
        let (code, said) = place.runs(&["copy", "--from", "sqlite://data/convi.db", "--to", to]);
        assert_eq!(code, Some(2), "{said}");
        assert!(!said.contains("hunter2"), "{said}");
    }
}
