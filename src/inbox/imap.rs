//! A mailbox on an IMAP server. It is opened for reading alone (EXAMINE, RFC 3501 §6.3.2), and messages are fetched by PEEK: nothing there changes.

use std::future::Future;
use std::panic::AssertUnwindSafe;
use std::path::Path;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::task::{Context, Poll};
use std::time::Duration;
use std::{fmt, io};

use async_imap::extensions::idle::IdleResponse;
use async_imap::{Client, Session};
use futures_util::{FutureExt, StreamExt};
use rustls::pki_types::ServerName;
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::TcpStream;
use tokio::time::{sleep, timeout};
use tokio_rustls::TlsConnector;

use super::{InboxError, LETTER_MAX, LOOK, Letter, cut};
use crate::deliver::Credentials;
use crate::model::inbox::Imap;
use crate::model::relay::Tls;
use crate::trust;

/// How long a server may take for an answer; a large letter over a slow line included.
const ANSWER: Duration = Duration::from_mins(2);
/// How long to idle before it is said anew (RFC 2177 §3: at least every 29 minutes).
const IDLE: Duration = Duration::from_mins(25);
/// The most octets that the answer to one command may have: a letter, or the numbers of a million.
const ANSWER_MAX: u64 = LETTER_MAX as u64 + (10 << 20);

trait Wire: AsyncRead + AsyncWrite + Unpin + Send + fmt::Debug {}
impl<T: AsyncRead + AsyncWrite + Unpin + Send + fmt::Debug> Wire for T {}

/// A connection over which only so much may come until the next command: a server that announces four gigabytes is not believed.
#[derive(Debug)]
struct Measured {
    wire: Box<dyn Wire>,
    left: Arc<AtomicU64>,
}

impl AsyncRead for Measured {
    fn poll_read(mut self: Pin<&mut Self>, context: &mut Context<'_>, buffer: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        let before = buffer.filled().len();
        let polled = Pin::new(&mut self.wire).poll_read(context, buffer);
        let read = (buffer.filled().len() - before) as u64;
        let taken = self.left.fetch_update(Ordering::Relaxed, Ordering::Relaxed, |left| left.checked_sub(read));
        if taken.is_err() {
            return Poll::Ready(Err(io::Error::other("it sends more than it was asked for")));
        }
        polled
    }
}

impl AsyncWrite for Measured {
    fn poll_write(mut self: Pin<&mut Self>, context: &mut Context<'_>, octets: &[u8]) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.wire).poll_write(context, octets)
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.wire).poll_flush(context)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.wire).poll_shutdown(context)
    }
}

/// An open mailbox.
pub struct Remote {
    host: String,
    name: String,
    /// Gone after an idling that broke off.
    session: Option<Session<Measured>>,
    left: Arc<AtomicU64>,
    can_idle: bool,
}

impl fmt::Debug for Remote {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Remote").field("name", &self.name).finish_non_exhaustive()
    }
}

impl Remote {
    pub(super) async fn open(imap: &Imap, project: &Path) -> Result<Self, InboxError> {
        let credentials = Credentials::read(&imap.login, project).map_err(|error| InboxError::Credentials { error })?;
        let left = Arc::new(AtomicU64::new(ANSWER_MAX));
        let refused = |why: String| InboxError::Connect { host: imap.host.clone(), why };
        let connected = timeout(ANSWER, connect(imap, project, &left)).await;
        let client = connected.map_err(|_| refused("it does not answer".to_owned()))?.map_err(refused)?;
        let secret = credentials.secret().await.map_err(|error| InboxError::Credentials { error })?;
        let login = |why: String| InboxError::Login {
            host: imap.host.clone(),
            user: imap.login.user.clone(),
            why: credentials.blotted_out(&why),
        };
        let entered = async {
            if credentials.is_token() {
                let words = format!("user={}\x01auth=Bearer {secret}\x01\x01", imap.login.user);
                client.authenticate("XOAUTH2", Once(words)).await.map_err(|(error, _)| error.to_string())
            } else {
                client.login(&imap.login.user, &secret).await.map_err(|(error, _)| error.to_string())
            }
        };
        let entered = timeout(ANSWER, entered).await.map_err(|_| refused("it does not answer".to_owned()))?;
        let mut session = entered.map_err(login)?;
        let server = |doing| move |why: String| InboxError::Server { host: imap.host.clone(), doing, why };
        let can_idle = answered(&left, session.capabilities()).await.map_err(server("say what it can"))?.has_str("IDLE");
        let opened = answered(&left, session.examine(&imap.folder)).await.map_err(server("open the folder"))?;
        // Numbers hold for as long as this one stays the same (RFC 3501 §2.3.1.1).
        let validity = opened.uid_validity.unwrap_or_default();
        let name = format!("imap {}@{}/{} {validity}", imap.login.user, imap.host, imap.folder);
        Ok(Self { host: imap.host.clone(), name, session: Some(session), left, can_idle })
    }

    pub(super) fn name(&self) -> String {
        self.name.clone()
    }

    pub(super) async fn list(&mut self) -> Result<Vec<String>, InboxError> {
        let host = self.host.clone();
        let failed = |why| InboxError::Server { host, doing: "list the letters", why };
        let (session, left) = self.open_session()?;
        // Asked first, so that what came meanwhile is listed as well.
        answered(left, session.noop()).await.map_err(failed.clone())?;
        let found = answered(left, session.uid_search("ALL")).await.map_err(failed)?;
        let mut numbers: Vec<u32> = found.into_iter().collect();
        numbers.sort_unstable();
        Ok(numbers.into_iter().map(|number| number.to_string()).collect())
    }

