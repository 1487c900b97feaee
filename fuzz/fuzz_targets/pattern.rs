#![no_main]

#[path = "../src/pattern.rs"]
mod pattern;

libfuzzer_sys::fuzz_target!(|data: &[u8]| pattern::pattern(data));
