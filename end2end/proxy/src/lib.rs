//! A round-robin proxy: forwards each connection to the next server that accepts it.

use std::{
    io,
    net::{Shutdown, SocketAddr, TcpListener, TcpStream},
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicUsize, Ordering},
    },
    thread,
    time::Duration,
};

/// How long a server may take to accept a connection.
const ACCEPTS_WITHIN: Duration = Duration::from_secs(1);

/// The running proxy. It runs until the process ends.
#[derive(Clone)]
pub struct RoundRobin {
    address: SocketAddr,
    servers: Arc<Servers>,
}

struct Servers {
    addresses: Mutex<Vec<Option<SocketAddr>>>,
    next: AtomicUsize,
}

impl RoundRobin {
    /// Starts listening, for this many servers, whose addresses are not known yet.
    pub fn start(listen: SocketAddr, servers: usize) -> io::Result<Self> {
        let listener = TcpListener::bind(listen)?;
        let address = listener.local_addr()?;
        let addresses = Mutex::new(vec![None; servers]);
        let servers = Arc::new(Servers { addresses, next: AtomicUsize::new(0) });
        let it = Self { address, servers: servers.clone() };
        thread::spawn(move || {
            for client in listener.incoming().flatten() {
                let servers = servers.clone();
                thread::spawn(move || servers.serve(&client));
            }
        });
        Ok(it)
    }

    /// Returns the address that it listens on.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Forwards connections to this server at this address. With `None`, skips it.
    pub fn forward_to(&self, server: usize, address: Option<SocketAddr>) {
        let mut addresses = self.servers.addresses.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(its) = addresses.get_mut(server) {
            *its = address;
        }
    }
}

impl Servers {
    /// Forwards a client to the next server until one of the two closes. Closes the client's connection if no server
    /// accepts it.
    fn serve(&self, client: &TcpStream) {
        if let Some(server) = self.connect() {
            let (to_client, from_server) = (client.try_clone(), server.try_clone());
            let back = thread::spawn(move || {
                if let (Ok(client), Ok(server)) = (to_client, from_server) {
                    copy(&server, &client);
                }
            });
            copy(client, &server);
            // The response may still be on its way.
            let _ = back.join();
        }
        let _ = client.shutdown(Shutdown::Both);
    }

    fn connect(&self) -> Option<TcpStream> {
        let addresses = self.addresses.lock().unwrap_or_else(PoisonError::into_inner).clone();
        (0..addresses.len()).find_map(|_| {
            let server = self.next.fetch_add(1, Ordering::Relaxed) % addresses.len();
            TcpStream::connect_timeout(&addresses[server]?, ACCEPTS_WITHIN).ok()
        })
    }
}

/// Copies bytes to the end of the stream, and then ends the other one. If one connection breaks, closes both.
fn copy(mut from: &TcpStream, mut to: &TcpStream) {
    let _ = to.set_nodelay(true);
    let how = if io::copy(&mut from, &mut to).is_ok() { Shutdown::Write } else { Shutdown::Both };
    let _ = to.shutdown(how);
    if how == Shutdown::Both {
        let _ = from.shutdown(how);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::{Read, Write};

    /// Starts a server that answers every connection with its name.
    fn server(name: &'static str) -> SocketAddr {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        thread::spawn(move || {
            for mut client in listener.incoming().flatten() {
                let _ = client.write_all(name.as_bytes());
            }
        });
        address
    }

    fn answer(proxy: &RoundRobin) -> String {
        let mut text = String::new();
        let mut client = TcpStream::connect(proxy.address()).unwrap();
        client.read_to_string(&mut text).unwrap();
        text
    }

    #[test]
    fn connections_are_forwarded_in_turn_and_skip_servers_that_are_down() {
        let proxy = RoundRobin::start("127.0.0.1:0".parse().unwrap(), 3).unwrap();
        assert_eq!(answer(&proxy), "", "no server is known");
        for (place, name) in ["a", "b", "c"].into_iter().enumerate() {
            proxy.forward_to(place, Some(server(name)));
        }
        let six: String = (0..6).map(|_| answer(&proxy)).collect();
        assert!("abcabcabc".contains(&six), "{six}");
        proxy.forward_to(0, None);
        // The listener is gone.
        let gone = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
        proxy.forward_to(1, Some(gone));
        assert_eq!((0..4).map(|_| answer(&proxy)).collect::<String>(), "cccc");
    }
}
