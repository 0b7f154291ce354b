//! Finding a project and loading it.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use rayon::prelude::*;

use super::read::{self, PrivateError};
use crate::model::block::Block;
use crate::model::diagnostic::{self, Diagnostic};
use crate::model::dkim::{Key, Secret};
use crate::model::document::{Document, Mistakes};
use crate::model::issue::{Edition, Issue};
use crate::model::keys::Keys;
use crate::model::language::Language;
use crate::model::list::List;
use crate::model::mistake;
use crate::model::publication::{Publication, Vocabulary};
use crate::model::roster::Roster;
use crate::model::source::{Place, Source};
use crate::model::theme::Logo;

/// The file that makes a folder a project.
pub const PUBLICATION: &str = "newsletter.toml";
/// The list.
pub const SUBSCRIBERS: &str = "subscribers.toml";
/// The folder of the issues.
pub const ISSUES: &str = "issues";

/// A project: a folder with a `newsletter.toml`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Project {
    /// The folder.
    pub root: PathBuf,
}

/// What a project's files say, as far as they could be read.
#[derive(Debug, Default)]
pub struct Loaded {
    /// The publication, unless `newsletter.toml` has errors.
    pub publication: Option<Publication>,
    /// The words it declares, as far as they could be read.
    pub vocabulary: Vocabulary,
    /// The people on the list whose entries are sound; nobody where the database has it: see
    /// [`is_list_kept`](Vocabulary::is_list_kept).
    pub subscribers: List,
    /// The names of attributes in the list, those in entries with mistakes included.
    pub attributes: BTreeSet<String>,
    /// The issue, if one was asked for and an edition of it could be read.
    pub issue: Option<Issue>,
    /// What is wrong, in the order of files and lines.
    pub findings: Vec<Diagnostic>,
}

impl Loaded {
    /// Whether nothing must be mended.
    #[must_use]
    pub fn is_sound(&self) -> bool {
        !self.findings.iter().any(Diagnostic::is_error)
    }
}

impl Project {
    /// The project in the nearest folder with a `newsletter.toml`, from `start` upwards.
    #[must_use]
    pub fn find(start: &Path) -> Option<Self> {
        let start = start.canonicalize().ok()?;
        let root = start.ancestors().find(|folder| folder.join(PUBLICATION).symlink_metadata().is_ok())?;
        Some(Self { root: root.to_owned() })
    }

    /// The folder for what the program itself keeps: deliveries, caches.
    #[must_use]
    pub fn state_folder(&self) -> PathBuf {
        self.root.join(".postrider")
    }

    /// The issues there are, oldest first: by the date in their editions, then by name. One whose date cannot be read counts as the
    /// newest, for it is the one being written.
    #[must_use]
    pub fn issues(&self) -> Vec<String> {
        let mut slugs = self.slugs();
        // Where there is one alone, its editions need not be read to say which is first.
        if slugs.len() > 1 {
            slugs.sort_by_cached_key(|slug| (self.date_of(slug).unwrap_or(jiff::civil::Date::MAX), slug.clone()));
        }
        slugs
    }

    /// Whether there is an issue of that name. Reads no edition.
    #[must_use]
    pub fn is_issue(&self, slug: &str) -> bool {
        self.slugs().iter().any(|found| found == slug)
    }

    /// The names of the issues, in no order.
    fn slugs(&self) -> Vec<String> {
        let entries = fs::read_dir(self.root.join(ISSUES)).into_iter().flatten().flatten();
        entries
            .filter(|entry| entry.path().is_dir())
            .filter_map(|entry| entry.file_name().into_string().ok())
            .filter(|slug| !slug.starts_with('.'))
            .collect()
    }

    fn date_of(&self, slug: &str) -> Option<jiff::civil::Date> {
        let (languages, _) = self.edition_files(slug);
        let date_in = |language: &Language| {
            let source = read::text(&self.root, &edition_name(slug, *language), read::TEXT_LIMIT).ok()?;
            let mistakes = Mistakes::default();
            Document::parse(&source).read("an edition", &mistakes, |fields| fields.date("date"))
        };
        languages.iter().filter_map(date_in).max()
    }

    /// The languages an issue has files for, and the names of files whose language is not known.
    fn edition_files(&self, slug: &str) -> (Vec<Language>, Vec<String>) {
        let (mut languages, mut strangers) = (Vec::new(), Vec::new());
        let entries = fs::read_dir(self.root.join(ISSUES).join(slug)).into_iter().flatten().flatten();
        for name in entries.filter_map(|entry| entry.file_name().into_string().ok()) {
            // Editors keep their backups beside the file, with a dot before or a tilde behind.
            let Some(tag) = name.strip_suffix(".toml").filter(|tag| !tag.starts_with('.')) else { continue };
            match Language::from_tag(tag) {
                Some(language) => languages.push(language),
                None => strangers.push(name),
            }
        }
        languages.sort();
        strangers.sort();
        (languages, strangers)
    }

