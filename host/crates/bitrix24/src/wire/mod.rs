//! What is on the wire: PHP's way to write parameters, the envelope around answers.

pub mod body;
pub mod brackets;
pub mod envelope;
pub mod node;
pub mod php;
pub mod xml;
