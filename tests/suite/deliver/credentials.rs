//! Passwords.

use std::fs;
use std::path::Path;

use postrider::deliver::{Credentials, CredentialsError};
use postrider::model::relay::{Kept, Login, Secret};

#[test]
fn no_password_is_ever_shown() {
    let credentials = Credentials::new("mina", "hunter2");
    let shown = format!("{credentials:?} {credentials}");
    assert!(shown.contains("mina") && !shown.contains("hunter2"), "{shown}");
}

#[cfg(unix)]
#[test]
fn a_password_file_is_its_owners_alone() {
    use std::os::unix::fs::PermissionsExt;
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("password");
    let login = Login { user: "mina".to_owned(), secret: Secret::Password(Kept::File("password".into())) };
    let read = |content: &str, mode| {
        fs::write(&path, content).unwrap();
        fs::set_permissions(&path, fs::Permissions::from_mode(mode)).unwrap();
        Credentials::read(&login, folder.path())
    };
    assert_eq!(read("hunter2\n", 0o600).unwrap().user(), "mina");
    for mode in [0o640, 0o604, 0o622] {
        let error = read("hunter2\n", mode).unwrap_err();
        assert!(matches!(error, CredentialsError::Readable { .. }), "{mode:o}");
        let words = format!("{0} holds the relay's password, and others can read it. Run: chmod 600 {0}", path.display());
        assert_eq!(error.to_string(), words);
    }
    for content in ["", "\n", "one\ntwo\n", "nul\0nul"] {
        assert!(matches!(read(content, 0o600).unwrap_err(), CredentialsError::Unfit { .. }), "{content:?}");
    }
    fs::remove_file(&path).unwrap();
    let error = Credentials::read(&login, folder.path()).unwrap_err();
    assert!(matches!(error, CredentialsError::File { .. }));
}

#[test]
fn a_password_variable_that_is_not_set_is_named() {
    let name = "POSTRIDER_TEST_PASSWORD_THAT_NOBODY_SETS".to_owned();
    let login = Login { user: "mina".to_owned(), secret: Secret::Password(Kept::Environment(name)) };
    let error = Credentials::read(&login, Path::new("/")).unwrap_err();
    assert_eq!(
        error.to_string(),
        "the relay's password is to be in the environment variable POSTRIDER_TEST_PASSWORD_THAT_NOBODY_SETS, which is not set. \
         Set it, then try again"
    );
}
