mod automation;
mod contract;
mod programs;
mod sandbox;
mod support;
mod tidy;
