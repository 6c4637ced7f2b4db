//! The HTTP client for helpdesks, and the settings that it shares with the client for merchants' URLs (`internet.rs`).

use std::time::Duration;

/// How long a connection is kept for the next request. If the other side closes it at that very moment, it is unknown
/// whether the request arrived, and each such case delays a ticket by 90 s; so it is kept for less time than any server
/// waits before closing. A backlog sends twice a second, and needs no longer.
const KEPT: Duration = Duration::from_secs(2);

/// Returns the client for helpdesks.
/// # Errors
/// Fails if the machine's TLS roots cannot be read.
pub fn client() -> Result<reqwest::Client, reqwest::Error> {
    builder().connect_timeout(Duration::from_secs(10)).pool_idle_timeout(KEPT).build()
}

/// Builds clients without redirects, retries, proxies and HTTP/2: a request is sent once, to the named host.
pub fn builder() -> reqwest::ClientBuilder {
    reqwest::Client::builder()
        .user_agent(concat!("convi-integrations/", env!("CARGO_PKG_VERSION")))
        .redirect(reqwest::redirect::Policy::none())
        .retry(reqwest::retry::never())
        .no_proxy()
        .http1_only()
        .referer(false)
}

#[cfg(test)]
mod tests {
    use super::client;
    use tokio::{
        io::{AsyncReadExt, AsyncWriteExt},
        net::{TcpListener, TcpStream},
    };

    /// Reads a request without a body, and answers it.
    async fn answers(connection: &mut TcpStream) {
        let (mut head, mut byte) = (Vec::new(), [0]);
        while !head.ends_with(b"\r\n\r\n") {
            connection.read_exact(&mut byte).await.unwrap();
            head.push(byte[0]);
        }
        connection.write_all(b"HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n").await.unwrap();
    }

    #[tokio::test]
    async fn connection_is_reused_unless_it_was_closed() {
        let _ = rustls::crypto::ring::default_provider().install_default();
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let (address, http) = (listener.local_addr().unwrap(), client().unwrap());
        let asks = || http.get(format!("http://{address}/")).send();
        let (first, mut connection) = tokio::join!(asks(), async {
            let mut connection = listener.accept().await.unwrap().0;
            answers(&mut connection).await;
            connection
        });
        assert_eq!(first.unwrap().status(), 200);
        let (second, ()) = tokio::join!(asks(), answers(&mut connection));
        assert_eq!(second.unwrap().status(), 200, "on the same connection");
        drop(connection);
        // Waiting for another connection lets the client notice that the first one has ended.
        let other = TcpStream::connect(address).await.unwrap();
        drop((listener.accept().await.unwrap(), other));
        let (third, ()) = tokio::join!(asks(), async {
            answers(&mut listener.accept().await.unwrap().0).await;
        });
        assert_eq!(third.unwrap().status(), 200, "on a new one");
    }
}
