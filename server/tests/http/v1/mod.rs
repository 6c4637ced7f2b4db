mod answers;
mod handovers;
mod integrations;
mod notifications;
mod session;
mod shared;
