//! Writes a Rust value as JSON, through serde: the other half of [`crate::read`], and as small.
//!
//! The protocol knows texts, whole numbers, truth values, options, lists and structs; anything else is [`Unfit`].

use js_sys::JSON;
use serde::{
    Serialize, Serializer,
    ser::{self, Impossible, SerializeSeq, SerializeStruct},
};
use wasm_bindgen::JsValue;

use crate::read::Unfit;

impl ser::Error for Unfit {
    fn custom<T: core::fmt::Display>(_: T) -> Self {
        Unfit
    }
}

/// Writes JSON.
///
/// # Errors
///
/// [`Unfit`] for what the protocol does not know.
pub fn write<T: Serialize + ?Sized>(value: &T) -> Result<String, Unfit> {
    let mut json = String::new();
    value.serialize(Json(&mut json))?;
    Ok(json)
}

struct Json<'a>(&'a mut String);

/// The items of a list or a struct, and what comes before the next.
struct Items<'a> {
    json: &'a mut String,
    before: &'static str,
    end: &'static str,
}

impl<'a> Items<'a> {
    fn begin(json: &'a mut String, before: &'static str, end: &'static str) -> Self {
        Self { json, before, end }
    }

    fn next(&mut self) -> Json<'_> {
        self.json.push_str(core::mem::replace(&mut self.before, ","));
        Json(self.json)
    }

    fn end(self) {
        if self.before != "," {
            self.json.push_str(self.before);
        }
        self.json.push_str(self.end);
    }
}

/// The browser knows how to write a text or a number.
fn leaf(json: &mut String, value: &JsValue) -> Result<(), Unfit> {
    json.push_str(&String::from(JSON::stringify(value).map_err(|_| Unfit)?));
    Ok(())
}

macro_rules! unfit {
    ($($method:ident($($argument:ty),*) -> $of:ty;)*) => {
        $(fn $method(self, $(_: $argument),*) -> Result<$of, Unfit> {
            Err(Unfit)
        })*
    };
}

impl<'a> Serializer for Json<'a> {
    type Ok = ();
    type Error = Unfit;
    type SerializeSeq = Items<'a>;
    type SerializeStruct = Items<'a>;
    type SerializeTuple = Impossible<(), Unfit>;
    type SerializeTupleStruct = Impossible<(), Unfit>;
    type SerializeTupleVariant = Impossible<(), Unfit>;
    type SerializeMap = Impossible<(), Unfit>;
    type SerializeStructVariant = Impossible<(), Unfit>;

    fn serialize_bool(self, value: bool) -> Result<(), Unfit> {
        self.0.push_str(if value { "true" } else { "false" });
        Ok(())
    }

    fn serialize_u8(self, value: u8) -> Result<(), Unfit> {
        leaf(self.0, &JsValue::from(value))
    }

    fn serialize_u64(self, value: u64) -> Result<(), Unfit> {
        #[expect(clippy::cast_precision_loss, reason = "times are exact up to the year 287 396")]
        leaf(self.0, &JsValue::from_f64(value as f64))
    }

    fn serialize_str(self, value: &str) -> Result<(), Unfit> {
        leaf(self.0, &JsValue::from_str(value))
    }

    fn serialize_none(self) -> Result<(), Unfit> {
        self.0.push_str("null");
        Ok(())
    }

    fn serialize_some<T: Serialize + ?Sized>(self, value: &T) -> Result<(), Unfit> {
        value.serialize(self)
    }

    fn serialize_seq(self, _: Option<usize>) -> Result<Items<'a>, Unfit> {
        Ok(Items::begin(self.0, "[", "]"))
    }

    fn serialize_struct(self, _: &'static str, _: usize) -> Result<Items<'a>, Unfit> {
        Ok(Items::begin(self.0, "{", "}"))
    }

    fn serialize_newtype_struct<T: Serialize + ?Sized>(self, _: &'static str, value: &T) -> Result<(), Unfit> {
        value.serialize(self)
    }

    fn serialize_newtype_variant<T: Serialize + ?Sized>(
        self,
        _: &'static str,
        _: u32,
        _: &'static str,
        _: &T,
    ) -> Result<(), Unfit> {
        Err(Unfit)
    }

    unfit! {
        serialize_i8(i8) -> ();
        serialize_i16(i16) -> ();
        serialize_i32(i32) -> ();
        serialize_i64(i64) -> ();
        serialize_u16(u16) -> ();
        serialize_u32(u32) -> ();
        serialize_f32(f32) -> ();
        serialize_f64(f64) -> ();
        serialize_char(char) -> ();
        serialize_bytes(&[u8]) -> ();
        serialize_unit() -> ();
        serialize_unit_struct(&'static str) -> ();
        serialize_unit_variant(&'static str, u32, &'static str) -> ();
        serialize_tuple(usize) -> Self::SerializeTuple;
        serialize_tuple_struct(&'static str, usize) -> Self::SerializeTupleStruct;
        serialize_tuple_variant(&'static str, u32, &'static str, usize) -> Self::SerializeTupleVariant;
        serialize_map(Option<usize>) -> Self::SerializeMap;
        serialize_struct_variant(&'static str, u32, &'static str, usize) -> Self::SerializeStructVariant;
    }
}

impl SerializeSeq for Items<'_> {
    type Ok = ();
    type Error = Unfit;

    fn serialize_element<T: Serialize + ?Sized>(&mut self, value: &T) -> Result<(), Unfit> {
        value.serialize(self.next())
    }

    fn end(self) -> Result<(), Unfit> {
        Items::end(self);
        Ok(())
    }
}

impl SerializeStruct for Items<'_> {
    type Ok = ();
    type Error = Unfit;

    fn serialize_field<T: Serialize + ?Sized>(&mut self, name: &'static str, value: &T) -> Result<(), Unfit> {
        let json = self.next();
        // The protocol's names are plain letters.
        json.0.extend(["\"", name, "\":"]);
        value.serialize(json)
    }

    fn end(self) -> Result<(), Unfit> {
        Items::end(self);
        Ok(())
    }
}
