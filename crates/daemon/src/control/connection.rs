//! One client of the control socket: what it has sent so far, and what waits to be sent to it.
#[derive(Debug)]
pub struct Connection;
#[derive(Debug)]
pub enum Progress {}
