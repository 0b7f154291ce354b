//! A server that does as its script says.

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use postrider::model::relay::{Relay, Tls};
use rustls::ServerConfig;
use rustls::crypto::aws_lc_rs;
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use tokio::io::{AsyncBufReadExt, AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt, BufReader};
use tokio::net::TcpListener;
use tokio::sync::Notify;
use tokio_rustls::TlsAcceptor;

/// The opening of a dialogue with a server that offers nothing.
pub(super) const OPENING: &str = "
    S: 220 relay.example ESMTP
    C: EHLO sender.example
    S: 250 relay.example";

/// The sender, accepted.
pub(super) const MAIL: &str = "
    C: MAIL FROM:<news@example.org>
    S: 250 ok";

/// The recipient, accepted.
pub(super) const RCPT: &str = "
    C: RCPT TO:<a@example.org>
    S: 250 ok";

/// The body, asked for.
pub(super) const DATA: &str = "
    C: DATA
    S: 354 go";

/// A well-behaved server from here on.
pub(super) const SERVE: &str = "
    S: <serve>";

/// The dialogue cut off before each of the server's answers.
pub(super) const BEFORE_THE_BODY: [&[&str]; 5] = [
    &[],
    &["S: 220 relay.example\n C: EHLO"],
    &[OPENING, "\n C: MAIL"],
    &[OPENING, MAIL, "\n C: RCPT"],
    &[OPENING, MAIL, RCPT, "\n C: DATA"],
];

/// A server on loopback whose connections follow scripts, one each in order; the last script serves all further ones.
///
/// A script is a dialogue as in the RFCs: `C:` is what the client must say (only the beginning of the line counts), `S:` is the
/// answer, in which `\r\n` stands for a line end. In brackets:
/// - `C:` alone: an empty line; `C: <message>`: a whole message, kept; `C: <octets N>`: N octets of one;
/// - `S: <close>`: ends the connection; `S: <stall>`: says nothing more, but listens; `S: <drip>`: a reply that never ends, slowly;
/// - `S: <bytewise> TEXT`: octet by octet; `S: <flood N>`: N octets without a line end;
/// - `S: <serve>`: from here on a well-behaved server, for the opening too if it is the first line; `S: <tls>`: a TLS handshake.
///
/// After its script a server answers QUIT, and takes note of anything else.
pub(super) struct Peer {
    pub(super) address: SocketAddr,
    pub(super) seen: Arc<Mutex<Seen>>,
    /// Told of each message taken.
    pub(super) taken: Arc<Notify>,
}

/// What a server saw, over all its connections.
#[derive(Default)]
pub(super) struct Seen {
    pub(super) connections: usize,
    pub(super) commands: Vec<String>,
    /// Each message with its recipient.
    pub(super) messages: Vec<(String, Vec<u8>)>,
    /// What the client said against the script.
    pub(super) surprises: Vec<String>,
}

pub(super) trait Stream: AsyncRead + AsyncWrite + Send + Unpin {}
impl<T: AsyncRead + AsyncWrite + Send + Unpin> Stream for T {}

impl Peer {
    pub(super) async fn start(scripts: &[&[&str]]) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let (seen, taken) = (Arc::<Mutex<Seen>>::default(), Arc::<Notify>::default());
        let scripts: Vec<String> = scripts.iter().map(|parts| parts.concat()).collect();
        let listening = (Arc::clone(&seen), Arc::clone(&taken));
        tokio::spawn(async move {
            for number in 0.. {
                let (stream, _) = listener.accept().await.unwrap();
                let script = scripts[number.min(scripts.len() - 1)].clone();
                let (seen, taken) = listening.clone();
                seen.lock().unwrap().connections += 1;
                tokio::spawn(async move {
                    let mut talk = Talk { stream: BufReader::new(Box::new(stream)), seen, taken, recipient: String::new() };
                    // An end of the connection in the middle is the client's right.
                    let _ = talk.follow(&script).await;
                });
            }
        });
        Self { address, seen, taken }
    }

    /// A server whose every connection behaves well.
    pub(super) async fn well_behaved() -> Self {
        Self::start(&[&[SERVE]]).await
    }

    pub(super) fn relay(&self) -> Relay {
        Relay { connections: 1, ..Relay::new("127.0.0.1".to_owned(), self.address.port(), Tls::None) }
    }

    pub(super) fn connections(&self) -> usize {
        self.seen.lock().unwrap().connections
    }

    /// How many commands began with `verb`.
    pub(super) fn count(&self, verb: &str) -> usize {
        self.seen.lock().unwrap().commands.iter().filter(|command| command.starts_with(verb)).count()
    }

    /// How often each recipient was taken.
    pub(super) fn receipts(&self) -> BTreeMap<String, usize> {
        let mut receipts = BTreeMap::new();
        for (recipient, _) in &self.seen.lock().unwrap().messages {
            *receipts.entry(recipient.clone()).or_default() += 1;
        }
        receipts
    }

    /// The one message taken.
    pub(super) fn message(&self) -> Vec<u8> {
        let seen = self.seen.lock().unwrap();
        assert_eq!(seen.messages.len(), 1);
        seen.messages[0].1.clone()
    }

    pub(super) fn surprises(&self) -> Vec<String> {
        self.seen.lock().unwrap().surprises.clone()
    }
}

