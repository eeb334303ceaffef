//! Languages: what a browser, a page or a widget file asks for.

#![no_main]

use libfuzzer_sys::fuzz_target;
use nonempty::nonempty;
use placet_server::language::{Language, negotiate, parse_accept_language, parse_list};

fuzz_target!(|text: &str| {
    let offered = nonempty!["en", "fr", "pt-BR", "zh-Hant", "sr-Latn"].map(|tag| tag.parse::<Language>().expect("a tag"));
    for wanted in [parse_list(text), parse_accept_language(text)] {
        if let Some(chosen) = negotiate(&wanted, &offered) {
            assert!(offered.contains(chosen), "{text}");
        }
        for language in wanted {
            // What was read is written so that it is read alike.
            assert_eq!(language.to_string().parse().as_ref(), Ok(&language), "{text}");
        }
    }
});
