//! Floor 5: past issues on the web: every edition as a page of its own, a list of them and an Atom feed for each language.
//!
//! An issue is in the list and in the feed once its run has ended: what is being sent, or was stopped in the middle, is nobody's to read yet. Its pages are
//! there as soon as somebody was sent to, for the mail names them. Pages are made by the composer that makes the mail, as whoever comes by reads
//! it: without the blocks that are for some groups, and without anybody's name or link.
//!
//! - [`Archive`]: all of it, as files with their names
//! - `page`: the list of issues; `page.css` beside it
//! - `feed`: Atom (RFC 4287)

mod feed;
mod page;

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use jiff::Timestamp;
use jiff::civil::Date;

use crate::check;
use crate::compose::{Composer, PictureCache, Reader};
use crate::files::Project;
use crate::files::project::SUBSCRIBERS;
use crate::ledger::{Kind, Ledger, LedgerError};
use crate::model::issue::Edition;
use crate::model::language::Language;
use crate::model::list::List;
use crate::model::publication::{Publication, Web};

/// How an edition's page is printed: ink on paper, whole pictures, and nothing that can only be pressed.
const PRINT: &str = "<style>@page{size:A4;margin:16mm}@media print{:root{color-scheme:light}html,body{background:#fff!important}\
                     body *{background-color:transparent!important;color:#111!important}img{break-inside:avoid}\
                     h1,h2,h3{break-after:avoid}p,li{orphans:3;widows:3}}</style>";

/// The file that names what an archive wrote into a folder.
const MANIFEST: &str = ".postrider-archive";

/// A file of the archive.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Page {
    /// Its media type.
    pub media: &'static str,
    /// Its content.
    pub octets: Vec<u8>,
}

/// The archive.
#[derive(Debug, Default)]
pub struct Archive {
    /// The files by name, below the archive's address.
    pub pages: BTreeMap<String, Page>,
    /// What a person should know of it, a sentence each.
    pub warnings: Vec<String>,
}

/// An issue that stands in the list.
#[derive(Debug)]
struct Entry {
    slug: String,
    date: Date,
    moment: Timestamp,
    editions: Vec<Leaf>,
}

/// An edition of it.
#[derive(Debug)]
struct Leaf {
    language: Language,
    subject: String,
    summary: String,
    period: String,
    address: String,
}

impl Archive {
    /// Makes the archive of a project; empty where the publication has no place on the web.
    ///
    /// # Errors
    /// If the ledger cannot be read.
    pub async fn of(
        project: &Project,
        publication: &Publication,
        ledger: &Ledger,
        cache: &PictureCache,
    ) -> Result<Self, LedgerError> {
        let Some(web) = &publication.web else { return Ok(Self::default()) };
        let (mut archive, mut entries) = (Self::default(), Vec::new());
        for sent in ledger.issues().await?.into_iter().filter(|sent| sent.balance.accepted > 0) {
            let slug = sent.issue;
            let Some(composer) = archive.composer(project, &slug, cache) else { continue };
            let digests = ledger.record(&slug, Kind::Issue).await?.map(|record| record.digests).unwrap_or_default();
            archive.compare(&composer, &slug, &digests);
            let entry = archive.add(&composer, web, &slug, &digests);
            if sent.finished.is_some() && !entry.editions.is_empty() {
                entries.push(entry);
            }
        }
        // The newest first; of one day the one begun last.
        entries.sort_by_key(|entry| std::cmp::Reverse(entry.date));
        archive.frame(publication, web, &entries);
        Ok(archive)
    }

    /// What composes an issue as its files have it now.
    fn composer(&mut self, project: &Project, slug: &str, cache: &PictureCache) -> Option<Composer> {
        if !project.is_issue(slug) {
            self.warnings.push(format!("{slug} was sent, and its folder is not there any more: it is left out"));
            return None;
        }
        // Who is on the list is another matter: a slip in its file takes no page away.
        let mut loaded = project.load(Some(slug));
        loaded.subscribers = List::default();
        loaded.findings.retain(|finding| finding.place.source.name != SUBSCRIBERS);
        let composer = check::check(loaded, cache).composer;
        if composer.is_none() {
            self.warnings
                .push(format!("{slug} has mistakes in its files now, as `postrider check {slug}` shows: it is left out"));
        }
        composer
    }

    /// Says where an edition is not as it went out.
    fn compare(&mut self, composer: &Composer, slug: &str, digests: &BTreeMap<String, String>) {
        for (language, digest) in composer.digests() {
            if digests.get(language).is_some_and(|sent| !sent.is_empty() && *sent != digest) {
                self.warnings
                    .push(format!("{slug} ({language}) was changed since it was sent: the archive shows it as it is now"));
            }
        }
    }

