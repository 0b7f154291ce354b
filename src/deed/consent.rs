//! What must be so before a send: no draft, the approval that the publication asks for, the digest and the count that are expected.

use super::{Ready, Refusal};
use crate::deliver::Outline;
use crate::ledger::{Approval, Content, Ledger, Plan};
use crate::model::issue::Edition;
use crate::report::{moment, people};

/// By how many hundredths the count of recipients may differ from the last issue's without a question.
const FAR_OFF: u64 = 20;
/// The fewest digits of a digest that stand for it.
const DIGEST_MIN: usize = 12;
/// How many digits of a digest are shown.
const DIGEST_SHOWN: usize = 16;

/// What is known about consent to a send.
#[derive(Debug)]
pub struct Consent {
    content: Content,
    digest: String,
    is_needed: bool,
    /// The list's name.
    name: String,
    recipients: u64,
    /// The newest approval of exactly this, else the newest of all.
    approval: Option<Approval>,
    is_approved: bool,
    /// The issue that finished last before this one, with its count.
    last: Option<(String, u64)>,
    drafts: Vec<&'static str>,
    /// What is not as some people have it already.
    changes: Option<String>,
}

impl Consent {
    pub(super) async fn new(ledger: Option<&Ledger>, plan: &Plan, ready: &Ready, outline: &Outline) -> Result<Self, Refusal> {
        let content = plan.content();
        let recipients = outline.balance.planned;
        let (approvals, issues) = match ledger {
            Some(ledger) => (ledger.approvals(&content.issue).await?, ledger.issues().await?),
            None => (Vec::new(), Vec::new()),
        };
        let is_match = |approval: &&Approval| approval.content == content && approval.recipients >= recipients;
        let matching = approvals.iter().find(is_match);
        let is_approved = matching.is_some();
        let approval = matching.or(approvals.first()).cloned();
        let others = issues.into_iter().filter(|sent| sent.issue != content.issue && sent.finished.is_some());
        let last = others.max_by_key(|sent| sent.finished).map(|sent| (sent.issue, sent.balance.planned));
        let is_draft = |edition: &&Edition| edition.draft.is_some();
        let drafts = ready.composer.issue().editions.iter().filter(is_draft).map(|edition| edition.language.tag()).collect();
        let changes = match ledger {
            Some(ledger) => ledger.changes(plan).await?,
            None => None,
        };
        let digest = content.digest();
        let is_needed = ready.publication.needs_approval;
        let name = ready.publication.name.as_str().to_owned();
        Ok(Self { content, digest, is_needed, name, recipients, approval, is_approved, last, drafts, changes })
    }

    /// The digest of what would be sent, 64 hexadecimal digits.
    #[must_use]
    pub fn digest(&self) -> &str {
        &self.digest
    }

    /// Enough of the digest to compare it by eye, or to pass it on.
    #[must_use]
    pub fn short_digest(&self) -> &str {
        &self.digest[..DIGEST_SHOWN]
    }

    /// Who approved exactly this.
    #[must_use]
    pub fn approved_by(&self) -> Option<&str> {
        self.approval.as_ref().filter(|_| self.is_approved).map(|approval| approval.name.as_str())
    }

    /// Lines of the plan.
    pub(super) fn rows(&self) -> Vec<(&'static str, String)> {
        let mut rows = Vec::new();
        if !self.drafts.is_empty() {
            rows.push(("Draft", format!("{}: a draft is not sent", self.drafts.join(", "))));
        }
        rows.extend(
            self.changes.iter().map(|what| ("Changed", format!("{what} since the first readers got it: it cannot go on so"))),
        );
        rows.extend(self.approval_words().map(|words| ("Approved", words)));
        rows.extend(self.far_off().map(|words| ("Count", words)));
        rows
    }

    fn approval_words(&self) -> Option<String> {
        let command = format!("`postrider approve {}`", self.content.issue);
        let Some(approval) = &self.approval else {
            return self.is_needed.then(|| format!("not yet, and newsletter.toml asks for it: a second person runs {command}"));
        };
        let given = format!("by {}, {}", approval.name, moment(approval.at, &jiff::tz::TimeZone::system()));
        if self.is_approved {
            return Some(given);
        }
        let mut changes = self.content.changes_since(&approval.content);
        if self.recipients > approval.recipients {
            changes.push(format!(
                "the number of recipients (it was for {}, now there are {})",
                approval.recipients, self.recipients
            ));
        }
        let changes = if changes.is_empty() { "the issue".to_owned() } else { changes.join(", ") };
        Some(format!("no more: {given}, but since then {changes} changed; {command} again"))
    }

    /// That the count is far from the last issue's, in words; `None` where it is not, or where there was none.
    #[must_use]
    pub fn far_off(&self) -> Option<String> {
        let (issue, last) = self.last.as_ref()?;
        let difference = self.recipients.abs_diff(*last);
        (difference * 100 > last * FAR_OFF).then(|| {
            let direction = if self.recipients > *last { "more" } else { "fewer" };
            format!("{issue}, the last issue, had {}; this one has {difference} {direction}.", people(*last))
        })
    }

    /// Holds an expected digest, or the beginning of one, against the one there is.
    ///
    /// # Errors
    /// If it is another, or too short to tell.
    pub fn check_digest(&self, expected: Option<&str>) -> Result<(), Refusal> {
        let Some(expected) = expected.map(|digits| digits.trim().to_ascii_lowercase()) else { return Ok(()) };
        if expected.len() < DIGEST_MIN {
            return Err(Refusal::Usage(format!("a digest is told by {DIGEST_MIN} digits or more; nothing was sent")));
        }
        if self.digest.starts_with(&expected) {
            return Ok(());
        }
        let shown: String = expected.chars().filter(|c| !c.is_control()).take(64).collect();
        let words = format!("what would be sent has the digest {}, not {shown}; nothing was sent", self.digest);
        Err(Refusal::Failed(words))
    }

    /// Whether it may be sent at all: no draft, and approved where that is asked for.
    ///
    /// # Errors
    /// If it may not.
    pub fn check(&self, ready: &Ready) -> Result<(), Refusal> {
        ready.refuse_drafts()?;
        if !self.is_needed || self.is_approved {
            return Ok(());
        }
        let words = self.approval_words().unwrap_or_default();
        Err(Refusal::Failed(format!("this needs the approval of a second person ({words}); nothing was sent")))
    }

    /// What a person types to have it sent: the list's name and the number of recipients. Nothing that a tired hand types by accident.
    #[must_use]
    pub fn password(&self) -> String {
        format!("{} {}", self.name, self.recipients)
    }

    /// Whether what was typed is the [password](Self::password); spaces do not matter.
    #[must_use]
    pub fn is_password(&self, typed: &str) -> bool {
        typed.split_whitespace().eq(self.password().split_whitespace())
    }
}
