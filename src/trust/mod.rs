//! Floor 1: whom to trust in TLS. The certificates of the system, and those of a private authority that a person names.

use std::path::Path;
use std::sync::Arc;

use rustls::crypto::aws_lc_rs;
use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject;
use rustls::{ClientConfig, RootCertStore};

/// A client's side of TLS 1.2 and 1.3: certificates are checked against the system's roots and, if one is named, against those of a
/// private authority in `ca_file` (PEM).
///
/// # Errors
/// Says which file is of no use, or that the system trusts nobody.
pub fn client_config(ca_file: Option<&Path>) -> Result<ClientConfig, String> {
    let mut roots = RootCertStore::empty();
    let system = rustls_native_certs::load_native_certs();
    roots.add_parsable_certificates(system.certs);
    if let Some(file) = ca_file {
        let unusable = |why: String| format!("ca_file {} {why}", file.display());
        let certificates = CertificateDer::pem_file_iter(file)
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
        return Err("this system has no certificates to trust (on Debian: apt install ca-certificates)".to_owned());
    }
    let config = ClientConfig::builder_with_provider(Arc::new(aws_lc_rs::default_provider()))
        .with_safe_default_protocol_versions()
        .map_err(|e| e.to_string())?
        .with_root_certificates(roots)
        .with_no_client_auth();
    Ok(config)
}