struct Talk {
    stream: BufReader<Box<dyn Stream>>,
    seen: Arc<Mutex<Seen>>,
    taken: Arc<Notify>,
    recipient: String,
}

impl Talk {
    async fn follow(&mut self, script: &str) -> std::io::Result<()> {
        for line in script.lines().map(str::trim).filter(|line| !line.is_empty()) {
            let (who, what) = line.split_once(':').unwrap();
            let what = what.trim_start();
            match (who, what) {
                ("C", "") => assert_eq!(self.hear().await?, "", "an empty line is asked for"),
                ("C", "<message>") => self.take_message().await?,
                ("C", _) if what.starts_with("<octets ") => {
                    let count = what[8..what.len() - 1].parse().unwrap();
                    tokio::io::copy(&mut (&mut self.stream).take(count), &mut tokio::io::sink()).await?;
                }
                ("C", _) => {
                    let command = self.hear().await?;
                    if !command.starts_with(what) {
                        self.seen.lock().unwrap().surprises.push(format!("{command} instead of {what}"));
                        return Ok(());
                    }
                }
                (_, "<close>") => return self.stream.shutdown().await,
                (_, "<stall>") => {
                    tokio::io::copy(&mut self.stream, &mut tokio::io::sink()).await?;
                    return Ok(());
                }
                (_, "<drip>") => loop {
                    for octet in b"250-drip\r\n" {
                        self.stream.write_all(&[*octet]).await?;
                        tokio::time::sleep(Duration::from_millis(1)).await;
                    }
                },
                (_, "<serve>") => return self.serve(script.trim() == line).await,
                (_, "<tls>") => self.encrypt().await?,
                (_, _) if what.starts_with("<flood ") => {
                    let count: usize = what[7..what.len() - 1].parse().unwrap();
                    self.stream.write_all(&vec![b'2'; count]).await?;
                }
                (_, _) if what.starts_with("<bytewise> ") => {
                    for octet in unescape(&what[11..]).bytes() {
                        self.stream.write_all(&[octet]).await?;
                        self.stream.flush().await?;
                        tokio::task::yield_now().await;
                    }
                }
                (_, _) => self.stream.write_all(unescape(what).as_bytes()).await?,
            }
        }
        loop {
            let command = self.hear().await?;
            if command == "QUIT" {
                return self.stream.write_all(b"221 bye\r\n").await;
            }
            self.seen.lock().unwrap().surprises.push(format!("{command} after the end"));
        }
    }

    /// The next line from the client.
    async fn hear(&mut self) -> std::io::Result<String> {
        let line = self.hear_line().await?;
        let command = String::from_utf8(line).unwrap().trim_end().to_owned();
        self.seen.lock().unwrap().commands.push(command.clone());
        if let Some(path) = command.strip_prefix("RCPT TO:<") {
            path.split('>').next().unwrap().clone_into(&mut self.recipient);
        }
        Ok(command)
    }

    async fn hear_line(&mut self) -> std::io::Result<Vec<u8>> {
        let mut line = Vec::new();
        while !line.ends_with(b"\r\n") {
            if self.stream.read_until(b'\n', &mut line).await? == 0 {
                return Err(std::io::ErrorKind::UnexpectedEof.into());
            }
        }
        Ok(line)
    }

    async fn take_message(&mut self) -> std::io::Result<()> {
        let mut message = Vec::new();
        loop {
            let line = self.hear_line().await?;
            if line == b".\r\n" {
                break;
            }
            message.extend_from_slice(line.strip_prefix(b".").unwrap_or(&line));
        }
        self.seen.lock().unwrap().messages.push((self.recipient.clone(), message));
        self.taken.notify_one();
        Ok(())
    }

    async fn encrypt(&mut self) -> std::io::Result<()> {
        let plain = std::mem::replace(&mut self.stream, BufReader::new(Box::new(tokio::io::empty())));
        let encrypted = acceptor().accept(plain).await?;
        self.stream = BufReader::new(Box::new(encrypted));
        Ok(())
    }

