//! What is said about links: one constructor for each rule.

use std::net::IpAddr;

use url::Url;

use super::answer::{Answer, without_fragment};
use super::target::{Mention, Target};
use super::visit::Visit;
use crate::model::diagnostic::Diagnostic;
use crate::model::source::Place;

/// The most characters of an address in a message.
const SHOWN_MAX: usize = 300;

/// A link that leads nowhere: the page is gone, the server is not there or fails, or no secure connection to it comes about.
fn dead_link(mention: &Mention, why: &str) -> Diagnostic {
    let message = format!("{} leads nowhere: {why}", shown(&mention.url));
    Diagnostic::error("dead-link", mention.place.clone(), message, "correct the address, or take the link out")
}

/// A link whose page has moved for good: it works as long as the old server redirects.
fn moved_link(mention: &Mention, to: &Url) -> Diagnostic {
    let mut to = to.clone();
    if to.fragment().is_none() {
        to.set_fragment(mention.url.fragment());
    }
    let message = format!("{} has moved for good", shown(&mention.url));
    Diagnostic::warning("moved-link", mention.place.clone(), message, format!("write the new address: {}", shown(&to)))
}

/// A link that leads from a secure connection to one that is not.
fn downgraded_link(mention: &Mention, to: &Url) -> Diagnostic {
    let message = format!(
        "{} begins with https and redirects to {}, where others can read along and change the page",
        shown(&mention.url),
        shown(to)
    );
    let help = "link to a page whose address stays with https, or ask its owner to mend the redirect";
    Diagnostic::warning("downgraded-link", mention.place.clone(), message, help)
}

/// A link about which nothing is known.
fn unchecked_link(mention: &Mention, why: &str) -> Diagnostic {
    let message = format!("{} could not be checked: {why}", shown(&mention.url));
    Diagnostic::warning("unchecked-link", mention.place.clone(), message, "open it in a browser before the issue goes out")
}

/// Links to hosts that are reserved for examples: said once for all of them, at the first.
fn example_links(place: &Place, hosts: &[&str], links: usize) -> Diagnostic {
    let (subject, verb) = if links == 1 { ("1 link leads".to_owned(), "was") } else { (format!("{links} links lead"), "were") };
    let more = hosts.len().saturating_sub(3);
    let mut names = hosts.iter().take(3).map(|host| shorten(host)).collect::<Vec<_>>().join(", ");
    if more > 0 {
        names = format!("{names} and {more} more");
    }
    let message = format!("{subject} to names that are reserved for examples ({names}), and {verb} not asked for");
    Diagnostic::warning("unchecked-link", place.clone(), message, "write the real addresses before the issue goes out")
}

/// A link to an address that only this machine or its neighbours can reach.
fn private_link(mention: &Mention, hops: &[(Url, bool)], ip: IpAddr, kind: &str) -> Diagnostic {
    let through = hops.last().map_or_else(String::new, |(to, _)| format!("redirects to {}, and so ", shown(to)));
    let message = format!("{} {through}leads to {ip}, {kind}: readers cannot get there", shown(&mention.url));
    let help = "link to the page's public address, or take the link out; it was not contacted";
    Diagnostic::error("private-link", mention.place.clone(), message, help)
}

/// Everything that is to be said about the visits to some targets. `names_are_found` tells whether any name at all was found: if none
/// was, the fault is not the links'.
pub(super) fn findings(visits: &[(Target, Visit)], names_are_found: bool) -> Vec<Diagnostic> {
    let mut findings: Vec<_> = visits
        .iter()
        .flat_map(|(target, visit)| target.mentions.iter().filter_map(|at| finding(at, visit, names_are_found)))
        .collect();
    let examples: Vec<_> = visits
        .iter()
        .filter(|(_, visit)| visit.hops.is_empty() && visit.end == Answer::Reserved)
        .map(|(target, _)| target)
        .collect();
    if let Some(first) = examples.first() {
        let mut hosts: Vec<_> = examples.iter().filter_map(|target| target.url.host_str()).collect();
        hosts.sort_unstable();
        hosts.dedup();
        let links = examples.iter().map(|target| target.mentions.len()).sum();
        findings.push(example_links(&first.mentions[0].place, &hosts, links));
    }
    findings
}

fn finding(mention: &Mention, visit: &Visit, names_are_found: bool) -> Option<Diagnostic> {
    let through = |why: &str| match visit.hops.last() {
        Some((to, _)) => format!("it redirects to {}, and {why}", shown(to)),
        None => why.to_owned(),
    };
    match &visit.end {
        Answer::Gone(why) => Some(dead_link(mention, &through(why))),
        Answer::Unresolved(why) if names_are_found => Some(dead_link(mention, &through(why))),
        Answer::Unresolved(why) | Answer::Unclear(why) => Some(unchecked_link(mention, &through(why))),
        Answer::Private(ip, kind) => Some(private_link(mention, &visit.hops, *ip, kind)),
        Answer::Reserved if visit.hops.is_empty() => None,
        Answer::Reserved => Some(unchecked_link(mention, &through("that name is reserved for examples"))),
        Answer::Fine | Answer::Moved { .. } => {
            let mut from = &mention.url;
            for (to, _) in &visit.hops {
                if from.scheme() == "https" && to.scheme() == "http" {
                    return Some(downgraded_link(mention, to));
                }
                from = to;
            }
            // Behind a redirect that may change, the address to write down is the one before it.
            let new = visit.hops.iter().take_while(|(_, is_permanent)| *is_permanent).last();
            new.filter(|(to, _)| without_fragment(to) != without_fragment(&mention.url)).map(|(to, _)| moved_link(mention, to))
        }
    }
}

fn shown(url: &Url) -> String {
    shorten(url.as_str())
}

fn shorten(text: &str) -> String {
    match text.char_indices().nth(SHOWN_MAX) {
        Some((at, _)) => format!("{}…", &text[..at]),
        None => text.to_owned(),
    }
}
