//! The built-in SMTP receiver, spoken to over real TCP as a client would, well-behaved or not.

use std::fs;
use std::net::SocketAddr;
use std::time::Duration;

use postrider::receive::{Body, Fault, Limits, MailParameters, Place, Received, Receiver, Violation};
use tempfile::TempDir;
use tokio::io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader};
use tokio::net::TcpStream;

/// A receiver with an empty spool that goes with it.
struct Rehearsal {
    spool: TempDir,
    receiver: Receiver,
}

impl Rehearsal {
    async fn start() -> Self {
        Self::with(Limits::default()).await
    }

    async fn with(limits: Limits) -> Self {
        let spool = tempfile::tempdir().unwrap();
        let receiver = Receiver::start(spool.path(), limits).await.unwrap();
        Self { spool, receiver }
    }

    /// A client that has read the greeting.
    async fn connect(&self) -> Client {
        Client::connect(self.receiver.address()).await
    }

    /// A client that has said EHLO.
    async fn greet(&self) -> Client {
        let mut client = self.connect().await;
        client.expect("EHLO client.example", "250-").await;
        client
    }

    /// Stops; asserts that the spool holds the messages on the list, byte for byte `texts`, and no other file.
    async fn stop_with_messages(self, texts: &[&[u8]]) -> (Vec<Received>, Vec<Violation>) {
        let (received, violations) = self.receiver.stop().await;
        let mut files: Vec<_> = fs::read_dir(self.spool.path()).unwrap().map(|entry| entry.unwrap().path()).collect();
        files.sort();
        assert_eq!(files, received.iter().map(|message| message.path.clone()).collect::<Vec<_>>());
        assert_eq!(received.len(), texts.len());
        for (message, text) in received.iter().zip(texts) {
            let kept = fs::read(&message.path).unwrap();
            assert!(kept == *text, "message {}: {}", message.id, kept[..kept.len().min(1000)].escape_ascii());
            assert_eq!(message.octets, text.len() as u64);
        }
        (received, violations)
    }

    /// As [`stop_with_messages`](Self::stop_with_messages), and asserts which rules were broken where, as they are told to
    /// people.
    async fn stop_with(self, texts: &[&[u8]], violations: &[&str]) -> Vec<Received> {
        let (received, found) = self.stop_with_messages(texts).await;
        assert_eq!(found.iter().map(ToString::to_string).collect::<Vec<_>>(), violations);
        received
    }
}

struct Client {
    stream: BufReader<TcpStream>,
}

impl Client {
    async fn connect(address: SocketAddr) -> Self {
        let mut client = Self { stream: BufReader::new(TcpStream::connect(address).await.unwrap()) };
        assert_eq!(client.reply().await, "220 localhost ESMTP Postrider receiver");
        client
    }

    async fn send(&mut self, octets: impl AsRef<[u8]>) {
        self.stream.write_all(octets.as_ref()).await.unwrap();
    }

    /// The next reply, its lines parted by `\n`.
    async fn reply(&mut self) -> String {
        let mut reply = String::new();
        loop {
            let start = reply.len();
            assert_ne!(self.stream.read_line(&mut reply).await.unwrap(), 0, "closed after {reply:?}");
            assert!(reply.ends_with("\r\n") && reply.len() - start <= 512, "{reply:?}");
            reply.truncate(reply.len() - 2);
            match &reply[start + 3..=start + 3] {
                " " => return reply,
                _ => reply.push('\n'),
            }
        }
    }

    /// Reads the next reply, which must begin with `start`.
    async fn expect_reply(&mut self, start: &str) {
        let reply = self.reply().await;
        assert!(reply.starts_with(start), "expected {start}, got {reply}");
    }

    /// Says one command and reads its reply, which must begin with `start`.
    async fn expect(&mut self, command: &str, start: &str) {
        self.send(format!("{command}\r\n")).await;
        let reply = self.reply().await;
        assert!(reply.starts_with(start), "{command}: expected {start}, got {reply}");
    }

