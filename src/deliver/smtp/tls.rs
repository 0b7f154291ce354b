//! Whom to trust: certificates are checked against the host that the settings name, never against what the server calls itself.

use std::path::Path;
use std::sync::Arc;

use rustls::pki_types::ServerName;
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;
use tokio_rustls::client::TlsStream;

use super::{OpenError, Stop};
use crate::model::relay::{Relay, Tls};
use crate::trust;

/// The certificates to trust and the name to check: the system's roots and the relay's own authority, TLS 1.2 and 1.3.
#[derive(Clone)]
pub(in crate::deliver) struct Trust(Option<(TlsConnector, ServerName<'static>)>);

impl Trust {
    /// Reads the certificates. A relative `ca_file` starts at `project`. Reads nothing for a relay without TLS.
    ///
    /// # Errors
    /// Says which file or name is of no use.
    pub(in crate::deliver) fn read(relay: &Relay, project: &Path) -> Result<Self, Stop> {
        if relay.tls == Tls::None {
            return Ok(Self(None));
        }
        let failed = |why: String| Stop::Tls { host: relay.host.clone(), why };
        let ca_file = relay.ca_file.as_ref().map(|file| project.join(file));
        let config = trust::client_config(ca_file.as_deref()).map_err(failed)?;
        Ok(Self(Some((TlsConnector::from(Arc::new(config)), server_name(&relay.host).map_err(failed)?))))
    }

    /// Encrypts a stream.
    pub(super) async fn encrypt(&self, stream: TcpStream) -> Result<TlsStream<TcpStream>, OpenError> {
        let Self(Some((connector, name))) = self else {
            return Err(OpenError::Stop(Stop::Setup("TLS was not prepared for this relay".to_owned())));
        };
        connector.connect(name.clone(), stream).await.map_err(|error| {
            // A handshake that fails by TLS's own rules fails every time; a connection that breaks meanwhile may not.
            if error.get_ref().and_then(|inner| inner.downcast_ref::<rustls::Error>()).is_some() {
                OpenError::Stop(Stop::Tls { host: name.to_str().into_owned(), why: error.to_string() })
            } else {
                OpenError::Retry(format!("the connection broke during the TLS handshake: {error}"))
            }
        })
    }
}

/// The host as a certificate names it: an IP address, or a domain as A-labels.
fn server_name(host: &str) -> Result<ServerName<'static>, String> {
    let host = host.trim_start_matches('[').trim_end_matches(']');
    let host = idna::domain_to_ascii_cow(host.as_bytes(), idna::AsciiDenyList::EMPTY).map_err(|e| e.to_string())?;
    ServerName::try_from(host.into_owned()).map_err(|e| e.to_string())
}
