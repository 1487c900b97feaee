//! Named cases: those of the web-platform-tests' `eventsource/format-*` and the kinds of eventsource-parser's tests, in our own
//! words, each at every cut of its bytes.

use crate::{Item, decode, split_every_way};

struct Case {
    name: &'static str,
    stream: Vec<u8>,
    /// Event name, data, id.
    events: Vec<(&'static str, String, &'static str)>,
    retry: Vec<u64>,
    comments: Option<Vec<String>>,
    last_id: &'static str,
}

fn case(name: &'static str, stream: impl Into<Vec<u8>>) -> Case {
    Case {
        name,
        stream: stream.into(),
        events: vec![],
        retry: vec![],
        comments: None,
        last_id: "",
    }
}

impl Case {
    fn event(mut self, event: &'static str, data: &str, id: &'static str) -> Self {
        self.events.push((event, data.to_owned(), id));
        self.last_id = id;
        self
    }

    /// Events with neither name nor id.
    fn data(self, all: &[&str]) -> Self {
        all.iter().fold(self, |case, data| case.event("", data, ""))
    }

    fn retry(mut self, milliseconds: u64) -> Self {
        self.retry.push(milliseconds);
        self
    }

    fn comments(mut self, all: &[&str]) -> Self {
        self.comments = Some(all.iter().map(|text| (*text).to_owned()).collect());
        self
    }

    fn last_id(mut self, id: &'static str) -> Self {
        self.last_id = id;
        self
    }

    fn check(&self) {
        let check = |chunks: &[&[u8]]| {
            let (items, last_id) = decode(chunks.iter().copied());
            let (mut events, mut retry, mut comments) = (vec![], vec![], vec![]);
            for item in items {
                match item {
                    Item::Event { event, data, id } => events.push((event, data, id)),
                    Item::Retry(milliseconds) => retry.push(milliseconds),
                    Item::Comment(text) => comments.push(text),
                    Item::Oversized { .. } => panic!("{}: nothing is oversized here", self.name),
                }
            }
            let expected: Vec<_> = self
                .events
                .iter()
                .map(|(event, data, id)| ((*event).to_owned(), data.clone(), (*id).to_owned()))
                .collect();
            assert_eq!(events, expected, "{}: events, cut as {chunks:?}", self.name);
            assert_eq!(retry, self.retry, "{}: retry, cut as {chunks:?}", self.name);
            if let Some(expected) = &self.comments {
                assert_eq!(&comments, expected, "{}: comments, cut as {chunks:?}", self.name);
            }
            assert_eq!(last_id, self.last_id, "{}: last id, cut as {chunks:?}", self.name);
        };
        check(&[&self.stream]);
        // The long ones are cut less: all three-part cuts grow with the third power of the length.
        if self.stream.len() <= 300 {
            split_every_way(&self.stream, check);
        } else {
            for at in 0..=self.stream.len() {
                check(&[&self.stream[..at], &self.stream[at..]]);
            }
            check(&self.stream.chunks(1).collect::<Vec<_>>());
        }
    }
}

fn check(cases: impl IntoIterator<Item = Case>) {
    for case in cases {
        case.check();
    }
}

#[test]
fn web_platform_data_and_fields() {
    check([
        case(
            "event-data",
            "data:msg\ndata:msg\n\n:\nfalsefield:msg\n\nfalsefield:msg\nData:data\n\ndata\n\ndata:end\n\n",
        )
        .data(&["msg\nmsg", "", "end"]),
        case("format-field-data", "data:\n\ndata\ndata\n\ndata:test\n\n").data(&["", "\n", "test"]),
        case("format-field-event", "event:test\ndata:x\n\ndata:x\n\n").event("test", "x", "").event("", "x", ""),
        case("format-field-event-empty", "event: \ndata:data\n\n").data(&["data"]),
        case(
            "format-field-parsing",
            "data:\0\ndata:  2\rData:1\ndata\0:2\ndata:1\r\0data:4\nda-ta:3\rdata_5\ndata:3\rdata:\r\n data:32\ndata:4\n\n",
        )
        .data(&["\0\n 2\n1\n3\n\n4"]),
        case(
            "format-field-unknown",
            "data:test\n data\ndata\nfoobar:xxx\njustsometext\n:thisisacommentyay\ndata:test\n\n",
        )
        .data(&["test\n\ntest"])
        .comments(&["thisisacommentyay"]),
        case("format-leading-space", "data:\ttest\rdata: \ndata:test\n\n").data(&["\ttest\n\ntest"]),
        case("format-newlines", "data:test\r\ndata\ndata:test\r\n\r").data(&["test\n\ntest"]),
        case("format-null-character", "data:\0\n\n\n\n").data(&["\0"]),
        case("format-utf-8", "data:ok…\n\n").data(&["ok…"]),
        case("format-data-before-final-empty-line", "retry:1000\ndata:test1\n\nid:test\ndata:test2")
            .data(&["test1"])
            .retry(1000),
    ]);
}

