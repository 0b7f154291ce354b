//! The peer: a plain program on lettre's builder and its pool, as its documentation writes it.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Instant;

use lettre::message::{Mailbox, MultiPart};
use lettre::transport::smtp::PoolConfig;
use lettre::{AsyncSmtpTransport, AsyncTransport, Message, Tokio1Executor};

pub(crate) fn run(port: u16, messages: usize, connections: usize, octets: usize) {
    let sentence = "The river carries what the hills let go, and the delta keeps it for those who come after. ";
    let paragraphs = (octets / 1150).max(1);
    let text: Arc<str> = format!("{}\r\n", sentence.repeat(5)).repeat(paragraphs).into();
    let html: Arc<str> = format!("<p style=\"margin:0\">{}</p>", sentence.repeat(5)).repeat(paragraphs).into();
    let runtime = tokio::runtime::Runtime::new().expect("a runtime");
    let started = Instant::now();
    let size = runtime.block_on(async {
        let pool = PoolConfig::new().max_size(u32::try_from(connections).expect("few"));
        let transport = AsyncSmtpTransport::<Tokio1Executor>::builder_dangerous("127.0.0.1").port(port).pool_config(pool).build();
        let next = Arc::new(AtomicUsize::new(0));
        let size = Arc::new(AtomicUsize::new(0));
        let mut tasks = tokio::task::JoinSet::new();
        for _ in 0..connections {
            let (transport, next, size, text, html) =
                (transport.clone(), Arc::clone(&next), Arc::clone(&size), Arc::clone(&text), Arc::clone(&html));
            tasks.spawn(async move {
                loop {
                    let number = next.fetch_add(1, Ordering::Relaxed);
                    if number >= messages {
                        return;
                    }
                    let to: Mailbox = format!("Reader <reader{number}@example.org>").parse().expect("a mailbox");
                    let (text, html) =
                        (format!("Dear reader {number},\r\n\r\n{text}"), format!("<p>Dear reader {number},</p>{html}"));
                    let message = Message::builder()
                        .from("News <news@example.org>".parse().expect("a mailbox"))
                        .to(to)
                        .subject("News")
                        .multipart(MultiPart::alternative_plain_html(text, html))
                        .expect("a message");
                    if number == 0 {
                        size.store(message.formatted().len(), Ordering::Relaxed);
                    }
                    transport.send(message).await.expect("it is taken");
                }
            });
        }
        while let Some(done) = tasks.join_next().await {
            done.expect("no panic");
        }
        size.load(Ordering::Relaxed)
    });
    let count = f64::from(u32::try_from(messages).expect("a bearable number"));
    println!("{{\"rate\": {:.0}, \"octets\": {size}}}", count / started.elapsed().as_secs_f64());
}
