//! What must hold for any text that names a server: nothing hidden in it decides where requests go.

use workflow_ui_core::ServerAddress;

/// The page that the text comes to.
const PAGE: &str = "https://page.org";

pub fn address(data: &[u8]) {
    let text = String::from_utf8_lossy(data);
    let resolved = ServerAddress::resolve(&text, "https://page.org/folder/page?query#part");
    for address in [ServerAddress::parse(&text, PAGE), resolved]
        .into_iter()
        .flatten()
    {
        assert!(!text.contains(char::is_control), "control characters are refused");
        let (origin, base) = (address.origin(), address.base());
        let host = origin
            .strip_prefix("http://")
            .or_else(|| origin.strip_prefix("https://"))
            .expect("a web address");
        // What a person is asked about is the host and nothing else.
        assert!(
            !host.is_empty() && !host.contains(['/', '\\', '@', '?', '#', ' ']) && host.is_ascii(),
            "{origin:?}"
        );
        assert!(base.starts_with(origin) && !base.ends_with('/'), "{base:?}");
        assert!(
            base.is_ascii() && !base.contains(['?', '#', '\\', ' ']),
            "{base:?}"
        );
        assert_eq!(
            ServerAddress::parse(base, PAGE).as_ref(),
            Ok(&address),
            "what is stored is read as the same"
        );
        let mut letters = text.trim().chars();
        let is_path = letters.next() == Some('/') && !matches!(letters.next(), Some('/' | '\\'));
        assert!(
            !is_path || origin == PAGE,
            "a path stays on the page's origin: {origin:?}"
        );
    }
}
