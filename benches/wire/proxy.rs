//! A line that takes its time: what goes in comes out later, at any bandwidth. A thread a direction to read and one to write, for threads
//! sleep more exactly than timers of a runtime.

use std::io::{Read, Write};
use std::net::{Shutdown, TcpListener, TcpStream};
use std::sync::mpsc::channel;
use std::thread;
use std::time::{Duration, Instant};

pub(crate) fn run(port: u16, delay: Duration) {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
    println!("{}", listener.local_addr().expect("bound").port());
    thread::spawn(move || {
        for near in listener.incoming().flatten() {
            let Ok(far) = TcpStream::connect(("127.0.0.1", port)) else { continue };
            let pairs = [(near.try_clone(), far.try_clone()), (Ok(far), Ok(near))];
            for (from, to) in pairs {
                let (Ok(from), Ok(to)) = (from, to) else { continue };
                carry(from, to, delay);
            }
        }
    });
    let _ = std::io::stdin().read_to_end(&mut Vec::new());
}

fn carry(mut from: TcpStream, mut to: TcpStream, delay: Duration) {
    let (parcels, arriving) = channel::<(Instant, Vec<u8>)>();
    let _ = to.set_nodelay(true);
    thread::spawn(move || {
        let mut octets = vec![0; 256 * 1024];
        while let Ok(count @ 1..) = from.read(&mut octets) {
            if parcels.send((Instant::now() + delay, octets[..count].to_vec())).is_err() {
                return;
            }
        }
    });
    thread::spawn(move || {
        for (due, octets) in arriving {
            thread::sleep(due.saturating_duration_since(Instant::now()));
            if to.write_all(&octets).is_err() {
                return;
            }
        }
        let _ = to.shutdown(Shutdown::Write);
    });
}
