//! Reads a JavaScript value as a Rust type, through serde.
//!
//! serde-wasm-bindgen would do the same, and tells in words what did not fit: text formatting, floats included, that
//! weighs more than all of Placet's own code. Here what does not fit is just [`Unfit`].

use js_sys::{Array, Reflect};
use serde::{
    Deserialize, Deserializer,
    de::{self, DeserializeSeed, SeqAccess, Visitor},
};
use wasm_bindgen::{JsCast, JsValue};

/// The value has not the shape that was expected.
#[derive(Debug)]
pub struct Unfit;

impl core::fmt::Display for Unfit {
    fn fmt(&self, _: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        Ok(())
    }
}

impl core::error::Error for Unfit {}

impl de::Error for Unfit {
    fn custom<T: core::fmt::Display>(_: T) -> Self {
        Unfit
    }

    // serde's own versions of these would put the words together first.
    fn invalid_type(_: de::Unexpected, _: &dyn de::Expected) -> Self {
        Unfit
    }

    fn invalid_value(_: de::Unexpected, _: &dyn de::Expected) -> Self {
        Unfit
    }

    fn invalid_length(_: usize, _: &dyn de::Expected) -> Self {
        Unfit
    }
}

/// Reads a JavaScript value.
///
/// # Errors
///
/// [`Unfit`] when it has not the shape of `T`. Properties that `T` does not know are passed over.
pub fn read<T: for<'de> Deserialize<'de>>(value: JsValue) -> Result<T, Unfit> {
    T::deserialize(Js(value))
}

struct Js(JsValue);

impl<'de> Deserializer<'de> for Js {
    type Error = Unfit;

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Unfit> {
        if let Some(text) = self.0.as_string() {
            visitor.visit_string(text)
        } else if let Some(flag) = self.0.as_bool() {
            visitor.visit_bool(flag)
        } else if let Some(number) = self.0.as_f64() {
            visitor.visit_u64(whole(number)?)
        } else if let Some(array) = self.0.dyn_ref::<Array>() {
            visitor.visit_seq(Items { array: array.clone(), next: 0 })
        } else {
            visitor.visit_unit()
        }
    }

    fn deserialize_option<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Unfit> {
        if self.0.is_null() || self.0.is_undefined() { visitor.visit_none() } else { visitor.visit_some(self) }
    }

    /// A struct is read as the sequence of its fields, each by its name: serde's code for that is half as long as for
    /// a map, whose keys come in any order.
    fn deserialize_struct<V: Visitor<'de>>(
        self,
        _: &'static str,
        fields: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Unfit> {
        visitor.visit_seq(Fields { object: self.0, names: fields.iter() })
    }

    serde::forward_to_deserialize_any! {
        bool i8 i16 i32 i64 u8 u16 u32 u64 f32 f64 char str string bytes byte_buf unit unit_struct newtype_struct seq
        tuple tuple_struct map enum identifier ignored_any
    }
}

/// Every number of the protocol is whole and not negative.
#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "what does not survive it is refused")]
#[expect(clippy::cast_precision_loss, clippy::float_cmp, reason = "the comparison is the check")]
fn whole(number: f64) -> Result<u64, Unfit> {
    let whole = number as u64;
    if whole as f64 == number { Ok(whole) } else { Err(Unfit) }
}

/// The items of an array.
struct Items {
    array: Array,
    next: u32,
}

impl<'de> SeqAccess<'de> for Items {
    type Error = Unfit;

    fn next_element_seed<T: DeserializeSeed<'de>>(&mut self, seed: T) -> Result<Option<T::Value>, Unfit> {
        if self.next >= self.array.length() {
            return Ok(None);
        }
        let item = self.array.get(self.next);
        self.next += 1;
        seed.deserialize(Js(item)).map(Some)
    }
}

/// The properties of an object that a struct asks for, in its order. One that is missing is told as an end, after which
/// serde takes the field's default, or fails, and goes on to the next.
struct Fields {
    object: JsValue,
    names: core::slice::Iter<'static, &'static str>,
}

impl<'de> SeqAccess<'de> for Fields {
    type Error = Unfit;

    fn next_element_seed<T: DeserializeSeed<'de>>(&mut self, seed: T) -> Result<Option<T::Value>, Unfit> {
        let Some(name) = self.names.next() else { return Ok(None) };
        let value = Reflect::get(&self.object, &JsValue::from_str(name)).map_err(|_| Unfit)?;
        if value.is_undefined() { Ok(None) } else { seed.deserialize(Js(value)).map(Some) }
    }
}
