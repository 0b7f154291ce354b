//! What can be typed. Help, completions and the manual page all come from here.

use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::path::PathBuf;

use clap::{Args, Parser, Subcommand, ValueEnum};
use clap_complete::Shell;
use postrider::import::Ground;
use postrider::preview::desk::editor::Editor;

/// Compose an email newsletter from files and deliver it.
///
/// A project is a folder with newsletter.toml, subscribers.toml and a folder issues/ with one folder for each issue. Write, look at it
/// with `preview`, rehearse, send yourself a `test`, then `send`.
#[derive(Debug, Parser)]
#[command(name = "postrider", version, arg_required_else_help = true, max_term_width = 100)]
#[command(after_help = "Exit codes: 0 all is well; 1 something is wrong with the files or the send; 2 wrong use; \
                        3 (status) the send is not finished.")]
pub(crate) struct Arguments {
    /// The project's folder [default: the nearest one upwards with a newsletter.toml]
    #[arg(long, global = true, value_name = "DIR")]
    pub(crate) project: Option<PathBuf>,
    #[command(subcommand)]
    pub(crate) command: Command,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Start a new issue, with commented examples of every block
    New(New),
    /// Show every mistake in the files, each in its line
    Check(Check),
    /// Write the issue's mail as files: HTML, text, the message itself, and a page to leaf through them
    Build(Build),
    /// Show the issue in a browser, and again at every save
    Preview(Preview),
    /// Send the issue through the real relay to the addresses named, marked as a test
    Test(Test),
    /// Send the issue to everyone, over real SMTP, into a mailbox on this machine only
    Rehearse(Rehearse),
    /// Record a second person's yes to an issue, exactly as it is now
    Approve(Approve),
    /// Send the issue to everyone who does not have it yet
    ///
    /// Shows what it will do, then asks for the list's name and the number of recipients. Stopped in any way, run it again: it goes on
    /// where it was.
    Send(Send),
    /// Make keys that sign the mail, show their DNS records, verify signatures
    #[command(subcommand)]
    Dkim(Dkim),
    /// Make the keys of the links by which readers leave
    #[command(subcommand)]
    Keys(Keys),
    /// Serve the pages for readers, behind a reverse proxy: the way out of the list
    Serve(Serve),
    /// Write the archive of sent issues as files for the web, with a feed for each language
    Archive(Archive),
    /// Read the list's own mailbox: requests to leave, failed deliveries, complaints
    Inbox(Inbox),
    /// See who is on the list and who left it, take somebody off, or let them back in
    #[command(subcommand)]
    Subscribers(Subscribers),
    /// Answer "did everyone get it?": how many have it, who does not and why, and what to do next
    ///
    /// Exit code 0 where nobody is open any more, 3 where somebody is still to be sent to, deferred or in doubt.
    Status(Status),
    /// Decide about people in doubt: those to whom the message went out and for whom no answer came
    Resolve(Resolve),
    /// Print a script that completes commands in your shell
    Completions(Completions),
    /// Print the manual page, or write one for each command
    Man(Man),
}

/// The issue a command is about.
#[derive(Debug, Args)]
pub(crate) struct IssueArgument {
    /// The issue: the name of a folder in issues/ [default: the newest]
    #[arg(value_name = "ISSUE")]
    pub(crate) issue: Option<String>,
}

#[derive(Debug, Args)]
pub(crate) struct New {
    /// The new issue's name, such as 2024-q1: lower-case letters, digits and hyphens
    pub(crate) slug: String,
}