    /// Adds the pages and pictures of an issue.
    fn add(&mut self, composer: &Composer, web: &Web, slug: &str, sent: &BTreeMap<String, String>) -> Entry {
        let issue = composer.issue();
        let (mut editions, mut shown) = (Vec::new(), String::new());
        for edition in issue.editions.iter().filter(|edition| is_shown(edition, sent)) {
            let Some(html) = composer.web_page(edition.language) else { continue };
            let feed = feed::address(web, edition.language);
            let more = format!(
                "<link rel=\"alternate\" type=\"application/atom+xml\" href=\"{}\">{PRINT}</head>",
                feed.replace('&', "&amp;").replace('"', "&quot;")
            );
            shown.push_str(&html);
            self.put(format!("{slug}/{}.html", edition.language), "text/html; charset=utf-8", html.replacen("</head>", &more, 1));
            editions.push(leaf(edition, web, slug));
        }
        // A picture in a block for some groups alone is nobody else's either.
        for (_, picture) in composer.hosted_pictures().into_iter().filter(|(_, picture)| shown.contains(&picture.hosted_name())) {
            let media = match picture.hosted_name().rsplit('.').next() {
                Some("png") => "image/png",
                Some("webp") => "image/webp",
                Some("gif") => "image/gif",
                _ => "image/jpeg",
            };
            let page = Page { media, octets: picture.prepared.bytes.clone() };
            self.pages.insert(format!("pictures/{}", picture.hosted_name()), page);
        }
        let newest = issue.editions.iter().map(|edition| edition.moment).max_by_key(|moment| moment.instant);
        let newest = newest.unwrap_or_default();
        Entry { slug: slug.to_owned(), date: newest.date, moment: newest.instant, editions }
    }

    /// Adds what leads to the issues, last of all.
    fn frame(&mut self, publication: &Publication, web: &Web, entries: &[Entry]) {
        for &language in &publication.vocabulary.languages {
            let list = page::list(publication, web, language, entries);
            if Some(&language) == publication.vocabulary.languages.first() {
                self.put("index.html".to_owned(), "text/html; charset=utf-8", list.clone());
            }
            self.put(format!("{language}.html"), "text/html; charset=utf-8", list);
            let feed = feed::of(publication, web, language, entries);
            self.put(feed::name(language), "application/atom+xml; charset=utf-8", feed);
        }
        self.put("archive.css".to_owned(), "text/css; charset=utf-8", page::style(&publication.theme));
    }

    fn put(&mut self, name: String, media: &'static str, content: String) {
        self.pages.insert(name, Page { media, octets: content.into_bytes() });
    }

    /// Writes the files into a folder, each at one stroke, those that lead to others last; gives the paths of those that are new. What an earlier
    /// archive wrote there and this one has not goes; files of others are left alone.
    ///
    /// # Errors
    /// If a file cannot be written, or if a name is taken by a file that no archive wrote.
    pub fn write(&self, out: &Path) -> io::Result<Vec<PathBuf>> {
        let known = fs::read_to_string(out.join(MANIFEST)).unwrap_or_default();
        let known: BTreeSet<&str> = known.lines().collect();
        if let Some(name) = self.pages.keys().find(|name| !known.contains(name.as_str()) && out.join(name).exists()) {
            let words = format!("{} was not written by an archive: name an empty or a new folder", out.join(name).display());
            return Err(io::Error::new(io::ErrorKind::AlreadyExists, words));
        }
        fs::create_dir_all(out)?;
        // Before the files, so that one that is killed in the middle knows its own.
        let names: BTreeSet<&str> = known.iter().copied().chain(self.pages.keys().map(String::as_str)).collect();
        fs::write(out.join(MANIFEST), names.into_iter().map(|name| format!("{name}\n")).collect::<Vec<_>>().concat())?;
        let (inner, outer): (Vec<_>, Vec<_>) = self.pages.iter().partition(|(name, _)| name.contains('/'));
        let mut written = Vec::new();
        for (name, page) in inner.into_iter().chain(outer) {
            let path = out.join(name);
            if let Some(folder) = path.parent() {
                fs::create_dir_all(folder)?;
            }
            if fs::read(&path).is_ok_and(|there| there == page.octets) {
                continue;
            }
            let aside = path.with_extension(format!("{}.part", std::process::id()));
            fs::write(&aside, &page.octets).and_then(|()| fs::rename(&aside, &path)).inspect_err(|_| {
                let _ = fs::remove_file(&aside);
            })?;
            written.push(path);
        }
        // The list is the first to forget a page, and the page goes after it.
        for gone in known.into_iter().filter(|name| !self.pages.contains_key(*name) && is_plain(name)) {
            let _ = fs::remove_file(out.join(gone));
        }
        fs::write(out.join(MANIFEST), self.pages.keys().map(|name| format!("{name}\n")).collect::<Vec<_>>().concat())?;
        Ok(written)
    }
}

/// Whether a name leads to no place but below the folder: the file of names may have been edited.
fn is_plain(name: &str) -> bool {
    Path::new(name).components().all(|part| matches!(part, std::path::Component::Normal(_)))
}

/// Whether an edition is for everybody: not withheld, no draft, and one that somebody was sent.
fn is_shown(edition: &Edition, sent: &BTreeMap<String, String>) -> bool {
    edition.is_archived && edition.draft.is_none() && sent.contains_key(edition.language.tag())
}

fn leaf(edition: &Edition, web: &Web, slug: &str) -> Leaf {
    let reader = Reader::Passerby(edition.language);
    let fill = |text: Option<&crate::model::text::Text>| text.map(|text| reader.fill(text)).unwrap_or_default();
    Leaf {
        language: edition.language,
        subject: reader.fill(&edition.subject),
        summary: fill(edition.preheader.as_ref()),
        period: fill(edition.period.as_ref()),
        address: web.page(slug, edition.language),
    }
}
