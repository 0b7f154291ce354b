//! `postrider dkim`.

use std::fs::{self, OpenOptions};
use std::io::{ErrorKind, Read, Write};
use std::path::{self, Path};

use jiff::Timestamp;
use postrider::compose::dkim::key::{Pem, RsaLength};
use postrider::compose::dkim::{self, PrivateKey, Record, RecordError, Verdict, record_name};
use postrider::files::project::PUBLICATION;
use postrider::model::address::Address;
use postrider::model::diagnostic::Diagnostic;
use postrider::model::dkim::{Algorithm, is_selector};
use postrider::model::publication::Publication;

use crate::args;
use crate::failure::Failure;
use crate::{finding, workspace};

/// The most octets of a message to verify.
const MESSAGE_MAX: u64 = 256 << 20;

pub(crate) fn run(folder: Option<&Path>, arguments: &args::Dkim) -> Result<(), Failure> {
    match arguments {
        args::Dkim::Keygen(arguments) => keygen(folder, arguments),
        args::Dkim::Record => record(folder),
        args::Dkim::Verify(arguments) => verify(folder, arguments),
    }
}

fn keygen(folder: Option<&Path>, arguments: &args::DkimKeygen) -> Result<(), Failure> {
    let domain = match &arguments.domain {
        Some(domain) => parse_domain(domain)?,
        None => own_domain(folder)?,
    };
    let selector = arguments.selector.clone().unwrap_or_else(|| {
        let month = jiff::ZonedDateTime::now().date().strftime("%Y%m").to_string();
        if arguments.ed25519 { format!("{month}-ed25519") } else { month }
    });
    let selector = selector.to_ascii_lowercase();
    if !is_selector(&selector, &domain) {
        let shown = workspace::printable(&selector);
        return Err(Failure::Usage(format!(
            "`{shown}` cannot name a key in the DNS: use letters, digits and hyphens, such as 2026a"
        )));
    }
    // Before the work: a key that cannot be kept is not made.
    let mut file = create_private(&arguments.out)?;
    let made = match (arguments.ed25519, arguments.rsa_bits) {
        (true, _) => PrivateKey::generate_ed25519(),
        (false, args::RsaBits::Two) => PrivateKey::generate_rsa(RsaLength::Bits2048),
        (false, args::RsaBits::Three) => PrivateKey::generate_rsa(RsaLength::Bits3072),
        (false, args::RsaBits::Four) => PrivateKey::generate_rsa(RsaLength::Bits4096),
    };
    let written =
        made.map_err(|error| Failure::Failed(format!("no key could be made: {error}"))).and_then(|(key, pem): (_, Pem)| {
            let write = file.write_all(pem.text().as_bytes()).and_then(|()| file.sync_all());
            write.map_err(Failure::while_doing("write the key")).map(|()| key)
        });
    let key = written.inspect_err(|_| {
        // A file without a key would only be in the way of the next attempt.
        let _ = fs::remove_file(&arguments.out);
    })?;
    let kept = path::absolute(&arguments.out).unwrap_or_else(|_| arguments.out.clone());
    let (section, kind) = match key.algorithm() {
        Algorithm::Rsa => ("[dkim]", "RSA"),
        Algorithm::Ed25519 => ("[dkim.ed25519]", "Ed25519"),
    };
    anstream::println!("Wrote an {kind} key to {}, which you alone can read. Keep it out of version control.\n", kept.display());
    anstream::println!("Publish this record in the DNS:\n");
    print_record(&record_name(&selector, &domain), &Record::of(&key));
    anstream::println!("Then write into newsletter.toml:\n\n    {section}");
    if key.algorithm() == Algorithm::Rsa {
        anstream::println!("    domain   = {}", quoted(&domain));
    }
    anstream::println!("    selector = {}\n    key      = {}\n", quoted(&selector), quoted(&kept.to_string_lossy()));
    anstream::println!("and try it: postrider rehearse, then postrider test --to an address of yours.");
    Ok(())
}

/// A text as a string of TOML's.
fn quoted(text: &str) -> String {
    serde_json::to_string(text).expect("any text")
}

fn parse_domain(written: &str) -> Result<String, Failure> {
    let parsed = Address::parse(&format!("postmaster@{written}"));
    let parsed = parsed.map_err(|_| Failure::Usage(format!("`{}` is no domain", workspace::printable(written))))?;
    Ok(parsed.domain().to_owned())
}

