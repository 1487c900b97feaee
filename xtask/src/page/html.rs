//! What a built page must not contain, so that it runs under a strict Content-Security-Policy and below any path.

/// What is wrong with a built page, each as a sentence; empty when nothing is.
///
/// The policy is `script-src 'self' 'wasm-unsafe-eval'; style-src 'self'`: it forbids inline scripts, inline styles and
/// event attributes. Addresses have to be relative, or the page would work at one place only.
pub(crate) fn complaints(html: &str) -> Vec<String> {
    let mut found = Vec::new();
    let mut rest = html;
    while let Some(start) = rest.find('<') {
        rest = &rest[start..];
        if let Some(after) = rest.strip_prefix("<!--") {
            rest = after.split_once("-->").map_or("", |(_, after)| after);
            continue;
        }
        let end = tag_end(rest);
        let (tag, after) = rest.split_at(end);
        rest = after;
        let inner = tag.trim_start_matches('<').trim_end_matches('>');
        let name: String = inner
            .chars()
            .take_while(char::is_ascii_alphanumeric)
            .collect::<String>()
            .to_ascii_lowercase();
        let attributes = attributes(inner.get(name.len()..).unwrap_or_default());
        let shown = tag.split_whitespace().collect::<Vec<_>>().join(" ");
        if name == "style" {
            found.push(format!("an inline style sheet: {shown}"));
        }
        if name == "script" {
            let content = after.split_once("</script").map_or(after, |(content, _)| content);
            if !content.trim().is_empty() || !attributes.iter().any(|(key, _)| key == "src") {
                found.push(format!("an inline script: {shown}"));
            }
        }
        for (key, value) in &attributes {
            if key == "style" || (key.starts_with("on") && key.len() > 2) {
                found.push(format!("an inline {key}: {shown}"));
            }
            if matches!(key.as_str(), "src" | "href") && is_absolute(value) {
                found.push(format!("an address that is not relative: {shown}"));
            }
        }
    }
    found
}

fn is_absolute(address: &str) -> bool {
    let scheme = address
        .split(['/', '?', '#'])
        .next()
        .is_some_and(|start| start.contains(':'));
    address.starts_with('/') || (scheme && !address.starts_with("data:"))
}

/// The length of the tag that a text begins with; a `>` inside quotes does not end it.
fn tag_end(text: &str) -> usize {
    let mut quote = None;
    for (at, c) in text.char_indices() {
        match (quote, c) {
            (None, '>') => return at + 1,
            (None, '"' | '\'') => quote = Some(c),
            (Some(open), c) if open == c => quote = None,
            _ => {}
        }
    }
    text.len()
}

fn attributes(text: &str) -> Vec<(String, String)> {
    let mut found = Vec::new();
    let mut rest = text.trim_start();
    while !rest.is_empty() {
        let end = rest
            .find(|c: char| c.is_whitespace() || c == '=')
            .unwrap_or(rest.len());
        let (key, after) = rest.split_at(end);
        let after = after.trim_start();
        let (value, after) = match after.strip_prefix('=').map(str::trim_start) {
            None => ("", after),
            Some(value) => match value.chars().next().filter(|quote| matches!(quote, '"' | '\'')) {
                Some(quote) => value
                    .get(1..)
                    .and_then(|value| value.split_once(quote))
                    .unwrap_or((value, "")),
                None => value.split_once(char::is_whitespace).unwrap_or((value, "")),
            },
        };
        if !key.is_empty() {
            found.push((key.to_ascii_lowercase(), value.to_owned()));
        }
        // A stray `=` without a name would keep us here for ever.
        rest = if key.is_empty() && after.len() == rest.len() {
            after.get(1..).unwrap_or_default()
        } else {
            after
        };
        rest = rest.trim_start();
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_page_of_own_files_is_fine() {
        let page = r#"<!doctype html><html lang="en"><head><meta charset="utf-8"><!-- <script>x</script> -->
            <link rel="modulepreload" href="./app-1.js" crossorigin="anonymous"><link rel=icon href=data:,x>
            <script src="./boot-1.js" type="module"></script></head>
            <body data-once="1 > 0"><noscript><p class="boot">Needs scripts</p></noscript></body></html>"#;
        assert_eq!(complaints(page), Vec::<String>::new(), "nothing to complain of");
    }

    #[test]
    fn everything_that_the_policy_forbids_is_found() {
        let cases = [
            ("<script>start()</script>", "inline script"),
            ("<script type=module></script>", "inline script"),
            ("<script src=\"./a.js\">also()</script>", "inline script"),
            ("<STYLE>p{}</STYLE>", "inline style sheet"),
            ("<p style=\"color:red\">", "inline style"),
            ("<body onload='x()'>", "inline onload"),
            ("<link href=\"/app.css\">", "not relative"),
            ("<script src=https://cdn.example/x.js></script>", "not relative"),
        ];
        for (page, expected) in cases {
            let found = complaints(page);
            assert!(
                found.iter().any(|text| text.contains(expected)),
                "{page} gave {found:?}"
            );
        }
    }

    #[test]
    fn broken_pages_do_not_hold_us() {
        for page in [
            "<",
            "<a =",
            "<a ==b",
            "<a b=\"",
            "<!--",
            "<script",
            "<p \u{e9}='>",
        ] {
            let _ = complaints(page);
        }
    }
}