    /// Sends a message up to the reply to DATA.
    async fn begin_message(&mut self) {
        self.expect("MAIL FROM:<news@example.org>", "250 2.1.0 ").await;
        self.expect("RCPT TO:<ada@example.com>", "250 2.1.5 ").await;
        self.expect("DATA", "354 ").await;
    }

    /// Sends a whole message, `text` as it goes over the wire, and reads the last reply, which must begin with `start`.
    async fn expect_message(&mut self, text: impl AsRef<[u8]>, start: &str) {
        self.begin_message().await;
        self.send(text).await;
        self.expect_reply(start).await;
    }

    /// Asserts that the receiver closes the connection without another word.
    async fn expect_end(&mut self) {
        let mut rest = String::new();
        self.stream.read_to_string(&mut rest).await.unwrap();
        assert_eq!(rest, "");
    }

    async fn quit(mut self) {
        self.expect("QUIT", "221 2.0.0 ").await;
        self.expect_end().await;
    }
}

/// For tests that wait for a step to end; long enough for a busy machine to keep up with.
const SHORT_STEP: Limits =
    Limits { message_octets: 1 << 30, recipients: 100, connections: 10, faults: 20, step: Duration::from_secs(1) };

const TEXT: &str = "Subject: News\r\n\r\nGood day.\r\n";
const SENT: &str = "Subject: News\r\n\r\nGood day.\r\n.\r\n";