    async fn serve(&mut self, from_greeting: bool) -> std::io::Result<()> {
        if from_greeting {
            self.stream.write_all(b"220 relay.example ESMTP\r\n").await?;
        }
        loop {
            let command = self.hear().await?;
            let reply = match command.split(' ').next().unwrap() {
                "EHLO" => "250-relay.example\r\n250-8BITMIME\r\n250-SMTPUTF8\r\n250 SIZE 50000000\r\n",
                "DATA" => {
                    self.stream.write_all(b"354 go\r\n").await?;
                    self.take_message().await?;
                    "250 2.0.0 queued\r\n"
                }
                "QUIT" => return self.stream.write_all(b"221 bye\r\n").await,
                _ => "250 ok\r\n",
            };
            self.stream.write_all(reply.as_bytes()).await?;
        }
    }
}

/// The server's side of TLS for localhost, trusted by [`AUTHORITY`].
pub(crate) fn acceptor() -> TlsAcceptor {
    let certificate = CertificateDer::from_pem_slice(CERTIFICATE.as_bytes()).unwrap();
    let key = PrivateKeyDer::from_pem_slice(KEY.as_bytes()).unwrap();
    let config = ServerConfig::builder_with_provider(Arc::new(aws_lc_rs::default_provider()))
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_no_client_auth()
        .with_single_cert(vec![certificate], key)
        .unwrap();
    TlsAcceptor::from(Arc::new(config))
}

fn unescape(text: &str) -> String {
    text.replace("\\r\\n", "\r\n") + "\r\n"
}

/// A throw-away authority, good for a hundred years.
pub(crate) const AUTHORITY: &str = "-----BEGIN CERTIFICATE-----
MIIBmDCCAT+gAwIBAgIUEb6Pv1b0J149QUa5FHu3+tr20yEwCgYIKoZIzj0EAwIw
GTEXMBUGA1UEAwwOVGVzdCBhdXRob3JpdHkwIBcNMjYxMTIzMjAyODEwWhgPMjEy
NjEwMzAyMDI4MTBaMBkxFzAVBgNVBAMMDlRlc3QgYXV0aG9yaXR5MFkwEwYHKoZI
zj0CAQYIKoZIzj0DAQcDQgAErWa5D9opHMBaJSVn6f/+bvzV0xn4ZLrhD/QxUHYJ
1ke08RBlh4s1L2W58nkXn0ze0TbprahL6jbcirxvUADi+6NjMGEwHQYDVR0OBBYE
FIJu1wtyIo2vcOzpBMwpWZ4WCQp+MB8GA1UdIwQYMBaAFIJu1wtyIo2vcOzpBMwp
WZ4WCQp+MA8GA1UdEwEB/wQFMAMBAf8wDgYDVR0PAQH/BAQDAgIEMAoGCCqGSM49
BAMCA0cAMEQCIDsSenqpj9rrHn1a/czatQ58g4Y6bGuAOkdZoE/BlJGcAiBK4v6y
j2qLo33+uZZCtHslGrEvBX6WA9OfP5ROLzCYJw==
-----END CERTIFICATE-----
";

/// A certificate for localhost from it.
const CERTIFICATE: &str = "-----BEGIN CERTIFICATE-----
MIIBqTCCAU+gAwIBAgIURWkJaRMYE+lK/dkikWb/Kus3FcAwCgYIKoZIzj0EAwIw
GTEXMBUGA1UEAwwOVGVzdCBhdXRob3JpdHkwIBcNMjYxMTIzMjAyODEwWhgPMjEy
NjEwMzAyMDI4MTBaMBQxEjAQBgNVBAMMCWxvY2FsaG9zdDBZMBMGByqGSM49AgEG
CCqGSM49AwEHA0IABKkY5Jhw/4PYEXJ5pX8kd5Cb7BntVe3yDB4zVv1CZp2wCHpp
8PIzg5IvusoTa+hZLLcOcPair1IjuS74cgl0uDejeDB2MBQGA1UdEQQNMAuCCWxv
Y2FsaG9zdDAJBgNVHRMEAjAAMBMGA1UdJQQMMAoGCCsGAQUFBwMBMB0GA1UdDgQW
BBRFQIZA3pqGtlK79bEBTr2F8gdm7zAfBgNVHSMEGDAWgBSCbtcLciKNr3Ds6QTM
KVmeFgkKfjAKBggqhkjOPQQDAgNIADBFAiEAuryQqitwUngTyR83QLVMr5X02KII
36JPrAiSSHyeEqYCIBnxNhUU/+BGzYvGpOLJUOg0Bz6z88OPjsnT4+mQHPv/
-----END CERTIFICATE-----
";

/// The key of that certificate.
const KEY: &str = "-----BEGIN PRIVATE KEY-----
MIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQggKwG80WgelEJZRqD
m5WLVPPqdoM75QBn5EHut5xgjQqhRANCAASpGOSYcP+D2BFyeaV/JHeQm+wZ7VXt
8gweM1b9QmadsAh6afDyM4OSL7rKE2voWSy3DnD2oq9SI7ku+HIJdLg3
-----END PRIVATE KEY-----
";
