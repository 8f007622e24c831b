// SPDX-License-Identifier: Apache-2.0 OR MIT
//! The name of a service.

use crate::text_name::text_name;

text_name! {
    /// The name of a service: 1 to 255 bytes of UTF-8. Together with the messaging pattern it is what processes meet by.
    ///
    /// ```
    /// use iceoryx2::prelude::*;
    ///
    /// let name: ServiceName = "My/Funk/ServiceName".try_into()?;
    /// assert_eq!(name.as_str(), "My/Funk/ServiceName");
    /// assert!(ServiceName::new("").is_err());
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ServiceName, ServiceNameError, "service name", (1..=255)
}

#[cfg(test)]
mod tests {
    use super::ServiceName;

    #[test]
    fn takes_one_to_255_bytes() {
        assert_eq!(ServiceName::new("a").unwrap().as_str(), "a");
        assert!(ServiceName::new(&"x".repeat(255)).is_ok());
        assert!(ServiceName::new(&"ä".repeat(127)).is_ok());
        for text in [String::new(), "x".repeat(256), "ä".repeat(128)] {
            let sentence = ServiceName::new(&text).unwrap_err().to_string();
            assert_eq!(
                sentence,
                format!(
                    "a text of {} bytes is no service name; expected 1 to 255 bytes",
                    text.len()
                )
            );
        }
    }
}