#[test]
fn web_platform_byte_order_marks() {
    check([
        case("format-bom", "\u{feff}data:1\n\n\u{feff}data:2\n\ndata:3\n\n").data(&["1", "3"]),
        case("format-bom-2", "\u{feff}\u{feff}data:1\n\ndata:2\n\ndata:3\n\n").data(&["2", "3"]),
        case("a mark alone", "\u{feff}").data(&[]),
        case("a mark before an empty line", "\u{feff}\ndata:1\n\n").data(&["1"]),
        case("one byte of a mark", b"\xEFdata:1\n\ndata:2\n\n").data(&["2"]),
        case("two bytes of a mark", b"\xEF\xBBdata:1\n\ndata:2\n\n").data(&["2"]),
        case("two bytes of a mark, then a line end", b"\xEF\xBB\ndata:1\n\n").data(&["1"]),
        case("two bytes of a mark, then a colon", b"\xEF\xBB:x\ndata:1\n\n")
            .data(&["1"])
            .comments(&[]),
        case("a mark within data", "data:\u{feff}1\n\n").data(&["\u{feff}1"]),
    ]);
}

#[test]
fn web_platform_comments() {
    let long = "x".repeat(2049);
    let stream = format!("data:1\r:\0\n:\r\ndata:2\n:{long}\rdata:3\n:data:fail\r:{long}\ndata:4\n\n");
    let kept = "x".repeat(1024);
    check([case("format-comments", stream).data(&["1\n2\n3\n4"]).comments(&[
        "\0",
        "",
        &kept,
        "data:fail",
        &kept,
    ])]);
}

#[test]
fn web_platform_ids() {
    check([
        case("format-field-id", "id: …\nretry:200\ndata:hello\n\n").event("", "hello", "…").retry(200),
        case("format-field-id-2", "id: 1\ndata: a\n\ndata: b\n\n").event("", "a", "1").event("", "b", "1"),
        case("format-field-id-3", "id: 1\ndata: a\n\ndata: b\n\nid: 2\ndata: c\n\nid:\ndata: d\n\nid: 3\ndata: e\n\nid\ndata: f\n\n")
            .event("", "a", "1")
            .event("", "b", "1")
            .event("", "c", "2")
            .event("", "d", "")
            .event("", "e", "3")
            .event("", "f", ""),
    ]);
    for bad in ["\0\0", "x\0", "\0x", "x\0x", " \0"] {
        check([case(
            "format-field-id-null",
            format!("id: 7\ndata:a\n\nid:{bad}\ndata:hello\n\n"),
        )
        .event("", "a", "7")
        .event("", "hello", "7")]);
    }
}

#[test]
fn web_platform_retry() {
    check([
        case("format-field-retry", "retry:3000\ndata:x\n\n")
            .data(&["x"])
            .retry(3000),
        case("format-field-retry-bogus", "retry:3000\nretry:1000x\ndata:x\n\n")
            .data(&["x"])
            .retry(3000),
        case("format-field-retry-empty", "retry\ndata:test\n\n").data(&["test"]),
        case("an empty value", "retry:\ndata:test\n\n").data(&["test"]),
        case("a space skipped", "retry: 12\n\n").retry(12),
        case("two spaces", "retry:  12\n\n"),
        case(
            "signs and fractions",
            "retry:-1\nretry:+1\nretry:1.5\nretry:1e3\nretry:0x1\n\n",
        ),
        case("zeros", "retry:0\nretry:007\n\n").retry(0).retry(7),
        case("other digits than ASCII", "retry:١٢\n\n"),
        case("more than 64 bits", "retry:99999999999999999999999\n\n").retry(u64::MAX),
        case("without the end of its event", "retry:5\n").retry(5),
        case("without a line end", "retry:5"),
    ]);
}

#[test]
fn line_ends() {
    check([
        case("LF", "data: 1\n\ndata: 2\n\n").data(&["1", "2"]),
        case("CR", "data: 1\r\rdata: 2\r\r").data(&["1", "2"]),
        case("CR LF", "data: 1\r\n\r\ndata: 2\r\n\r\n").data(&["1", "2"]),
        case("mixed", "data: 1\r\n\rdata: 2\n\r\ndata: 3\r\r\n").data(&["1", "2", "3"]),
        case("CR, then an LF of its own line", "data: 1\r\n\n").data(&["1"]),
        case("LF CR is two line ends", "data: 1\n\rdata: 2\n\r").data(&["1", "2"]),
        case("a CR at the very end", "data: 1\n\r").data(&["1"]),
        case("no other line ends", "data: a\u{85}b\u{2028}c\u{b}d\u{c}e\n\n")
            .data(&["a\u{85}b\u{2028}c\u{b}d\u{c}e"]),
        case("empty lines only", "\n\n\r\r\r\n\r\n").data(&[]),
    ]);
}

