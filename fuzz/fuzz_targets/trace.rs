//! The merchant trace: a file of any bytes, that grows. Nothing panics or goes on for ever; the index gives what reading gives; what is
//! sealed is right, and a byte that is changed is found.
#![no_main]

use std::fs::{self, File, OpenOptions};
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::sync::OnceLock;

use libfuzzer_sys::fuzz_target;
use shopengine::clock::UnixMillis;
use shopengine::domain::transaction_id::TransactionId;
use shopengine::trace::{
    Entry, Filter, Index, Level, Page, Trace, Witness, conceal_secrets, escape, look_up, read, recent, scan, unescape, verify,
};

const NOW: UnixMillis = UnixMillis::from_millis(1_503_340_741_029);

fuzz_target!(|data: &[u8]| {
    let Some((&[cut, at], data)) = data.split_first_chunk() else { return };
    let text = String::from_utf8_lossy(data);
    assert_eq!(unescape(&escape(&text)), text);
    let path = file();
    for beside in [path.to_owned(), Index::of(path).path().to_owned(), path.with_extension("log.chain")] {
        let _ = fs::remove_file(beside);
    }
    // Two parts, indexed and sealed after each.
    let (first, second) = data.split_at(usize::from(cut) * data.len() / 255);
    let trace = Trace::new(path, "UTC");
    let witness = Witness::new("secret", "");
    for part in [first, second] {
        append(path, part);
        Index::of(path).catch_up(u64::MAX, |_| ()).expect("the folder can be written");
        trace.seal(NOW, &witness).expect("the folder can be written");
        for id in ids(data) {
            let reading: Vec<Entry> = scan(path, &id, Page::ALL).expect("it is there").map(|entry| entry.expect("it is read")).collect();
            let found: Vec<Entry> = look_up(path, &id, Page::ALL).expect("it is there").map(|entry| entry.expect("it is read")).collect();
            assert_eq!(reading, found, "{id}");
            // In pages of one.
            let (mut from, mut paged) = (Some(0), Vec::new());
            while let Some(start) = from {
                let mut page = look_up(path, &id, Page { from: start, limit: 1 }).expect("it is there");
                let before = paged.len();
                paged.extend(page.by_ref().map(|entry| entry.expect("it is read")));
                from = page.resume_at();
                assert!(from.is_none_or(|next| next > start || paged.len() > before), "it goes on for ever");
            }
            assert_eq!(reading, paged, "{id} in pages");
        }
    }
    let all: Vec<Entry> = read(path, Filter::default(), Page::ALL).expect("it is there").map(|entry| entry.expect("it is read")).collect();
    for entry in &all {
        let _ = (entry.time(), entry.iter(), entry.actor(), entry.level(), entry.text().len());
        let _ = Entry::parse(entry.line());
    }
    let mut grave = Filter::default();
    grave.level = Some(Level::Warning);
    let found = read(path, grave.clone(), Page::ALL).expect("it is there").map(|entry| entry.expect("it is read"));
    assert!(found.eq(all.iter().filter(|entry| grave.accepts(entry)).cloned()));
    let mut since = Filter::default();
    since.since = all.iter().filter_map(Entry::time).next();
    let found = read(path, since.clone(), Page::ALL).expect("it is there").map(|entry| entry.expect("it is read"));
    assert!(found.eq(all.iter().filter(|entry| since.accepts(entry)).cloned()));
    for summary in recent(path, 3).expect("it is read") {
        assert!(summary.entries > 0);
    }
    conceal_secrets(path, 0, NOW, &witness).expect("it can be written");
    let verified = verify(path, &witness).expect("it is read");
    assert!(verified.iter().all(|one| one.is_right()), "{verified:?}");
    if let Some(one) = verified.first().filter(|one| one.sealed > 0) {
        let mut bytes = fs::read(path).expect("it is there");
        let place = usize::from(at) % usize::try_from(one.sealed).expect("it is small");
        bytes[place] ^= 1;
        File::options().write(true).open(path).and_then(|mut file| file.write_all(&bytes)).expect("it can be written");
        assert!(!verify(path, &witness).expect("it is read")[0].is_right(), "byte {place}");
    }
});

/// Up to five of the ids that stand in the bytes.
fn ids(data: &[u8]) -> Vec<TransactionId> {
    let words = data.split(|byte| !(byte.is_ascii_alphanumeric() || b"+/=_-".contains(byte)));
    let ids = words.filter_map(|word| TransactionId::parse(std::str::from_utf8(word).ok()?).ok());
    ids.take(5).collect()
}

fn append(path: &Path, bytes: &[u8]) {
    let mut file = OpenOptions::new().create(true).append(true).open(path).expect("the folder can be written");
    file.write_all(bytes).expect("there is room");
}

/// In memory where there is such a folder: a file is made for each input.
fn file() -> &'static Path {
    static FILE: OnceLock<PathBuf> = OnceLock::new();
    FILE.get_or_init(|| {
        let memory = Path::new("/dev/shm");
        let folder = if memory.is_dir() { memory.to_owned() } else { std::env::temp_dir() };
        let folder = folder.join(format!("shopengine-fuzz-{}", std::process::id()));
        fs::create_dir_all(&folder).expect("the folder can be written");
        folder.join("trace.log")
    })
}