#[tokio::test]
async fn a_message_is_kept_with_its_envelope() {
    let rehearsal = Rehearsal::start().await;
    let mut client = rehearsal.connect().await;
    client.send("EHLO client.example\r\n").await;
    let extensions = "250-localhost\n250-PIPELINING\n250-SIZE 52428800\n250-8BITMIME\n250-ENHANCEDSTATUSCODES\n250 SMTPUTF8";
    assert_eq!(client.reply().await, extensions);
    client.expect("MAIL FROM:<news@example.org> SIZE=100 BODY=8BITMIME", "250 2.1.0 ").await;
    client.expect("RCPT TO:<Ada@example.com>", "250 2.1.5 ").await;
    client.expect(r#"RCPT TO:<"bob > b"@example.net>"#, "250 2.1.5 ").await;
    client.expect("DATA", "354 ").await;
    let text = "Subject: News\r\n\r\nশুভেচ্ছা\r\n";
    client.send(text).await;
    client.send(".\r\n").await;
    assert_eq!(client.reply().await, "250 2.0.0 Kept as message 1");
    // What is answered has been kept: nothing need be awaited before it is looked at.
    assert_eq!(fs::read(&rehearsal.receiver.received()[0].path).unwrap(), text.as_bytes());
    client.expect("NOOP", "250 2.0.0 ").await;
    client.expect("VRFY ada", "252 2.0.0 ").await;
    client.expect("HELP", "214 2.0.0 ").await;
    client.expect("RSET", "250 2.0.0 ").await;
    client.quit().await;

    let expected = Received {
        id: 1,
        connection: 1,
        hello: "client.example".into(),
        sender: "news@example.org".into(),
        recipients: vec!["Ada@example.com".into(), r#""bob > b"@example.net"#.into()],
        parameters: MailParameters { size: Some(100), body: Some(Body::EightBitMime), smtputf8: false },
        path: rehearsal.spool.path().join("00000001.eml"),
        octets: text.len() as u64,
    };
    assert_eq!(rehearsal.stop_with(&[text.as_bytes()], &[]).await, [expected]);
}

#[tokio::test]
async fn a_client_that_says_helo_gets_no_extensions() {
    let rehearsal = Rehearsal::start().await;
    let mut client = rehearsal.connect().await;
    client.expect("HELO client.example", "250 localhost").await;
    client.expect("MAIL FROM:<> SIZE=100", "555 5.5.4 ").await;
    client.send("MAIL FROM:<>\r\nRCPT TO:<ada@example.com>\r\n").await;
    client.expect_reply("250 2.1.0 ").await;
    client.expect_reply("250 2.1.5 ").await;
    client.expect("DATA", "354 ").await;
    client.send(SENT).await;
    client.expect_reply("250 2.0.0 ").await;
    client.quit().await;
    let violations = [
        "connection 1, command 2 \"MAIL FROM:<> SIZE=100\": MAIL has parameters, which need EHLO in place of HELO (RFC 5321, 4.1.1.11)",
        "connection 1, command 3 \"MAIL FROM:<>\": the client went on before it had the reply to a command that ends a group (RFC 2920, 3.1)",
    ];
    let received = rehearsal.stop_with(&[TEXT.as_bytes()], &violations).await;
    assert_eq!(received[0].sender, "");
}

#[tokio::test]
async fn a_pipelined_batch_is_answered_in_order() {
    let rehearsal = Rehearsal::start().await;
    let mut client = rehearsal.greet().await;
    let group =
        "MAIL FROM:<news@example.org>\r\nRCPT TO:<ada@example.com>\r\nRCPT TO:<bob@>\r\nRCPT TO:<eve@example.com>\r\nDATA\r\n";
    let replies = ["250 2.1.0 ", "250 2.1.5 ", "501 5.1.3 ", "250 2.1.5 ", "354 "];
    client.send(group).await;
    for reply in replies {
        client.expect_reply(reply).await;
    }
    // The text may bring the next group with it (RFC 2920, 3.1).
    client.send([SENT, "RSET\r\n", group].concat()).await;
    client.expect_reply("250 2.0.0 Kept as message 1").await;
    client.expect_reply("250 2.0.0 ").await;
    for reply in replies {
        client.expect_reply(reply).await;
    }
    client.send(SENT).await;
    client.expect_reply("250 2.0.0 Kept as message 2").await;
    client.quit().await;
    let (received, violations) = rehearsal.stop_with_messages(&[TEXT.as_bytes(), TEXT.as_bytes()]).await;
    assert!(received.iter().all(|message| message.recipients == ["ada@example.com", "eve@example.com"]));
    assert!(violations.iter().all(|violation| matches!(violation.fault, Fault::Recipient(_))), "{violations:?}");
    assert_eq!(violations.len(), 2);
}

#[tokio::test]
async fn what_was_pipelined_behind_a_refused_command_is_not_held_against_the_client() {
    let rehearsal = Rehearsal::with(Limits { message_octets: 1000, recipients: 0, ..Limits::default() }).await;
    let mut client = rehearsal.greet().await;
    client.send("MAIL FROM:<news@example.org> SIZE=1001\r\nRCPT TO:<ada@example.com>\r\nDATA\r\n").await;
    for reply in ["552 5.3.4 ", "503 5.5.1 ", "503 5.5.1 "] {
        client.expect_reply(reply).await;
    }
    client.send("RSET\r\nMAIL FROM:<news@example.org>\r\nRCPT TO:<ada@example.com>\r\nDATA\r\n").await;
    for reply in ["250 2.0.0 ", "250 2.1.0 ", "452 4.5.3 ", "554 5.5.1 "] {
        client.expect_reply(reply).await;
    }
    client.send("RSET\r\nMAIL FROM:news@example.org\r\nRCPT TO:<ada@example.com>\r\nDATA\r\n").await;
    for reply in ["250 2.0.0 ", "501 5.1.7 ", "503 5.5.1 ", "503 5.5.1 "] {
        client.expect_reply(reply).await;
    }
    client.quit().await;
    let violation = "connection 1, command 10 \"MAIL FROM:news@example.org\": \
        the sender does not stand between < and > right after the colon (RFC 5321, 4.1.2)";
    rehearsal.stop_with(&[], &[violation]).await;
}

#[tokio::test]
async fn dots_are_unstuffed_and_nothing_else_is_changed() {
    let rehearsal = Rehearsal::start().await;
    let mut client = rehearsal.greet().await;
    client.expect_message("..\r\n...\r\n..a\r\nb.\r\n\r\n \t\r\n.\r\n", "250 ").await;
    client.expect_message(".\r\n", "250 ").await;
    client.expect_message("no header, a control \x07 and a dot within: .\r\n.\r\n", "250 ").await;
    client.quit().await;
    let kept: [&[u8]; 3] = [b".\r\n..\r\n.a\r\nb.\r\n\r\n \t\r\n", b"", b"no header, a control \x07 and a dot within: .\r\n"];
    rehearsal.stop_with(&kept, &[]).await;
}

#[tokio::test]
async fn flaws_that_a_real_server_might_pass_over_are_told_and_the_message_is_kept() {
    let rehearsal = Rehearsal::start().await;
    let mut client = rehearsal.greet().await;
    let long = "x".repeat(999);
    client.expect_message(format!("a\r\n{long}\r\n{long}\r\n.\r\n"), "250 ").await;
    client.expect_message(".hidden\r\n.\r\n", "250 ").await;
    client.expect_message("শুভেচ্ছা\r\n.\r\n", "250 ").await;
    client.send("MAIL FROM:<> SIZE=2\r\nRCPT TO:<ada@example.com>\r\nDATA\r\nabc\r\n.\r\n").await;
    for reply in ["250 ", "250 ", "354 ", "250 "] {
        client.expect_reply(reply).await;
    }
    drop(client);
    let violations = [
        "connection 1, message 1, line 2: a line of the message is longer than 998 octets (RFC 5321, 4.5.3.1.6)",
        "connection 1, message 2, line 1: a line that begins with a dot was sent without a second dot before it (RFC 5321, 4.5.2)",
        "connection 1, message 3, line 1: the message holds octets above 127 and MAIL did not say BODY=8BITMIME (RFC 6152, 3)",
        "connection 1, command 13 \"DATA\": the client went on before it had the reply to a command that ends a group (RFC 2920, 3.1)",
        "connection 1, message 4: MAIL declared 2 octets, but the message has 5 (RFC 1870, 6.3)",
    ];
    let mut received = Vec::from([format!("a\r\n{long}\r\n{long}\r\n").into_bytes(), b"hidden\r\n".to_vec()]);
    received.extend(["শুভেচ্ছা\r\n".into(), b"abc\r\n".to_vec()]);
    let texts: Vec<&[u8]> = received.iter().map(Vec::as_slice).collect();
    let (_, found) = rehearsal.stop_with_messages(&texts).await;
    let found: Vec<_> = found.iter().map(ToString::to_string).collect();
    assert_eq!(found[..5], violations);
}

#[tokio::test]
async fn a_message_with_a_bare_line_end_or_nul_is_refused_and_cannot_smuggle_in_another() {
    let smuggled = "MAIL FROM:<eve@example.net>\r\nRCPT TO:<ada@example.com>\r\nDATA\r\nspam\r\n";
    let rehearsal = Rehearsal::start().await;
    let mut client = rehearsal.greet().await;
    for end in ["\n.\n", "\n.\r\n", "\r\n.\n", "\r.\r", "\r\n.\r", "\r.\r\n", "\0\r\n"] {
        client.expect_message(["a\r\nb", end, smuggled, ".\r\n"].concat(), "554 5.6.0 Line ").await;
    }
    client.expect_message(SENT, "250 2.0.0 Kept as message 1").await;
    client.quit().await;
    let (_, violations) = rehearsal.stop_with_messages(&[TEXT.as_bytes()]).await;
    let faults: Vec<_> = violations.iter().map(|violation| &violation.fault).filter(|fault| fault.spoils_message()).collect();
    let expected = [
        Fault::BareLineFeed,
        Fault::BareLineFeed,
        Fault::BareLineFeed,
        Fault::BareCarriageReturn,
        Fault::BareCarriageReturn,
        Fault::BareCarriageReturn,
        Fault::Nul,
    ];
    assert_eq!(faults, expected.iter().collect::<Vec<_>>());
    assert_eq!(violations[0].place, Place::Message { number: 1, line: Some(2) });
}

#[tokio::test]
async fn a_bare_line_end_in_a_command_ends_the_connection() {
    let rehearsal = Rehearsal::start().await;
    for line in ["NOOP\nMAIL FROM:<eve@example.net>\r\n", "NOOP\rMAIL FROM:<eve@example.net>\r\n"] {
        let mut client = rehearsal.greet().await;
        client.send(line).await;
        client.expect_reply("521 5.5.2 ").await;
        client.expect_end().await;
    }
    let violations = [
        "connection 1, command 2 \"NOOP\": \
        a line feed without a carriage return before it: lines end with CRLF only (RFC 5321, 2.3.8)",
        "connection 2, command 2 \"NOOP\": \
        a carriage return without a line feed after it: lines end with CRLF only (RFC 5321, 2.3.8)",
    ];
    rehearsal.stop_with(&[], &violations).await;
}

#[tokio::test]
async fn a_message_that_is_too_large_is_refused_once_it_has_been_read() {
    let limit = 400_000;
    let rehearsal = Rehearsal::with(Limits { message_octets: limit, ..Limits::default() }).await;
    let mut client = rehearsal.connect().await;
    client.send("EHLO client.example\r\n").await;
    assert!(client.reply().await.contains("SIZE 400000\n"));
    client.expect("MAIL FROM:<> SIZE=400001", "552 5.3.4 ").await;
    let line = format!("{}\r\n", "x".repeat(78));
    let fits = line.repeat(5000);
    client.expect_message(format!("{fits}\r\n.\r\n"), "552 5.3.4 ").await;
    client.expect_message(format!("{}.\r\n", fits.repeat(10)), "552 5.3.4 ").await;
    client.expect_message(format!("{fits}.\r\n"), "250 2.0.0 Kept as message 1").await;
    client.quit().await;
    rehearsal.stop_with(&[fits.as_bytes()], &[]).await;
}

#[tokio::test]
async fn commands_out_of_order_are_refused_and_the_dialogue_goes_on() {
    let rehearsal = Rehearsal::start().await;
    let mut client = rehearsal.connect().await;
    client.expect("MAIL FROM:<news@example.org>", "503 5.5.1 MAIL before EHLO or HELO ").await;
    client.expect("EHLO client.example", "250-").await;
    client.expect("RCPT TO:<ada@example.com>", "503 5.5.1 RCPT before MAIL ").await;
    client.expect("RSET", "250 2.0.0 ").await;
    client.expect("DATA", "503 5.5.1 DATA before MAIL ").await;
    client.expect("MAIL FROM:<news@example.org>", "250 2.1.0 ").await;
    client.expect("DATA", "554 5.5.1 DATA before any recipient was accepted ").await;
    client.expect("RSET", "250 2.0.0 ").await;
    client.expect("MAIL FROM:<news@example.org>", "250 2.1.0 ").await;
    client.expect("MAIL FROM:<eve@example.net>", "503 5.5.1 MAIL within a transaction").await;
    client.expect("RCPT TO:<ada@example.com>", "250 2.1.5 ").await;
    client.expect("EHLO other.example", "250-").await;
    client.expect("DATA", "503 5.5.1 ").await;
    client.expect_message(SENT, "250 2.0.0 Kept as message 1").await;
    client.expect("DATA", "503 5.5.1 ").await;
    client.quit().await;
    let (received, violations) = rehearsal.stop_with_messages(&[TEXT.as_bytes()]).await;
    assert_eq!((received[0].sender.as_str(), received[0].hello.as_str()), ("news@example.org", "other.example"));
    let numbers = violations.iter().map(|violation| match violation.place {
        Place::Command { number, .. } => number,
        _ => panic!("{violation}"),
    });
    assert_eq!(numbers.collect::<Vec<_>>(), [1, 3, 5, 7, 10, 13, 17]);
}

#[tokio::test]
async fn a_command_that_cannot_be_read_is_refused_with_the_reason() {
    let rehearsal = Rehearsal::start().await;
    let mut client = rehearsal.greet().await;
    let endless = "x".repeat(100_000);
    for (command, reply) in [
        ("HELLO \"you\"", "500 5.5.1 no command is called \"HELLO\""),
        ("উদাহরণ", "500 5.5.1 no command is called \"\\u{989}"),
        ("NOOP \0", "500 5.5.2 the octet NUL"),
        (&endless, "500 5.5.2 the command line is longer than 512 octets"),
        ("STARTTLS", "502 5.5.1 STARTTLS is not among the extensions"),
        ("MAIL FROM: <news@example.org>", "501 5.1.7 the sender does not stand between < and > right after the colon"),
        ("MAIL FROM:<news@example.org> RET=HDRS", "555 5.5.4 the parameter \"RET=HDRS\" is not offered"),
        ("MAIL FROM:<news@example.org> SIZE=many", "501 5.5.4 the parameter \"SIZE=many\" is malformed"),
        ("MAIL FROM:<খবর@example.org>", "550 5.6.7 the sender is not ASCII"),
        ("MAIL FROM:<news@example.org>", "250 "),
        ("RCPT TO:<আদা@example.com>", "553 5.6.7 the recipient is not ASCII"),
        ("RCPT TO:<ada@exa mple.com>", "501 5.1.3 the recipient has a domain that is neither"),
    ] {
        client.expect(command, reply).await;
    }
    client.quit().await;
    let (_, violations) = rehearsal.stop_with_messages(&[]).await;
    assert_eq!(violations.len(), 11);
}

#[tokio::test]
async fn addresses_beyond_ascii_are_taken_with_smtputf8() {
    let rehearsal = Rehearsal::start().await;
    let mut client = rehearsal.greet().await;
    client.expect("MAIL FROM:<খবর@example.org> SMTPUTF8", "250 2.1.0 ").await;
    client.expect("RCPT TO:<আদা@উদাহরণ.example>", "250 2.1.5 ").await;
    client.expect("DATA", "354 ").await;
    client.send("Subject: খবর\r\n\r\n.\r\n").await;
    client.expect_reply("250 2.0.0 ").await;
    client.quit().await;
    let received = rehearsal.stop_with(&["Subject: খবর\r\n\r\n".as_bytes()], &[]).await;
    assert_eq!((received[0].sender.as_str(), &received[0].recipients[..]), ("খবর@example.org", &["আদা@উদাহরণ.example".into()][..]));
}

#[tokio::test]
async fn a_client_that_sends_everything_and_half_closes_is_answered_in_full() {
    let rehearsal = Rehearsal::start().await;
    let mut client = rehearsal.connect().await;
    client.send("EHLO client.example\r\nMAIL FROM:<>\r\nRCPT TO:<ada@example.com>\r\nDATA\r\n").await;
    client.send(SENT).await;
    client.stream.shutdown().await.unwrap();
    for reply in ["250-", "250 2.1.0 ", "250 2.1.5 ", "354 ", "250 2.0.0 Kept as message 1"] {
        client.expect_reply(reply).await;
    }
    client.expect_end().await;
    let (_, violations) = rehearsal.stop_with_messages(&[TEXT.as_bytes()]).await;
    let last = violations.last().map(ToString::to_string);
    assert_eq!(
        last.as_deref(),
        Some("connection 1, at its end: the client closed the connection without QUIT (RFC 5321, 4.1.1.10)")
    );
}

#[tokio::test]
async fn a_message_cut_off_leaves_nothing_behind() {
    let rehearsal = Rehearsal::start().await;
    // Once within memory, once when a part of it is in a file already.
    for octets in [100, 1_000_000] {
        let mut client = rehearsal.greet().await;
        client.begin_message().await;
        client.send("x\r\n".repeat(octets / 3)).await;
        client.stream.shutdown().await.unwrap();
        client.expect_end().await;
    }
    let violations = [1, 2].map(|connection| {
        format!(
            "connection {connection}, at its end: the client closed the connection before the end of its message (RFC 5321, 4.1.1.10)"
        )
    });
    rehearsal.stop_with(&[], &[&violations[0], &violations[1]]).await;
}

#[tokio::test]
async fn two_hundred_messages_over_eight_connections_are_all_kept_byte_for_byte() {
    const CONNECTIONS: usize = 8;
    const EACH: usize = 25;
    let rehearsal = Rehearsal::start().await;
    let text = |recipient: &str| {
        let stuffing = [".", "..", "", "plain"];
        let lines = (0..recipient.len() * 50).map(|n| format!("{}{recipient} {n}\r\n", stuffing[n % stuffing.len()]));
        lines.collect::<String>()
    };
    let address = rehearsal.receiver.address();
    let arrivals = rehearsal.receiver.arrivals();
    let clients: Vec<_> = (0..CONNECTIONS)
        .map(|connection| {
            tokio::spawn(async move {
                let mut client = Client::connect(address).await;
                client.expect("EHLO client.example", "250-").await;
                for message in 0..EACH {
                    let recipient = format!("r{connection}.{message}@example.com");
                    client.send(format!("MAIL FROM:<news@example.org>\r\nRCPT TO:<{recipient}>\r\nDATA\r\n")).await;
                    for reply in ["250 ", "250 ", "354 "] {
                        client.expect_reply(reply).await;
                    }
                    client.send(format!("{}.\r\n", text(&recipient).replace("\r\n.", "\r\n..").replacen('.', "..", 1))).await;
                    client.expect_reply("250 ").await;
                }
                client.quit().await;
            })
        })
        .collect();
    for client in clients {
        client.await.unwrap();
    }
    assert_eq!(*arrivals.borrow(), CONNECTIONS * EACH);
    let received = rehearsal.receiver.received();
    assert_eq!(received.iter().map(|message| message.id).collect::<Vec<_>>(), (1..=200).collect::<Vec<_>>());
    let texts: Vec<_> = received.iter().map(|message| text(&message.recipients[0])).collect();
    rehearsal.stop_with(&texts.iter().map(String::as_bytes).collect::<Vec<_>>(), &[]).await;
    let mut recipients: Vec<_> = received.into_iter().flat_map(|message| message.recipients).collect();
    recipients.sort();
    recipients.dedup();
    assert_eq!(recipients.len(), CONNECTIONS * EACH);
}

#[tokio::test]
async fn to_stop_sends_idle_clients_away_and_lets_a_message_under_way_arrive() {
    let rehearsal = Rehearsal::start().await;
    let mut idle = rehearsal.greet().await;
    let mut busy = rehearsal.greet().await;
    busy.begin_message().await;
    busy.send("a\r\n").await;
    let stop = rehearsal.stop_with(&[b"a\r\nb\r\n"], &[]);
    let clients = async {
        idle.expect_reply("421 4.3.2 ").await;
        idle.expect_end().await;
        drop(idle);
        busy.send("b\r\n.\r\n").await;
        busy.expect_reply("250 2.0.0 ").await;
        busy.expect_reply("421 4.3.2 ").await;
        busy.expect_end().await;
        drop(busy);
    };
    tokio::join!(stop, clients);
}

#[tokio::test]
async fn to_stop_does_not_wait_for_ever_for_a_message() {
    let rehearsal = Rehearsal::with(SHORT_STEP).await;
    let mut client = rehearsal.greet().await;
    client.begin_message().await;
    let drip = tokio::spawn(async move { while client.stream.write_all(b"a\r\n").await.is_ok() {} });
    // On a busy machine the client may be late enough to be called silent; either way the receiver stops.
    rehearsal.stop_with_messages(&[]).await;
    drip.await.unwrap();
}

#[tokio::test]
async fn a_receiver_that_is_dropped_stops() {
    let Rehearsal { receiver, spool: _spool } = Rehearsal::start().await;
    let address = receiver.address();
    let mut client = Client::connect(address).await;
    drop(receiver);
    client.expect_reply("421 4.3.2 ").await;
    client.expect_end().await;
    while TcpStream::connect(address).await.is_ok() {}
}

#[tokio::test]
async fn a_silent_client_is_sent_away() {
    let rehearsal = Rehearsal::with(SHORT_STEP).await;
    let mut between = rehearsal.connect().await;
    let mut within = rehearsal.greet().await;
    within.begin_message().await;
    within.send("a\r\n").await;
    between.send("EHLO").await;
    for mut client in [between, within] {
        client.expect_reply("421 4.4.2 ").await;
        client.expect_end().await;
    }
    let (_, mut violations) = rehearsal.stop_with_messages(&[]).await;
    violations.sort_by_key(|violation| violation.connection);
    let expected = [1, 2].map(|connection| Violation { connection, place: Place::Connection, fault: Fault::Silent });
    assert_eq!(violations, expected);
}

#[tokio::test]
async fn the_limits_hold() {
    let rehearsal = Rehearsal::with(Limits { connections: 2, recipients: 2, faults: 3, ..Limits::default() }).await;
    let mut client = rehearsal.greet().await;
    let other = rehearsal.connect().await;

    let mut third = BufReader::new(TcpStream::connect(rehearsal.receiver.address()).await.unwrap());
    let mut turned_away = String::new();
    third.read_to_string(&mut turned_away).await.unwrap();
    assert_eq!(turned_away, "421 4.3.2 Too many connections; try again later\r\n");
    drop(third);
    other.quit().await;

    client.expect("MAIL FROM:<news@example.org>", "250 ").await;
    client.expect("RCPT TO:<ada@example.com>", "250 ").await;
    client.expect("RCPT TO:<bob@example.com>", "250 ").await;
    client.expect("RCPT TO:<eve@example.com>", "452 4.5.3 ").await;
    client.expect("DATA", "354 ").await;
    client.send(SENT).await;
    client.expect_reply("250 ").await;

    client.expect("ONE", "500 ").await;
    client.expect_message("a\nb\r\n.\r\n", "554 ").await;
    client.send("THREE\r\nFOUR\r\nFIVE\r\n").await;
    client.expect_reply("500 ").await;
    client.expect_reply("421 4.7.0 ").await;
    client.expect_end().await;

    let (received, violations) = rehearsal.stop_with_messages(&[TEXT.as_bytes()]).await;
    assert_eq!(received[0].recipients, ["ada@example.com", "bob@example.com"]);
    assert_eq!(violations.len(), 3);
}

#[tokio::test]
async fn a_message_that_cannot_be_kept_is_put_off_not_accepted() {
    let Rehearsal { receiver, spool } = Rehearsal::start().await;
    let mut client = Client::connect(receiver.address()).await;
    client.expect("EHLO client.example", "250-").await;
    spool.close().unwrap();
    client.expect_message(SENT, "451 4.3.0 ").await;
    client.expect_message(format!("{}.\r\n", "x\r\n".repeat(300_000)), "451 4.3.0 ").await;
    client.quit().await;
    assert_eq!(receiver.stop().await, (vec![], vec![]));
}

#[tokio::test]
async fn a_spool_that_holds_anything_is_refused() {
    let spool = tempfile::tempdir().unwrap();
    fs::write(spool.path().join("00000001.eml"), TEXT).unwrap();
    let error = Receiver::start(spool.path(), Limits::default()).await.unwrap_err();
    let message = format!("the folder {} is not empty; give every receiver an empty folder of its own", spool.path().display());
    assert_eq!((error.kind(), error.to_string()), (std::io::ErrorKind::AlreadyExists, message));
    assert!(Receiver::start(&spool.path().join("new/folder"), Limits::default()).await.is_ok());
}

#[tokio::test]
async fn a_receiver_that_discards_judges_and_counts_and_keeps_nothing() {
    let server = Receiver::discarding(Limits::default()).await.unwrap();
    let mut client = Client::connect(server.address()).await;
    client.expect("EHLO client.example", "250").await;
    client.expect_message("a\r\n.\r\n", "250 ").await;
    client.expect_message("..dot\r\n\r\nb\r\n.\r\n", "250 ").await;
    client.expect_message("bare\nline feed\r\n.\r\n", "5").await;
    client.quit().await;
    let arrivals = server.arrivals();
    let (received, violations) = server.stop().await;
    assert_eq!((received.len(), *arrivals.borrow(), violations.len()), (0, 2, 1), "{violations:?}");
}
