//! DKIM: what we sign, others verify; what was changed on its way, they do not.

mod command;
mod judge;
mod message;
mod settings;
mod verifier;

use std::collections::BTreeMap;
use std::sync::LazyLock;

use postrider::check;
use postrider::compose::dkim::key::{Pem, RsaLength};
use postrider::compose::dkim::{PrivateKey, Signer};
use postrider::compose::{Composer, PictureCache};
use postrider::files::Project;
use postrider::model::subscriber::Subscriber;

use crate::workspace::{NEWSLETTER, Workspace};

/// The domain that signs: above the sender's.
const DOMAIN: &str = "example.org";

/// Keys in PEM, made once for all tests.
static RSA: LazyLock<Pem> = LazyLock::new(|| PrivateKey::generate_rsa(RsaLength::Bits2048).expect("a key").1);
static ED25519: LazyLock<Pem> = LazyLock::new(|| PrivateKey::generate_ed25519().expect("a key").1);

/// A signer with both keys.
fn signer() -> &'static Signer {
    static SIGNER: LazyLock<Signer> = LazyLock::new(|| {
        let read = |pem: &Pem| PrivateKey::from_pem(pem.text().as_bytes()).expect("a sound key");
        Signer::new(DOMAIN, vec![("first".to_owned(), read(&RSA)), ("second".to_owned(), read(&ED25519))])
    });
    &SIGNER
}

/// The records of both keys, by name.
fn records() -> &'static BTreeMap<String, String> {
    static RECORDS: LazyLock<BTreeMap<String, String>> =
        LazyLock::new(|| signer().records().map(|(name, record)| (name, record.text())).collect());
    &RECORDS
}

/// Lines of `newsletter.toml` that name both keys.
const SETTINGS: &str = r#"
[dkim]
domain   = "example.org"
selector = "first"
key      = "keys/rsa.pem"

[dkim.ed25519]
selector = "second"
key      = "keys/ed25519.pem"
"#;

/// Puts the keys into a workspace, and names them.
pub(crate) fn sign(workspace: &Workspace) {
    write_key(workspace, "keys/rsa.pem", RSA.text());
    write_key(workspace, "keys/ed25519.pem", ED25519.text());
    workspace.append("newsletter.toml", SETTINGS);
}

fn write_key(workspace: &Workspace, name: &str, text: &str) {
    use std::os::unix::fs::PermissionsExt;
    workspace.write(name, text);
    std::fs::set_permissions(workspace.path(name), std::fs::Permissions::from_mode(0o600)).expect("rights");
}

/// The workspace's issue, ready to compose and to sign, and the people on its list.
fn open(workspace: &Workspace) -> (Composer, Vec<Subscriber>) {
    let project = Project::find(workspace.root()).expect("a project");
    let checked = check::check(project.load(Some("2023-q3")), &PictureCache::default());
    (checked.composer.unwrap_or_else(|| panic!("{:#?}", checked.findings)), checked.subscribers.written().to_vec())
}

/// A new workspace whose mail is signed.
fn signed_workspace() -> Workspace {
    let workspace = Workspace::new();
    workspace.write("newsletter.toml", NEWSLETTER);
    sign(&workspace);
    workspace
}
