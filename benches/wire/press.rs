//! What readers do to the service: many who leave at once, each by their own link; and the barest server to hold it against.

use std::fs;
use std::io::{self, BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::{Duration, Instant};

use axum::Router;
use axum::routing::post;
use postrider::model::address::Address;
use postrider::token::{Claim, Keyring, Purpose};

/// Answers every POST with a word, and knows nothing.
pub(crate) fn hello() {
    let runtime = tokio::runtime::Runtime::new().expect("a runtime");
    runtime.block_on(async {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.expect("a port");
        println!("{}", listener.local_addr().expect("bound").port());
        let routes = Router::new().fallback(post(async || "hello\n"));
        tokio::spawn(async move { axum::serve(listener, routes).await });
        let _ = tokio::task::spawn_blocking(|| io::stdin().read_to_end(&mut Vec::new())).await;
    });
}

/// Prints the paths of so many readers' links.
pub(crate) fn links(keys: &str, list: &str, count: usize) {
    let keyring = Keyring::parse(&fs::read_to_string(keys).expect("a file of keys"), list).expect("keys");
    let mut out = io::BufWriter::new(io::stdout().lock());
    for number in 0..count {
        let mark = keyring.mark(&Address::parse(&format!("reader{number}@example.org")).expect("an address"));
        writeln!(out, "/unsubscribe/{}", keyring.mint(Purpose::Leave, Claim::for_ever(mark))).expect("a line");
    }
}

/// Presses every link of a file once, over so many connections, and prints how long that took.
pub(crate) fn run(port: u16, paths: &str, connections: usize) {
    let paths: Arc<Vec<String>> = Arc::new(fs::read_to_string(paths).expect("the links").lines().map(str::to_owned).collect());
    let (next, times) = (Arc::new(AtomicUsize::new(0)), Arc::new(Mutex::new(Vec::with_capacity(paths.len()))));
    let started = Instant::now();
    let workers: Vec<_> = (0..connections)
        .map(|_| {
            let (paths, next, times) = (Arc::clone(&paths), Arc::clone(&next), Arc::clone(&times));
            thread::spawn(move || {
                let stream = TcpStream::connect(("127.0.0.1", port)).expect("it listens");
                stream.set_nodelay(true).expect("a socket");
                let mut reader = BufReader::new(stream.try_clone().expect("a socket"));
                let mut own = Vec::new();
                while let Some(path) = paths.get(next.fetch_add(1, Ordering::Relaxed)) {
                    let begun = Instant::now();
                    press(&stream, &mut reader, path);
                    own.push(begun.elapsed());
                }
                times.lock().expect("the others live").extend(own);
            })
        })
        .collect();
    for worker in workers {
        worker.join().expect("a worker");
    }
    let seconds = started.elapsed().as_secs_f64();
    let mut times = times.lock().expect("all are done").clone();
    times.sort();
    let at = |share: usize| times[(times.len() * share / 100).min(times.len() - 1)];
    let milliseconds = |time: Duration| time.as_secs_f64() * 1000.0;
    println!(
        "{{\"requests\":{},\"seconds\":{seconds:.3},\"p50\":{:.3},\"p99\":{:.3}}}",
        times.len(),
        milliseconds(at(50)),
        milliseconds(at(99))
    );
}

fn press(mut stream: &TcpStream, reader: &mut BufReader<TcpStream>, path: &str) {
    const BODY: &str = "List-Unsubscribe=One-Click";
    let request = format!(
        "POST {path} HTTP/1.1\r\nHost: news.example.org\r\nContent-Type: application/x-www-form-urlencoded\r\nContent-Length: {}\r\n\r\n{BODY}",
        BODY.len()
    );
    stream.write_all(request.as_bytes()).expect("it takes the request");
    let (mut line, mut length) = (String::new(), 0);
    reader.read_line(&mut line).expect("an answer");
    assert!(line.contains(" 200 "), "{line}");
    loop {
        line.clear();
        reader.read_line(&mut line).expect("a header");
        if let Some(found) = line.to_ascii_lowercase().strip_prefix("content-length:") {
            length = found.trim().parse().expect("a length");
        }
        if line == "\r\n" {
            break;
        }
    }
    reader.read_exact(&mut vec![0; length]).expect("a body");
}