#[test]
fn events_and_names() {
    check([
        case("one line", "data: hello\n\n").data(&["hello"]),
        case(
            "lines in between",
            "data: a\nid: 1\ndata: b\nevent: x\ndata: c\n\n",
        )
        .event("x", "a\nb\nc", "1"),
        case("the last name counts", "event: a\nevent: b\ndata:\n\n").event("b", "", ""),
        case("an empty name takes the name away", "event: a\nevent\ndata:\n\n").event("", "", ""),
        case("a name does not outlive its block", "event: a\n\ndata: x\n\n").data(&["x"]),
        case("an event without data is none", "event: a\nid: 1\n\n").last_id("1"),
        case("an id without the end of its block", "id: 1\n").last_id(""),
        case("an id is committed with the block", "id: 1\n\nid: 2\ndata: x\n").last_id("1"),
        case("an id survives a block without one", "id: 1\n\ndata: x\n\n").event("", "x", "1"),
        case("the last id of a block counts", "id: 1\ndata: x\nid: 2\n\n").event("", "x", "2"),
        case("an unfinished event", "data: 1\n\ndata: 2\n").data(&["1"]),
        case("an unfinished line", "data: 1\n\ndata: 2").data(&["1"]),
        case(
            "field names are exact",
            "Data: 1\nDATA: 2\n data: 3\ndata : 4\ndat: 5\ndatas: 6\n\n",
        )
        .data(&[]),
        case(
            "long names",
            "retryy:1\neventful: x\nidentity: 7\nid2\ndatadatadata: y\n\n",
        )
        .data(&[]),
        case("colons in values", "data: a:b::c\nid: x:y\n\n").event("", "a:b::c", "x:y"),
        case("only one space goes", "data:  a \nid:  7 \n\n").event("", " a ", " 7 "),
        case("a space alone is an empty line of data", "data: \n\n").data(&[""]),
        case("data without colon, then with", "data\ndata: a\ndata\n\n").data(&["\na\n"]),
        case("JSON over lines", "data: {\ndata:  \"a\": 1\ndata: }\n\n").data(&["{\n \"a\": 1\n}"]),
    ]);
}

#[test]
fn comments_are_reported() {
    check([
        case("a heartbeat", ": heartbeat\n\n").comments(&["heartbeat"]),
        case("without a space", ":heartbeat\n").comments(&["heartbeat"]),
        case("one space goes", ":  two\n").comments(&[" two"]),
        case("empty", ":\n").comments(&[""]),
        case("within an event", "data: 1\n: x\ndata: 2\n\n")
            .data(&["1\n2"])
            .comments(&["x"]),
        case("unfinished", ": x").comments(&[]),
        case("wrong bytes", b": \xFFx\n").comments(&["\u{fffd}x"]),
    ]);
}

#[test]
fn invalid_utf8_as_in_a_browser() {
    check([
        case("a lone continuation", b"data: a\x80b\n\n").data(&["a\u{fffd}b"]),
        case("a character cut short", b"data: \xE2\x82\n\n").data(&["\u{fffd}"]),
        case("cut short, then ASCII", b"data: \xE2\x82x\n\n").data(&["\u{fffd}x"]),
        case("a four-byte character cut short", b"data: \xF0\x9F\x98|\n\n").data(&["\u{fffd}|"]),
        case("an overlong form", b"data: \xC0\xAF\n\n").data(&["\u{fffd}\u{fffd}"]),
        case("a surrogate", b"data: \xED\xA0\x80\n\n").data(&["\u{fffd}\u{fffd}\u{fffd}"]),
        case("beyond the last character", b"data: \xF4\x90\x80\x80\n\n")
            .data(&["\u{fffd}\u{fffd}\u{fffd}\u{fffd}"]),
        case("in the middle of lines of data", b"data: \xE2\ndata: \x82\n\n").data(&["\u{fffd}\n\u{fffd}"]),
        case("in a field's name", b"d\xFFata: x\ndata: y\n\n").data(&["y"]),
        case("in a name", b"event: \xFF\ndata: y\n\n").event("\u{fffd}", "y", ""),
        case("in an id", b"id: \xE2\x82\ndata: y\n\n").event("", "y", "\u{fffd}"),
        case("characters of every length", "data: aé€😀\n\n").data(&["aé€😀"]),
    ]);
}