    pub(super) async fn fetch(&mut self, name: &str) -> Result<Option<Letter>, InboxError> {
        let host = self.host.clone();
        let failed = |why| InboxError::Server { host, doing: "give a letter", why };
        let Ok(number) = name.parse::<u32>() else { return Ok(None) };
        let (session, left) = self.open_session()?;
        let query = format!("(UID BODY.PEEK[]<0.{}>)", LETTER_MAX + 1);
        let fetched = answered(left, async {
            let mut found = session.uid_fetch(number.to_string(), query).await?;
            let mut octets = None;
            while let Some(fetched) = found.next().await {
                let fetched = fetched?;
                if fetched.uid == Some(number) {
                    octets = fetched.body().map(<[u8]>::to_vec).or(octets);
                }
            }
            Ok(octets)
        });
        Ok(fetched.await.map_err(failed)?.map(cut))
    }

    pub(super) async fn wait(&mut self) -> Result<(), InboxError> {
        if !self.can_idle {
            sleep(LOOK).await;
            return Ok(());
        }
        let host = self.host.clone();
        let failed = |why: String| InboxError::Server { host, doing: "tell of news", why };
        let gone = || "the connection is gone".to_owned();
        let session = self.session.take().ok_or_else(gone).map_err(failed.clone())?;
        self.left.store(ANSWER_MAX, Ordering::Relaxed);
        let mut handle = session.idle();
        let begun = timeout(ANSWER, handle.init()).await.map_err(|_| "it does not answer".to_owned());
        begun.and_then(|begun| begun.map_err(|error| error.to_string())).map_err(failed.clone())?;
        let (news, _interrupt) = handle.wait_with_timeout(IDLE);
        let news = news.await.map_err(|error| failed.clone()(error.to_string()))?;
        debug_assert!(!matches!(news, IdleResponse::ManualInterrupt));
        let ended = timeout(ANSWER, handle.done()).await.map_err(|_| "it does not answer".to_owned());
        self.session = Some(ended.and_then(|ended| ended.map_err(|error| error.to_string())).map_err(failed)?);
        Ok(())
    }

    fn open_session(&mut self) -> Result<(&mut Session<Measured>, &AtomicU64), InboxError> {
        let Some(session) = &mut self.session else {
            let why = "the connection is gone".to_owned();
            return Err(InboxError::Connect { host: self.host.clone(), why });
        };
        Ok((session, &self.left))
    }
}

/// One answer of the server, which may have so many octets and take so long.
async fn answered<T>(left: &AtomicU64, asked: impl Future<Output = async_imap::error::Result<T>>) -> Result<T, String> {
    left.store(ANSWER_MAX, Ordering::Relaxed);
    // A reader of IMAP that meets what it did not expect may panic: a server's fault, and none of ours.
    let asked = AssertUnwindSafe(asked).catch_unwind();
    let answer = timeout(ANSWER, asked).await.map_err(|_| "it does not answer".to_owned())?;
    let answer = answer.map_err(|_| "what it says cannot be read".to_owned())?;
    answer.map_err(|error| words(&error.to_string()))
}

/// A server's words as far as a person wants to read them.
fn words(text: &str) -> String {
    text.chars().map(|c| if c.is_control() { ' ' } else { c }).take(200).collect()
}

/// Says one thing, and nothing to a second question.
struct Once(String);

impl async_imap::Authenticator for Once {
    type Response = String;

    fn process(&mut self, _challenge: &[u8]) -> String {
        std::mem::take(&mut self.0)
    }
}

/// A connection that is secured as it was asked for, and greeted.
async fn connect(imap: &Imap, project: &Path, left: &Arc<AtomicU64>) -> Result<Client<Measured>, String> {
    let stream = TcpStream::connect((imap.host.trim_matches(['[', ']']), imap.port)).await.map_err(|error| error.to_string())?;
    let measured = |wire: Box<dyn Wire>| Measured { wire, left: Arc::clone(left) };
    match imap.tls {
        Tls::Implicit => {
            let wire = secured(imap, project, stream).await?;
            greeted(Client::new(measured(wire))).await
        }
        Tls::None => greeted(Client::new(measured(Box::new(stream)))).await,
        Tls::StartTls => {
            let mut client = greeted(Client::new(measured(Box::new(stream)))).await?;
            let refused = |error: async_imap::error::Error| format!("it does not offer STARTTLS: {error}");
            client.run_command_and_check_ok("STARTTLS", None).await.map_err(refused)?;
            // Whatever was sent before TLS and lies in the buffer is dropped with it.
            let plain = client.into_inner().wire;
            let wire = secured(imap, project, plain).await?;
            Ok(Client::new(measured(wire)))
        }
    }
}

async fn greeted(mut client: Client<Measured>) -> Result<Client<Measured>, String> {
    let greeting = client.read_response().await.map_err(|error| error.to_string())?;
    greeting.map(|_| client).ok_or_else(|| "it closes the connection without a word".to_owned())
}

async fn secured(imap: &Imap, project: &Path, stream: impl Wire + 'static) -> Result<Box<dyn Wire>, String> {
    let ca_file = imap.ca_file.as_ref().map(|file| project.join(file));
    let config = tokio::task::spawn_blocking(move || trust::client_config(ca_file.as_deref()));
    let config = config.await.map_err(|error| error.to_string())??;
    let host = imap.host.trim_matches(['[', ']']).to_owned();
    let name = ServerName::try_from(host).map_err(|error| error.to_string())?;
    let secured = TlsConnector::from(Arc::new(config)).connect(name, stream).await;
    Ok(Box::new(secured.map_err(|error| format!("it is not who it should be, or speaks no TLS: {error}"))?))
}
