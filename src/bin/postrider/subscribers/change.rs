//! What is changed about one person.

use jiff::Timestamp;
use postrider::import::{self, Entry, Ground, Setting, export};
use postrider::ledger::Occasion;

use super::{file, parse};
use crate::failure::Failure;
use crate::people::People;
use crate::{args, workspace};

/// By which way it is learnt what is typed here.
const SOURCE: &str = "command";
/// The most characters of a reason.
const REASON_MAX: usize = 500;

pub(super) async fn add(people: &People, arguments: &args::SubscribersAdd) -> Result<(), Failure> {
    let address = parse(&arguments.address)?;
    let mark = people.keyring.mark(&address);
    if people.listed.find(&address)?.is_some() {
        return Err(Failure::Failed(format!("{address} is {} already; nothing was changed", people.place())));
    }
    if let Some(departure) = people.ledger.departed().await?.get(&mark) {
        let words = format!(
            "whoever reads {address} {departure}. If they asked to be written to again, run `postrider subscribers readmit {address} \
             --because …` first; nothing was changed"
        );
        return Err(Failure::Failed(words));
    }
    let entry = entry(people, arguments)?;
    let occasion = Occasion { kind: "subscribed", source: SOURCE, detail: reason(arguments.because.as_deref())? };
    if people.is_kept() {
        let _ = people.ledger.enrol(mark, entry, occasion, Timestamp::now()).await?;
    } else {
        let mut text = Vec::new();
        export::write(export::Form::Toml, &[entry], &mut text).map_err(Failure::while_doing("write somebody down"))?;
        file::append(people, &String::from_utf8_lossy(&text))?;
        people.ledger.note(mark, occasion, Timestamp::now()).await?;
    }
    anstream::println!("{address} is {} now.", people.place());
    Ok(())
}

/// What was typed, as the same rules read it that read a file: whatever they would refuse in one, they refuse here.
fn entry(people: &People, arguments: &args::SubscribersAdd) -> Result<Entry, Failure> {
    let mut row = serde_json::Map::new();
    row.insert("email".to_owned(), arguments.address.clone().into());
    row.extend(arguments.name.iter().map(|name| ("name".to_owned(), name.clone().into())));
    row.extend(arguments.language.iter().map(|tag| ("language".to_owned(), tag.clone().into())));
    if !arguments.group.is_empty() {
        row.insert("groups".to_owned(), arguments.group.clone().into());
    }
    let mut attributes = serde_json::Map::new();
    for pair in &arguments.set {
        let wrong = || Failure::Usage(format!("`{}` is no NAME=VALUE; nothing was changed", workspace::printable(pair)));
        let (name, value) = pair.split_once('=').ok_or_else(wrong)?;
        attributes.insert(name.trim().to_owned(), value.into());
    }
    if !attributes.is_empty() {
        row.insert("attributes".to_owned(), attributes.into());
    }
    let line = format!("{}\n", serde_json::Value::Object(row));
    let setting = Setting::new("the command", &people.publication.vocabulary);
    let unreadable = |error: import::Unreadable| Failure::Usage(format!("this cannot be written down: {error}"));
    let read = import::read_octets(line.as_bytes(), &setting).map_err(unreadable)?;
    let refusals = read.refused.examples.iter().map(|refusal| format!("{}; {}", refusal.reason, refusal.help()));
    let notices = read.notices.iter().map(|(notice, ..)| notice.to_string());
    if let Some(words) = refusals.chain(notices).next() {
        return Err(Failure::Usage(format!("{words}; nothing was changed")));
    }
    read.entries.into_iter().next().ok_or_else(|| Failure::Usage("there is nobody to write down".to_owned()))
}

pub(super) async fn depart(people: &People, arguments: &args::SubscribersDepart, ground: Ground) -> Result<(), Failure> {
    let address = parse(&arguments.address)?;
    let mark = people.keyring.mark(&address);
    let detail = reason(arguments.because.as_deref())?;
    let listed = people.listed.find(&address)?;
    if ground == Ground::Erased {
        people.ledger.forget(mark, &address).await?;
    }
    let is_news = people.ledger.depart(mark, ground, SOURCE, detail, Timestamp::now()).await?;
    if ground == Ground::Erased {
        anstream::println!("What was known of {address} is deleted but for a keyed hash, by which no mail goes there any more.");
    } else if is_news {
        anstream::println!("No mail goes to {address} any more, whatever list it turns up in.");
    } else {
        anstream::println!("No mail goes to {address} already; nothing was changed.");
    }
    if let Some((line, _)) = listed.and_then(|subscriber| subscriber.place.position()) {
        let must = if ground == Ground::Erased { "Delete the entry as well" } else { "The entry can go" };
        anstream::println!("{must}: subscribers.toml, line {line}.");
    }
    Ok(())
}

pub(super) async fn readmit(people: &People, arguments: &args::SubscribersReadmit) -> Result<(), Failure> {
    let address = parse(&arguments.address)?;
    let detail = reason(Some(&arguments.because))?;
    if detail.is_none() {
        return Err(Failure::Usage("say why: --because \"asked by telephone on …\"; nothing was changed".to_owned()));
    }
    if people.ledger.readmit(people.keyring.mark(&address), SOURCE, detail, Timestamp::now()).await? {
        anstream::println!("Mail goes to {address} again, once it is {}.", people.place());
        Ok(())
    } else {
        Err(Failure::Failed(format!("nobody at {address} had left; nothing was changed")))
    }
}

/// A reason as it is kept: one line, without what could play tricks on whoever reads it.
fn reason(written: Option<&str>) -> Result<Option<String>, Failure> {
    let Some(written) = written.map(str::trim).filter(|written| !written.is_empty()) else { return Ok(None) };
    if written.chars().count() > REASON_MAX {
        return Err(Failure::Usage(format!("a reason has {REASON_MAX} characters at most; nothing was changed")));
    }
    Ok(Some(written.chars().map(|c| if c.is_control() { ' ' } else { c }).collect()))
}
