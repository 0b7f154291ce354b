//! The letters that the service writes: wishes judged, and those that become letters sent, by the composer and the engine of every mail.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use jiff::{SignedDuration, Timestamp};
use tokio::sync::mpsc;

use super::Refusal;
use crate::compose::{self, Errand, Notice, Spliced, dkim};
use crate::deliver::log::Logged;
use crate::deliver::{self, Credentials, Gateway, Job, Patience};
use crate::ledger::{Budget, CONFIRMATION, Ledger, Outbox};
use crate::model::address::Address;
use crate::model::publication::Publication;
use crate::token::{Claim, Keyring, Mark, Purpose};

/// How long a link to one's own settings holds.
const SETTINGS: SignedDuration = SignedDuration::from_hours(30 * 24);

/// What writes letters.
#[derive(Debug)]
pub struct Post {
    publication: Publication,
    keyring: Arc<Keyring>,
    ledger: Ledger,
    outbox: Outbox,
    gateways: Vec<Gateway>,
    project: PathBuf,
}

impl Post {
    /// Takes the letters in hand.
    ///
    /// # Errors
    /// If there is no relay or its login cannot be read, or if another process has the letters.
    pub async fn open(
        publication: &Publication,
        keyring: &Arc<Keyring>,
        ledger: &Ledger,
        project: &Path,
    ) -> Result<Self, Refusal> {
        if publication.relays.is_empty() {
            return Err(Refusal::Failed("newsletter.toml has no [relay], over which letters could be sent".to_owned()));
        }
        if let Some(dkim) = &publication.dkim {
            let is_whole = matches!(dkim::signer(dkim), Ok(Some(_)));
            if !is_whole {
                return Err(Refusal::Failed("the mail is to be signed, and its key cannot be read here".to_owned()));
            }
        }
        let gateway = |relay: &crate::model::relay::Relay| {
            let credentials = relay.login.as_ref().map(|login| Credentials::read(login, project)).transpose()?;
            // A letter is one mail, now and then: one connection does. Its number is told to nobody.
            let relay = crate::model::relay::Relay { connections: 1, dsn: false, ..relay.clone() };
            Ok::<_, Refusal>(Gateway { relay, credentials })
        };
        let gateways = publication.relays.iter().map(gateway).collect::<Result<_, _>>()?;
        let outbox = ledger.outbox(Timestamp::now()).await?;
        let (publication, keyring) = (publication.clone(), Arc::clone(keyring));
        Ok(Self { publication, keyring, ledger: ledger.clone(), outbox, gateways, project: project.to_owned() })
    }

    /// Judges the wishes that wait, `listed` being the marks of those whom a file has on the list, and sends the letters that can be sent now. Gives how many
    /// went out.
    ///
    /// # Errors
    /// If the ledger fails; what is wrong with the relay is tried again the next time.
    pub async fn round(&self, listed: Arc<HashSet<Mark>>, budget: Budget, now: Timestamp) -> Result<u64, Refusal> {
        let keyring = Arc::clone(&self.keyring);
        let mark = move |address: &Address| keyring.mark(address);
        self.ledger.judge_wishes(mark, move |mark| listed.contains(&mark), budget, now).await?;
        let (notices, outbox) = self.outbox.round(now).await?;
        if notices.is_empty() {
            return Ok(0);
        }
        let mut letters: HashMap<String, Spliced> = HashMap::new();
        for notice in notices {
            let letter = self.letter(&notice).map_err(Refusal::Failed)?;
            letters.insert(notice.address.key(), letter);
        }
        let before = u64::try_from(letters.len()).unwrap_or(u64::MAX);
        // Nobody follows it event by event.
        let (progress, _) = mpsc::unbounded_channel();
        let sender = self.publication.sender.address.clone();
        let job = Job {
            gateways: self.gateways.clone(),
            pace: BTreeMap::new(),
            canary: 0,
            refused_percent: None,
            waits: false,
            now,
            project: self.project.clone(),
            hello: sender.domain().to_owned(),
            sender,
            return_path: None,
            envid: "letter".to_owned(),
            patience: Patience::default(),
            compose: Arc::new(move |address: &Address| {
                letters.get(&address.key()).cloned().map(Into::into).ok_or_else(|| "this letter was not composed".to_owned())
            }),
            progress,
        };
        let credentials = self.gateways.iter().filter_map(|gateway| gateway.credentials.clone()).collect();
        let summary = deliver::send(job, Logged::new(outbox, credentials), std::future::pending()).await?;
        Ok(before.saturating_sub(summary.balance.pending))
    }

    fn letter(&self, asked: &crate::ledger::Notice) -> Result<Spliced, String> {
        let mark = self.keyring.mark(&asked.address);
        let base = self.publication.service.as_ref().map_or("", |service| service.base.as_str());
        let (notice, link) = if let Some(generation) = asked.generation {
            let claim = Claim { mark, generation, until: Some(asked.at + CONFIRMATION) };
            (Notice::Confirm, format!("{base}confirm/{}", self.keyring.mint(Purpose::Confirm, claim)))
        } else {
            let claim = Claim { mark, generation: 0, until: Some(asked.at + SETTINGS) };
            (Notice::Settings, format!("{base}settings/{}", self.keyring.mint(Purpose::Preferences, claim)))
        };
        let signer = self.publication.dkim.as_ref().and_then(|dkim| dkim::signer(dkim).ok().flatten());
        // A number would tell whoever gets two letters how many went to others in between.
        let name = data_encoding::HEXLOWER.encode(&self.keyring.blind(&asked.number.to_be_bytes())[..8]);
        let errand = Errand { notice, language: asked.language, to: &asked.address, link: &link, name: &name, at: asked.at };
        compose::notice(&self.publication, signer, errand)
    }
}
