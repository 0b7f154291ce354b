//! A server of ours on a thread of its own, and a browser's half of HTTP, as little of it as it takes.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::path::Path;
use std::pin::Pin;
use std::sync::mpsc;
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use postrider::compose::PictureCache;
use postrider::files::Project;
use postrider::preview::Door;
use postrider::preview::desk::{self, Settings};
use postrider::preview::mailbox::{self, Mailbox};
use tokio::sync::oneshot;
use url::form_urlencoded;

/// Far more than any answer takes on a busy machine: only a failing test waits this long.
const DEADLINE: Duration = Duration::from_mins(1);

type Ready = Box<dyn FnOnce(&str) + Send>;
type Shutdown = Pin<Box<dyn Future<Output = ()> + Send>>;

/// A running server; it ends when this is dropped.
pub(crate) struct Served {
    pub(crate) address: SocketAddr,
    /// What every path of it begins with.
    pub(crate) base: String,
    stop: Option<oneshot::Sender<()>>,
    thread: Option<JoinHandle<()>>,
}

impl Served {
    /// The desk of a project's newest issue.
    pub(crate) fn desk(root: &Path) -> Self {
        Self::desk_as(root, Settings::default())
    }

    pub(crate) fn desk_as(root: &Path, settings: Settings) -> Self {
        let project = Project { root: root.to_owned() };
        Self::start(|ready, stop| async { desk::serve(project, settings, PictureCache::default(), ready, stop).await })
    }

    pub(crate) fn mailbox(mailbox: Mailbox) -> Self {
        Self::start(|ready, stop| async { mailbox::serve(mailbox, Door::default(), ready, stop).await })
    }

    fn start<F: Future<Output = std::io::Result<()>>>(serve: impl FnOnce(Ready, Shutdown) -> F + Send + 'static) -> Self {
        let (told, heard) = mpsc::channel();
        let (stop, stopped) = oneshot::channel::<()>();
        let ready = Box::new(move |address: &str| told.send(address.to_owned()).expect("the test waits"));
        let stopped = Box::pin(async {
            let _ = stopped.await;
        });
        let thread = thread::spawn(move || {
            let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().expect("a runtime");
            runtime.block_on(serve(ready, stopped)).expect("it serves");
        });
        let told = heard.recv_timeout(DEADLINE).expect("it starts");
        let rest = told.strip_prefix("http://").and_then(|rest| rest.strip_suffix('/')).expect("an address");
        let (address, token) = rest.split_once('/').expect("a token");
        // A door that is open wide shows a name, or an address that nobody can connect to.
        let port = address.rsplit(':').next().and_then(|port| port.parse().ok()).expect("a port");
        let (address, base) = (SocketAddr::from(([127, 0, 0, 1], port)), format!("/{token}"));
        Self { address, base, stop: Some(stop), thread: Some(thread) }
    }

    /// The whole address of a page, for a browser.
    pub(crate) fn url(&self, path: &str) -> String {
        format!("http://{}{}", self.address, self.at(path))
    }

    /// The path as it is asked for: pages name theirs with the token, tests without it.
    pub(crate) fn at(&self, path: &str) -> String {
        if path.starts_with(&self.base) { path.to_owned() } else { format!("{}{path}", self.base) }
    }

    /// What a browser gets for a path.
    pub(crate) fn get(&self, path: &str) -> Answer {
        self.ask(&self.at(path), &format!("Host: {}\r\n", self.address))
    }

    /// What a browser gets for a form that one of these pages sends.
    pub(crate) fn post(&self, path: &str, fields: &[(&str, &str)]) -> Answer {
        let headers = format!("Host: {0}\r\nOrigin: http://{0}\r\n", self.address);
        self.post_as(path, &headers, fields)
    }

    pub(crate) fn post_as(&self, path: &str, headers: &str, fields: &[(&str, &str)]) -> Answer {
        let body = form_urlencoded::Serializer::new(String::new()).extend_pairs(fields).finish();
        let headers = format!("{headers}Content-Type: application/x-www-form-urlencoded\r\nContent-Length: {}\r\n", body.len());
        self.exchange("POST", &self.at(path), &headers, &body)
    }

