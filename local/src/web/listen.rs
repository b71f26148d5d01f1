//! Where the console listens: on the loopback interface, and nowhere else.

use std::net::{Ipv4Addr, SocketAddr};

use tokio::net::TcpListener;

/// The port that is tried first.
const USUAL_PORT: u16 = 3001;

/// Where the console's page is to be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum WebListen {
    /// Nowhere.
    Off,
    /// Port 3001 of 127.0.0.1, or any free one if that is taken.
    Usual,
    /// There and nowhere else; port 0 takes any free one.
    At(SocketAddr),
}

/// Why there is no console.
#[derive(Debug, thiserror::Error)]
pub enum WebError {
    /// Others would reach it.
    #[error(
        "the console shows what the stores hold and may change it, so only this machine may reach it; \
         {0} is not an address of the loopback interface\n\
         choose one, --console 127.0.0.1:PORT or --console [::1]:PORT, or none: --no-console"
    )]
    NotLoopback(SocketAddr),
    /// It cannot listen there.
    #[error(
        "the console cannot listen on {address}: {source}\n\
         choose another port, --console {}:PORT (0 takes any free one), or none: --no-console",
        address.ip()
    )]
    Listen {
        /// The address.
        address: SocketAddr,
        /// What the system says.
        source: std::io::Error,
    },
}

/// Listens there.
pub(crate) async fn bind(listen: WebListen) -> Result<Option<TcpListener>, WebError> {
    let address = match listen {
        WebListen::Off => return Ok(None),
        WebListen::Usual => {
            let usual = SocketAddr::from((Ipv4Addr::LOCALHOST, USUAL_PORT));
            // Taken, for example by another laptop cloud: nobody asked for this port.
            match TcpListener::bind(usual).await {
                Ok(listener) => return Ok(Some(listener)),
                Err(_) => SocketAddr::from((Ipv4Addr::LOCALHOST, 0)),
            }
        }
        WebListen::At(address) => address,
    };
    if !address.ip().is_loopback() {
        return Err(WebError::NotLoopback(address));
    }
    let listener = TcpListener::bind(address).await;
    listener.map(Some).map_err(|source| WebError::Listen { address, source })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn only_loopback_addresses_are_listened_on() {
        for address in ["0.0.0.0:0", "192.0.2.1:0", "[::]:0", "[2001:db8::1]:0"] {
            let refused = bind(WebListen::At(address.parse().unwrap())).await.unwrap_err();
            assert!(matches!(refused, WebError::NotLoopback(_)), "{refused}");
        }
        assert!(bind(WebListen::Off).await.unwrap().is_none());
    }

    #[tokio::test]
    async fn a_port_that_was_asked_for_and_is_taken_is_refused_and_the_usual_one_makes_way() {
        let taken = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = taken.local_addr().unwrap();
        let refused = bind(WebListen::At(address)).await.unwrap_err().to_string();
        assert!(refused.contains("--console 127.0.0.1:PORT"), "{refused}");
        let first = bind(WebListen::Usual).await.unwrap().unwrap();
        let second = bind(WebListen::Usual).await.unwrap().unwrap();
        assert_ne!(first.local_addr().unwrap(), second.local_addr().unwrap());
    }
}
