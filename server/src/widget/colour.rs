//! Colours, and whether one can be read on another.

use std::{fmt, str::FromStr};

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Deserialize, Serialize};

/// An opaque colour, as `#1d2433` or `#fff`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Colour {
    red: u8,
    green: u8,
    blue: u8,
}

/// A text that is no colour.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("write a colour as `#1d2433` or `#fff`")]
pub struct InvalidColour;

impl Colour {
    /// How well this can be told from another colour: 1 (not at all) to 21 (black from white). WCAG 2.2, "contrast
    /// ratio".
    pub fn contrast(self, other: Self) -> f64 {
        let (one, other) = (self.luminance(), other.luminance());
        (one.max(other) + 0.05) / (one.min(other) + 0.05)
    }

    /// WCAG 2.2, "relative luminance".
    fn luminance(self) -> f64 {
        let linear = |channel: u8| {
            let channel = f64::from(channel) / 255.0;
            if channel <= 0.04045 { channel / 12.92 } else { ((channel + 0.055) / 1.055).powf(2.4) }
        };
        0.2126 * linear(self.red) + 0.7152 * linear(self.green) + 0.0722 * linear(self.blue)
    }
}

impl FromStr for Colour {
    type Err = InvalidColour;

    fn from_str(text: &str) -> Result<Self, InvalidColour> {
        let digits: Vec<u8> = text
            .strip_prefix('#')
            .ok_or(InvalidColour)?
            .chars()
            .map(|digit| digit.to_digit(16).and_then(|digit| u8::try_from(digit).ok()).ok_or(InvalidColour))
            .collect::<Result<_, _>>()?;
        match digits[..] {
            [red, green, blue] => Ok(Self { red: red * 17, green: green * 17, blue: blue * 17 }),
            [r, ed, g, reen, b, lue] => Ok(Self { red: r * 16 + ed, green: g * 16 + reen, blue: b * 16 + lue }),
            _ => Err(InvalidColour),
        }
    }
}

impl TryFrom<String> for Colour {
    type Error = InvalidColour;

    fn try_from(text: String) -> Result<Self, InvalidColour> {
        text.parse()
    }
}

impl From<Colour> for String {
    fn from(colour: Colour) -> Self {
        colour.to_string()
    }
}

/// The shortest way to write it.
impl fmt::Display for Colour {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let channels = [self.red, self.green, self.blue];
        f.write_str("#")?;
        if channels.iter().all(|channel| channel % 17 == 0) {
            channels.iter().try_for_each(|channel| write!(f, "{:x}", channel / 17))
        } else {
            channels.iter().try_for_each(|channel| write!(f, "{channel:02x}"))
        }
    }
}

impl JsonSchema for Colour {
    fn schema_name() -> std::borrow::Cow<'static, str> {
        "Colour".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({ "type": "string", "pattern": "^#([0-9A-Fa-f]{3}|[0-9A-Fa-f]{6})$" })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn colour(text: &str) -> Colour {
        text.parse().unwrap()
    }

    #[test]
    fn a_colour_is_written_in_the_shortest_way() {
        for (written, shortest) in [("#FFFFFF", "#fff"), ("#fff", "#fff"), ("#1d2433", "#1d2433"), ("#0b5", "#0b5")] {
            assert_eq!(colour(written).to_string(), shortest);
        }
        for wrong in ["", "fff", "#ff", "#ffff", "#ggg", "#fffffff", "red", "#é", "#+1+1+1"] {
            assert_eq!(wrong.parse::<Colour>(), Err(InvalidColour), "{wrong}");
        }
    }

    #[test]
    fn contrast_is_what_wcag_says() {
        let ratio = |one, other| (colour(one).contrast(colour(other)) * 100.0).round() / 100.0;
        assert!((ratio("#000", "#fff") - 21.0).abs() < 0.001);
        assert!((ratio("#fff", "#000") - 21.0).abs() < 0.001);
        assert!((ratio("#777", "#fff") - 4.48).abs() < 0.001);
        assert!((ratio("#767676", "#fff") - 4.54).abs() < 0.001);
        assert!((ratio("#abc", "#abc") - 1.0).abs() < 0.001);
    }
}
