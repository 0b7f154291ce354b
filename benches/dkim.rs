//! Signing with DKIM: what it adds to a message.
//!
//! ```text
//! cargo bench --bench dkim            # the figures
//! cargo test --bench dkim             # each once, as the tests do
//! ```
//!
//! The message has 70 KB in lines of 76, as quoted-printable has them. `continued` is what a message costs whose body was hashed before up
//! to its last 2 KB; the signature itself is by far the most of it, and has a row of its own.

use std::hint::black_box;

use aws_lc_rs::digest::{SHA256, digest};
use aws_lc_rs::signature::{Ed25519KeyPair, RSA_PKCS1_SHA256, RsaKeyPair};
use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use postrider::compose::dkim::key::{Pem, RsaLength};
use postrider::compose::dkim::{BodyHash, PrivateKey, Signer};
use rustls::pki_types::PrivatePkcs8KeyDer;
use rustls::pki_types::pem::PemObject;

/// Octets of the body.
const BODY: usize = 70_000;

const HEADER: &str = "Date: Sat, 30 Sep 2023 12:00:00 +0000\r\n\
                      From: \"The Secretariat\" <news@list.example.org>\r\n\
                      To: \"Ana Silva\" <ana@example.org>\r\n\
                      Subject: The third quarter: what happened, and what comes next\r\n\
                      Message-ID: <2023-q3.e26f6b1de0da549a295a03cc521607fc@list.example.org>\r\n\
                      List-Id: \"Test Quarterly\" <quarterly.list.example.org>\r\n\
                      List-Unsubscribe: <mailto:unsubscribe@list.example.org?subject=unsubscribe%20quarterly.list.example.org>\r\n\
                      Reply-To: \"The Secretariat\" <secretariat@example.org>\r\n\
                      MIME-Version: 1.0\r\n\
                      Content-Type: multipart/alternative;\r\n boundary=\"=_f0de96b7d43b672291786d779d92a12d\"\r\n";

fn body() -> Vec<u8> {
    let line = "<p style=3D\"margin:0 0 16px\">Participants asked for a framework, and a date=\r\n";
    line.bytes().cycle().take(BODY / line.len() * line.len()).collect()
}

fn signing(criterion: &mut Criterion) {
    let body = body();
    let message = [HEADER.as_bytes(), b"\r\n", &body].concat();
    let (common, own) = body.split_at(body.len() - 2000);

    let mut hashing = criterion.benchmark_group("body hash");
    hashing.throughput(Throughput::Bytes(body.len() as u64));
    hashing.bench_function("relaxed", |bencher| {
        bencher.iter(|| {
            let mut hash = BodyHash::new();
            hash.update(black_box(&body));
            hash.finish()
        });
    });
    hashing.bench_function("sha256 alone", |bencher| bencher.iter(|| digest(&SHA256, black_box(&body))));
    hashing.finish();

    let made = |made: Result<(PrivateKey, Pem), _>| made.expect("a key");
    let (rsa, ed25519) = (made(PrivateKey::generate_rsa(RsaLength::Bits2048)), made(PrivateKey::generate_ed25519()));
    let mut prefix = BodyHash::new();
    prefix.update(common);
    for (name, (key, pem)) in [("rsa-2048", rsa), ("ed25519", ed25519)] {
        let mut group = criterion.benchmark_group(name);
        let signer = Signer::new("example.org", vec![("2026a".to_owned(), key)]);
        assert!(signer.signed(&message).ends_with(&body));
        group.bench_function("whole message", |bencher| bencher.iter(|| signer.signed(black_box(&message))));
        group.bench_function("continued", |bencher| {
            bencher.iter(|| {
                let mut hash = prefix.clone();
                hash.update(black_box(own));
                signer.sign(black_box(HEADER.as_bytes()), &hash.finish())
            });
        });
        let der = PrivatePkcs8KeyDer::from_pem_slice(pem.text().as_bytes()).expect("our own PEM");
        let hashed = digest(&SHA256, HEADER.as_bytes());
        if let Ok(pair) = RsaKeyPair::from_pkcs8(der.secret_pkcs8_der()) {
            let mut signature = vec![0; pair.public_modulus_len()];
            group.bench_function("signature alone", |bencher| {
                bencher.iter(|| pair.sign_digest(&RSA_PKCS1_SHA256, black_box(&hashed), &mut signature).expect("it signs"));
            });
        } else {
            let pair = Ed25519KeyPair::from_pkcs8(der.secret_pkcs8_der()).expect("a key");
            group.bench_function("signature alone", |bencher| bencher.iter(|| pair.sign(black_box(hashed.as_ref()))));
        }
        group.finish();
    }
}

criterion_group!(benches, signing);
criterion_main!(benches);
