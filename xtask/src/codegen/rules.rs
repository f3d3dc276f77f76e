//! The rules of fields: the options of `proto/tera/rules/v1/rules.proto`, which prost's descriptors leave out.

use anyhow::{Context, Result};
use protox::prost_reflect::{DescriptorPool, ExtensionDescriptor};

/// The options, and the descriptors that hold them.
pub(super) struct Rules {
    pool: DescriptorPool,
    required: ExtensionDescriptor,
    uuid: ExtensionDescriptor,
}

impl Rules {
    /// The rules that are set in the files of a pool.
    pub(super) fn new(pool: DescriptorPool) -> Result<Self> {
        let option = |name: &str| {
            let option = pool.get_extension_by_name(&format!("tera.rules.v1.{name}"));
            option.with_context(|| format!("proto/ doesn't define the option `{name}`"))
        };
        Ok(Self { required: option("required")?, uuid: option("uuid")?, pool })
    }

    /// Whether the message's field of this number must be set.
    pub(super) fn is_required(&self, message: &str, number: i32) -> bool {
        self.has(&self.required, message, number)
    }

    /// Whether the message's field of this number is a UUID.
    pub(super) fn is_uuid(&self, message: &str, number: i32) -> bool {
        self.has(&self.uuid, message, number)
    }

    fn has(&self, option: &ExtensionDescriptor, message: &str, number: i32) -> bool {
        let message = self.pool.get_message_by_name(message);
        let field = message.and_then(|message| message.get_field(number as u32));
        field.is_some_and(|field| field.options().get_extension(option).as_bool() == Some(true))
    }
}