/// The domain that signs in the project, or is to.
fn own_domain(folder: Option<&Path>) -> Result<String, Failure> {
    let asked = |failure: &str| Failure::Usage(format!("{failure}; or say which domain signs: --domain example.org"));
    let project = workspace::project(folder).map_err(|failure| match failure {
        Failure::Usage(words) => asked(&words),
        other => other,
    })?;
    let publication = project.load(None).publication.ok_or_else(|| asked("newsletter.toml has mistakes: see postrider check"))?;
    let Publication { dkim, sender, .. } = publication;
    Ok(dkim.map_or_else(|| sender.address.domain().to_owned(), |dkim| dkim.domain))
}

/// A new file that only its owner can read, from its first moment on.
pub(crate) fn create_private(path: &Path) -> Result<fs::File, Failure> {
    let mut options = OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    {
        use std::os::unix::fs::OpenOptionsExt;
        options.mode(0o600);
    }
    options.open(path).map_err(|error| match error.kind() {
        ErrorKind::AlreadyExists => {
            Failure::Failed(format!("{} is there already, and nothing is overwritten; choose another name", path.display()))
        }
        _ => Failure::while_doing("make the key's file")(error),
    })
}

/// Prints a record as a line of a zone file, and as one value for the forms that ask for it so.
fn print_record(name: &str, record: &Record) {
    let strings: Vec<_> = record.strings().iter().map(|string| format!("        \"{string}\"")).collect();
    anstream::println!("    {name}. IN TXT (\n{}\n    )\n", strings.join("\n"));
    anstream::println!("where a form asks for the value in one piece:\n\n    {}\n", record.text());
}

fn record(folder: Option<&Path>) -> Result<(), Failure> {
    for (name, record) in own_records(folder)? {
        print_record(&name, &record);
    }
    Ok(())
}

/// The public halves of the project's keys.
fn own_records(folder: Option<&Path>) -> Result<Vec<(String, Record)>, Failure> {
    let project = workspace::project(folder)?;
    let loaded = project.load(None);
    let is_about_keys =
        |finding: &&Diagnostic| finding.place.source.name == PUBLICATION && (finding.is_error() || finding.rule == "dkim-key");
    let mut findings: Vec<_> = loaded.findings.iter().filter(is_about_keys).cloned().collect();
    let settings = loaded.publication.as_ref().map(|publication| publication.dkim.as_ref());
    if let Some(None) = settings {
        let help = "make a key with `postrider dkim keygen`, or name the records with --record FILE";
        return Err(Failure::Usage(format!("newsletter.toml has no [dkim]: {help}")));
    }
    let signer = settings.flatten().map_or(Ok(None), dkim::signer).unwrap_or_else(|problems| {
        findings.extend(problems);
        None
    });
    match signer {
        Some(signer) if findings.is_empty() => Ok(signer.records().collect()),
        _ => {
            finding::print_to_stderr(&findings);
            Err(Failure::Failed("the keys could not be read, as shown above".to_owned()))
        }
    }
}

/// Records to verify with: under a name, or for whichever key.
type Known = (Option<String>, Result<Record, RecordError>);

fn verify(folder: Option<&Path>, arguments: &args::DkimVerify) -> Result<(), Failure> {
    let known: Vec<Known> = if arguments.record.is_empty() {
        own_records(folder)?.into_iter().map(|(name, record)| (Some(name), Ok(record))).collect()
    } else {
        let mut known = Vec::new();
        for path in &arguments.record {
            known.extend(read_records(path)?);
        }
        known
    };
    let now = Timestamp::now();
    let find = |name: &str, algorithm: Algorithm| {
        let is_named = |(known, _): &&Known| known.as_ref().is_some_and(|known| known.eq_ignore_ascii_case(name));
        // A record of which only the text is known is for every key of its kind.
        let is_of_kind =
            |(known, record): &&Known| known.is_none() && record.as_ref().map_or(true, |record| record.algorithm == algorithm);
        known.iter().find(is_named).or_else(|| known.iter().find(is_of_kind)).map(|(_, record)| record.clone())
    };
    let mut is_sound = true;
    for path in &arguments.files {
        let message = wire_form(read(path)?);
        let verdicts = dkim::verify(&message, now, find);
        is_sound &= tell(path, &verdicts);
    }
    if is_sound { Ok(()) } else { Err(Failure::Said) }
}

