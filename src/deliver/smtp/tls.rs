//! Whom to trust: certificates are checked against the host that the settings name, never against what the server calls itself.

use std::path::Path;
use std::sync::Arc;

use rustls::crypto::aws_lc_rs;
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, ServerName};
use rustls::{ClientConfig, RootCertStore};
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;
use tokio_rustls::client::TlsStream;

use super::{OpenError, Stop};
use crate::model::relay::{Relay, Tls};

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
        let mut roots = RootCertStore::empty();
        let system = rustls_native_certs::load_native_certs();
        roots.add_parsable_certificates(system.certs);
        if let Some(file) = &relay.ca_file {
            let file = project.join(file);
            let unusable = |why: String| failed(format!("ca_file {} {why}", file.display()));
            let certificates = CertificateDer::pem_file_iter(&file)
                .and_then(Iterator::collect::<Result<Vec<_>, _>>)
                .map_err(|e| unusable(format!("cannot be read: {e}")))?;
            if certificates.is_empty() {
                return Err(unusable("holds no certificate in PEM".to_owned()));
            }
            for certificate in certificates {
                roots.add(certificate).map_err(|e| unusable(format!("holds a certificate of no use: {e}")))?;
            }
        }
        if roots.is_empty() {
            return Err(failed("this system has no certificates to trust (on Debian: apt install ca-certificates)".to_owned()));
        }
        let config = ClientConfig::builder_with_provider(Arc::new(aws_lc_rs::default_provider()))
            .with_safe_default_protocol_versions()
            .map_err(|e| failed(e.to_string()))?
            .with_root_certificates(roots)
            .with_no_client_auth();
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
