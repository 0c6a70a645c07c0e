mod automation;
mod contract;
mod network;
mod programs;
mod sandbox;
mod support;
mod tidy;