    /// Loads everything: the publication, the list and, if one is named, an issue. Never fails; what is wrong is in the findings.
    #[must_use]
    pub fn load(&self, issue: Option<&str>) -> Loaded {
        let mistakes = Mistakes::default();
        let (publication, vocabulary) = match self.read(PUBLICATION, read::TEXT_LIMIT, &mistakes) {
            Some(source) => {
                let (mut publication, vocabulary) = Publication::read(&Document::parse(&source), &mistakes);
                if let Some(publication) = &mut publication {
                    publication.assets = self.load_assets(publication, &mistakes);
                    for key in publication.dkim.iter_mut().flat_map(|dkim| &mut dkim.keys) {
                        key.content = self.load_key(key, &mistakes);
                    }
                    if let Some(keys) = &mut publication.keys {
                        keys.content = self.load_keys(keys, &mistakes);
                    }
                }
                (publication, Some(vocabulary))
            }
            None => (None, None),
        };
        let mut vocabulary = vocabulary.unwrap_or_default();
        // Words that are missing because of a mistake in newsletter.toml are not held against the other files.
        let lacks_languages = vocabulary.languages.is_empty();
        if lacks_languages {
            vocabulary.languages = Language::tags().into_iter().filter_map(Language::from_tag).collect();
        }
        let read_list = |source: Arc<Source>| Roster::read(&source, &vocabulary, &mistakes);
        let (Roster { subscribers, attributes }, issue) = rayon::join(
            || self.read_list(&vocabulary, &mistakes).map(read_list).unwrap_or_default(),
            || issue.and_then(|slug| self.load_issue(slug, &vocabulary, &mistakes)),
        );
        let mut findings = mistakes.into_vec();
        let is_in_publication = |finding: &Diagnostic| finding.place.source.name == PUBLICATION;
        let lacks_groups =
            vocabulary.groups.is_empty() && findings.iter().any(|finding| finding.is_error() && is_in_publication(finding));
        let is_consequence = |finding: &Diagnostic| match finding.rule {
            "unknown-group" => lacks_groups,
            "unknown-language" => lacks_languages && !is_in_publication(finding),
            _ => false,
        };
        findings.retain(|finding| !is_consequence(finding));
        diagnostic::sort(&mut findings);
        Loaded { publication, vocabulary, subscribers: subscribers.into(), attributes, issue, findings }
    }

    /// The file of the list, unless the database has it: then a file that is there all the same may be meant otherwise.
    fn read_list(&self, vocabulary: &Vocabulary, mistakes: &Mistakes) -> Option<Arc<Source>> {
        if !vocabulary.is_list_kept {
            return self.read(SUBSCRIBERS, read::LIST_LIMIT, mistakes);
        }
        if self.root.join(SUBSCRIBERS).exists() {
            mistakes.add(mistake::unread_list(Place::file(SUBSCRIBERS)));
        }
        None
    }

    fn read(&self, name: &str, limit: u64, mistakes: &Mistakes) -> Option<Arc<Source>> {
        read::text(&self.root, name, limit).map_err(|finding| mistakes.add(*finding)).ok()
    }

    fn load_issue(&self, slug: &str, vocabulary: &Vocabulary, mistakes: &Mistakes) -> Option<Issue> {
        let (languages, strangers) = self.edition_files(slug);
        let known: Vec<_> = vocabulary.languages.iter().map(|language| language.tag()).collect();
        for name in strangers {
            let place = Place::file(format!("{ISSUES}/{slug}/{name}"));
            mistakes.add(mistake::unknown_language(place, name.trim_end_matches(".toml"), &known));
        }
        for language in languages.iter().filter(|language| !vocabulary.languages.contains(language)) {
            mistakes.add(mistake::unknown_language(Place::file(edition_name(slug, *language)), language.tag(), &known));
        }
        if languages.is_empty() {
            let help = format!("write {ISSUES}/{slug}/{}.toml, or start with `postrider new`", known.first().unwrap_or(&"en"));
            let message = format!("the issue `{slug}` has no edition");
            mistakes.add(Diagnostic::error("missing-file", Place::file(format!("{ISSUES}/{slug}")), message, help));
        }
        let editions: Vec<_> = vocabulary
            .languages
            .par_iter()
            .filter(|language| languages.contains(language))
            .filter_map(|&language| {
                let source = self.read(&edition_name(slug, language), read::TEXT_LIMIT, mistakes)?;
                Some(Edition::read(&Document::parse(&source), language, Place::whole(&source), vocabulary, mistakes))
            })
            .collect();
        let pictures = self.load_pictures(slug, &editions, mistakes);
        (!editions.is_empty()).then(|| Issue { slug: slug.to_owned(), editions, pictures })
    }

