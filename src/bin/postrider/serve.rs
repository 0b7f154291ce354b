//! `postrider serve`.

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use jiff::Timestamp;
use postrider::deed::{Members, Post};
use postrider::files::Project;
use postrider::ledger::Budget;
use postrider::public::{self, Public};
use tokio::sync::Notify;

use crate::failure::Failure;
use crate::people::People;
use crate::{args, dispatch, people, signal};

/// How long to wait for news before looking again: letters that were deferred come due meanwhile.
const LOOK: Duration = Duration::from_secs(30);

pub(crate) fn run(folder: Option<&Path>, arguments: &args::Serve) -> Result<(), Failure> {
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
        let mut public = Public::new(publication, service, Arc::clone(&keyring), ledger, members());
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
        let ready = |address| anstream::println!("Serving {base} at http://{address}   (Ctrl-C ends it)");
        public::serve(public, listen, ready, signal::leave()).await
    });
    served.map_err(|error| Failure::Failed(format!("cannot listen at {listen}: {error}; choose another address with --listen")))
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
