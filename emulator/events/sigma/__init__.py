"""Events made from Sigma rules: what a rule asks for, as the record that Sysmon would write."""

from emulator.events.sigma.making import piped_events, sigma_events

__all__ = ["piped_events", "sigma_events"]