    fn load_assets(&self, publication: &Publication, mistakes: &Mistakes) -> BTreeMap<String, Arc<Vec<u8>>> {
        let mut assets = BTreeMap::new();
        for (file, place) in publication.theme.logo.iter().flat_map(Logo::files) {
            match read::bytes(&self.root, file, read::PICTURE_LIMIT) {
                Ok(content) => {
                    assets.insert(file.to_owned(), Arc::new(content));
                }
                Err(finding) => mistakes.add(Diagnostic { place: place.clone(), ..*finding }),
            }
        }
        assets
    }

    /// A key's file, which may lie anywhere. One that is not there, or not for this user, is told of and nothing more: whoever writes
    /// an issue need not hold the key.
    fn load_key(&self, key: &Key, mistakes: &Mistakes) -> Option<Secret> {
        let finding = match read::private(&self.root.join(&key.file), read::KEY_LIMIT) {
            Ok(octets) => return Some(Secret::new(octets)),
            Err(PrivateError::Absent(problem)) => mistake::absent_key(key.place.clone(), &key.file, problem),
            Err(PrivateError::Readable) => mistake::readable_key(key.place.clone(), &key.file),
            Err(PrivateError::Unfit(problem)) => mistake::bad_key(key.place.clone(), &key.file, &problem),
        };
        mistakes.add(finding);
        None
    }

    /// The same for the keys of the list.
    fn load_keys(&self, keys: &Keys, mistakes: &Mistakes) -> Option<Secret> {
        let finding = match read::private(&self.root.join(&keys.file), read::KEY_LIMIT) {
            Ok(octets) => return Some(Secret::new(octets)),
            Err(PrivateError::Absent(problem)) => mistake::absent_list_keys(keys.place.clone(), &keys.file, problem),
            Err(PrivateError::Readable) => mistake::readable_list_keys(keys.place.clone(), &keys.file),
            Err(PrivateError::Unfit(problem)) => mistake::bad_list_keys(keys.place.clone(), &keys.file, &problem),
        };
        mistakes.add(finding);
        None
    }

    fn load_pictures(&self, slug: &str, editions: &[Edition], mistakes: &Mistakes) -> BTreeMap<String, Arc<Vec<u8>>> {
        let folder = format!("{ISSUES}/{slug}");
        let mut named = BTreeMap::new();
        for picture in editions.iter().flat_map(|edition| &edition.blocks).flat_map(Block::pictures) {
            named.entry(&picture.file).or_insert(&picture.place);
        }
        let load = |(&file, &place): (&&String, &&Place)| match read::bytes(
            &self.root,
            &format!("{folder}/{file}"),
            read::PICTURE_LIMIT,
        ) {
            Ok(content) => Some((file.clone(), Arc::new(content))),
            Err(finding) if finding.rule == "missing-file" => {
                let there = files_below(&self.root.join(&folder));
                let known: Vec<_> = there.iter().map(String::as_str).collect();
                mistakes.add(mistake::missing_picture(place.clone(), file, &known));
                None
            }
            // The path is right as far as anyone can see; what lies there is not.
            Err(finding) => {
                mistakes.add(Diagnostic { place: place.clone(), ..*finding });
                None
            }
        };
        named.par_iter().filter_map(load).collect()
    }
}

fn edition_name(slug: &str, language: Language) -> String {
    format!("{ISSUES}/{slug}/{language}.toml")
}

/// The files in a folder and in those directly below it, as an edition would name them.
fn files_below(folder: &Path) -> Vec<String> {
    let names = |folder: &Path| -> Vec<(String, bool)> {
        let entries = fs::read_dir(folder).into_iter().flatten().flatten();
        entries.filter_map(|entry| Some((entry.file_name().into_string().ok()?, entry.path().is_dir()))).collect()
    };
    let mut files = Vec::new();
    for (name, is_folder) in names(folder) {
        if is_folder {
            files.extend(
                names(&folder.join(&name)).into_iter().filter(|(_, deeper)| !deeper).map(|(inner, _)| format!("{name}/{inner}")),
            );
        } else {
            files.push(name);
        }
    }
    files.sort();
    files
}
