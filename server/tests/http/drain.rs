//! Clients that write the whole body before they read anything still receive an early response: Python's `http.client`,
//! Node's `fetch` and `http`, and curl without `Expect`.

use crate::support::TestApp;
use std::{
    io::{BufRead, BufReader, Read, Write},
    net::TcpStream,
};

const NINE_MIB: usize = 9 * 1024 * 1024;

/// Reads one response and returns its head and body.
fn answer(stream: &TcpStream) -> (String, String) {
    let mut reader = BufReader::new(stream);
    let mut head = String::new();
    while !head.ends_with("\r\n\r\n") {
        assert_ne!(reader.read_line(&mut head).unwrap(), 0, "the response ended early: {head}");
    }
    let length = head
        .lines()
        .find_map(|line| line.to_ascii_lowercase().strip_prefix("content-length: ")?.parse().ok());
    let mut body = vec![0; length.unwrap_or(0)];
    reader.read_exact(&mut body).unwrap();
    (head, String::from_utf8(body).unwrap())
}

/// Writes the whole request, then reads the response.
fn posts(address: &str, head: &str, body: &[u8]) -> (String, String) {
    let mut stream = TcpStream::connect(address).unwrap();
    stream.write_all(head.as_bytes()).unwrap();
    stream.write_all(body).unwrap();
    answer(&stream)
}

/// Encodes the body in chunks, without a content length.
fn chunked(body: &[u8]) -> Vec<u8> {
    let chunk = |part: &[u8]| [format!("{:x}\r\n", part.len()).as_bytes(), part, b"\r\n"].concat();
    let mut all: Vec<u8> = body.chunks(60_000).flat_map(chunk).collect();
    all.extend_from_slice(b"0\r\n\r\n");
    all
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn early_rejection_of_a_large_body_is_received() {
    let app = TestApp::start().await;
    let deaf = TestApp::start_with(&[("CONVI_INGEST_SECRET", "")]).await;
    let now = domain::clock::Clock::now(&*app.clock).as_second();
    let signed = format!("webhook-id: m\r\nwebhook-timestamp: {now}\r\nwebhook-signature: v1,AAAA\r\n");
    let owner = format!("authorization: Bearer {}\r\n", app.owner());
    let (here, there) = (app.address.clone(), deaf.address.clone());
    tokio::task::spawn_blocking(move || {
        let body = vec![b'x'; NINE_MIB];
        for (address, line, headers, status) in [
            (&here, "POST /v1/handovers", &*signed, 413),
            (&here, "POST /v1/handovers", "", 401),
            (&there, "POST /v1/handovers", &*signed, 503),
            (&here, "POST /chat/v1/messages", "", 401),
            (&here, "POST /chat/v1/visitors", "", 413),
            (&here, "PUT /v1/notifications", "", 401),
            (&here, "PUT /v1/notifications", &*owner, 413),
            (&here, "PUT /v1/handovers", "", 405),
            (&here, "POST /v1/nothing", "", 404),
        ] {
            let address = address.strip_prefix("http://").unwrap();
            for chunks in [false, true] {
                let (length, sent) = match chunks {
                    false => (format!("content-length: {NINE_MIB}"), body.clone()),
                    true => ("transfer-encoding: chunked".to_owned(), chunked(&body)),
                };
                let head = format!("{line} HTTP/1.1\r\nhost: x\r\n{headers}{length}\r\n\r\n");
                let (head, _) = posts(address, &head, &sent);
                assert!(head.starts_with(&format!("HTTP/1.1 {status} ")), "{line} {status} {chunks}: {head}");
            }
        }
    })
    .await
    .unwrap();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn expect_continue_with_a_large_body_is_rejected_at_once() {
    let app = TestApp::start().await;
    let address = app.address.strip_prefix("http://").unwrap().to_owned();
    tokio::task::spawn_blocking(move || {
        let mut stream = TcpStream::connect(address).unwrap();
        let head = format!("POST /v1/handovers HTTP/1.1\r\nhost: x\r\nexpect: 100-continue\r\ncontent-length: {NINE_MIB}\r\n\r\n");
        stream.write_all(head.as_bytes()).unwrap();
        // The body was neither sent nor requested.
        let (head, _) = answer(&stream);
        assert!(head.starts_with("HTTP/1.1 401 "), "{head}");
        assert!(head.to_ascii_lowercase().contains("connection: close"), "{head}");
        assert_eq!(stream.read(&mut [0; 1]).unwrap(), 0, "closed cleanly");
    })
    .await
    .unwrap();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn endless_body_is_not_read_forever() {
    let app = TestApp::start().await;
    let address = app.address.strip_prefix("http://").unwrap().to_owned();
    let written = tokio::task::spawn_blocking(move || {
        let mut stream = TcpStream::connect(address).unwrap();
        let head =
            format!("POST /v1/handovers HTTP/1.1\r\nhost: x\r\ncontent-length: {}\r\n\r\n", u64::MAX / 4);
        stream.write_all(head.as_bytes()).unwrap();
        let part = vec![b'x'; 1 << 20];
        (0..1_000).take_while(|_| stream.write_all(&part).is_ok()).count()
    });
    let written = written.await.unwrap();
    assert!((32..400).contains(&written), "{written} MiB");
}
