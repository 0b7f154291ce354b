//! Pictures made once and kept in the project's own folder: faster, and never another mail.

use std::fs::{self, File};
use std::path::PathBuf;
use std::process::{Child, Stdio};
use std::time::{Duration, SystemTime};

use aws_lc_rs::digest::{SHA256, digest};
use image::{DynamicImage, ImageFormat, Rgb, RgbImage};

use super::{encoded, with_blocks};
use crate::workspace::Workspace;

const KEPT: &str = ".postrider/pictures";

fn photograph(seed: u32) -> Vec<u8> {
    let pixel = |x: u32, y: u32| Rgb([x, y, x * y + seed * 90].map(|channel| channel.to_le_bytes()[0]));
    encoded(&DynamicImage::ImageRgb8(RgbImage::from_fn(200, 150, pixel)), ImageFormat::Jpeg)
}

/// A project whose issue shows two pictures.
fn with_two_pictures() -> Workspace {
    let block = |file: &str| format!("[[block]]\nkind = \"picture\"\nfile = \"{file}\"\nalt = \"What is seen\"\n");
    let workspace = with_blocks(&[block("one.jpg"), block("two.jpg")].concat());
    workspace.write("issues/2023-q3/one.jpg", photograph(1));
    workspace.write("issues/2023-q3/two.jpg", photograph(2));
    workspace
}

/// What the mail is when it is built into a new folder.
fn built(workspace: &Workspace, out: &str) -> Vec<u8> {
    let ran = workspace.run(&["build", "--out", out]);
    assert!(ran.code == Some(0) && !ran.stderr.contains("error"), "{ran:?}");
    fs::read(workspace.path(&format!("{out}/en.eml"))).expect("a message")
}

fn entries(workspace: &Workspace) -> Vec<PathBuf> {
    let folder = fs::read_dir(workspace.path(KEPT)).into_iter().flatten().flatten();
    let mut entries: Vec<_> = folder.map(|entry| entry.path()).collect();
    entries.sort();
    entries
}

/// An entry as the cache writes it: a checksum over the file's name and all that follows it.
fn sealed(path: &std::path::Path, content: &[u8]) -> Vec<u8> {
    let name = path.file_name().and_then(|name| name.to_str()).expect("a name");
    let sum = digest(&SHA256, &[name.as_bytes(), content].concat());
    [sum.as_ref(), content].concat()
}

#[test]
fn a_picture_is_made_once_and_taken_from_where_it_is_kept_after_that() {
    let workspace = with_two_pictures();
    let first = built(&workspace, "first");
    let kept = entries(&workspace);
    assert_eq!(kept.len(), 2, "{kept:?}");
    assert!(built(&workspace, "second") == first, "the same files give the same mail");

    // The other picture laid into the place of one, with a right checksum: who looks at the source would not be taken in.
    let other = fs::read(&kept[1]).expect("an entry");
    fs::write(&kept[0], sealed(&kept[0], &other[32..])).expect("an entry");
    let third = built(&workspace, "third");
    assert!(third != first, "the picture was made again");
}

#[test]
fn an_entry_that_is_damaged_is_noticed_and_made_anew() {
    let workspace = with_two_pictures();
    let first = built(&workspace, "first");
    let [one, two] = <[PathBuf; 2]>::try_from(entries(&workspace)).expect("two entries");
    let whole = fs::read(&one).expect("an entry");
    let flipped = |at: usize| {
        let mut content = whole.clone();
        content[at] ^= 1;
        content
    };
    let cases = [
        ("empty", Vec::new()),
        ("cut off within the checksum", whole[..20].to_vec()),
        ("cut off within the numbers", whole[..36].to_vec()),
        ("cut off", whole[..whole.len() / 2].to_vec()),
        ("longer", [whole.as_slice(), b"x"].concat()),
        ("a wrong checksum", flipped(0)),
        ("a wrong kind", flipped(32)),
        ("a wrong width", flipped(36)),
        ("a wrong pixel", flipped(whole.len() - 3)),
        ("another picture's entry", fs::read(&two).expect("an entry")),
        ("another kind, sealed", sealed(&one, &[&[9], &whole[33..]].concat())),
        ("no numbers, sealed", sealed(&one, &[0, 0])),
        ("nothing, sealed", sealed(&one, &[])),
    ];
    for (number, (what, content)) in cases.into_iter().enumerate() {
        fs::write(&one, content).expect("an entry");
        assert!(built(&workspace, &format!("out-{number}")) == first, "{what}");
        assert!(fs::read(&one).expect("an entry") == whole, "{what}: it was made anew");
    }
    fs::remove_file(&one).expect("an entry");
    fs::create_dir(&one).expect("a folder in its place");
    assert!(built(&workspace, "out-folder") == first);
    assert!(entries(&workspace).iter().all(|path| path.extension().is_none()), "nothing half written is left");
}