    pub(crate) fn ask(&self, path: &str, headers: &str) -> Answer {
        self.exchange("GET", path, headers, "")
    }

    fn exchange(&self, method: &str, path: &str, headers: &str, body: &str) -> Answer {
        let mut stream = self.connect();
        write!(stream, "{method} {path} HTTP/1.1\r\n{headers}Connection: close\r\n\r\n{body}").expect("it takes requests");
        let mut octets = Vec::new();
        stream.read_to_end(&mut octets).expect("it answers in time");
        let end = octets.windows(4).position(|four| four == b"\r\n\r\n").expect("a header ends");
        let head = String::from_utf8(octets[..end].to_vec()).expect("a header is ASCII");
        let status = head.split(' ').nth(1).and_then(|status| status.parse().ok()).expect("a status");
        Answer { status, head: head.to_lowercase(), body: octets[end + 4..].to_vec() }
    }

    fn connect(&self) -> TcpStream {
        let stream = TcpStream::connect(self.address).expect("it listens");
        stream.set_read_timeout(Some(DEADLINE)).expect("a deadline");
        stream
    }

    /// The versions that the desk announces from now on, the present one first.
    pub(crate) fn events(&self) -> Events {
        self.events_at("/events")
    }

    /// The versions that another page announces.
    pub(crate) fn events_at(&self, path: &str) -> Events {
        let mut stream = self.connect();
        write!(stream, "GET {} HTTP/1.1\r\nHost: {}\r\n\r\n", self.at(path), self.address).expect("it takes requests");
        Events(BufReader::new(stream))
    }

    /// The page once it is as `wanted`; at every announcement it is looked at again, and at no other time.
    pub(crate) fn page_when(&self, events: &mut Events, wanted: impl Fn(&str) -> bool) -> String {
        self.page_at_when("/", events, wanted)
    }

    pub(crate) fn page_at_when(&self, path: &str, events: &mut Events, wanted: impl Fn(&str) -> bool) -> String {
        loop {
            let page = self.get(path).text();
            if wanted(&page) {
                return page;
            }
            events.next();
        }
    }

    /// The HTML of the mail that the page at `path` shows.
    pub(crate) fn mail(&self, path: &str) -> Answer {
        let page = self.get(path).text();
        self.get(&framed(&page, "The mail").replace("&amp;", "&"))
    }
}

/// The address that a frame of a page shows.
pub(crate) fn framed<'p>(page: &'p str, title: &str) -> &'p str {
    let (_, rest) = page.split_once(&format!("title=\"{title}\" src=\"")).unwrap_or_else(|| panic!("no frame {title}: {page}"));
    rest.split('"').next().expect("an address")
}

impl Drop for Served {
    fn drop(&mut self) {
        drop(self.stop.take());
        if let Some(thread) = self.thread.take() {
            let ended = thread.join();
            assert!(ended.is_ok() || thread::panicking(), "the server panicked");
        }
    }
}

/// What came back.
pub(crate) struct Answer {
    pub(crate) status: u16,
    /// In lower case.
    pub(crate) head: String,
    pub(crate) body: Vec<u8>,
}

impl Answer {
    pub(crate) fn text(self) -> String {
        String::from_utf8(self.body).expect("UTF-8")
    }

    pub(crate) fn header(&self, name: &str) -> &str {
        self.head.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(": ")).unwrap_or_default()
    }
}

/// A stream of announced versions.
pub(crate) struct Events(BufReader<TcpStream>);

impl Events {
    pub(crate) fn next(&mut self) -> String {
        let mut line = String::new();
        // The stream is kept alive by words that say nothing, so that reading alone never takes too long.
        let late = Instant::now() + DEADLINE;
        loop {
            line.clear();
            let octets = self.0.read_line(&mut line).expect("an event comes in time");
            assert!(Instant::now() < late, "no event came in time");
            assert!(octets > 0, "the stream of events ended");
            if let Some(version) = line.strip_prefix("data: ") {
                return version.trim_end().to_owned();
            }
        }
    }
}
