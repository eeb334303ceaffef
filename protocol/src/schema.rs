//! Schemas, for the API's description, of what is not written as it is built: names that are numbers on the wire.

use utoipa::{
    PartialSchema, ToSchema,
    openapi::{
        ObjectBuilder, RefOr, Schema,
        schema::{SchemaType, Type},
    },
};

use crate::{DeviceType, ProofType, Purpose};

/// A schema of numbers, each of which stands for a name.
fn numbered(description: &str, names: &[(u8, String)]) -> RefOr<Schema> {
    let told: Vec<_> = names.iter().map(|(number, name)| format!("{number} {name}")).collect();
    ObjectBuilder::new()
        .schema_type(SchemaType::new(Type::Integer))
        .description(Some(format!("{description}: {}.", told.join(", "))))
        .enum_values(Some(names.iter().map(|(number, _)| *number)))
        .into()
}

macro_rules! schemas {
    ($($of:ident: $all:expr, $description:literal;)+) => {
        $(
            impl PartialSchema for $of {
                fn schema() -> RefOr<Schema> {
                    let names = $all.map(|one: $of| (u8::from(one), format!("{one:?}")));
                    numbered($description, &names)
                }
            }

            impl ToSchema for $of {}
        )+
    };
}

schemas! {
    Purpose: Purpose::ALL, "What a service is for";
    ProofType: [ProofType::Visit, ProofType::Quit, ProofType::Consents], "What a proof records";
    DeviceType: [DeviceType::Unknown, DeviceType::Mobile, DeviceType::Desktop, DeviceType::Tablet], "A kind of device";
}