#[test]
fn where_nothing_can_be_kept_everything_works_without() {
    let workspace = with_two_pictures();
    let first = built(&workspace, "first");
    fs::remove_dir_all(workspace.path(".postrider")).expect("a folder");
    workspace.write(".postrider", "no folder");
    assert!(built(&workspace, "second") == first);
    fs::remove_file(workspace.path(".postrider")).expect("a file");
    workspace.write(KEPT, "no folder");
    assert!(built(&workspace, "third") == first);
    assert_eq!(fs::read(workspace.path(KEPT)).expect("a file"), b"no folder");
}

#[cfg(unix)]
#[test]
fn what_is_kept_is_for_its_owner_alone_and_a_read_only_project_is_built_all_the_same() {
    use std::os::unix::fs::PermissionsExt;

    let workspace = with_two_pictures();
    let first = built(&workspace, "first");
    let mode = |path: PathBuf| fs::metadata(path).expect("it is there").permissions().mode() & 0o777;
    assert_eq!((mode(workspace.path(".postrider")), mode(workspace.path(KEPT))), (0o700, 0o700));
    for entry in entries(&workspace) {
        assert_eq!(mode(entry), 0o600);
    }
    fs::remove_dir_all(workspace.path(".postrider")).expect("a folder");
    let out = tempfile::tempdir().expect("a temporary folder");
    fs::set_permissions(workspace.root(), fs::Permissions::from_mode(0o500)).expect("a mode");
    let target = out.path().join("built");
    let ran = workspace.run(&["build", "--out", target.to_str().expect("a plain path")]);
    fs::set_permissions(workspace.root(), fs::Permissions::from_mode(0o700)).expect("a mode");
    assert_eq!(ran.code, Some(0), "{ran:?}");
    assert!(fs::read(target.join("en.eml")).expect("a message") == first);
}

#[test]
fn builds_at_the_same_time_do_not_disturb_each_other() {
    let workspace = with_two_pictures();
    let started: Vec<Child> = (0..4)
        .map(|number| {
            let mut command = workspace.command(&["build", "--out", &format!("out-{number}")]);
            command.stdout(Stdio::null()).stderr(Stdio::null()).spawn().expect("the binary runs")
        })
        .collect();
    for mut child in started {
        assert!(child.wait().expect("it ends").success());
    }
    let message = |out: &str| fs::read(workspace.path(&format!("{out}/en.eml"))).expect("a message");
    let first = message("out-0");
    assert!((1..4).all(|number| message(&format!("out-{number}")) == first));
    assert_eq!(entries(&workspace).len(), 2, "{:?}", entries(&workspace));
    assert!(built(&workspace, "after") == first);
}

#[test]
fn what_was_not_used_for_long_is_dropped_when_something_new_is_kept() {
    let workspace = with_two_pictures();
    let first = built(&workspace, "first");
    let age = |path: &PathBuf, days: u64| {
        let file = File::options().write(true).open(path).expect("an entry");
        file.set_modified(SystemTime::now() - Duration::from_hours(24 * days)).expect("a time");
    };
    let of_an_old_issue = workspace.path(&format!("{KEPT}/{}-1200-r1", "a".repeat(64)));
    fs::write(&of_an_old_issue, "an entry").expect("a file");
    age(&of_an_old_issue, 300);
    let left_behind = workspace.path(&format!("{KEPT}/b.1-0.part"));
    fs::write(&left_behind, "half an entry").expect("a file");
    age(&left_behind, 1);
    // Half a year old, but looked at now: its use counts.
    let kept: Vec<_> = entries(&workspace).into_iter().filter(|path| *path != of_an_old_issue && *path != left_behind).collect();
    for path in &kept {
        age(path, 180);
    }
    assert!(built(&workspace, "second") == first);
    assert!(of_an_old_issue.exists(), "reading drops nothing");

    workspace.write("issues/2023-q3/two.jpg", photograph(3));
    built(&workspace, "third");
    assert!(!of_an_old_issue.exists() && !left_behind.exists());
    assert!(kept.iter().all(|path| path.exists()));
    let since = |path: &PathBuf| fs::metadata(path).and_then(|there| there.modified()).expect("a time").elapsed();
    assert!(kept.iter().all(|path| since(path).expect("the past") < Duration::from_hours(24)), "use is noted");
}
