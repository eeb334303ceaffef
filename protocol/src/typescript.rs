//! The same types and names in TypeScript, for the gate: written by `npm run types`, checked here.

use ts_rs::{Config, TS};

use crate::{
    Answer, AnswerOutcome, AnswerRequest, Appearance, ConsentRequest, Consents, CookieConsent, CookieSettings,
    DeclaredCookie, DeclaredStorage, FirstLayer, HandOverAnswer, HandOverRequest, Node, PurposeConfig, RedeemRequest,
    ServiceConfig, Signals, Texts, Trigger, WidgetConfig, names,
};

const FILE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../www/gate/protocol.ts");
const HEAD: &str = "// Written from protocol/src by `npm run types`. Do not change it by hand.\n";

fn type_of<T: TS>(config: &Config) -> String {
    format!("\n{}export {}\n", T::docs().unwrap_or_default(), T::decl(config))
}

fn typescript() -> String {
    let config = Config::default();
    let names = [
        ("RECEIPT", names::RECEIPT),
        ("CONFIG", names::CONFIG),
        ("OUTBOX", names::OUTBOX),
        ("SESSION", names::SESSION),
    ];
    let names = names.map(|(name, value)| format!("export const {name} = '{value}';\n")).concat();
    let types = [
        type_of::<FirstLayer>(&config),
        type_of::<Trigger>(&config),
        type_of::<Node>(&config),
        type_of::<WidgetConfig>(&config),
        type_of::<Texts>(&config),
        type_of::<Appearance>(&config),
        type_of::<CookieSettings>(&config),
        type_of::<PurposeConfig>(&config),
        type_of::<ServiceConfig>(&config),
        type_of::<DeclaredCookie>(&config),
        type_of::<DeclaredStorage>(&config),
        type_of::<Signals>(&config),
        type_of::<ConsentRequest>(&config),
        type_of::<Consents<CookieConsent>>(&config),
        type_of::<CookieConsent>(&config),
        type_of::<AnswerRequest>(&config),
        type_of::<Answer>(&config),
        type_of::<AnswerOutcome>(&config),
        type_of::<HandOverRequest>(&config),
        type_of::<HandOverAnswer>(&config),
        type_of::<RedeemRequest>(&config),
    ];
    [HEAD, &names, &types.concat()].concat()
}

#[test]
fn the_gate_has_the_types_of_the_protocol() {
    let written = typescript();
    if std::env::var_os("PLACET_WRITE_TYPES").is_some() {
        std::fs::write(FILE, &written).unwrap();
    }
    // The formatter has its own mind about white space, punctuation and quotation marks.
    let plain = |text: &str| text.replace([' ', '\n', ';', ','], "").replace('"', "'");
    let kept = std::fs::read_to_string(FILE).unwrap();
    assert_eq!(plain(&kept), plain(&written), "run `npm run types`");
}
