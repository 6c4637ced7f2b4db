//! The one HTTP client for calls that leave the server.

use std::time::Duration;

/// How long a connection is kept for the next request. One that the other side closes just then takes the request and never
/// says whether it arrived, and each such doubt costs a ticket 90 s: so for less than any server waits before it closes.
/// Whoever has more waiting sends it twice a second, and needs no longer.
const KEPT: Duration = Duration::from_secs(2);

/// A client without redirects, retries, proxies and HTTP/2: what is sent is sent once, to the host that was named.
///
/// # Errors
/// When the machine's TLS roots cannot be read.
pub fn client() -> Result<reqwest::Client, reqwest::Error> {
    reqwest::Client::builder()
        .user_agent(concat!("convi-integrations/", env!("CARGO_PKG_VERSION")))
        .redirect(reqwest::redirect::Policy::none())
        .retry(reqwest::retry::never())
        .no_proxy()
        .http1_only()
        .referer(false)
        .connect_timeout(Duration::from_secs(10))
        .pool_idle_timeout(KEPT)
        .build()
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
    async fn a_connection_is_kept_and_one_that_was_closed_is_not_used_again() {
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
        assert_eq!(second.unwrap().status(), 200, "through the same connection");
        drop(connection);
        // Whoever waits for a further connection gives the client its turn to see that the first has ended.
        let other = TcpStream::connect(address).await.unwrap();
        drop((listener.accept().await.unwrap(), other));
        let (third, ()) = tokio::join!(asks(), async {
            answers(&mut listener.accept().await.unwrap().0).await;
        });
        assert_eq!(third.unwrap().status(), 200, "through a new one");
    }
}