/// Says what is to be said of a message's signatures. Returns whether one is valid, and every other is or has a key that is not known.
fn tell(path: &Path, verdicts: &[Verdict]) -> bool {
    let path = path.display();
    if verdicts.is_empty() {
        anstream::println!("{path}: not signed");
    }
    for Verdict { domain, selector, algorithm, uncovered, outcome } in verdicts {
        let who = [("d", domain), ("s", selector), ("a", algorithm)];
        let who: Vec<_> = who.into_iter().map(|(tag, value)| format!("{tag}={}", workspace::printable(value))).collect();
        let words = match outcome {
            Ok(()) if *uncovered > 0 => format!("valid, but the last {uncovered} octets of the body are not signed"),
            Ok(()) => "valid".to_owned(),
            Err(dkim::Fault::NoRecord) => "not judged: there is no record for its key".to_owned(),
            Err(fault) => format!("not valid: {fault}"),
        };
        anstream::println!("{path}: {}: {words}", who.join(" "));
    }
    let is_valid = |verdict: &Verdict| verdict.outcome.is_ok() && verdict.uncovered == 0;
    let is_other = |verdict: &Verdict| verdict.outcome == Err(dkim::Fault::NoRecord);
    verdicts.iter().any(is_valid) && verdicts.iter().all(|verdict| is_valid(verdict) || is_other(verdict))
}

fn read(path: &Path) -> Result<Vec<u8>, Failure> {
    let doing = format!("read {}", path.display());
    let file = fs::File::open(path).map_err(Failure::while_doing(&doing))?;
    let mut content = Vec::new();
    file.take(MESSAGE_MAX + 1).read_to_end(&mut content).map_err(Failure::while_doing(&doing))?;
    if content.len() as u64 > MESSAGE_MAX {
        return Err(Failure::Failed(format!("{} is larger than any mail", path.display())));
    }
    Ok(content)
}

/// Mail programs on Unix keep messages with LF alone; on the wire, where they were signed, they had CRLF.
fn wire_form(message: Vec<u8>) -> Vec<u8> {
    let first = message.iter().position(|&octet| octet == b'\n');
    if first.is_none_or(|at| at > 0 && message[at - 1] == b'\r') {
        return message;
    }
    let mut wire = Vec::with_capacity(message.len() + message.len() / 32);
    for line in message.split_inclusive(|&octet| octet == b'\n') {
        match line.strip_suffix(b"\n") {
            Some(text) => {
                wire.extend_from_slice(text.strip_suffix(b"\r").unwrap_or(text));
                wire.extend_from_slice(b"\r\n");
            }
            None => wire.extend_from_slice(line),
        }
    }
    wire
}

/// Reads records: lines of a zone file, `name. IN TXT ( "…" "…" )`, or else the text of one.
fn read_records(path: &Path) -> Result<Vec<Known>, Failure> {
    let text = String::from_utf8_lossy(&read(path)?).into_owned();
    let (mut known, mut rest) = (Vec::new(), text.as_str());
    while let Some((before, after)) = rest.split_once("._domainkey.") {
        let (behind, strings) = after.split_once('"').unwrap_or((after, ""));
        let selector = before.rsplit(|c: char| c.is_whitespace()).next().unwrap_or_default();
        let domain = behind.split_whitespace().next().unwrap_or_default().trim_end_matches('.');
        // Up to what cannot stand between strings; every second part stands inside one.
        let mut parts = strings.split('"');
        let mut joined = String::new();
        while let Some(inside) = parts.next() {
            joined.push_str(inside);
            if parts.next().is_none_or(|between| !between.trim().is_empty()) {
                break;
            }
        }
        known.push((Some(format!("{selector}._domainkey.{domain}")), Record::parse(&joined)));
        rest = strings;
    }
    if known.is_empty() {
        let plain: String =
            if text.contains('"') { text.split('"').skip(1).step_by(2).collect() } else { text.trim().to_owned() };
        known.push((None, Record::parse(&plain)));
    }
    if let [(None, Err(error))] = &known[..] {
        return Err(Failure::Failed(format!("{}: {error}", path.display())));
    }
    Ok(known)
}
