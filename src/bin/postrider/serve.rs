//! `postrider serve`.

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use jiff::Timestamp;
use postrider::archive::Archive;
use postrider::deed::{Members, Post};
use postrider::files::Project;
use postrider::ledger::{Budget, Ledger};
use postrider::model::publication::Publication;
use postrider::public::{self, Public, Shelf};
use tokio::sync::Notify;

use crate::failure::Failure;
use crate::people::People;
use crate::{args, dispatch, log, people, signal, workspace};

/// How long to wait for news before looking again: letters that were deferred come due meanwhile.
const LOOK: Duration = Duration::from_secs(30);

pub(crate) fn run(folder: Option<&Path>, arguments: &args::Serve) -> Result<(), Failure> {
    log::open(arguments.log.as_deref())?;
    let people = people::open(folder)?;
    let root = people.root().to_owned();
    let People { publication, keyring, ledger, .. } = people;
    let Some(service) = publication.service.clone() else {
        let words = "newsletter.toml has no [service]: add base = \"https://…\", the address at which readers find it";
        return Err(Failure::Failed(words.to_owned()));
    };
    let listen = arguments.listen;
    let served = dispatch::runtime()?.block_on(async {
        let (base, is_open) = (service.base.clone(), service.is_open);
        let members = || Members::of(Project { root: root.clone() }, Arc::clone(&keyring));
        let news = Arc::new(Notify::new());
        let budget = Budget {
            all: service.letters_per_day,
            domain: (service.letters_per_day / 5).max(1),
            network: (service.letters_per_day / 20).clamp(1, 25),
        };
        let post = Post::open(&publication, &keyring, &ledger, &root).await;
        let shelf = Shelf::default();
        let project = Project { root: root.clone() };
        let keeper = keep(shelf.clone(), project, publication.clone(), ledger.clone());
        let mut public = Public::new(publication, service, Arc::clone(&keyring), ledger, members()).with_archive(shelf);
        match post {
            Ok(post) => {
                public = public.writing(Arc::clone(&news));
                tokio::spawn(write(post, members(), budget, news));
            }
            Err(why) if is_open => {
                anstream::eprintln!("Nobody can join: {why}. The way out of the list is open all the same.");
            }
            Err(_) => {}
        }
        tokio::spawn(keeper);
        let ready = |address| anstream::println!("Serving {base} at http://{address}   (Ctrl-C ends it)");
        public::serve(public, listen, ready, signal::leave()).await
    });
    served.map_err(|error| Failure::Failed(format!("cannot listen at {listen}: {error}; choose another address with --listen")))
}

/// Keeps the archive up to date: made anew when an issue was sent, or its sending ended.
async fn keep(shelf: Shelf, project: Project, publication: Publication, ledger: Ledger) {
    if publication.web.as_ref().is_none_or(|web| !web.is_served) {
        return;
    }
    let cache = workspace::cache(&project);
    let mut shown = None;
    loop {
        let sent =
            ledger.issues().await.ok().map(|sent| {
                sent.into_iter().map(|sent| (sent.issue, sent.finished, sent.balance.accepted > 0)).collect::<Vec<_>>()
            });
        if sent.is_some() && sent != shown {
            match Archive::of(&project, &publication, &ledger, &cache).await {
                Ok(archive) => {
                    for warning in &archive.warnings {
                        anstream::eprintln!("Archive: {warning}.");
                    }
                    shelf.put(archive);
                    shown = sent;
                }
                Err(why) => anstream::eprintln!("The archive waits: {why}"),
            }
        }
        tokio::time::sleep(LOOK).await;
    }
}

/// Writes letters for as long as the service lives.
async fn write(post: Post, members: Members, budget: Budget, news: Arc<Notify>) {
    loop {
        // What does not work now is tried again: the wishes and the letters stay where they are.
        if let Err(why) = post.round(members.marks(), budget, Timestamp::now()).await {
            anstream::eprintln!("Letters wait: {why}");
        }
        let _ = tokio::time::timeout(LOOK, news.notified()).await;
    }
}