#[derive(Debug, Args)]
pub(crate) struct Check {
    #[command(flatten)]
    pub(crate) issue: IssueArgument,
    /// How to show what is found; json gives one object a line
    #[arg(long, value_enum, default_value_t = Format::Text)]
    pub(crate) format: Format,
    /// Ask the web whether the links lead anywhere
    ///
    /// Each address is asked for once, gently, without cookies or proxies. Addresses of private networks and of this machine are never
    /// contacted, nor are links to unsubscribe.
    #[arg(long)]
    pub(crate) links: bool,
    /// Check nothing: say what a rule is for, with an example; without a name, list all rules
    #[arg(long, value_name = "RULE", num_args = 0..=1, exclusive = true)]
    #[expect(clippy::option_option, reason = "not given, given alone, given with a name")]
    pub(crate) explain: Option<Option<String>>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Format {
    Text,
    Json,
}

#[derive(Debug, Args)]
pub(crate) struct Build {
    #[command(flatten)]
    pub(crate) issue: IssueArgument,
    /// Where to write; made if it is not there
    #[arg(long, value_name = "DIR")]
    pub(crate) out: PathBuf,
    /// Write the finished messages alone, one .eml for each edition
    #[arg(long)]
    pub(crate) messages: bool,
}

#[derive(Debug, Args)]
pub(crate) struct Preview {
    #[command(flatten)]
    pub(crate) issue: IssueArgument,
    /// The port; 0 for any that is free
    #[arg(long, value_name = "N", default_value_t = 8425)]
    pub(crate) port: u16,
    /// Open the browser as well
    #[arg(long)]
    pub(crate) open: bool,
    /// Only show: nothing can be tested, approved or sent from the browser
    #[arg(long)]
    pub(crate) read_only: bool,
    /// Where to listen; another address than this machine's own lets everyone in who knows the whole address
    #[arg(long, value_name = "IP", default_value_t = IpAddr::V4(Ipv4Addr::LOCALHOST))]
    pub(crate) listen: IpAddr,
    /// A name by which browsers may ask for it, besides those of this machine
    #[arg(long, value_name = "NAME")]
    pub(crate) host: Vec<String>,
    /// What opens a file where a finding is: an address, a command, or none [default: VS Code]
    ///
    /// {file}, {line} and {column} stand for the place. An address is handed on by the browser: `vscode://file/{file}:{line}:{column}`. A
    /// command is started by Postrider itself, without a shell: `gedit +{line} {file}`.
    #[arg(long, value_name = "EDITOR", env = "POSTRIDER_EDITOR")]
    pub(crate) editor: Option<Editor>,
}

#[derive(Debug, Args)]
pub(crate) struct Test {
    #[command(flatten)]
    pub(crate) issue: IssueArgument,
    /// Who gets it; a person on the list gets their own edition
    #[arg(long, value_name = "ADDRESS", required = true, num_args = 1..)]
    pub(crate) to: Vec<String>,
    /// The edition for addresses that are not on the list [default: the publication's first language]
    #[arg(long, value_name = "TAG")]
    pub(crate) language: Option<String>,
    /// Add to this file what happens, as JSON, one object a line: people by number, never by address
    #[arg(long, value_name = "FILE")]
    pub(crate) log: Option<PathBuf>,
}

#[derive(Debug, Args)]
pub(crate) struct Rehearse {
    #[command(flatten)]
    pub(crate) issue: IssueArgument,
    /// Print what happens as JSON, one object a line, and end without leaving the mailbox open
    #[arg(long)]
    pub(crate) json: bool,
    /// The mailbox's port on this machine; 0 for any that is free
    #[arg(long, value_name = "N", default_value_t = 0)]
    pub(crate) port: u16,
    /// Open the mailbox in the browser as well
    #[arg(long)]
    pub(crate) open: bool,
    /// Add to this file what happens, as JSON, one object a line: people by number, never by address
    #[arg(long, value_name = "FILE")]
    pub(crate) log: Option<PathBuf>,
}

#[derive(Debug, Args)]
#[expect(clippy::struct_excessive_bools, reason = "each is an option that a person gives or does not")]
pub(crate) struct Send {
    #[command(flatten)]
    pub(crate) issue: IssueArgument,
    /// Contact nothing: show who would get what
    #[arg(long)]
    pub(crate) dry_run: bool,
    /// With --dry-run: write each recipient's message into this folder
    #[arg(long, value_name = "DIR", requires = "dry_run")]
    pub(crate) out: Option<PathBuf>,
    /// Send it to those alone who are in this group; several times: in any of them
    #[arg(long, value_name = "GROUP")]
    pub(crate) to_group: Vec<String>,
    /// Send it to those alone of whom this is so, such as 'language = "bn" and "donors" in groups'
    #[arg(long = "where", value_name = "CONDITION")]
    pub(crate) condition: Option<String>,
    /// Go on for others of the list than the issue was begun for, or for all
    #[arg(long)]
    pub(crate) widen: bool,
    /// Print what happens as JSON, one object a line
    #[arg(long)]
    pub(crate) json: bool,
    /// For scripts, in place of the question: go on only if the issue has exactly so many recipients
    #[arg(long, value_name = "N")]
    pub(crate) expect_recipients: Option<u64>,
    /// Go on only if what would be sent has this digest (its first 12 digits suffice); --dry-run shows it
    #[arg(long, value_name = "DIGEST")]
    pub(crate) expect_digest: Option<String>,
    /// Wait until this time, then send exactly what was confirmed: "2026-12-01 09:00 Asia/Dhaka"; without a zone, this computer's
    #[arg(long, value_name = "TIME", conflicts_with = "dry_run")]
    pub(crate) at: Option<String>,
    /// Stay until nobody is deferred any more: whom the server asked to come back to is tried again when their time comes
    #[arg(long, conflicts_with = "dry_run")]
    pub(crate) wait: bool,
    /// Go on though more than one in twenty is refused
    #[arg(long, conflicts_with = "dry_run")]
    pub(crate) despite_refusals: bool,
    /// Go on over another relay than the one over which the first readers got it
    #[arg(long)]
    pub(crate) new_relay: bool,
    /// Write the report into this folder [default: .postrider/reports]
    #[arg(long, value_name = "DIR", conflicts_with = "dry_run")]
    pub(crate) report: Option<PathBuf>,
    /// Add to this file what happens, as JSON, one object a line: people by number, never by address
    #[arg(long, value_name = "FILE")]
    pub(crate) log: Option<PathBuf>,
}

#[derive(Debug, Args)]
pub(crate) struct Approve {
    #[command(flatten)]
    pub(crate) issue: IssueArgument,
    /// Who approves it [default: it is asked]
    #[arg(long, value_name = "NAME")]
    pub(crate) name: Option<String>,
    /// Approve only if what would be sent has this digest (its first 12 digits suffice)
    #[arg(long, value_name = "DIGEST")]
    pub(crate) expect_digest: Option<String>,
}

#[derive(Debug, Args)]
pub(crate) struct Status {
    /// The issue [default: all issues, one line each]
    #[arg(value_name = "ISSUE")]
    pub(crate) issue: Option<String>,
    /// Print JSON: everything about the issue, each recipient included, as one object; without an issue one object a line
    #[arg(long)]
    pub(crate) json: bool,
    /// Write the report (HTML and JSON) into this folder as well
    #[arg(long, value_name = "DIR", requires = "issue")]
    pub(crate) report: Option<PathBuf>,
}

#[derive(Debug, Args)]
pub(crate) struct Resolve {
    /// The issue
    #[arg(value_name = "ISSUE")]
    pub(crate) issue: String,
    /// Send to them once more; Message-ID and Date stay those of the first, by which many servers know a copy
    #[arg(long, conflicts_with = "assume_sent", required_unless_present = "assume_sent")]
    pub(crate) resend: bool,
    /// Take it that they have it
    #[arg(long)]
    pub(crate) assume_sent: bool,
    /// Whom the decision is about [default: everyone in doubt]
    #[arg(value_name = "ADDRESS")]
    pub(crate) addresses: Vec<String>,
    /// Do not ask
    #[arg(long)]
    pub(crate) yes: bool,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Subscribers {
    /// List the people on the list, with who of them left
    List(SubscribersList),
    /// Count them: by language, by group, who left and why, who has yet to confirm
    Stats(SubscribersStats),
    /// Show what is known of an address, and all that happened to it
    Show(SubscribersShow),
    /// Put somebody on the list
    Add(SubscribersAdd),
    /// Write to an address no more, whatever list it turns up in
    Remove(SubscribersDepart),
    /// The same for somebody who asked to be forgotten: only a keyed hash is kept
    Erase(SubscribersDepart),
    /// Show what a list from elsewhere would change, and with --apply do it
    ///
    /// Reads CSV in any usual encoding and separator, vCard, TOML, JSON lines, and the exports of listmonk and Mailchimp. Nobody who left is
    /// brought back. Who is new is added to subscribers.toml, where whoever is in it already is left as it stands; where the database has the list,
    /// what the file knows of them is taken over as well.
    Import(SubscribersImport),
    /// List the imports there were, or take one back
    Imports(SubscribersImports),
    /// Print the list, with who left, for another program to take
    Export(SubscribersExport),
    /// Write to an address again whose reader had left, because they asked for it
    Readmit(SubscribersReadmit),
}

#[derive(Debug, Args)]
pub(crate) struct SubscribersList {
    /// Only those who left
    #[arg(long)]
    pub(crate) left: bool,
    /// Only those of whom this is so: `language = "bn" and "donors" in groups`
    #[arg(long = "where", value_name = "CONDITION")]
    pub(crate) condition: Option<String>,
    /// One JSON object a line
    #[arg(long)]
    pub(crate) json: bool,
}

#[derive(Debug, Args)]
pub(crate) struct SubscribersShow {
    /// The address, in any spelling
    #[arg(value_name = "ADDRESS")]
    pub(crate) address: String,
    /// As one JSON object
    #[arg(long)]
    pub(crate) json: bool,
}

#[derive(Debug, Args)]
pub(crate) struct SubscribersDepart {
    /// The address, in any spelling
    #[arg(value_name = "ADDRESS")]
    pub(crate) address: String,
    /// Why, for whoever looks later; no address belongs in it
    #[arg(long, value_name = "TEXT")]
    pub(crate) because: Option<String>,
}

#[derive(Debug, Args)]
pub(crate) struct SubscribersStats {
    /// As one JSON object
    #[arg(long)]
    pub(crate) json: bool,
}

#[derive(Debug, Args)]
pub(crate) struct SubscribersAdd {
    /// The address
    #[arg(value_name = "ADDRESS")]
    pub(crate) address: String,
    /// The name before it
    #[arg(long, value_name = "NAME")]
    pub(crate) name: Option<String>,
    /// The language [default: the publication's first]
    #[arg(long, value_name = "TAG")]
    pub(crate) language: Option<String>,
    /// A group that they are in; several times for several
    #[arg(long, value_name = "GROUP")]
    pub(crate) group: Vec<String>,
    /// What else is known, for merge fields; several times for several
    #[arg(long, value_name = "NAME=VALUE")]
    pub(crate) set: Vec<String>,
    /// How they asked for it, for whoever looks later; no address belongs in it
    #[arg(long, value_name = "TEXT")]
    pub(crate) because: Option<String>,
}

#[derive(Debug, Args)]
pub(crate) struct SubscribersImports {
    /// Take this one back, by its number: who came by it goes, who was changed by it is as before, who left by it is let back in
    #[arg(long, value_name = "NUMBER")]
    pub(crate) undo: Option<i64>,
    /// One JSON object a line
    #[arg(long, conflicts_with = "undo")]
    pub(crate) json: bool,
}

#[derive(Debug, Args)]
pub(crate) struct SubscribersImport {
    /// The list
    #[arg(value_name = "FILE")]
    pub(crate) file: PathBuf,
    /// Do it
    #[arg(long)]
    pub(crate) apply: bool,
    /// That everybody in it gets no mail any more, and why: bounced, removed, unsubscribed, erased or complained
    #[arg(long, value_name = "WHY", value_parser = parse_ground)]
    pub(crate) left: Option<LeftAs>,
}

/// Why those in a file get no mail any more.
#[derive(Debug, Clone, Copy)]
pub(crate) struct LeftAs(pub(crate) Ground);

fn parse_ground(word: &str) -> Result<LeftAs, String> {
    let known = Ground::ALL.into_iter().find(|ground| ground.as_str() == word);
    known.map(LeftAs).ok_or_else(|| "say one of bounced, removed, unsubscribed, erased, complained".to_owned())
}

#[derive(Debug, Args)]
pub(crate) struct SubscribersExport {
    /// How it is written; TOML holds those alone who get mail
    #[arg(long, value_enum, default_value_t = ListFormat::Csv)]
    pub(crate) format: ListFormat,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum ListFormat {
    Csv,
    Toml,
    Json,
}

#[derive(Debug, Args)]
pub(crate) struct SubscribersReadmit {
    /// The address, in any spelling
    #[arg(value_name = "ADDRESS")]
    pub(crate) address: String,
    /// How they asked for it, for whoever looks later
    #[arg(long, value_name = "TEXT")]
    pub(crate) because: String,
}

#[derive(Debug, Args)]
pub(crate) struct Archive {
    /// Where to write; made if it is not there
    #[arg(long, value_name = "DIR")]
    pub(crate) out: PathBuf,
}

#[derive(Debug, Args)]
pub(crate) struct Inbox {
    /// Stay, and deal with letters as they come
    #[arg(long)]
    pub(crate) watch: bool,
    /// The folder of a Maildir, in place of what newsletter.toml says
    #[arg(long, value_name = "DIR", conflicts_with = "mbox")]
    pub(crate) maildir: Option<PathBuf>,
    /// The file of an mbox, in place of what newsletter.toml says
    #[arg(long, value_name = "FILE")]
    pub(crate) mbox: Option<PathBuf>,
    /// One JSON object a letter, then one for all
    #[arg(long)]
    pub(crate) json: bool,
}

#[derive(Debug, Args)]
pub(crate) struct Serve {
    /// Where to listen; the proxy in front speaks HTTPS and passes paths on as they are
    #[arg(long, value_name = "IP:PORT", default_value = "127.0.0.1:8426")]
    pub(crate) listen: SocketAddr,
    /// Add to this file what happens, as JSON, one object a line: requests by the pattern of their path, letters by number, nobody by name
    #[arg(long, value_name = "FILE")]
    pub(crate) log: Option<PathBuf>,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Keys {
    /// Make new keys where newsletter.toml says that they are, or in .postrider/keys.toml
    New(KeysNew),
}

#[derive(Debug, Args)]
pub(crate) struct KeysNew {
    /// The file to make, for its owner's eyes only; one that is there is never overwritten
    #[arg(long, value_name = "FILE")]
    pub(crate) out: Option<PathBuf>,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Dkim {
    /// Make a private key, and print its DNS record and the lines for newsletter.toml
    Keygen(DkimKeygen),
    /// Print the DNS records of the keys in newsletter.toml
    Record,
    /// Verify the DKIM signatures of messages kept as files
    ///
    /// No DNS is asked: signatures are held against the keys in newsletter.toml, or against the records given. Succeeds if every message
    /// has a valid signature, and none that is not valid; those of others, whose keys are not known, are not judged.
    Verify(DkimVerify),
}

#[derive(Debug, Args)]
pub(crate) struct DkimKeygen {
    /// The file to make, for its owner's eyes only; one that is there is never overwritten
    #[arg(long, value_name = "FILE")]
    pub(crate) out: PathBuf,
    /// The key's name in the DNS [default: year and month, such as 202612, with -ed25519 for such a key]
    #[arg(long, value_name = "NAME")]
    pub(crate) selector: Option<String>,
    /// The domain that signs [default: the project's, else that of its sender]
    #[arg(long, value_name = "DOMAIN")]
    pub(crate) domain: Option<String>,
    /// The length of the RSA key
    #[arg(long, value_enum, value_name = "N", default_value_t = RsaBits::Two)]
    pub(crate) rsa_bits: RsaBits,
    /// Make an Ed25519 key in place of an RSA key: for a second signature
    #[arg(long, conflicts_with = "rsa_bits")]
    pub(crate) ed25519: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum RsaBits {
    #[value(name = "2048")]
    Two,
    #[value(name = "3072")]
    Three,
    #[value(name = "4096")]
    Four,
}

#[derive(Debug, Args)]
pub(crate) struct DkimVerify {
    /// The messages
    #[arg(value_name = "FILE", required = true)]
    pub(crate) files: Vec<PathBuf>,
    /// A file with key records, as `dkim record` prints them, or with the text of one [default: the keys in newsletter.toml]
    #[arg(long, value_name = "FILE")]
    pub(crate) record: Vec<PathBuf>,
}

#[derive(Debug, Args)]
pub(crate) struct Completions {
    /// The shell
    #[arg(value_enum)]
    pub(crate) shell: Shell,
}

#[derive(Debug, Args)]
pub(crate) struct Man {
    /// Write postrider.1 and a page for each command into this folder
    #[arg(long, value_name = "DIR")]
    pub(crate) out: Option<PathBuf>,
}
