//! `postrider inbox`.

use std::collections::BTreeMap;
use std::path::Path;
use std::time::Duration;

use jiff::Timestamp;
use postrider::deed::{self, Letter};
use postrider::inbox::{InboxError, Source};
use postrider::ledger::Settled;
use postrider::model::inbox::Mailbox;
use serde_json::json;

use crate::failure::Failure;
use crate::people::People;
use crate::{args, dispatch, people, signal, workspace};

/// The first wait after a server failed, which doubles up to [`WAIT_MAX`].
const WAIT: Duration = Duration::from_secs(5);
const WAIT_MAX: Duration = Duration::from_mins(10);
/// How many letters for people are listed at most.
const SHOWN: usize = 50;

pub(crate) fn run(folder: Option<&Path>, arguments: &args::Inbox) -> Result<(), Failure> {
    let people = people::open(folder)?;
    let mailbox = mailbox(&people, arguments)?;
    dispatch::runtime()?.block_on(async {
        let work = async {
            if arguments.watch {
                return watch(&people, &mailbox, arguments.json).await;
            }
            let mut source = Source::open(&mailbox, people.root()).await.map_err(failed)?;
            let taken = take_all(&people, &mut source, arguments.json).await?;
            taken.tell(arguments.json);
            Ok(())
        };
        tokio::select! {
            done = work => done,
            // What is done is on the disk, and the letter in hand is read again the next time.
            () = signal::leave() => Ok(()),
        }
    })
}

fn mailbox(people: &People, arguments: &args::Inbox) -> Result<Mailbox, Failure> {
    if let Some(path) = &arguments.maildir {
        return Ok(Mailbox::Maildir(path.clone()));
    }
    if let Some(path) = &arguments.mbox {
        return Ok(Mailbox::Mbox(path.clone()));
    }
    people.publication.inbox.as_ref().and_then(|inbox| inbox.mailbox.clone()).ok_or_else(|| {
        let words = "newsletter.toml does not say where the mailbox is: add maildir, mbox or host to [inbox], or name one with --maildir or --mbox";
        Failure::Failed(words.to_owned())
    })
}

#[expect(clippy::needless_pass_by_value, reason = "it stands behind map_err")]
fn failed(error: InboxError) -> Failure {
    Failure::Failed(format!("{error}. Nothing is lost: what was not dealt with is read the next time"))
}

/// What letters came to.
#[derive(Default)]
struct Taken {
    counts: BTreeMap<&'static str, usize>,
    asks: Vec<String>,
    others: Vec<(String, String)>,
    settled: Settled,
}

impl Taken {
    fn add(&mut self, letter: Letter) {
        let word = match letter {
            Letter::Left => "left the list",
            Letter::LeftBefore => "asked to leave and had left",
            Letter::Failed { .. } => "came back as undeliverable",
            Letter::Complained => "complained",
            Letter::Forged => "are about no mail of ours",
            Letter::Passed => "are answers of machines",
            Letter::Asks { from } => {
                self.asks.push(from);
                "ask to leave without a proof"
            }
            Letter::Other { from, subject } => {
                self.others.push((from, subject));
                "are for you to read"
            }
        };
        *self.counts.entry(word).or_default() += 1;
    }

    fn tell(&self, is_json: bool) {
        if is_json {
            anstream::println!("{}", json!({ "letters": self.counts, "settled": self.settled }));
            return;
        }
        let all: usize = self.counts.values().sum();
        anstream::println!("{all} new {}.", if all == 1 { "letter" } else { "letters" });
        for (word, count) in &self.counts {
            anstream::println!("  {count:>5} {word}");
        }
        let Settled { bounced, taken_back, held } = &self.settled;
        if *bounced > 0 {
            anstream::println!("No mail goes any more to {bounced} whose address takes none.");
        }
        for held in held {
            anstream::println!(
                "At {} {} of {} failed for {}: too many to be the readers' fault. Nobody is taken off the list for it; ask its administrators, and look at the words in `postrider status {}`.",
                workspace::printable(&held.domain),
                held.failed,
                held.sent,
                held.issue,
                held.issue
            );
        }
        if *taken_back > 0 {
            anstream::println!("{taken_back} who had been taken off for it get mail again.");
        }
        for from in self.asks.iter().take(SHOWN) {
            let from = workspace::printable(from);
            anstream::println!(
                "Asks to leave, and nothing proves who they are: {from}. If you believe it: postrider subscribers remove {from}"
            );
        }
        for (from, subject) in self.others.iter().take(SHOWN) {
            anstream::println!("To read: {}: {}", workspace::printable(from), workspace::printable(subject));
        }
    }
}

/// Deals with every letter that was not dealt with yet.
async fn take_all(people: &People, source: &mut Source, is_json: bool) -> Result<Taken, Failure> {
    let (ledger, name) = (&people.ledger, source.name());
    let known = ledger.letters(&name).await?;
    let mut taken = Taken::default();
    for letter in source.list().await.map_err(failed)?.into_iter().filter(|letter| !known.contains(letter)) {
        let now = Timestamp::now();
        // Somebody may have taken it away meanwhile.
        let Some(content) = source.fetch(&letter).await.map_err(failed)? else { continue };
        let what = deed::take_in(ledger, &people.keyring, &content.octets, now).await?;
        ledger.note_letter(&name, &letter, now).await?;
        if is_json {
            anstream::println!("{}", serde_json::to_string(&what).expect("plain data"));
        }
        taken.add(what);
    }
    taken.settled = ledger.settle(Timestamp::now()).await?;
    Ok(taken)
}

/// The same again and again, until the program is ended.
async fn watch(people: &People, mailbox: &Mailbox, is_json: bool) -> Result<(), Failure> {
    let mut wait = WAIT;
    loop {
        let error = match Source::open(mailbox, people.root()).await {
            Ok(mut source) => loop {
                let taken = take_all(people, &mut source, is_json).await;
                match taken {
                    Ok(taken) if taken.counts.is_empty() => {}
                    Ok(taken) => taken.tell(is_json),
                    Err(failure) => break failure,
                }
                wait = WAIT;
                if let Err(error) = source.wait().await {
                    break failed(error);
                }
            },
            Err(error) if error.is_passing() => failed(error),
            Err(error) => return Err(failed(error)),
        };
        anstream::eprintln!("{error}; trying again in {} s", wait.as_secs());
        tokio::time::sleep(wait).await;
        wait = (wait * 2).min(WAIT_MAX);
    }
}
