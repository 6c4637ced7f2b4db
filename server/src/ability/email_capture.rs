//! When an e-mail address is asked for.
