//! An SMTP server that takes everything at once and keeps nothing: a thread a connection, no parsing but what must be.

use std::io::{self, BufRead, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::atomic::{AtomicU64, Ordering};
use std::thread;

use postrider::receive::{Limits, Receiver};

static TAKEN: AtomicU64 = AtomicU64::new(0);
const END: &[u8] = b"\r\n.\r\n";

pub(crate) fn run() {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
    println!("{}", listener.local_addr().expect("bound").port());
    thread::spawn(move || {
        for stream in listener.incoming().flatten() {
            thread::spawn(move || serve(&stream));
        }
    });
    let _ = io::stdin().read_to_end(&mut Vec::new());
    println!("{}", TAKEN.load(Ordering::Relaxed));
}

/// The same by the program's own receiver.
pub(crate) fn run_built_in() {
    let runtime = tokio::runtime::Runtime::new().expect("a runtime");
    runtime.block_on(async {
        let receiver = Receiver::discarding(Limits::default()).await.expect("a port");
        println!("{}", receiver.address().port());
        let wait = tokio::task::spawn_blocking(|| io::stdin().read_to_end(&mut Vec::new()));
        let _ = wait.await;
        let arrivals = receiver.arrivals();
        let (_, violations) = receiver.stop().await;
        let count = *arrivals.borrow();
        println!("{count}, {} rules broken", violations.len());
    });
}

fn serve(stream: &TcpStream) -> io::Result<()> {
    stream.set_nodelay(true)?;
    let mut output = stream;
    output.write_all(b"220 sink ESMTP\r\n")?;
    let mut input = io::BufReader::with_capacity(256 * 1024, stream);
    let (mut line, mut replies) = (Vec::new(), Vec::new());
    loop {
        if input.buffer().is_empty() && !replies.is_empty() {
            output.write_all(&replies)?;
            replies.clear();
        }
        line.clear();
        if input.read_until(b'\n', &mut line)? == 0 {
            return Ok(());
        }
        match line.get(..4).unwrap_or_default().to_ascii_uppercase().as_slice() {
            b"EHLO" => replies.extend_from_slice(b"250-sink\r\n250-PIPELINING\r\n250-8BITMIME\r\n250 SIZE\r\n"),
            b"DATA" => {
                replies.extend_from_slice(b"354 go\r\n");
                output.write_all(&replies)?;
                replies.clear();
                discard(&mut input)?;
                TAKEN.fetch_add(1, Ordering::Relaxed);
                replies.extend_from_slice(b"250 taken\r\n");
            }
            b"QUIT" => {
                replies.extend_from_slice(b"221 bye\r\n");
                return output.write_all(&replies);
            }
            _ => replies.extend_from_slice(b"250 ok\r\n"),
        }
    }
}

/// Reads to the end of a message. No message here is empty, so its dot follows a line end.
fn discard(input: &mut impl BufRead) -> io::Result<()> {
    let mut tail: Vec<u8> = Vec::new();
    loop {
        let octets = input.fill_buf()?;
        if octets.is_empty() {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
        // The end may be parted between this piece and the one before.
        let kept = tail.len();
        let head = &octets[..octets.len().min(END.len())];
        tail.extend_from_slice(head);
        if let Some(at) = memchr::memmem::find(&tail, END).filter(|at| at + END.len() > kept) {
            let used = at + END.len() - kept;
            input.consume(used);
            return Ok(());
        }
        if let Some(at) = memchr::memmem::find(octets, END) {
            input.consume(at + END.len());
            return Ok(());
        }
        let length = octets.len();
        if length >= END.len() {
            tail.clear();
            tail.extend_from_slice(&octets[length - (END.len() - 1)..]);
        } else {
            tail.drain(..tail.len().saturating_sub(END.len() - 1));
        }
        input.consume(length);
    }
}
