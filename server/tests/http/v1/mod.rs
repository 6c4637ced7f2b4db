mod handovers;
mod integrations;
mod notifications;
mod session;
